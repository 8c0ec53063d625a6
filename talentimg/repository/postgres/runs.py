"""The records of roster runs, kept on Postgres."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from talentimg.models import RunState
from talentimg.repository.postgres.statements import PostgresSql
from talentimg.repository.run_talents import still_to_tell
from talentimg.repository.stored import from_json, to_text
from talentimg.repository.stored_runs import (
    run_from,
    run_report,
    run_row,
    stop_request_from,
    talent_row,
    talents_from,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from talentimg.models import Run, RunTalent, StopRequest
    from talentimg.repository.postgres.database import Database

_RUN: Final = "SELECT * FROM talentimg.runs WHERE id = %(id)s"
_IN_PROGRESS: Final = """
SELECT * FROM talentimg.runs WHERE state = %(state)s ORDER BY started_at DESC, id COLLATE "C" DESC
"""
_TAKING_PART: Final = """
SELECT * FROM talentimg.runs WHERE id = %(id)s OR part_of = %(id)s
ORDER BY id <> %(id)s, started_at, id COLLATE "C"
"""
_GROW: Final = "UPDATE talentimg.runs SET revision = revision + 1 WHERE id = %(id)s"
_PROGRESS: Final = """
UPDATE talentimg.runs
SET report = %(report)s::jsonb, written_at = %(written_at)s::timestamptz, revision = revision + 1
WHERE id = %(id)s AND state = %(running)s
RETURNING stop_requested_by, stop_requested_at
"""
_STOP: Final = """
UPDATE talentimg.runs
SET stop_requested_by = %(by)s, stop_requested_at = %(at)s::timestamptz, revision = revision + 1
WHERE (id = %(id)s OR part_of = %(id)s) AND state = %(running)s AND stop_requested_at IS NULL
"""
_ALLOT: Final = "UPDATE talentimg.runs SET allotted = %(talents)s WHERE id = %(id)s"
# What nobody has limited stays NULL, which `least` passes over.
_DRAW: Final = """
WITH held AS (SELECT id, allotted FROM talentimg.runs WHERE id = %(id)s FOR UPDATE)
UPDATE talentimg.runs AS r SET allotted = h.allotted - least(h.allotted, %(wanted)s::integer)
FROM held AS h WHERE r.id = h.id RETURNING least(h.allotted, %(wanted)s::integer) AS granted
"""
_SETTLE: Final = """
DELETE FROM talentimg.run_talents WHERE run_id = %(run)s AND talent_id = ANY(%(ids)s::text[])
"""
_TALENTS: Final = """
SELECT * FROM talentimg.run_talents WHERE run_id = ANY(%(ids)s) ORDER BY talent_id COLLATE "C"
"""
_RUNS: Final = 'SELECT * FROM talentimg.runs ORDER BY started_at DESC, id COLLATE "C" DESC LIMIT %(limit)s'
_RUNS_BEFORE: Final = """
SELECT * FROM talentimg.runs
WHERE (started_at, id COLLATE "C")
    < (SELECT started_at, id COLLATE "C" FROM talentimg.runs WHERE id = %(before)s)
ORDER BY started_at DESC, id COLLATE "C" DESC LIMIT %(limit)s
"""


def save_run(db: Database, run: Run) -> None:
    """Keep the record of a run, replacing an earlier one of the same run."""
    row = run_row(run)
    db.upsert("runs", [row | {"report": from_json(row["report"])}], ("id",))
    db.execute(_GROW, id=run.id)


def write_progress(db: Database, run: Run) -> StopRequest | None:
    """Keep how far a run has come; who asked it to stop."""
    report, written_at = json.dumps(run_report(run)), to_text(run.written_at)
    rows = db.execute(_PROGRESS, id=run.id, report=report, written_at=written_at, running=RunState.RUNNING)
    return next(map(stop_request_from, rows), None)


def allot(db: Database, run_id: str, talents: int) -> None:
    """Say how many talents a run looks at, with all who share its work."""
    db.execute(_ALLOT, id=run_id, talents=talents)


def draw(db: Database, run_id: str, wanted: int) -> int:
    """Take so many of those, or as many as are left."""
    rows = db.execute(_DRAW, id=run_id, wanted=wanted).fetchall()
    return int(rows[0]["granted"]) if rows else 0


def note_talents(db: Database, run_id: str, talents: Sequence[RunTalent], settled: Collection[str]) -> None:
    """Keep of whom a run has something to tell."""
    db.execute(_SETTLE, run=run_id, ids=list(settled))
    rows = [talent_row(run_id, one) for one in still_to_tell(PostgresSql(db), talents)]
    db.upsert("run_talents", rows, ("run_id", "talent_id"))


def noted_talents(db: Database, run_ids: Collection[str]) -> list[RunTalent]:
    """Of whom these runs have something to tell."""
    return talents_from(db.execute(_TALENTS, ids=list(run_ids)))


def request_stop(db: Database, run_id: str, request: StopRequest) -> None:
    """Ask a run in progress to stop, and those who share its work."""
    db.execute(_STOP, id=run_id, by=request.by, at=to_text(request.at), running=RunState.RUNNING)


def run(db: Database, run_id: str) -> Run | None:
    """The run with this id, if there is one."""
    return next(map(run_from, db.execute(_RUN, id=run_id)), None)


def taking_part(db: Database, run_id: str) -> list[Run]:
    """The run with this id and those who have joined it."""
    return [run_from(row) for row in db.execute(_TAKING_PART, id=run_id)]


def runs(db: Database, limit: int, before: str | None) -> list[Run]:
    """The latest runs, newest first."""
    if before is None:
        return [run_from(row) for row in db.execute(_RUNS, limit=limit)]
    return [run_from(row) for row in db.execute(_RUNS_BEFORE, limit=limit, before=before)]


def ask_in_progress(db: Database) -> Callable[[], list[Run]]:
    """Send for all runs that have not reported their end, newest first; waits for the answer when called."""
    rows = db.execute(_IN_PROGRESS, state=RunState.RUNNING)
    return lambda: [run_from(row) for row in rows]
