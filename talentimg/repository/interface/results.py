"""The port to the results of syncs: who is due, what was found, and what is shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from talentimg.models import Candidate, HistoryEntry, Picture, Selection, Suspect, TalentRecord


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


class Results(ABC):
    """Keeps what syncs find out, and hands out who is due for one."""

    # -- who is due ---------------------------------------------------------

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

    # -- what was found -----------------------------------------------------

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
