"""The records of roster runs, kept in a SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import RunState
from talentimg.repository.stored_runs import run_from, run_row

if TYPE_CHECKING:
    import sqlite3

    from talentimg.models import Run
    from talentimg.repository.sqlite.database import Database

_RUN = "SELECT * FROM talentimg_runs WHERE id = ?"
_IN_PROGRESS = "SELECT * FROM talentimg_runs WHERE state = ? ORDER BY started_at DESC, id DESC"
_RUNS = "SELECT * FROM talentimg_runs ORDER BY started_at DESC, id DESC LIMIT ?"


def save_run(db: Database, run: Run) -> None:
    """Keep the record of a run, replacing an earlier one of the same run."""
    db.table("talentimg_runs").upsert(run_row(run), pk="id")


def run(connection: sqlite3.Connection, run_id: str) -> Run | None:
    """The run with this id, if there is one."""
    return next(map(run_from, connection.execute(_RUN, [run_id])), None)


def runs(connection: sqlite3.Connection, limit: int) -> list[Run]:
    """The latest runs, newest first."""
    return [run_from(row) for row in connection.execute(_RUNS, [limit])]


def runs_in_progress(connection: sqlite3.Connection) -> list[Run]:
    """All runs that have not reported their end, newest first."""
    return [run_from(row) for row in connection.execute(_IN_PROGRESS, [RunState.RUNNING])]
