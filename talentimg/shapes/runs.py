"""Runs, and whoever carries them out: workers, platforms, settings. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg.shapes.plain import document, fields_of, plain
from talentimg.shapes.words import suspect_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from talentimg.models import (
        Run,
        RunProgress,
        Suspect,
        Worker,
    )
    from talentimg.service.run.living import WorkStatus
    from talentimg.service.run.platforms import PlatformReport, PlatformStanding
    from talentimg.service.run.sweep import Swept


_FOR_THE_VALVE: Final = ("at_stake", "has_looked")
"""What those who share a night tell one another."""


def run_json(run: Run) -> dict[str, Any]:
    """A roster run, with the sum of its outcomes."""
    fields = fields_of(run)
    for name in _FOR_THE_VALVE:
        del fields[name]
    outcomes = fields.pop("outcomes")
    return {**fields, "looked_at": run.looked_at, "outcomes": outcomes}


def runs_json(runs: Iterable[Run], following: str | None) -> dict[str, Any]:
    """A page of runs, and where the next one begins."""
    return {"runs": [run_json(run) for run in runs], "next": following}


def shown_run_json(progress: RunProgress) -> dict[str, Any]:
    """One roster run, with how far it has come together with those who share its work."""
    return {**run_json(progress.run), "progress": progress_json(progress)}


def progress_json(progress: RunProgress) -> dict[str, Any]:
    """How far a run has come, by whoever takes part in it."""
    run, request = progress.run, progress.stop_request
    names = ("revision", "state", "written_at", "total", "looked_at", "in_progress", "outcomes")
    return document(
        {
            "run": run.id,
            "started_at": run.started_at,
            "ended_at": run.ended_at if progress.is_over else None,
            "exit_code": run.exit_code if progress.is_over else None,
            "note": run.note,
            **{name: getattr(progress, name) for name in names},
            "rate": _rounded(progress.rate, 3),
            "seconds_left": _rounded(progress.seconds_left, 1),
            "stop_requested_by": request.by if request else None,
            "stop_requested_at": request.at if request else None,
            "participants": [_participant(one) for one in progress.taking_part],
        }
    )


def _participant(run: Run) -> dict[str, Any]:
    names = ("id", "host", "pid", "by", "state", "looked_at", "in_progress")
    return {("run" if name == "id" else name): plain(getattr(run, name)) for name in names}


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def summary_json(run: Run, suspects: Sequence[Suspect], *, dry_run: bool, seconds: float) -> dict[str, Any]:
    """The last line of a roster run: what came of it.

    Args:
        run: the run as it ended.
        suspects: the pictures that it took for placeholders.
        dry_run: whether nothing was written; then the run is on no record and has no id.
        seconds: how long it took.
    """
    return document(
        {
            "summary": True,
            "run": None if dry_run else run.id,
            "state": run.state,
            "dry_run": dry_run,
            "looked_at": run.looked_at,
            **{kind.value: number for kind, number in run.outcomes.items()},
            "showing_initials": run.showing_initials,
            "in_review": run.in_review,
            "still_due": run.still_due or 0,
            "claimed_elsewhere": run.claimed_elsewhere,
            "claimed_by": run.claimed_by,
            "claimed_until": run.claimed_until,
            "next_due_at": run.next_due_at,
            "platforms": run.platforms,
            "outages": run.outages,
            "placeholders": [suspect_json(suspect) for suspect in suspects],
            "note": run.note,
            "seconds": seconds,
        }
    )


def worker_json(worker: Worker) -> dict[str, Any]:
    """A worker that lives."""
    return fields_of(worker)


def work_status_json(found: WorkStatus) -> dict[str, Any]:
    """How the work of all workers stands."""
    return document(
        {
            "workers": [worker_json(worker) for worker in found.workers],
            "wishes": found.wishes,
            "is_told": found.is_told,
            "is_night_due": found.is_night_due,
            "next_night": found.next_night,
            "latest_run": found.latest_run.id if found.latest_run else None,
        }
    )


def platform_json(standing: PlatformStanding) -> dict[str, Any]:
    """How a platform stands. Which credentials it has is not told, only whether."""
    return fields_of(standing)


def platform_report_json(report: PlatformReport) -> dict[str, Any]:
    """The same with its success over the latest nights, the oldest first."""
    nights = [
        {"day": night.day.isoformat(), "asked": night.asked, "answered": night.answered}
        for night in report.nights
    ]
    success = _rounded(report.success, 3)
    return {**platform_json(report.standing), "success": success, "nights": nights}


def settings_json(rows: Iterable[Any], file: Path | None) -> dict[str, Any]:
    """Every setting by its name, and where its value came from.

    Args:
        rows: those of `bootstrap.settings_shown`, with secrets masked.
        file: where settings are read from, or would be.
    """
    settings = {row.key: {"value": row.value, "origin": row.origin, "variable": row.variable} for row in rows}
    return document({"config_file": file, "settings": settings})


def swept_json(swept: Swept) -> dict[str, Any]:
    """What a sweep has removed."""
    return fields_of(swept)
