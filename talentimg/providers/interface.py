"""The port to a platform: what a provider says of itself, and what it answers.

Absence is a value (`Absent`), trouble is an exception (`ProviderError`): they are
never mixed up, because only a confirmed absence may ever cost a talent a picture.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from talentimg.errors import HandleError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.http.interface import Api, Web
    from talentimg.models import Account, Reason, Token


@dataclass(frozen=True, slots=True)
class RemotePicture:
    """A picture as a platform offers it: an address that we have yet to look at.

    `urls` are tried in order, the best first; the last is the one the platform
    names without our guessing at a larger size. `key` changes exactly when the
    picture does (None where the platform has nothing of the kind: then validators
    and the hash of the bytes decide). `hosts` are the only host names, or suffixes
    with a leading dot, that the picture may come from; empty means any public host.
    """

    urls: tuple[str, ...]
    key: str | None = None
    expires_at: datetime | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The account has a picture. `user_id` and `handle` are as the platform has them now."""

    picture: RemotePicture
    user_id: str | None = None
    handle: str | None = None
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The platform answered, and there is no picture: `reason` says in which way."""

    reason: Reason
    detail: str
    user_id: str | None = None
    asked: str | None = None


Answer: TypeAlias = "Found | Absent | ProviderError"
"""What a provider says of one account. In an answer an error is returned, not raised,
so that one account of a batch never spoils the others."""


@dataclass(frozen=True, slots=True)
class ProviderSetting:
    """One setting that a provider reads, under `[providers.<name>]` in the file."""

    key: str
    help: str
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """The fact sheet of a provider, from which its docs page and options follow.

    `batch_size` is how many accounts one call can answer. `concurrency` is how many
    calls may be under way at once, `per_minute` how many may go out in any minute (None where
    the platform tells its limit in every answer, or not at all), `per_day` how many until
    the quota begins anew. With `per_host` each host has limits of its own. `handle_pattern`
    must match the whole handle as `normalise` leaves it.
    """

    name: str
    label: str
    docs: str
    needs: str
    """What it takes to ask, in a few plain words: `nothing`, `an API key`, ..."""
    handle_pattern: str
    handle_example: str
    picture_hosts: tuple[str, ...] = ()
    batch_size: int = 1
    concurrency: int = 12
    per_minute: int | None = None
    per_day: int | None = None
    per_host: bool = False
    settings: tuple[ProviderSetting, ...] = ()
    notes: str = ""

    @property
    def options(self) -> tuple[ProviderSetting, ...]:
        """Everything that can be set for it: its own settings, and the pace that every platform has."""
        return (
            *self.settings,
            ProviderSetting("concurrency", "Questions at the same time, at most.", str(self.concurrency)),
            ProviderSetting(
                "per_minute", "Questions in any minute, at most; 0 for no limit.", str(self.per_minute or 0)
            ),
            *(
                (ProviderSetting("per_day", "Questions a day, at most; 0 for no limit.", str(self.per_day)),)
                if self.per_day
                else ()
            ),
        )


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """What a provider is given: two clients, its settings, a clock and a place for tokens.

    `settings` holds every key of the provider's `info.options`, defaults filled
    in. `save_token` must be awaited before a rotated token is first used: a
    token that was used and not kept is lost for ever.
    """

    api: Api
    web: Web
    settings: Mapping[str, str | None]
    now: Callable[[], datetime]
    save_token: Callable[[Account, Token], Awaitable[None]] = field(repr=False)
    may_refresh: bool = True
    """Whether tokens may be refreshed: not in a dry run, which could not keep what comes back."""


class Provider(ABC):
    """Asks one platform. One subclass a file, one line in `registry.py`."""

    info: ClassVar[ProviderInfo]

    def __init__(self, context: ProviderContext) -> None:
        self.context = context

    @property
    def base_url(self) -> str:
        """Where this platform is asked, without a trailing slash."""
        return (self.context.settings.get("base_url") or "").rstrip("/")

    @property
    def picture_hosts(self) -> tuple[str, ...]:
        """The hosts that this platform's pictures come from; empty when that cannot be known.

        With a base URL of the operator's own (another server that speaks the platform's
        API) the platform's CDN list says nothing; the address guard still judges.
        """
        default = next((s.default for s in self.info.settings if s.key == "base_url"), None)
        return self.info.picture_hosts if self.base_url == (default or "").rstrip("/") else ()

    @classmethod
    def normalise(cls, handle: str) -> str:
        """A handle as a person types it, in the form that is stored and asked for.

        Raises:
            HandleError: the platform could never have such a handle.
        """
        tidy = handle.strip().removeprefix("@").lower()
        if not re.fullmatch(cls.info.handle_pattern, tidy, flags=re.ASCII):
            raise HandleError(
                f"{handle!r} is not a handle that {cls.info.label} could have.",
                hint=f"It looks like this: {cls.info.handle_example}",
            )
        return tidy

    def batch_key(self, account: Account) -> str | None:  # noqa: ARG002  for those that must tell accounts apart
        """Accounts with the same key can share a call; None for one that is asked for by itself."""
        return "" if self.info.batch_size > 1 else None

    def quota_ends(self) -> datetime | None:
        """When the quota of a day begins anew, where there is one."""
        return None

    def quota_key(self, account: Account) -> str:  # noqa: ARG002  for those that have a quota per host
        """Under which name a throttling is remembered: the platform, unless each host has its own quota."""
        return self.info.name

    async def lookup(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        """Ask for several accounts; the answers are keyed by account id and complete.

        The default asks for one after the other; a provider whose platform answers
        many at once overrides it.
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
        """Ask for one account.

        Raises:
            ProviderError: the platform could not be asked or gave no usable answer.
        """
