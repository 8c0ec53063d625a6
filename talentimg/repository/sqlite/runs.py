"""The records of roster runs, kept in a SQLite file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.models import RunState
from talentimg.repository.stored import to_text
from talentimg.repository.stored_runs import run_from, run_report, run_row, stop_request_from

if TYPE_CHECKING:
    import sqlite3

    from talentimg.models import Run, StopRequest
    from talentimg.repository.sqlite.database import Database

_RUN = "SELECT * FROM talentimg_runs WHERE id = ?"
_IN_PROGRESS = "SELECT * FROM talentimg_runs WHERE state = ? ORDER BY started_at DESC, id DESC"
_TAKING_PART = """
SELECT * FROM talentimg_runs WHERE id = :id OR part_of = :id ORDER BY id <> :id, started_at, id
"""
_GROW = "UPDATE talentimg_runs SET revision = revision + 1 WHERE id = ?"
_PROGRESS = """
UPDATE talentimg_runs SET report = :report, written_at = :written_at, revision = revision + 1
WHERE id = :id AND state = :running
RETURNING stop_requested_by, stop_requested_at
"""
_STOP = """
UPDATE talentimg_runs SET stop_requested_by = :by, stop_requested_at = :at, revision = revision + 1
WHERE (id = :id OR part_of = :id) AND state = :running AND stop_requested_at IS NULL
"""
_RUNS = "SELECT * FROM talentimg_runs ORDER BY started_at DESC, id DESC LIMIT :limit"
_RUNS_BEFORE = """
SELECT * FROM talentimg_runs
WHERE (started_at, id) < (SELECT started_at, id FROM talentimg_runs WHERE id = :before)
ORDER BY started_at DESC, id DESC LIMIT :limit
"""


def save_run(db: Database, run: Run) -> None:
    """Keep the record of a run, replacing an earlier one of the same run."""
    db.table("talentimg_runs").upsert(run_row(run), pk="id")
    db.conn.execute(_GROW, [run.id])


def write_progress(connection: sqlite3.Connection, run: Run) -> StopRequest | None:
    """Keep how far a run has come; who asked it to stop."""
    values = {
        "id": run.id,
        "report": json.dumps(run_report(run)),
        "written_at": to_text(run.written_at),
        "running": RunState.RUNNING,
    }
    row = connection.execute(_PROGRESS, values).fetchone()
    return stop_request_from(row) if row else None


def request_stop(connection: sqlite3.Connection, run_id: str, request: StopRequest) -> None:
    """Ask a run in progress to stop, and those who share its work."""
    values = {"id": run_id, "by": request.by, "at": to_text(request.at), "running": RunState.RUNNING}
    connection.execute(_STOP, values)


def run(connection: sqlite3.Connection, run_id: str) -> Run | None:
    """The run with this id, if there is one."""
    return next(map(run_from, connection.execute(_RUN, [run_id])), None)


def taking_part(connection: sqlite3.Connection, run_id: str) -> list[Run]:
    """The run with this id and those who have joined it."""
    return [run_from(row) for row in connection.execute(_TAKING_PART, {"id": run_id})]


def runs(connection: sqlite3.Connection, limit: int, before: str | None) -> list[Run]:
    """The latest runs, newest first."""
    statement = _RUNS if before is None else _RUNS_BEFORE
    return [run_from(row) for row in connection.execute(statement, {"limit": limit, "before": before})]


def runs_in_progress(connection: sqlite3.Connection) -> list[Run]:
    """All runs that have not reported their end, newest first."""
    return [run_from(row) for row in connection.execute(_IN_PROGRESS, [RunState.RUNNING])]
