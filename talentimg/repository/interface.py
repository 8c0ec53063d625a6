"""The port to where results are kept: roster, candidates, selections, history.

All methods are synchronous and may be called from several threads. A backend
translates its driver's errors into ours (`StoreLocked`, `StoreUnavailable`, `StoreUnreadable`, ...).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from talentimg.models import INITIALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta
    from types import TracebackType
    from typing import Self

    from talentimg.models import (
        Account,
        Candidate,
        Cooldown,
        HistoryEntry,
        Picture,
        Policy,
        Run,
        Selection,
        Suspect,
        TalentRecord,
        Token,
    )


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as it is first told to us."""

    platform: str
    handle: str
    profile_url: str | None = None
    token: Token | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NewTalent:
    """A talent as it is first told to us."""

    id: str
    name: str
    email: str | None = None
    avatar_url: str | None = None
    accounts: tuple[NewAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What one sync leaves behind for one talent; written whole or not at all.

    `drop` names the sources whose candidates go. `picture` is a new picture row,
    if the sync brought one. `selection` is what is shown from now on. `account_errors` holds,
    by account id, the sentence to keep beside each account that was asked (None: all well).
    """

    talent_id: str
    selection: Selection
    candidates: tuple[Candidate, ...] = ()
    drop: tuple[str, ...] = ()
    picture: Picture | None = None
    history: HistoryEntry | None = None
    external_ids: tuple[tuple[str, str], ...] = ()
    """Pairs of account id and the platform's stable id of the person, as learnt by a lookup."""
    account_errors: tuple[tuple[str, str | None], ...] = ()
    read: TalentRecord | None = field(default=None, repr=False)
    """The record that the change rests on. If it is no longer so, nothing of the change is written."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A talent for whom a source offers a certain picture, as its candidate says."""

    source: str
    content_hash: str
    talent_id: str


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One line of the roster, for listings."""

    talent_id: str
    name: str
    platforms: tuple[str, ...]
    source: str = INITIALS
    url: str | None = None
    synced_at: datetime | None = None


class Repository(ABC):
    """Keeps a roster and everything learnt about it."""

    # -- the roster ---------------------------------------------------------

    @abstractmethod
    def add(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """Add talents, all or none.

        Raises:
            UsageError: an id is taken, or stands twice in the call; the message names it.
        """

    @abstractmethod
    def update(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """Add talents or bring those with the same id up to date, all or none.

        Accounts that the new data does not name stay as they are; what the data leaves out
        (None) is not erased. An account whose handle changes forgets what was learnt about the old one.
        """

    @abstractmethod
    def load(self, talent_id: str) -> TalentRecord:
        """Everything about one talent; only connected accounts are included.

        Raises:
            TalentNotFound: no such talent.
        """

    @abstractmethod
    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        """The records of those of these talents that exist, in the order asked for."""

    @abstractmethod
    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        """A page of the roster by id, after the given id."""

    @abstractmethod
    def count(self) -> int:
        """How many talents there are."""

    @abstractmethod
    def connect(self, talent_id: str, account: NewAccount, now: datetime) -> Account:
        """Connect an account, in place of the one on the same platform if there is one.

        With another handle than before, what was learnt about the old account is forgotten: its
        candidate and stable id go. With the same handle nothing is lost, and the token is
        kept unless a new one is given.

        Raises:
            TalentNotFound: no such talent.
        """

    @abstractmethod
    def disconnect(self, talent_id: str, platform: str, now: datetime) -> bool:
        """Disconnect an account and drop its candidate; False when none was connected.

        The account row stays (not connected), without its tokens.

        Raises:
            TalentNotFound: no such talent.
        """

    @abstractmethod
    def save_token(self, account: Account, token: Token) -> None:
        """Keep a refreshed token, unless the account was replaced meanwhile. On return it is durable."""

    @abstractmethod
    def save_policy(self, talent_id: str, policy: Policy) -> None:
        """Keep a person's say about a talent.

        Raises:
            TalentNotFound: no such talent.
        """

    # -- syncing ------------------------------------------------------------

    @abstractmethod
    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        """Ids of the talents to look at: never-synced first, then oldest first, ties by id.

        Only talents with a connected account or a user avatar count.
        A talent is due when it was never synced, was last synced before `before` (None: any time),
        or one of its candidates has `next_due_at` at or before `now`. What is due could be claimed
        now: a talent that somebody works on, and whose lease still runs, is not.
        """

    @abstractmethod
    def claim(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> list[str]:
        """Take up to `limit` of the due talents for this repository alone, in the order of `due`.

        No other call, of this process or another, is given them until they are saved, released, or
        the lease has run out: that of a process that died does so by itself. No transaction stays
        open. None are given only when none could be.

        A run claims page after page, and no talent may come to it, or to another run beside it,
        twice: neither with `before` None nor because a candidate wants to be looked at again at
        once. So it gives the time of its start as `unless_since`, and whoever was synced at that
        time or later is left out.
        """

    @abstractmethod
    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        """Let the leases of talents that were claimed here run until then.

        Whoever was saved or released meanwhile, or is somebody else's by now, stays as they are.
        """

    @abstractmethod
    def release(self, talent_ids: Sequence[str]) -> None:
        """Give talents that were claimed here back unsaved: they are due as before."""

    @abstractmethod
    def count_due(self, now: datetime, *, before: datetime | None) -> int:
        """How many talents are due in the sense of `due`."""

    @abstractmethod
    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        """When the next talent will be due who is not due now; None when there is none to wait for.

        A talent is due `min_age` after the last sync, or at the `next_due_at` of one of its candidates,
        whichever comes first. Leases do not count.
        """

    @abstractmethod
    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        """Write the results of syncs in one transaction. On return they are durable.

        A change whose `read` is no longer true (another selection, policy, avatar or set of
        accounts) is passed over whole: what a person or another sync decided meanwhile stands.

        The leases of these talents end with it, whoever holds them. A change for a talent that was
        removed meanwhile is passed over. Candidates of a platform that was disconnected meanwhile
        are not brought back.

        Returns:
            The ids of the talents whose change was out of date.
        """

    @abstractmethod
    def picture(self, content_hash: str) -> Picture | None:
        """The picture row of this content hash."""

    @abstractmethod
    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        """For those of these source bytes that we met before, the picture row last made from them."""

    @abstractmethod
    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        """The latest changes of what is shown for a talent, newest first."""

    # -- the same picture for many ------------------------------------------

    @abstractmethod
    def holders(self, content_hashes: Sequence[str]) -> list[Holder]:
        """The candidates that hold one of these pictures, ordered by source, hash and talent."""

    @abstractmethod
    def suspects(self) -> list[Suspect]:
        """The pictures taken for placeholders, and those that a person vouches for; the latest first."""

    @abstractmethod
    def save_suspect(self, suspect: Suspect) -> None:
        """Keep what is known of such a picture, by source and source hash.

        What a person said is not undone by a suspicion: while `allowed_at` is None in what is given, the
        stored one stays.
        """

    # -- politeness ---------------------------------------------------------

    @abstractmethod
    def cooldowns(self, now: datetime) -> list[Cooldown]:
        """The platforms that are to be left alone now, and those that failed and have not answered since."""

    @abstractmethod
    def save_cooldown(self, cooldown: Cooldown) -> None:
        """Remember to leave a platform alone; an earlier, longer cool-down is not shortened."""

    @abstractmethod
    def forgive(self, platform: str) -> None:
        """The platform has answered: its failures are forgotten, and the cool-down that they led to ends.

        One that the platform asked for itself is not shortened.
        """

    @abstractmethod
    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        """Count units of a quota as used, for every process.

        Args:
            platform: whose quota.
            units: how many more; 0 only asks.
            day_ends: when the quota begins anew. What was used of another day does not count.

        Returns:
            How many are used of this day's, these included.
        """

    # -- runs ---------------------------------------------------------------

    @abstractmethod
    def lock_run(self) -> bool:
        """Take the lock that one roster run holds at a time, over all processes; False when it is taken.

        It ends with `unlock_run`, with `close`, and with this process, however that ends.
        """

    @abstractmethod
    def unlock_run(self) -> None:
        """Let go of that lock; no error when it is not held."""

    @abstractmethod
    def save_run(self, run: Run) -> None:
        """Keep a run, in place of what was kept of it before."""

    @abstractmethod
    def run(self, run_id: str) -> Run | None:
        """The run of this id."""

    @abstractmethod
    def runs(self, *, limit: int = 20) -> list[Run]:
        """The latest runs, newest first."""

    # -- life ---------------------------------------------------------------

    @abstractmethod
    def close(self) -> None:
        """Let go of connections. The repository cannot be used afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
