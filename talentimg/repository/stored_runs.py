"""Converts rows of runs and of suspected placeholders to and from their records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from talentimg.models import (
    Freshness,
    Outage,
    OutcomeKind,
    PlatformCount,
    Reason,
    Run,
    RunState,
    RunTalent,
    SlowTalent,
    StopRequest,
    Suspect,
)
from talentimg.repository.stored import from_json, from_text, required, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from talentimg.repository.stored import ReadRow, Row


def suspect_row(suspect: Suspect) -> Row:
    """A suspected placeholder."""
    return {
        "source": suspect.source,
        "source_hash": suspect.source_hash,
        "content_hash": suspect.content_hash,
        "since": to_text(suspect.since),
        "talents": suspect.talents,
        "allowed_by": suspect.allowed_by,
        "allowed_at": to_text(suspect.allowed_at),
        "likeness": suspect.likeness,
        "named_by": suspect.named_by,
        "name": suspect.name,
    }


def suspect_from(row: ReadRow) -> Suspect:
    """A suspected placeholder."""
    return Suspect(
        source=row["source"],
        source_hash=row["source_hash"],
        content_hash=row["content_hash"],
        since=required(row["since"]),
        talents=row["talents"],
        allowed_by=row["allowed_by"],
        allowed_at=from_text(row["allowed_at"]),
        likeness=row["likeness"],
        named_by=row["named_by"],
        name=row["name"],
    )


# -- runs -------------------------------------------------------------------

_COUNTS = ("found", "absent", "trouble", "calls", "received", "quota")


def run_row(run: Run) -> Row:
    """A roster run as it writes of itself. What is only ever displayed is in the report."""
    return {
        "id": run.id,
        "started_at": to_text(run.started_at),
        "ended_at": to_text(run.ended_at),
        "state": run.state.value,
        "exit_code": run.exit_code,
        "host": run.host,
        "pid": run.pid,
        "joined": int(run.joined),
        "part_of": run.part_of,
        "written_at": to_text(run.written_at),
        "report": json.dumps(run_report(run)),
    }


def run_report(run: Run) -> Row:
    """What the record of a run holds as JSON."""
    return {
        "outcomes": dict(run.outcomes),
        "showing_initials": run.showing_initials,
        "platforms": {source: _count_report(count) for source, count in run.platforms.items()},
        "slowest": [[slow.talent_id, slow.seconds, slow.source] for slow in run.slowest],
        "still_due": run.still_due,
        "claimed_elsewhere": run.claimed_elsewhere,
        "claimed_by": list(run.claimed_by),
        "claimed_until": to_text(run.claimed_until),
        "next_due_at": to_text(run.next_due_at),
        "note": run.note,
        "in_review": run.in_review,
        "by": run.by,
        "total": run.total,
        "in_progress": run.in_progress,
        "troubled": run.troubled,
        "new_pictures": run.new_pictures,
        "freshness": _freshness_report(run.freshness),
        "at_stake": {source: list(counts) for source, counts in run.at_stake.items()},
        "has_looked": run.has_looked,
        "outages": [[one.source, one.talents, to_text(one.since), one.reason] for one in run.outages],
    }


def _freshness_report(found: Freshness | None) -> list[Any] | None:
    return None if found is None else [found.fresh, found.stale, to_text(found.oldest)]


def _freshness_from(report: Any) -> Freshness | None:  # noqa: ANN401  JSON
    return Freshness(report[0], report[1], from_text(report[2])) if report else None


def _outage_from(report: Any) -> Outage:  # noqa: ANN401  JSON
    source, talents, since, reason = report[:4]
    return Outage(source, talents, required(since), _reason(reason))


def _reason(text: str | None) -> Reason | None:
    return next((reason for reason in Reason if reason.value == text), None)


def talent_row(run_id: str, talent: RunTalent) -> Row:
    """A talent of whom a run has something to tell."""
    return {
        "run_id": run_id,
        "talent_id": talent.talent_id,
        "kind": talent.kind.value,
        "source": talent.source,
        "previous_source": talent.previous_source,
        "reason": talent.reason,
        "detail": talent.detail,
        "content_hash": talent.content_hash,
        "previous_hash": talent.previous_hash,
    }


def talents_from(rows: Iterable[ReadRow]) -> list[RunTalent]:
    """Those of whom runs have something to tell; an outcome that only a newer version knows is left out."""
    kinds = {kind.value: kind for kind in OutcomeKind}
    names = ("detail", "content_hash", "previous_hash")
    return [
        RunTalent(
            row["talent_id"],
            kinds[row["kind"]],
            row["source"],
            row["previous_source"],
            _reason(row["reason"]),
            **{name: row[name] for name in names},
        )
        for row in rows
        if row["kind"] in kinds
    ]


def _count_report(count: PlatformCount) -> Row:
    return {"outcomes": dict(count.outcomes)} | {name: getattr(count, name) for name in _COUNTS}


def run_from(row: ReadRow) -> Run:
    """A roster run. Anything in the report that only a newer version knows is ignored."""
    report = from_json(row["report"])
    return Run(
        id=row["id"],
        started_at=required(row["started_at"]),
        host=row["host"],
        pid=row["pid"],
        joined=bool(row["joined"]),
        state=_run_state(row["state"], ended=row["ended_at"] is not None),
        ended_at=from_text(row["ended_at"]),
        exit_code=row["exit_code"],
        outcomes=_outcomes(report),
        showing_initials=report.get("showing_initials", 0),
        platforms={source: _count_from(count) for source, count in report.get("platforms", {}).items()},
        slowest=tuple(SlowTalent(*slow[:3]) for slow in report.get("slowest", ())),
        still_due=report.get("still_due"),
        claimed_elsewhere=report.get("claimed_elsewhere", 0),
        claimed_by=tuple(report.get("claimed_by", ())),
        claimed_until=from_text(report.get("claimed_until")),
        next_due_at=from_text(report.get("next_due_at")),
        note=report.get("note"),
        in_review=report.get("in_review", 0),
        by=report.get("by"),
        total=report.get("total"),
        in_progress=report.get("in_progress", 0),
        part_of=row["part_of"],
        written_at=from_text(row["written_at"]),
        stop_requested_by=row["stop_requested_by"],
        stop_requested_at=from_text(row["stop_requested_at"]),
        troubled=report.get("troubled", 0),
        new_pictures=report.get("new_pictures", 0),
        freshness=_freshness_from(report.get("freshness")),
        at_stake={source: (of, lost) for source, (of, lost) in report.get("at_stake", {}).items()},
        has_looked=report.get("has_looked", False),
        outages=tuple(map(_outage_from, report.get("outages", ()))),
        revision=row["revision"],
    )


def stop_request_from(row: ReadRow) -> StopRequest | None:
    """Who asked a run to stop, if somebody has."""
    at = from_text(row["stop_requested_at"])
    return StopRequest(row["stop_requested_by"] or "", at) if at else None


def _count_from(report: Mapping[str, Any]) -> PlatformCount:
    return PlatformCount(_outcomes(report), **{name: report.get(name, 0) for name in _COUNTS})


def _outcomes(report: Mapping[str, Any]) -> dict[OutcomeKind, int]:
    counts = report.get("outcomes", {})
    return {kind: counts[kind] for kind in OutcomeKind if kind in counts}


def _run_state(text: str, *, ended: bool) -> RunState:
    unknown = RunState.FAILED if ended else RunState.RUNNING
    return next((state for state in RunState if state.value == text), unknown)
