"""Everybody on the roster with all that an export tells of them, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from talentimg.models import MANUAL, MASTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.models import Picture, TalentRecord
    from talentimg.repository.interface import Disconnected, Repository
    from talentimg.repository.interface.entries import RosterEntry
    from talentimg.store.interface import ObjectStore

PAGE: Final = 500
PHOTO: Final = "jpeg-400"
"""The form that every program can show."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A talent with all that an export tells."""

    entry: RosterEntry
    record: TalentRecord
    disconnected: tuple[Disconnected, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A picture as a file: its bytes, and what its name ends in."""

    data: bytes
    suffix: str


class Talents:
    """Reads everybody, sorted by id. Memory does not grow with the roster.

    Who is changed meanwhile is told as they were before or after.
    """

    def __init__(self, repository: Repository, open_store: Callable[[], ObjectStore]) -> None:
        self._repository = repository
        self._open_store = open_store

    @cached_property
    def _store(self) -> ObjectStore:
        return self._open_store()

    def __iter__(self) -> Iterator[Exported]:
        page = self._repository.records(limit=PAGE)
        while page:
            yield from self._exported(page)
            page = self._repository.records(after=page[-1].talent.id, limit=PAGE)

    def _exported(self, page: list[TalentRecord]) -> Iterator[Exported]:
        ids = [record.talent.id for record in page]
        entries = self._repository.entries(ids)
        disconnected: dict[str, list[Disconnected]] = {}
        for one in self._repository.disconnected(ids):
            disconnected.setdefault(one.talent_id, []).append(one)
        for record in page:
            if entry := entries.get(record.talent.id):  # else somebody has just removed them
                yield Exported(entry, record, tuple(disconnected.get(record.talent.id, ())))

    def photo(self, record: TalentRecord) -> bytes | None:
        """The picture that is shown, as a JPEG; None if none is, or we hold no copy of it.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        picture = self._picture(record.selection.content_hash)
        return self._store.get(picture.rendition(PHOTO).key) if picture else None

    def chosen(self, record: TalentRecord) -> File | None:
        """The picture that a person chose, in the best form that we hold of it.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        candidate = record.candidates.get(MANUAL) if record.policy.choice else None
        picture = self._picture(candidate.content_hash) if candidate else None
        if picture is None:
            return None
        best = picture.rendition(MASTER) if picture.master else picture.shown
        data = self._store.get(best.key)
        return File(data, best.key.rpartition(".")[2]) if data else None

    def _picture(self, content_hash: str | None) -> Picture | None:
        return self._repository.picture(content_hash) if content_hash else None
