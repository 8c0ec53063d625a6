"""The records of roster runs, kept on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import RunState
from talentimg.repository.stored import from_json
from talentimg.repository.stored_runs import run_from, run_row

if TYPE_CHECKING:
    from talentimg.models import Run
    from talentimg.repository.postgres.database import Database

_RUN: Final = "SELECT * FROM talentimg.runs WHERE id = %(id)s"
_IN_PROGRESS: Final = """
SELECT * FROM talentimg.runs WHERE state = %(state)s ORDER BY started_at DESC, id COLLATE "C" DESC
"""
_RUNS: Final = 'SELECT * FROM talentimg.runs ORDER BY started_at DESC, id COLLATE "C" DESC LIMIT %(limit)s'


def save_run(db: Database, run: Run) -> None:
    """Keep the record of a run, replacing an earlier one of the same run."""
    row = run_row(run)
    db.upsert("runs", [row | {"report": from_json(row["report"])}], ("id",))


def run(db: Database, run_id: str) -> Run | None:
    """The run with this id, if there is one."""
    return next(map(run_from, db.execute(_RUN, id=run_id)), None)


def runs(db: Database, limit: int) -> list[Run]:
    """The latest runs, newest first."""
    return [run_from(row) for row in db.execute(_RUNS, limit=limit)]


def runs_in_progress(db: Database) -> list[Run]:
    """All runs that have not reported their end, newest first."""
    return [run_from(row) for row in db.execute(_IN_PROGRESS, state=RunState.RUNNING)]
