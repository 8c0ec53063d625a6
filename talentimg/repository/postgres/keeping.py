"""The rows of the roster on Postgres, as people keep them, and what imports made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import OutOfDate
from talentimg.repository import leftovers
from talentimg.repository.interface.keeping import Keeping
from talentimg.repository.postgres import due, imports, reads, roster
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.postgres.statements import PostgresSql
from talentimg.repository.values import normalise, normalise_talents
from talentimg.repository.whose import is_own

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import NewTalent
    from talentimg.repository.interface.entries import Follow, Import, Plan, Present, RosterEntry
    from talentimg.repository.postgres.database import Database


def _is_own(db: Database) -> bool:
    return is_own(PostgresSql(db))


class PostgresKeeping(PostgresBackend, Keeping):
    """The part of the repository that keeps them."""

    def update(self, talents: Sequence[NewTalent], now: datetime, *, follow: Follow | None = None) -> None:
        normalised = normalise_talents(talents)
        ids = [talent.id for talent in normalised]

        def update(db: Database) -> None:
            with imports.followed(db, ids, now, follow):
                roster.update(db, normalised, now)
            due.forget_marks(db)

        try:
            self._write(update)
        except OutOfDate as error:
            # That a removal is over was noticed, and was rolled back with the rest.
            going = error.pictures
            self._write(lambda db: leftovers.in_the_way(PostgresSql(db), going, now))
            raise

    def is_own(self) -> bool:
        return self._read_once(_is_own)

    def records(self, *, after: str | None = None, limit: int = 500) -> list[TalentRecord]:
        def read(db: Database) -> list[TalentRecord]:
            ids = reads.page(db, after, limit)
            records = reads.records(db, ids)
            return [records[talent_id] for talent_id in ids if talent_id in records]

        return self._read_once(read)

    def entries(self, talent_ids: Sequence[str]) -> dict[str, RosterEntry]:
        return self._read_once(lambda db: imports.entries(db, talent_ids))

    def present(self, talent_ids: Sequence[str]) -> Present:
        return self._read_once(lambda db: imports.present(db, talent_ids, is_own=_is_own(db)))

    def imports(self) -> list[Import]:
        return self._read_once(imports.imports)

    def take_back(self, import_id: str, now: datetime, plan: Plan, follow: Follow) -> None:
        def take_back(db: Database) -> None:
            imports.take_back(db, normalise(import_id), now, plan, follow, is_own=_is_own(db))
            due.forget_marks(db)

        # Run twice, it would find that it was taken back already.
        self._write(take_back, repeatable=False)
