"""Forgetting, merging and sweeping on databases, as ports: each method is one transaction.

It joins the functions that work alike on SQLite and Postgres to a backend that opens transactions.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from talentimg.repository.interface import Leftovers, Removals, Tombstones
from talentimg.repository.values import holders_of, is_storable, normalise, process_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry
    from talentimg.repository.interface.values import (
        Aged,
        Dropped,
        Erased,
        ErasedTalents,
        Forgotten,
        Merged,
        NamedPage,
        Page,
    )
    from talentimg.repository.sql import Sql

T = TypeVar("T")

# ruff: noqa: PLC0415  start-up time: a command that only reads needs none of it


class SqlRemovals(Leftovers, Tombstones, Removals):
    """The part of a repository on a database that takes away."""

    _lease_holder: str

    @abstractmethod
    def _ask(self, work: Callable[[Sql], T]) -> T:
        """Run some work that only reads."""

    @abstractmethod
    def _ask_once(self, work: Callable[[Sql], T]) -> T:
        """Run some work that only reads, and that with a single statement: it needs no transaction."""

    @abstractmethod
    def _carry_out(self, work: Callable[[Sql], T]) -> T:
        """Run some work in a transaction; it does no harm twice."""

    @abstractmethod
    def _say(self, sql: Sql, entry: AuditEntry) -> None:
        """Keep what a person said, in that transaction."""

    @abstractmethod
    def _merge(self, sql: Sql, ids: Mapping[str, str], now: datetime, by: str) -> Merged:
        """Merge two talents, `id` and `into`, in that transaction."""

    @abstractmethod
    def _wipe(self) -> None:
        """Overwrite free space."""

    # -- tombstones -------------------------------------------------------------

    def forgotten(self, what: Iterable[tuple[str, str | None]]) -> list[Forgotten]:
        from talentimg.repository import tombstones

        wanted = list(what)
        return self._ask(lambda sql: tombstones.forgotten(sql, wanted))

    def remember(
        self, what: Iterable[tuple[str, str | None]], now: datetime, entry: AuditEntry
    ) -> list[Forgotten]:
        from talentimg.repository.stand_ins import unbury

        del now
        wanted = list(what)

        def work(sql: Sql) -> list[Forgotten]:
            found = unbury(sql, wanted)
            if found:
                self._say(sql, normalise(entry))
            return found

        return self._carry_out(work)

    # -- removals -----------------------------------------------------------------

    def erase(
        self, talent_id: str, now: datetime, *, platform: str | None = None, forgotten_by: str | None = None
    ) -> Erased:
        from talentimg.repository.erasing import erase

        wanted, by = normalise((talent_id, forgotten_by))
        place = platform.lower() if platform else None
        return self._carry_out(
            lambda sql: erase(sql, wanted, now, holder=self._lease_holder, platform=place, forgotten_by=by)
        )

    def erase_missing(self, talent_ids: Sequence[str], now: datetime) -> ErasedTalents:
        from talentimg.repository.erasing import CameBack, erase_missing

        try:
            return self._carry_out(
                lambda sql: erase_missing(sql, talent_ids, normalise(now), holder=self._lease_holder)
            )
        except CameBack:
            return self.erase_missing(talent_ids, now)

    def traces(
        self, talent_id: str, platform: str | None = None, *, words: Collection[str] = ()
    ) -> Mapping[str, int]:
        from talentimg.repository.erasing import traces

        if not is_storable(talent_id):
            return {}
        return self._ask(lambda sql: traces(sql, talent_id, platform.lower() if platform else None, words))

    def merge(self, talent_id: str, into: str, now: datetime, entry: AuditEntry) -> Merged:
        def work(sql: Sql) -> Merged:
            said = normalise(entry)
            merged = self._merge(sql, {"id": talent_id, "into": into}, now, said.by)
            self._say(sql, said)
            return merged

        return self._carry_out(work)

    def owes_wipe(self) -> bool:
        from talentimg.repository import leftovers

        return self._ask_once(leftovers.wipe_owed_since) is not None

    def wipe_free_space(self) -> None:
        from talentimg.repository import leftovers

        since = self._ask_once(leftovers.wipe_owed_since)
        self._wipe()
        if since is not None:
            self._carry_out(lambda sql: leftovers.wiped(sql, since))

    # -- leftovers --------------------------------------------------------------------

    def missing_talents(self, now: datetime, *, after: str | None, limit: int) -> Page:
        from talentimg.repository import unneeded

        seen = self._ask_once(lambda sql: unneeded.talents(sql, after, limit))
        if seen.is_noted and not seen.unneeded:  # of whom is missing, some may have to stay
            return seen.page(normalise(now))
        return self._carry_out(lambda sql: unneeded.note_missing(sql, seen, normalise(now)))

    def unused_pictures(self, now: datetime, *, after: str | None, limit: int) -> Page:
        from talentimg.repository import unneeded

        seen = self._ask_once(lambda sql: unneeded.pictures(sql, after, limit))
        if seen.is_noted:
            return seen.page(normalise(now))
        return self._carry_out(lambda sql: unneeded.note_pictures(sql, seen, normalise(now)))

    def drop_stray_accounts(self, *, after: str | None, limit: int) -> Page:
        from talentimg.repository import unneeded

        seen = self._ask_once(lambda sql: unneeded.accounts(sql, after, limit))
        dropped = self._carry_out(lambda sql: unneeded.drop_accounts(sql, seen)) if seen.unneeded else 0
        return seen.without(dropped)

    def drop_pictures(self, content_hashes: Sequence[str], now: datetime) -> Dropped:
        from talentimg.repository import leftovers

        def work(sql: Sql) -> Dropped:
            sql.lock_pictures()
            return leftovers.drop_unused(sql, content_hashes, now, self._lease_holder)

        return self._carry_out(work)

    def named_objects(self, *, after: str | None, limit: int) -> NamedPage:
        from talentimg.repository import leftovers

        return self._ask_once(lambda sql: leftovers.named_objects(sql, after, limit))

    def still_named(self, keys: Collection[str]) -> set[str]:
        return self._ask_once(lambda sql: sql.still_named(keys)) if keys else set()

    def announce(self, keys: Iterable[str], now: datetime) -> list[str]:
        from talentimg.repository import leftovers

        wanted = list(keys)

        def work(sql: Sql) -> list[str]:
            sql.lock_pictures()
            return leftovers.announce(sql, wanted, now, self._lease_holder)

        return self._carry_out(work)

    def announced(self) -> list[str]:
        from talentimg.repository import leftovers

        return self._ask_once(leftovers.announced)

    def removers(self) -> list[tuple[str, int]]:
        from talentimg.repository import leftovers

        return sorted({process_of(holder) for holder in self._ask_once(leftovers.holders)})

    def take_over(self, processes: Collection[tuple[str, int]], now: datetime) -> list[str]:
        from talentimg.repository import leftovers

        def work(sql: Sql) -> list[str]:
            dead = holders_of(leftovers.holders(sql), processes, self._lease_holder)
            return leftovers.take_over(sql, dead, now, self._lease_holder)

        return self._carry_out(work)

    def removed(self, keys: Collection[str], spared: Collection[str], now: datetime) -> None:
        from talentimg.repository import leftovers

        self._carry_out(lambda sql: leftovers.removed(sql, keys, spared, now))

    def drop_aged(
        self, now: datetime, *, runs_before: datetime, history_before: datetime, limit: int
    ) -> Aged:
        from talentimg.repository import leftovers

        return self._carry_out(lambda sql: leftovers.drop_aged(sql, now, runs_before, history_before, limit))

    def reached(self, parts: Collection[str]) -> Mapping[str, str]:
        from talentimg.repository import leftovers

        return self._ask_once(lambda sql: leftovers.reached(sql, parts))

    def save_reached(self, part: str, place: str | None, now: datetime) -> None:
        from talentimg.repository import leftovers

        self._carry_out(lambda sql: leftovers.save_reached(sql, part, place, now))
