"""TikTok: only with the talent's own token, through the Display API.

    profile    GET  {base_url}/v2/user/info/
    token      POST {base_url}/v2/oauth/token/    two hours; a refresh token can be used once

Every response contains an `error`, whatever its status: its `code` is `ok` on success.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.errors import Misconfigured, ProviderError
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
    raise_if_throttled,
    read,
    throttled,
)
from talentimg.providers.tokens import Tokens, refresh_grant, refused

if TYPE_CHECKING:
    from talentimg.http.interface import Reply
    from talentimg.models import Account, Token
    from talentimg.providers.interface import ProviderContext
    from talentimg.providers.replies import Part

BASE_URL: Final = "https://open.tiktokapis.com"
# Only what the scope `user.info.basic` covers: with one more (`username`) the whole call is refused.
PICTURES: Final = ("avatar_large_url", "avatar_url", "avatar_url_100")  # 1080, 168 and 100 pixels
FIELDS: Final = ",".join(("open_id", "union_id", *PICTURES, "display_name"))

REFRESH_MARGIN: Final = timedelta(minutes=5)
RENEWED_BEFORE: Final = timedelta(days=-30)  # a refresh token lives for a year
PAUSE: Final = timedelta(minutes=1)  # the limit applies to a sliding minute
PER_MINUTE: Final = 600  # https://developers.tiktok.com/doc/tiktok-api-v2-rate-limit
TIKTOKS_OWN: Final = listed("""
    about business channel coin community-guidelines creators discover download explore following foryou
    friends inbox legal live login logout messages place privacy search setting settings shop signup topics
    tiktokstudio upload ads.tiktok.com developers.tiktok.com newsroom.tiktok.com seller.tiktok.com
    shop.tiktok.com support.tiktok.com
""")
DEFAULT_PICTURE: Final = "1594805258216454"

# https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info
ALL_WELL: Final = "ok"
TOKEN_INVALID: Final = words(200, 400, 401, 403, error__code="access_token_invalid", error__log_id=".*")
NOT_GRANTED: Final = words(200, 400, 401, 403, error__code="scope_not_authorized", error__log_id=".*")
OUR_FAULT: Final = {"scope_permission_missed", "invalid_params"}
TOO_OFTEN: Final = "rate_limit_exceeded"


class TikTok(Provider):
    """Queries TikTok's Display API."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="tiktok",
        label="TikTok",
        docs="https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info",
        needs="the talent's own token",
        handle_pattern=r"[a-z0-9_.]{1,24}(?<!\.)",
        handle_example="ada.lovelace",
        profiles=Profiles(
            hosts=("tiktok.com",),
            paths=(r"/@([^/]+)" + REST,),
            others={
                "a video": ("@", "v", "video", "embed"),
                "a shared link that hides where it leads": ("t", "share", "vm.tiktok.com", "vt.tiktok.com"),
                "a sound": ("music",),
                "a hashtag": ("tag",),
                "a page of TikTok's own": TIKTOKS_OWN,
            },
            like="tiktok.com/@ada.lovelace",
        ),
        per_minute=PER_MINUTE,
        renewed_before=RENEWED_BEFORE,
        picture_hosts=(".tiktokcdn.com", ".tiktokcdn-us.com", ".tiktokcdn-eu.com"),
        settings=(
            ProviderSetting("base_url", "Base URL of the TikTok API.", BASE_URL),
            ProviderSetting("client_key", "Client key of the agency's app, to refresh tokens."),
            ProviderSetting("client_secret", "Client secret of the agency's app.", secret=True),
        ),
        notes="There is no documented way to look up a handle without a token. Tokens last two hours, so"
        " nearly every sync refreshes one. The basic scope does not name the handle, so at first a token"
        " of another account cannot be told from the talent's own; later ones can, even after a change of the"
        " agency's app.",
    )

    def __init__(self, context: ProviderContext) -> None:
        super().__init__(context)
        self.tokens: Tokens = Tokens(context, self.info, margin=REFRESH_MARGIN, refresh=self._refreshed)

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Look up with the talent's token, which is refreshed if it is about to expire or is refused.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        token = await self.tokens.usable(account)
        reply = await self._ask(token)
        if spoken := heard(reply, TOKEN_INVALID):
            token = await self.tokens.after_refusal(account, token, spoken, tries=reply.tries)
            reply = await self._ask(token)
        self._raise_for_error(reply)
        return self._answer(account, read(reply, self.info))

    async def _ask(self, token: Token) -> Reply:
        return await self.context.api.request(
            "GET",
            f"{self.base_url}/v2/user/info/",
            params={"fields": FIELDS},
            headers={"Authorization": f"Bearer {token.access_token}"},
        )

    async def _refreshed(self, token: Token) -> Token:
        settings = self.context.settings
        client = {key: settings.get(key) or "" for key in ("client_key", "client_secret")}
        return await refresh_grant(self.context, self.info, f"{self.base_url}/v2/oauth/token/", client, token)

    # -- the response ---------------------------------------------------------

    def _answer(self, account: Account, body: Part) -> Found | Absent:
        body.at("error", "code")  # always present; otherwise this is some other document
        user = body.at("data", "user")
        user_id = _known_as(account, user.id("open_id"), user.optional_text("union_id"))
        if name := user.optional_text("username"):
            check_asked(self, account, name, user.tries, user_id)
        check_identity(account, user_id, self.info, user.tries)
        spoken, asked = told_of(user, "open_id"), "tiktok: own token"
        urls = _pictures(user)
        if not urls:
            return Absent(Reason.NO_PICTURE, "The TikTok account has no picture.", spoken, user_id, asked)
        key = (last_segment(urls[0]) or "").partition("~")[0]
        if key.partition(".")[0] == DEFAULT_PICTURE:
            what = "The TikTok account has only the default picture."
            return Absent(Reason.DEFAULT_PICTURE, what, spoken, user_id, asked)
        ends = [end for url in urls if (end := expiry_in(url, "x-expires"))]
        picture = RemotePicture(urls, key or None, min(ends, default=None), self.picture_hosts)
        return Found(picture, user_id, None, asked)

    def _raise_for_error(self, reply: Reply) -> None:
        """Raise for TikTok's error codes.

        Raises:
            ProviderError: the response is an error, whatever its status.
        """
        body = peek(reply, self.info)
        code = _code(body)
        if code == TOO_OFTEN:
            raise throttled(reply, self.info, retry_at(reply.headers, self.context.now(), PAUSE))
        raise_if_throttled(reply, self.info, self.context.now(), PAUSE)
        if spoken := heard(reply, TOKEN_INVALID):
            what = "TikTok no longer accepts the talent's token."
            raise refused(self.info, what, spoken, tries=reply.tries)
        if spoken := heard(reply, NOT_GRANTED):
            what = "The talent has not allowed us to see their TikTok profile."
            raise refused(self.info, what, spoken, tries=reply.tries)
        if code in OUR_FAULT:
            raise Misconfigured(
                f"TikTok rejected the request itself ({code}).",
                hint=_reference(body) or "Check the scopes of the agency's app at TikTok.",
                tries=reply.tries,
            )
        if code is not None:
            raise ProviderError(
                "TikTok responded with an error.",
                reason=Reason.STATUS,
                hint=_reference(body),
                tries=reply.tries,
            )
        raise_for_status(reply, self.info, self.context.now())


def _known_as(account: Account, open_id: str, union_id: str | None) -> str:
    """What the person is remembered by: both ids, or what is stored already if one of them agrees.

    Every app of the agency sees another `open_id` of the same person, and the same `union_id`.
    """
    ids = [open_id, union_id] if union_id else [open_id]
    known = account.external_id or ""
    return known if set(known.split()) & set(ids) else " ".join(ids)


def _code(body: Part) -> str | None:
    """The error code; None on success, or if the response contains none."""
    code = body.dig("error", "code")
    # An old version of the API used 0 for `ok`.
    return code if isinstance(code, str) and code not in {ALL_WELL, ""} else None


def _reference(body: Part) -> str | None:
    """The id by which TikTok's support can find this response."""
    log_id = body.dig("error", "log_id")
    if isinstance(log_id, str) and re.fullmatch(r"[0-9A-Za-z]{1,64}", log_id):
        return f"TikTok's support can find this response by the id {log_id}."
    return None


def _pictures(user: Part) -> tuple[str, ...]:
    """The URLs, best first. Each size has its own signature, so other sizes cannot be guessed."""
    present = [key for key in PICTURES if user.has(key)]
    if not present:
        user.at(PICTURES[0])
    return tuple(url for key in present if (url := _address(user.at(key))))


def _address(part: Part) -> str | None:
    """An empty string means "not set"; null is undocumented and proves nothing."""
    if part.value is None:
        part.fail("is null")
    return part.text_or_none()
