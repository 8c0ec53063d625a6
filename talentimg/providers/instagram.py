"""Instagram: professional accounts, with the talent's own token or by name with the agency's.

    own token      GET {base_url}/v25.0/me
    by name        GET {discovery_base_url}/v25.0/{agency_user_id}?fields=business_discovery...
    token          60 days; refreshed automatically until it has expired

Personal accounts are not available at all. Errors are distinguished by code and subcode, never by their
message, which Meta translates.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.errors import Misconfigured, ProviderError, RateLimited, ReconnectRequired
from talentimg.http.links import query_in
from talentimg.http.retry_after import retry_at
from talentimg.models import Reason
from talentimg.providers.evidence import heard, told_of, words
from talentimg.providers.interface import (
    Absent,
    Found,
    Provider,
    ProviderInfo,
    ProviderSetting,
    RemotePicture,
)
from talentimg.providers.profiles import REST, Profiles, listed
from talentimg.providers.replies import (
    check_asked,
    check_identity,
    expiry_in,
    last_segment,
    peek,
    raise_for_status,
    read,
    throttled,
    usable_handle,
)
from talentimg.providers.tokens import Tokens, refused, token_in

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.http.interface import Reply
    from talentimg.models import Account, Token
    from talentimg.providers.interface import ProviderContext
    from talentimg.providers.replies import Part
    from talentimg.providers.spoken import Spoken

VERSION: Final = "v25.0"
OWN_BASE_URL: Final = "https://graph.instagram.com"
DISCOVERY_BASE_URL: Final = "https://graph.facebook.com"
OWN_FIELDS: Final = "user_id,username,name,profile_picture_url"
DISCOVERY_FIELDS: Final = "id,username,name,profile_picture_url"

REFRESH_MARGIN: Final = timedelta(days=10)
PAUSE: Final = timedelta(hours=1)
"""Meta counts over a rolling hour and rarely says when the limit ends."""
LONGEST_PAUSE_MINUTES: Final = 24 * 60

DEFAULT_PICTURES: Final = (
    "44884218_345707102882519_2446069589734326272_n",
    "464760996_1254146839119862_3605321457742435801_n",
)
INSTAGRAMS_OWN: Final = listed("""
    about accounts ads ajax api ar archive audio channel challenge create data developer direct directory
    download emails explore fxcal graphql guide hashtag legal lite live locations login meta_verified n
    nametag notifications nux oauth popular press privacy push session settings topics web your_activity _n
    /_u /m /stories about.instagram.com business.instagram.com help.instagram.com creators.instagram.com
""")
ANONYMOUS_CACHE_KEY: Final = "YW5vbnltb3VzX3Byb2ZpbGVfcGlj"  # base64 of "anonymous_profile_pic"

# https://developers.facebook.com/docs/graph-api/guides/error-handling
ANY_STATUS: Final = (200, 400, 401, 403, 404, 500)
TOKEN_REFUSED: Final = (
    words(*ANY_STATUS, error__code="190|102", error__type=".+"),
    # The form without `error` around it, which Instagram's own hosts use.
    words(*ANY_STATUS, error_type="OAuthAccessToken.*", code="[0-9]+", error_message=".*"),
)
UNKNOWN_ALIAS: Final = 803
SETTING_CODES: Final = {10, 100, *range(200, 300), UNKNOWN_ALIAS}  # permissions; an invalid field or object
# Only as a pair: the subcode is also used for publishing errors.
NO_SUCH_HANDLE: Final = words(400, 404, error__code="110", error__error_subcode="2207013", error__type=".+")
NO_SUCH_ALIAS: Final = words(400, 404, error__code="803", error__type=".+")
LIMIT_CODES: Final = {4, 17, 32, 613, 80002, 341, 368}
ACCOUNT_LIMIT: Final = 80002
TOKEN_SUBCODES: Final = {
    458: "The talent removed the agency's app from Instagram.",
    459: "Instagram wants the talent to log in and confirm something.",
    460: "The talent changed their password, which ended the Instagram token.",
    463: "The talent's Instagram token has expired.",
    464: "Instagram wants the talent to log in and confirm something.",
    467: "The talent's Instagram token was made invalid.",
}
TOO_OFTEN: Final = re.compile(r"OAuthRateLimit\w*")


class Instagram(Provider):
    """Queries Instagram's Graph API."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="instagram",
        label="Instagram",
        docs="https://developers.facebook.com/docs/instagram-platform",
        needs="the talent's own token, or the agency's token for professional accounts",
        handle_pattern=r"(?!\.|.*\.\.)[a-z0-9._]{1,30}(?<!\.)",
        handle_example="ada.lovelace",
        profiles=Profiles(
            hosts=("instagram.com", "instagr.am", "ig.me"),
            paths_at={"ig.me": (r"/m/([^/]+)",)},
            paths=(r"/(?:stories/|_u/|m/)?([^/]+)" + REST,),
            others={
                "a post": ("p",),
                "a reel": ("reel", "reels"),
                "a video": ("tv",),
                "a highlight": ("s", "stories/highlights"),
                "a shared link that hides where it leads": ("share", "l.instagram.com"),
                "an invitation": ("invites",),
                "a page of Instagram's own": INSTAGRAMS_OWN,
            },
            like="instagram.com/ada.lovelace",
        ),
        picture_hosts=(".cdninstagram.com", ".fbcdn.net"),
        renewed_before=REFRESH_MARGIN,
        settings=(
            ProviderSetting("base_url", "Base URL for accounts with a token of their own.", OWN_BASE_URL),
            ProviderSetting(
                "discovery_base_url",
                "Base URL of Business Discovery, for look-ups by name.",
                DISCOVERY_BASE_URL,
            ),
            ProviderSetting("agency_user_id", "Id of the agency's professional account."),
            ProviderSetting("agency_token", "The agency's token for Business Discovery.", secret=True),
        ),
        notes="Only professional accounts (Business, Creator). Business Discovery allows about 200 requests"
        " an hour and does not return personal or age-gated accounts.",
    )

    def __init__(self, context: ProviderContext) -> None:
        super().__init__(context)
        self.tokens: Tokens = Tokens(
            context,
            self.info,
            margin=REFRESH_MARGIN,
            refresh=self._refreshed,
            refreshable=self._is_alive,
        )

    @property
    def is_able_alone(self) -> bool:
        return self._can_discover

    @property
    def picture_hosts(self) -> tuple[str, ...]:
        """As for every provider, except that both base URLs have to be Meta's."""
        return super().picture_hosts if self._discovery_base_url == DISCOVERY_BASE_URL else ()

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Look up with the talent's own token or, without a usable one, by name with the agency's.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        if account.token is None and self._can_discover:
            return await self._discover(account)
        try:
            return await self._own(account)
        except ReconnectRequired as error:
            if account.token is None or not self._can_discover:
                raise
            refusal = error
        return await self._discover_instead(account, refusal)

    # -- with the talent's own token ------------------------------------------

    async def _own(self, account: Account) -> Found | Absent:
        token = await self.tokens.usable(account)
        reply = await self.context.api.request(
            "GET",
            f"{self.base_url}/{VERSION}/me",
            params={"fields": OWN_FIELDS},
            headers={"Authorization": f"Bearer {token.access_token}"},
        )
        self._raise_for_error(reply, own=True)
        person = read(reply, self.info)
        check_asked(self, account, person.text("username"), reply.tries, person.id("user_id"))
        return self._answer(account, person, id_key="user_id", asked="instagram: own token")

    def _is_alive(self, token: Token) -> bool:
        return token.expires_at is None or token.expires_at > self.context.now()

    async def _refreshed(self, token: Token) -> Token:
        # This call takes the token as a query parameter, as documented.
        # https://developers.facebook.com/documentation/instagram-platform/reference/refresh_access_token
        reply = await self.context.api.request(
            "GET",
            f"{self.base_url}/refresh_access_token",
            params={"grant_type": "ig_refresh_token", "access_token": token.access_token},
        )
        self._raise_for_error(reply, own=True)
        return token_in(read(reply, self.info), token, self.context.now())

    # -- by name, with the agency's token -------------------------------------

    @property
    def _discovery_base_url(self) -> str:
        return (self.context.settings.get("discovery_base_url") or "").rstrip("/")

    @property
    def _can_discover(self) -> bool:
        settings = self.context.settings
        return bool(settings.get("agency_token") or settings.get("agency_user_id"))

    async def _discover(
        self, account: Account, asked: str = "instagram: business discovery"
    ) -> Found | Absent:
        handle = usable_handle(self, account)
        asked = f'{asked} of "{handle}"'
        user_id, token = self._agency()
        reply = await self.context.api.request(
            "GET",
            f"{self._discovery_base_url}/{VERSION}/{user_id}",
            params={"fields": f"business_discovery.username({handle}){{{DISCOVERY_FIELDS}}}"},
            headers={"Authorization": f"Bearer {token}"},
        )
        if spoken := _says_unknown(reply, user_id):
            return self._unknown(account, reply, spoken, asked)
        self._raise_for_error(reply, own=False)
        person = read(reply, self.info).at("business_discovery")
        return self._answer(account, person, id_key="id", asked=asked)

    def _unknown(self, account: Account, reply: Reply, spoken: Spoken, asked: str) -> Absent:
        """Nobody has this name. If somebody once did, Meta does not say which of four reasons applies.

        Raises:
            ProviderError: `blocked`, if the account was found before.
        """
        if account.external_id is None:
            what = "Instagram has no professional account with that name."
            return Absent(Reason.NOT_FOUND, what, spoken, asked=asked)
        raise ProviderError(
            "Instagram no longer shows this account to us: it was renamed, deleted, made a personal account,"
            " or restricted by age.",
            reason=Reason.BLOCKED,
            hint="Correct the handle if it has changed, or ask the talent to connect Instagram with a token.",
            tries=reply.tries,
        )

    async def _discover_instead(self, account: Account, refusal: ReconnectRequired) -> Found | Absent:
        """Look up by name because the own token failed.

        "Not found" proves nothing here: the account may be visible to its own token only.
        """
        try:
            answer = await self._discover(account, "instagram: own token failed, business discovery")
        except RateLimited:
            raise
        except ProviderError:
            raise refusal from None
        if isinstance(answer, Absent) and answer.reason == Reason.NOT_FOUND:
            raise refusal
        return answer

    def _agency(self) -> tuple[str, str]:
        user_id = self.context.settings.get("agency_user_id") or ""
        token = self.context.settings.get("agency_token") or ""
        if not token or not re.fullmatch(r"\w+", user_id, flags=re.ASCII):
            raise Misconfigured(
                "Looking up Instagram accounts by name requires both the agency's token and its account id.",
                hint="Set providers.instagram.agency_user_id and providers.instagram.agency_token.",
                tries=0,
            )
        return user_id, token

    # -- the response ---------------------------------------------------------

    def _answer(self, account: Account, person: Part, *, id_key: str, asked: str) -> Found | Absent:
        user_id = person.id(id_key)
        check_identity(account, user_id, self.info, person.tries)
        url = person.optional_text("profile_picture_url")
        if url is None:
            spoken = told_of(person, id_key, "username")
            return Absent(Reason.NO_PICTURE, "The Instagram account has no picture.", spoken, user_id, asked)
        if _is_default(url):
            what, spoken = "The Instagram account has only the default picture.", told_of(person, id_key)
            return Absent(Reason.DEFAULT_PICTURE, what, spoken, user_id, asked)
        picture = RemotePicture((url,), last_segment(url), expiry_in(url, "oe", base=16), self.picture_hosts)
        return Found(picture, user_id, person.optional_text("username"), asked)

    def _raise_for_error(self, reply: Reply, *, own: bool) -> None:
        """Raise for Meta's error codes.

        Raises:
            ProviderError: the response is an error, whatever its status.
        """
        body = peek(reply, self.info)
        code, subcode = _codes(body)
        if code in LIMIT_CODES or reply.status == HTTPStatus.TOO_MANY_REQUESTS or _is_flat_limit(body):
            refusal = throttled(reply, self.info, _allowed_again(reply, self.context.now()))
            # Counted per account: the others can still be looked up.
            refusal.of_account = own and code == ACCOUNT_LIMIT
            raise refusal
        if spoken := heard(reply, *TOKEN_REFUSED):
            raise self._token_refused(reply, subcode, spoken, own=own)
        if code in SETTING_CODES and body.dig("error", "is_transient") is not True:
            raise Misconfigured(
                f"Instagram rejected the request itself (code {code}): a permission or setting is wrong.",
                hint="Check the app's permissions at Meta and the settings under providers.instagram.",
                tries=reply.tries,
            )
        raise_for_status(reply, self.info, self.context.now())
        if code is not None or body.dig_text("error_type"):
            what = f"Instagram responded with error {code}." if code else "Instagram responded with an error."
            raise ProviderError(what, reason=Reason.STATUS, tries=reply.tries)

    def _token_refused(
        self, reply: Reply, subcode: int | None, spoken: Spoken, *, own: bool
    ) -> ProviderError:
        if own:
            what = TOKEN_SUBCODES.get(subcode or 0, "Instagram no longer accepts the talent's token.")
            return refused(self.info, what, spoken, tries=reply.tries)
        return Misconfigured(
            "Instagram does not accept the agency's token.",
            hint="Create a new one and set providers.instagram.agency_token.",
            tries=reply.tries,
        )


def _codes(body: Part) -> tuple[int | None, int | None]:
    """The code and subcode of an error in Meta's form, which names its type."""
    code, subcode = body.dig("error", "code"), body.dig("error", "error_subcode")
    if not isinstance(code, int) or body.dig_text("error", "type") is None:
        return None, None
    return code, subcode if isinstance(subcode, int) else None


def _says_unknown(reply: Reply, agency_user_id: str) -> Spoken | None:
    """Evidence that nobody has the name; "unknown alias" cannot mean the agency's id if that is a number."""
    return heard(reply, NO_SUCH_HANDLE, *([NO_SUCH_ALIAS] if agency_user_id.isdigit() else []))


def _is_flat_limit(body: Part) -> bool:
    return TOO_OFTEN.fullmatch(body.dig_text("error_type") or "") is not None


def _is_default(url: str) -> bool:
    if (last_segment(url) or "").startswith(DEFAULT_PICTURES):
        return True
    return query_in(url).get("ig_cache_key", "").startswith(ANONYMOUS_CACHE_KEY)


def _allowed_again(reply: Reply, now: datetime) -> datetime:
    """When Meta can be queried again: after its estimate in minutes, if there is one, or after an hour.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
    """
    minutes = _longest_estimate(reply.headers.get("x-business-use-case-usage", ""))
    if minutes > 0:
        return now + timedelta(minutes=min(minutes, LONGEST_PAUSE_MINUTES))
    return retry_at(reply.headers, now, PAUSE)


def _longest_estimate(header: str) -> int:
    try:
        usage = json.loads(header)
        estimates = [
            entry["estimated_time_to_regain_access"] for entries in usage.values() for entry in entries
        ]
        return max((e for e in estimates if isinstance(e, int)), default=0)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return 0
