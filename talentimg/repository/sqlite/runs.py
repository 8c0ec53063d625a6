"""The records of roster runs, kept in a SQLite file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.models import RunState
from talentimg.repository.run_talents import still_to_tell
from talentimg.repository.sqlite.statements import SqliteSql
from talentimg.repository.stored import to_text
from talentimg.repository.stored_runs import (
    run_from,
    run_report,
    run_row,
    stop_request_from,
    talent_row,
    talents_from,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from talentimg.models import Run, RunTalent, StopRequest
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
_ALLOTTED = "SELECT allotted FROM talentimg_runs WHERE id = ?"
_ALLOT = "UPDATE talentimg_runs SET allotted = ? WHERE id = ?"
_SETTLE = """
DELETE FROM talentimg_run_talents
WHERE run_id = :run AND talent_id IN (SELECT value FROM json_each(:ids))
"""
_TALENTS = """
SELECT * FROM talentimg_run_talents WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY talent_id
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


def allot(connection: sqlite3.Connection, run_id: str, talents: int) -> None:
    """Say how many talents a run looks at, with all who share its work."""
    connection.execute(_ALLOT, [talents, run_id])


def draw(connection: sqlite3.Connection, run_id: str, wanted: int) -> int:
    """Take so many of those, or as many as are left; in the transaction of the caller."""
    row = connection.execute(_ALLOTTED, [run_id]).fetchone()
    if row is None:
        return 0
    if row["allotted"] is None:
        return wanted
    left = int(row["allotted"])
    granted = min(wanted, left)
    allot(connection, run_id, left - granted)
    return granted


def note_talents(db: Database, run_id: str, talents: Sequence[RunTalent], settled: Collection[str]) -> None:
    """Keep of whom a run has something to tell."""
    db.execute(_SETTLE, {"run": run_id, "ids": json.dumps(list(settled))})
    rows = (talent_row(run_id, one) for one in still_to_tell(SqliteSql(db.conn), talents))
    db.table("talentimg_run_talents").upsert_all(rows, pk=("run_id", "talent_id"))


def noted_talents(connection: sqlite3.Connection, run_ids: Collection[str]) -> list[RunTalent]:
    """Of whom these runs have something to tell."""
    return talents_from(connection.execute(_TALENTS, [json.dumps(list(run_ids))]))


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
