"""The rows of the roster in a SQLite file, as people keep them, and what imports made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import OutOfDate
from talentimg.repository.interface.keeping import Keeping
from talentimg.repository.sqlite import due, reads, roster
from talentimg.repository.sqlite.backend import SqliteBackend
from talentimg.repository.values import normalise, normalise_talents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import NewTalent
    from talentimg.repository.interface.entries import Follow, Import, Plan, Present, RosterEntry


class SqliteKeeping(SqliteBackend, Keeping):
    """The part of the repository that keeps them."""

    def update(self, talents: Sequence[NewTalent], now: datetime, *, follow: Follow | None = None) -> None:
        from talentimg.repository import leftovers  # noqa: PLC0415  start-up time
        from talentimg.repository.sqlite import imports  # noqa: PLC0415  start-up time
        from talentimg.repository.sqlite.statements import SqliteSql  # noqa: PLC0415  start-up time

        normalised = normalise_talents(talents)
        try:
            with self._writing() as db, imports.followed(db, [t.id for t in normalised], now, follow):
                roster.update(db, normalised, now)
                due.forget_marks(db)
        except OutOfDate as error:
            with self._writing() as db:  # that a removal is over was noticed, and is rolled back otherwise
                leftovers.in_the_way(SqliteSql(db), error.pictures, now)
            raise

    def is_own(self) -> bool:
        from talentimg.repository.sqlite.statements import SqliteSql  # noqa: PLC0415  start-up time
        from talentimg.repository.whose import is_own  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return is_own(SqliteSql(connection))

    def records(self, *, after: str | None = None, limit: int = 500) -> list[TalentRecord]:
        with self._reading() as connection:
            ids = reads.page(connection, after, limit)
            records = reads.records(connection, ids)
        return [records[talent_id] for talent_id in ids]

    def entries(self, talent_ids: Sequence[str]) -> dict[str, RosterEntry]:
        from talentimg.repository.sqlite import imports  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return imports.entries(connection, talent_ids)

    def present(self, talent_ids: Sequence[str]) -> Present:
        from talentimg.repository.sqlite import imports  # noqa: PLC0415  start-up time

        is_own = self.is_own()
        with self._reading() as connection:
            return imports.present(connection, talent_ids, is_own=is_own)

    def imports(self) -> list[Import]:
        from talentimg.repository.sqlite import imports  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return imports.imports(connection)

    def take_back(self, import_id: str, now: datetime, plan: Plan, follow: Follow) -> None:
        from talentimg.repository.sqlite import imports  # noqa: PLC0415  start-up time

        is_own = self.is_own()
        with self._writing() as db:
            imports.take_back(db, normalise(import_id), now, plan, follow, is_own=is_own)
            due.forget_marks(db)
