"""A repository that writes nothing, as far as it is about taking away: it refuses, and lets others look."""

# ruff: noqa: ARG002  a call that is refused does not use its arguments

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate
from talentimg.repository.interface import Leftovers, Removals, Tombstones

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry
    from talentimg.repository.interface import (
        Aged,
        Dropped,
        Erased,
        ErasedTalents,
        Forgotten,
        Merged,
        NamedPage,
        Page,
        Repository,
    )


class DryRemovals(Leftovers, Tombstones, Removals):
    """Reads from another repository."""

    def __init__(self, inner: Repository) -> None:
        self._inner = inner

    def forgotten(self, what: Iterable[tuple[str, str | None]]) -> list[Forgotten]:
        return self._inner.forgotten(what)

    def remember(
        self, what: Iterable[tuple[str, str | None]], now: datetime, entry: AuditEntry
    ) -> list[Forgotten]:
        raise refused()

    def erase(
        self, talent_id: str, now: datetime, *, platform: str | None = None, forgotten_by: str | None = None
    ) -> Erased:
        raise refused()

    def erase_missing(self, talent_ids: Sequence[str], now: datetime) -> ErasedTalents:
        raise refused()

    def traces(
        self, talent_id: str, platform: str | None = None, *, words: Collection[str] = ()
    ) -> Mapping[str, int]:
        return self._inner.traces(talent_id, platform, words=words)

    def merge(self, talent_id: str, into: str, now: datetime, entry: AuditEntry) -> Merged:
        raise refused()

    def owes_wipe(self) -> bool:
        return self._inner.owes_wipe()

    def wipe_free_space(self) -> None:
        raise refused()

    def missing_talents(self, now: datetime, *, after: str | None, limit: int) -> Page:
        raise refused()

    def unused_pictures(self, now: datetime, *, after: str | None, limit: int) -> Page:
        raise refused()

    def drop_stray_accounts(self, *, after: str | None, limit: int) -> Page:
        raise refused()

    def drop_pictures(self, content_hashes: Sequence[str], now: datetime) -> Dropped:
        raise refused()

    def named_objects(self, *, after: str | None, limit: int) -> NamedPage:
        return self._inner.named_objects(after=after, limit=limit)

    def still_named(self, keys: Collection[str]) -> set[str]:
        return self._inner.still_named(keys)

    def announce(self, keys: Iterable[str], now: datetime) -> list[str]:
        raise refused()

    def announced(self) -> list[str]:
        return self._inner.announced()

    def removers(self) -> list[tuple[str, int]]:
        return self._inner.removers()

    def take_over(self, processes: Collection[tuple[str, int]], now: datetime) -> list[str]:
        raise refused()

    def removed(self, keys: Collection[str], spared: Collection[str], now: datetime) -> None:
        raise refused()

    def drop_aged(
        self, now: datetime, *, runs_before: datetime, history_before: datetime, limit: int
    ) -> Aged:
        raise refused()

    def reached(self, parts: Collection[str]) -> Mapping[str, str]:
        return self._inner.reached(parts)

    def save_reached(self, part: str, place: str | None, now: datetime) -> None:
        raise refused()


def refused() -> CannotCreate:
    """The error of everything that would write."""
    return CannotCreate("A dry run writes nothing.")
