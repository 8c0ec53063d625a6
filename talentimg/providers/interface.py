"""The port to a platform: what a provider declares about itself, and what it returns.

Absence is a value (`Absent`), trouble is an exception (`ProviderError`): they are kept
strictly apart, because only a confirmed absence may ever cost a talent a picture.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NoReturn, Protocol, TypeAlias

from talentimg.errors import HandleError, ProviderError
from talentimg.providers.pasted import look_alike, quoted, sign_in, take_apart
from talentimg.providers.profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from talentimg.http.interface import Api, Web
    from talentimg.models import Account, Reason, Token
    from talentimg.providers.pasted import Pasted
    from talentimg.providers.spoken import Spoken


@dataclass(frozen=True, slots=True)
class RemotePicture:
    """A picture as a platform offers it: a URL that has not been fetched yet.

    `urls` are tried in order, the best first; the last is the one that the platform
    returned, without our guess at a larger size. `others` are the addresses of other
    pictures, the likeliest first: each is tried only if those before it are of no use
    for good, so that trouble never changes the face. `key` changes exactly when the
    picture does (None where the platform has no such thing: then validators and the
    hash of the bytes decide). `hosts` are the only host names, or suffixes with a
    leading dot, that the picture may be fetched from; empty means any public host.
    """

    urls: tuple[str, ...]
    key: str | None = None
    expires_at: datetime | None = None
    hosts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The account has a picture. `user_id` and `handle` are the platform's current ones.

    `note` is a sentence on what a person should know of the account, such as that it has moved.
    """

    picture: RemotePicture
    user_id: str | None = None
    handle: str | None = None
    asked: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The platform itself says that there is no picture: `reason` says why, `spoken` proves it."""

    reason: Reason
    detail: str
    spoken: Spoken
    user_id: str | None = None
    asked: str | None = None


Answer: TypeAlias = "Found | Absent | ProviderError"
"""The result for one account. Here an error is returned, not raised, so that one
account in a batch never affects the others."""


@dataclass(frozen=True, slots=True)
class ProviderSetting:
    """One setting that a provider reads, under `[providers.<name>]` in the file."""

    key: str
    help: str
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """The fact sheet of a provider, from which its docs page and settings are derived.

    `batch_size` is how many accounts fit into one call. `concurrency` is how many calls may
    be in progress at once, `per_minute` how many may start in any minute (None where the
    platform states its limit in every response, or nowhere), `per_day` how many until the
    quota resets. With `per_host` these limits apply to each host separately. `handle_pattern`
    must match the whole handle as returned by `normalise`. `profiles` tells which addresses name a handle.
    """

    name: str
    label: str
    docs: str
    needs: str
    """What is required for look-ups, in a few plain words: `nothing`, `an API key`, ..."""
    handle_pattern: str
    handle_example: str
    profiles: Profiles = Profiles()  # noqa: RUF009  frozen: one serves all
    picture_hosts: tuple[str, ...] = ()
    batch_size: int = 1
    concurrency: int = 12
    per_minute: int | None = None
    per_day: int | None = None
    per_host: bool = False
    renewed_before: timedelta | None = None
    """How long before its end a talent's token is renewed although nobody looks at them. Negative where what
    it is renewed with outlives it: so long after its end. None where there are no such tokens."""
    settings: tuple[ProviderSetting, ...] = ()
    notes: str = ""

    @property
    def options(self) -> tuple[ProviderSetting, ...]:
        """All its settings: its own, and the pace limits that every platform has."""
        return (
            *self.settings,
            ProviderSetting(
                "concurrency", "Maximum number of calls at the same time.", str(self.concurrency)
            ),
            ProviderSetting(
                "per_minute",
                "Maximum number of calls in any minute; 0 for no limit.",
                str(self.per_minute or 0),
            ),
            *(
                (
                    ProviderSetting(
                        "per_day", "Maximum number of calls a day; 0 for no limit.", str(self.per_day)
                    ),
                )
                if self.per_day
                else ()
            ),
        )


class TokenStore(ABC):
    """The stored tokens of talents. Other processes and people write them too."""

    @abstractmethod
    async def load(self, account: Account) -> Token | None:
        """The token that an account has now; None if it has none, or was disconnected or replaced."""

    @abstractmethod
    async def begin(self, account: Account) -> Token | None:
        """Wait for the turn to renew `account.token`, which nobody else does meanwhile, in any process.

        Returns:
            The token that the account has now. If it is another one, somebody has renewed or replaced it, and
            there is no turn to take; None if the account was disconnected or replaced.

        Raises:
            ProviderError: another process has the turn and does not come to an end.
        """

    @abstractmethod
    async def end(self, account: Account, *, failed: bool = False) -> None:
        """Give back the turn of `begin`, whether or not there was one.

        Args:
            account: whose token.
            failed: whether it could not be renewed, so that it is left alone for a while by those who renew
                tokens that nobody asks for.
        """

    @abstractmethod
    async def save(self, account: Account, token: Token) -> Token | None:
        """Put a renewed token in place of `account.token`, unless another one is there by now.

        This must be awaited before a rotated token is first used: one that was used but not saved is lost
        for good.

        Returns:
            The token that the account has now, which is durable; None if it was disconnected or replaced.
        """


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """What a provider works with: two clients, its settings, a clock and a store for tokens.

    `settings` holds every key of the provider's `info.options`, with defaults filled
    in. `tokens` are those in the store.
    """

    api: Api
    web: Web
    settings: Mapping[str, str | None]
    now: Callable[[], datetime]
    tokens: TokenStore
    may_refresh: bool = True
    """Whether tokens may be refreshed: not in a dry run, which could not save the new ones."""


class KeepsTokens(Protocol):
    """What renews the tokens of talents whom nobody looks at."""

    async def keep(self, account: Account) -> bool:
        """Renew the account's token if it is time, although nobody needs it now; whether it was time.

        Raises:
            ReconnectRequired: there is no token, or it has expired for good.
            ProviderError: it could not be refreshed now.
        """


class Provider(ABC):
    """Looks up accounts on one platform. One subclass per file, one line in `registry.py`."""

    info: ClassVar[ProviderInfo]
    credentials_end_at: datetime | None = None
    """When the agency's credentials end, once an answer has told it: few platforms do."""

    tokens: KeepsTokens | None = None
    """What keeps the tokens of talents usable; None where a platform has none."""

    def __init__(self, context: ProviderContext) -> None:
        self.context = context

    @property
    def is_able_alone(self) -> bool:
        """Whether accounts can be looked up without a token of the talent's, so that none is missed."""
        return False

    @property
    def base_url(self) -> str:
        """The base URL of the platform's API, without a trailing slash."""
        return (self.context.settings.get("base_url") or "").rstrip("/")

    @property
    def picture_hosts(self) -> tuple[str, ...]:
        """The hosts that this platform's pictures are served from; empty if they are unknown.

        They are unknown if the operator has configured another base URL (a server with
        the same API); the address guard applies either way.
        """
        default = next((s.default for s in self.info.settings if s.key == "base_url"), None)
        return self.info.picture_hosts if self.base_url == (default or "").rstrip("/") else ()

    @classmethod
    def normalise(cls, handle: str) -> str:
        """Convert a handle, or the address of a profile, as pasted to the form that is stored and looked up.

        Raises:
            HandleError: no account on this platform can have such a handle, or the address names nobody.
        """
        name = cls.name_in(take_apart(handle))
        tidy = cls.stored_form(name)
        if sign_in(name) or not re.fullmatch(cls.info.handle_pattern, tidy, flags=re.ASCII):
            what = look_alike(name if sign_in(name) else tidy)
            raise HandleError(
                f"{quoted(handle)} is not a valid {cls.info.label} handle{what}.",
                hint=cls.what_to_give(),
            )
        return tidy

    @classmethod
    def name_in(cls, pasted: Pasted) -> str:
        """The handle in what was pasted.

        Raises:
            HandleError: it is an address that names nobody.
        """
        profiles = cls.info.profiles
        if not pasted.is_address and not profiles.owns(pasted):
            return pasted.text
        if not profiles.owns(pasted) and not profiles.any_host:
            return pasted.text if not profiles.hosts else cls._refuse(pasted, "another site")
        name = profiles.handle_in(pasted)
        return cls._refuse(pasted, profiles.leads_to(pasted)) if name is None else name

    @classmethod
    def stored_form(cls, name: str) -> str:
        """The form in which a name is stored, not yet judged: by default in lower case and without `@`."""
        return name.lstrip("@").lower()

    @classmethod
    def what_to_give(cls) -> str:
        """What to give instead of what is no handle."""
        like = cls.info.profiles.like
        address = f", or the address of the profile, like {like}" if like else ""
        return f"Give the handle, like {cls.info.handle_example}{address}."

    @classmethod
    def _refuse(cls, pasted: Pasted, what: str) -> NoReturn:
        raise HandleError(
            f"No {cls.info.label} handle can be read from {quoted(pasted.text)}: it leads to {what}.",
            hint=cls.what_to_give(),
        )

    def batch_key(self, account: Account) -> str | None:  # noqa: ARG002  used by overrides
        """Accounts with the same key can share a call; None means a call for this account alone."""
        return "" if self.info.batch_size > 1 else None

    @classmethod
    def quota_resets_at(cls, now: datetime) -> datetime | None:  # noqa: ARG003  used by overrides
        """When the daily quota resets next, where there is one."""
        return None

    def quota_ends(self) -> datetime | None:
        """The same as seen now."""
        return self.quota_resets_at(self.context.now())

    def quota_key(self, account: Account) -> str:  # noqa: ARG002  used by overrides
        """What a rate limit is recorded for: the platform, or one host if each has its own quota."""
        return self.info.name

    async def lookup(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        """Look up several accounts; the results are keyed by account id and complete.

        By default they are looked up one after the other; providers whose platform
        has a batch call override this.
        """
        answers: dict[str, Answer] = {}
        for account in accounts:
            try:
                answers[account.id] = await self.lookup_one(account)
            except ProviderError as error:
                answers[account.id] = error
        return answers

    @abstractmethod
    async def lookup_one(self, account: Account) -> Found | Absent:
        """Look up one account.

        Raises:
            ProviderError: the platform could not be reached or gave no usable response.
        """
