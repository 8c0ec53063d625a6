"""The port to the results of syncs: who is due for one, what was found, and what is shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime, timedelta

    from talentimg.models import AuditEntry, Freshness, HistoryEntry, Picture, Suspect, TalentRecord
    from talentimg.repository.interface.values import Change, Claims, Holder, PictureInUse


class Claimed(NamedTuple):
    """Whom a claim has leased. `load`, called once, gives the records of those still on the roster."""

    ids: list[str]
    load: Callable[[], list[TalentRecord]]


class Outlook(NamedTuple):
    """How many are due, what others have leased, when the next will be due, and how fresh the roster is."""

    due: int
    claims: Sequence[Claims]
    next_due: datetime | None
    freshness: Freshness | None = None


class Results(ABC):
    """Keeps what syncs find out, and hands out the talents who are due for one."""

    # -- who is due ---------------------------------------------------------

    @abstractmethod
    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        """The ids of the talents who are due.

        First the never synced, by id; then those synced too long ago, the oldest first; then those whom a
        candidate makes due early, the earliest first; ties by id.

        Only talents with a connected account or a user avatar count, and those who still show a picture
        of ours from one that is no longer there. A talent is due who was never synced, was last synced
        before `before` (None: at any time), or has a candidate whose `next_due_at` is not after `now`. A
        talent with an unexpired lease is not due.

        Times further ahead than we ever write count as none, for a clock may have been ahead once: a last
        look (`values.CLOCKS_DIFFER`), and the end of a lease (`values.LONGEST_AHEAD`).
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
        """Lease up to `limit` of the due talents to this repository, in the order of `due`.

        The cost of a page that is filled follows the limit, and neither how many others are due nor how many
        there are about whom nobody can be asked. One that is not filled looks through all of those, as some
        of them may be asked about by now (see `repository/lists.py`).

        No other call, in this process or another, gets them until they are saved or released, or
        the lease expires, as the leases of a process that died do. No transaction stays open.
        The list is empty only if nobody could be claimed.

        A run claims one page after another, and neither it nor a run beside it may get a talent
        twice, whether because `before` is None or because a candidate is due again at once. So it
        passes the time of its start as `unless_since`: talents synced then or later are left out.
        """

    @abstractmethod
    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        """Extend the leases of talents that were claimed here until the given time.

        Talents who have been saved, released, or claimed by somebody else meanwhile are left alone.
        """

    @abstractmethod
    def release(self, talent_ids: Sequence[str]) -> None:
        """End the leases of talents that were claimed here, without saving: they are due as before."""

    @abstractmethod
    def release_of(self, processes: Collection[tuple[str, int]]) -> int:
        """End the leases of processes that have died: their talents are due as before.

        Args:
            processes: by host and process id. What is leased here stays leased.

        Returns:
            How many leases ended.
        """

    @abstractmethod
    def count_due(self, now: datetime, *, before: datetime | None, at_most: int | None = None) -> int:
        """How many talents `due` would return without a limit.

        Args:
            now: the current time.
            before: as with `due`.
            at_most: count no further than this. The cost follows the number that is returned.
        """

    @abstractmethod
    def claims(self, now: datetime) -> list[Claims]:
        """What others have leased. It is not due, but nobody may have looked at it yet."""

    @abstractmethod
    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        """When the next of the talents who are not due now will be; None if there are none to wait for.

        A talent is due `min_age` after the last sync, or at the `next_due_at` of a candidate,
        whichever comes first. Leases do not count.
        """

    @abstractmethod
    def freshness(self, now: datetime, *, at_most: int) -> Freshness:
        """How many were looked at within a day, and how many were not, each counted no further than this.

        Those who are never due do not count. A look far in the future, by a clock that was wrong, is none.
        """

    def outlook(self, now: datetime, *, before: datetime | None, at_most: int, min_age: timedelta) -> Outlook:
        """What the four questions above say. A backend far away is asked once for all of them."""
        due = self.count_due(now, before=before, at_most=at_most)
        next_due = self.next_due(now, min_age=min_age)
        return Outlook(due, self.claims(now), next_due, self.freshness(now, at_most=at_most))

    # -- what was found -----------------------------------------------------

    @abstractmethod
    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        """Write the results of syncs, each completely or not at all. They are durable on return.

        A change whose `read` is out of date (the selection, the policy, the avatar or the accounts
        differ) is skipped entirely: what a person or another sync has decided meanwhile stands. So is one
        with a picture of which an object is being removed (see `Leftovers`): it has to be stored again.

        The talents' leases end, no matter who holds them. Changes of talents who have been removed
        meanwhile are skipped, and candidates of platforms that have been disconnected meanwhile
        are not written.

        Returns:
            The ids of the talents whose change was out of date.

        Raises:
            ChangesRefused: the database refuses some of them; all others are written.
        """

    @abstractmethod
    def picture(self, content_hash: str) -> Picture | None:
        """The picture with this content hash, if there is one."""

    @abstractmethod
    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        """The picture last made from each of these source bytes, by source hash, as far as known."""

    @abstractmethod
    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        """The latest changes to what is shown for a talent, newest first."""

    # -- the same picture, cut otherwise ------------------------------------

    @abstractmethod
    def to_recut(
        self, crop: str, now: datetime, *, after: str | None = None, limit: int = 100
    ) -> list[PictureInUse]:
        """A page of the pictures that another rule than `crop` cut, in the order of their content hashes.

        Only pictures that are not square, and that a source offers or somebody shows. The talents of such a
        picture may be none: all have a lock at `now`, have left the roster, or show something else since.

        Args:
            crop: the name of a rule.
            now: the current time.
            after: the content hash with which the page before ended.
            limit: the most pictures of a page.
        """

    @abstractmethod
    def recut(self, old: Picture, new: Picture, now: datetime, *, why: str, by: str) -> list[str]:
        """Put a picture into the place of another cut of the same one, in one transaction.

        Every talent of `to_recut` is given the new one: their candidates, what they show with its address
        where that is one of our own copy, and a line in their history. A suspicion against it goes on. The
        old row stays: what has a lock and what others write just now may name it.

        If both have the same content hash, the same square was cut by another rule, and only the row changes.

        Args:
            old: the picture as it was cut before.
            new: the picture as it is cut now. Unlike with `save`, its `created_at` counts.
            now: the time in the history.
            why: the reason in the history.
            by: who the history names.

        Returns:
            The ids of the talents who have the new one, sorted; nobody if an object of its is going.
        """

    # -- the same picture for many ------------------------------------------

    @abstractmethod
    def holders(self, content_hashes: Sequence[str], likenesses: Sequence[str | None] = ()) -> list[Holder]:
        """Everybody for whom a source offers one of these pictures, sorted by source, hash and talent.

        Args:
            content_hashes: the pictures.
            likenesses: what pictures look like. Whoever is offered one that has half of its hash in
                common with one of these is named too, and it is for the caller to compare them.
        """

    @abstractmethod
    def absences(self, sources: Sequence[str], since: datetime) -> dict[str, tuple[int, int]]:
        """How many talents show a picture of each of these sources, and of how many of them it is gone.

        Gone is what its source said to be absent when it was asked last, and it was asked since that time.
        The cost follows the number of those who show these sources. A source that nobody shows is left out.
        """

    @abstractmethod
    def suspects(self) -> list[Suspect]:
        """The suspected placeholders, including those that a person has allowed; newest first."""

    @abstractmethod
    def save_suspect(self, suspect: Suspect, said: AuditEntry | None = None) -> None:
        """Keep what is known about a suspected placeholder, by source and source hash, and who said so.

        A new suspicion does not undo a person's permission: if `allowed_at` is None here, the stored
        permission stays.
        """

    @abstractmethod
    def forget_suspects(self, suspects: Sequence[Suspect], said: Sequence[AuditEntry] = ()) -> None:
        """Forget what is known about these, a person's permission as well, and keep who said so."""
