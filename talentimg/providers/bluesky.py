"""Bluesky: the public AppView answers for every account, without credentials.

    one            GET  {base_url}/xrpc/app.bsky.actor.getProfile
    up to 25       GET  {base_url}/xrpc/app.bsky.actor.getProfiles    omits accounts it cannot show

A missing account is also a status 400: only the code in the body distinguishes it. Picture URLs
end in the picture's content identifier (CID), so an unchanged CID means an unchanged picture.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.errors import Misconfigured, ProviderError, RateLimited
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
from talentimg.providers.pasted import WEB, ascii_host
from talentimg.providers.patterns import HOST_NAME
from talentimg.providers.profiles import REST, Profiles
from talentimg.providers.replies import (
    check_identity,
    last_segment,
    raise_for_status,
    read,
    usable_handle,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from talentimg.http.interface import Reply
    from talentimg.models import Account
    from talentimg.providers.evidence import Words
    from talentimg.providers.interface import Answer
    from talentimg.providers.pasted import Pasted
    from talentimg.providers.replies import Part

BASE_URL: Final = "https://public.api.bsky.app"
PICTURE_HOST: Final = "cdn.bsky.app"
BATCH: Final = 25  # the API rejects more
OFFER: Final = "app.bsky.actor."

# https://atproto.com/specs/handle and https://atproto.com/specs/did
DID: Final = rf"did:(?:plc:[a-z2-7]{{24}}|web:{HOST_NAME})"
CID: Final = r"b[a-z2-7]{50,120}"
HOME: Final = "bsky.app"
PATHS: Final = (r"/profile/([^/]+)" + REST,)
HOSTED: Final = "bsky.social"
"""Where most have their handle: `https://ada.bsky.social` is the profile of `ada.bsky.social`."""

# The same code also stands for a malformed request (`Error: actor must be a valid did or a handle`, seen with
# @atproto/bsky 0.0.221), which says nothing about the account; the sentence differs between versions.
NO_SUCH_ACTOR: Final = words(400, error="InvalidRequest", message=r"(?!Error: ).+")
GONE: Final[tuple[tuple[Words, Reason, str], ...]] = (
    (NO_SUCH_ACTOR, Reason.NOT_FOUND, "There is no such account on Bluesky."),
    (
        words(400, error="AccountDeactivated"),
        Reason.SUSPENDED,
        "The owner has deactivated the Bluesky account.",
    ),
    (words(400, error="AccountTakedown"), Reason.SUSPENDED, "Bluesky has taken the account down."),
)
# A PDS answers so; https://atproto.com/specs/xrpc#error-responses
NEEDS_LOGIN: Final = words(401, 501, error=r"Auth\w+|InvalidToken|MethodNotImplemented")
UNVERIFIED: Final = "handle.invalid"  # replaces a handle that no longer verifies
# https://docs.bsky.app/docs/advanced-guides/moderation
NOT_FOR_STRANGERS: Final = "!no-unauthenticated"


class Bluesky(Provider):
    """Queries a Bluesky AppView."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="bluesky",
        label="Bluesky",
        docs="https://docs.bsky.app/docs/api/app-bsky-actor-get-profile",
        needs="nothing",
        handle_pattern=rf"(?=.{{1,253}}\Z)(?:{HOST_NAME}|{DID})",
        handle_example="ada.bsky.social",
        profiles=Profiles(
            hosts=(HOME, HOSTED),
            paths=PATHS,
            paths_at={f"{part}.{HOME}": PATHS for part in ("staging", "main")},
            others={
                "a shared link that hides where it leads": ("go.bsky.app",),
                "a starter pack": ("starter-pack", "start"),
                "a page of Bluesky's own": (
                    "feeds",
                    "hashtag",
                    "lists",
                    "messages",
                    "search",
                    "settings",
                    "support",
                ),
            },
            schemes=("at",),
            like="bsky.app/profile/ada.bsky.social",
        ),
        picture_hosts=(PICTURE_HOST,),
        batch_size=BATCH,
        settings=(ProviderSetting("base_url", "Base URL of the Bluesky AppView.", BASE_URL),),
        notes="Once an account has been found, it is looked up by its DID, so a new handle does no harm."
        " Accounts that ask to be hidden from visitors who are not logged in are not shown.",
    )

    @classmethod
    def name_in(cls, pasted: Pasted) -> str:
        """The handle or DID in what was pasted. A handle is a host too, and may be pasted as its address.

        Some of Bluesky's staff have handles like `safety.bsky.app`, but such addresses are of other sites.
        """
        page = pasted.segments or cls.info.profiles.is_front_page(pasted)
        if pasted.scheme not in {"", *WEB} or page or (pasted.scheme and pasted.is_at(HOME)):
            return super().name_in(pasted)
        return pasted.host or pasted.text

    @classmethod
    def stored_form(cls, name: str) -> str:
        """In lower case and, where it is a host name, as DNS has it."""
        return ascii_host(super().stored_form(name))

    async def lookup(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        """Look up all accounts in batches, then individually those that a batch omits."""
        answers: dict[str, Answer] = {}
        refusal: RateLimited | None = None
        for start in range(0, len(accounts), BATCH):
            batch = accounts[start : start + BATCH]
            answers |= dict.fromkeys((a.id for a in batch), refusal) if refusal else await self._batch(batch)
            refusal = next((a for a in answers.values() if isinstance(a, RateLimited)), None)
        return answers

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Look up one account: only here do error codes distinguish absent, deactivated and taken down.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        actor = self._actor(account)
        reply = await self._ask("getProfile", [("actor", actor)])
        for saying, reason, detail in GONE:
            if spoken := heard(reply, saying):
                return Absent(reason, detail, spoken, asked=_asked(actor))
        self._raise_for_error(reply)
        return self._answer(account, read(reply, self.info))

    # -- batches ----------------------------------------------------------------

    async def _batch(self, accounts: Sequence[Account]) -> dict[str, Answer]:
        try:
            profiles = await self._profiles(accounts)
        except ProviderError as error:
            return {account.id: error for account in accounts}
        answers: dict[str, Answer] = {}
        refusal: RateLimited | None = None
        for account in accounts:
            answers[account.id] = answer = refusal or await self._one(account, profiles)
            refusal = answer if isinstance(answer, RateLimited) else None
        return answers

    async def _one(self, account: Account, profiles: Mapping[str, Part]) -> Answer:
        try:
            profile = profiles.get(self._actor(account))
            return self._answer(account, profile) if profile else await self.lookup_one(account)
        except ProviderError as error:
            return error

    async def _profiles(self, accounts: Sequence[Account]) -> dict[str, Part]:
        """The profiles in one batch response, by DID and by handle: their order means nothing."""
        actors = self._actors(accounts)
        if len(actors) < 2:  # noqa: PLR2004  a batch of one gains nothing
            return {}
        reply = await self._ask("getProfiles", [("actors", actor) for actor in actors])
        if (
            reply.status == HTTPStatus.BAD_REQUEST
        ):  # one bad actor fails the batch; individual lookups find out which
            return {}
        self._raise_for_error(reply)
        profiles = read(reply, self.info).items("profiles")
        names = ((name, profile) for profile in profiles for name in _names(profile))
        return {name: profile for name, profile in names if name != UNVERIFIED}

    def _actors(self, accounts: Sequence[Account]) -> list[str]:
        actors: dict[str, None] = {}
        for account in accounts:
            try:
                actors[self._actor(account)] = None
            except Misconfigured:  # reported by its individual lookup
                continue
        return list(actors)

    # -- requests -----------------------------------------------------------------

    def _actor(self, account: Account) -> str:
        """The DID once it is known: after a rename, the handle finds nobody, or somebody else."""
        if account.external_id is not None and re.fullmatch(DID, account.external_id):
            return account.external_id
        return usable_handle(self, account)

    async def _ask(self, call: str, params: list[tuple[str, str]]) -> Reply:
        return await self.context.api.request("GET", f"{self.base_url}/xrpc/{OFFER}{call}", params=params)

    def _raise_for_error(self, reply: Reply) -> None:
        """Raise for every status other than 200.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        if heard(reply, NEEDS_LOGIN):
            raise Misconfigured(
                "The configured Bluesky server does not show profiles without a login.",
                hint="Set providers.bluesky.base_url to an AppView, not to a home server (PDS).",
                tries=reply.tries,
            )
        raise_for_status(reply, self.info, self.context.now())

    # -- the response -------------------------------------------------------------

    def _answer(self, account: Account, profile: Part) -> Found | Absent:
        did = profile.text("did")
        check_identity(account, did, self.info, profile.tries)
        asked = _asked(self._actor(account))
        if _is_withheld(profile):
            return Absent(
                Reason.WITHHELD,
                "The account is hidden from visitors who are not logged in to Bluesky.",
                told_of(profile, "did"),
                did,
                asked,
            )
        if not profile.has("avatar"):
            spoken = told_of(profile, "did", "handle")
            return Absent(Reason.NO_PICTURE, "The Bluesky account has no picture.", spoken, did, asked)
        url = profile.text("avatar")
        picture = RemotePicture((url,), _cid(url), hosts=self.picture_hosts)
        return Found(picture, did, _handle(account, profile), asked)


def _handle(account: Account, profile: Part) -> str | None:
    """The current handle, if there is one; a DID used as the handle stays."""
    if account.handle.startswith("did:"):
        return account.handle
    handle = profile.optional_text("handle")
    return handle if handle != UNVERIFIED else None


def _asked(actor: str) -> str:
    return f"bluesky: profile of {actor}"


def _names(profile: Part) -> list[str]:
    names = (profile.dig("did"), profile.dig("handle"))
    return [name.lower() for name in names if isinstance(name, str)]


def _is_withheld(profile: Part) -> bool:
    labels = profile.items("labels") if profile.has("labels") else []
    return any(label.dig("val") == NOT_FOR_STRANGERS and not label.dig("neg") for label in labels)


def _cid(url: str) -> str | None:
    """The content identifier in a picture URL, which may have a format after an `@`."""
    name = (last_segment(url) or "").partition("@")[0]
    return name if re.fullmatch(CID, name) else None
