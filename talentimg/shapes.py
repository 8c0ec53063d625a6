"""Talents, outcomes and runs as plain dictionaries, ready for JSON. Pure.

Every surface that answers programs uses these. Names of fields are those of the models; times are
ISO 8601 in UTC.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.urls import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from talentimg.models import (
        AccessToken,
        Account,
        AuditEntry,
        Outcome,
        Picture,
        Policy,
        Review,
        Run,
        RunProgress,
        Suspect,
        Talent,
        TalentRecord,
        Worker,
    )
    from talentimg.repository.interface import Forgotten, RosterRow
    from talentimg.service.decision.explain import Step
    from talentimg.service.decision.state import Standing
    from talentimg.service.people.forgetting import MergedTalents, Proof
    from talentimg.service.people.history import Event
    from talentimg.service.people.lines import Facets
    from talentimg.service.people.listing import Listed
    from talentimg.service.people.overview import Seen
    from talentimg.service.people.preview import Preview
    from talentimg.service.people.reviews import Waiting
    from talentimg.service.people.roster import Edited, Imported
    from talentimg.service.people.undo import Undo
    from talentimg.service.run.living import WorkStatus
    from talentimg.service.run.platforms import PlatformStanding
    from talentimg.service.run.sweep import Swept

_AS_THEY_ARE: Final = frozenset({bool, int, float, type(None)})


def plain(value: object) -> Any:  # noqa: ANN401  whatever JSON can hold
    """A model as JSON can hold it. Fields kept out of `repr` are secrets, and stay out of here too."""
    kind = type(value)
    if kind in _AS_THEY_ARE:  # most values of a line, of which a run writes one for each talent
        return value
    if names := _shown(kind):  # type: ignore[arg-type]  # a class is hashable
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {_without_surrogates(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else _safe(value)


def _safe(value: object) -> object:
    return without_userinfo(_without_surrogates(value)) if isinstance(value, str) else value


@cache
def _shown(kind: type) -> tuple[str, ...]:
    """The names of a model's fields that are nobody's secret."""
    return tuple(field.name for field in fields(kind) if field.repr) if is_dataclass(kind) else ()


def talent_json(talent: Talent) -> dict[str, Any]:
    """A talent with its accounts, without anything secret."""
    return _document(
        {
            "talent_id": talent.id,
            "id": talent.id,  # the older name of the same
            "name": talent.name,
            "email": talent.email,
            "avatar_url": talent.avatar_url,
            "accounts": _accounts(talent.accounts),
        }
    )


def row_json(row: RosterRow) -> dict[str, Any]:
    """One line of the roster, which `talentimg import` reads too."""
    more = {"accounts": _accounts(row.accounts), "policy": _policy_json(row.policy)}
    return {**_fields(row), **_document(more)}


def listed_json(one: Listed) -> dict[str, Any]:
    """The same with how the talent stands."""
    return {**row_json(one.row), **_document(_standing(one.standing))}


def page_json(seen: Seen) -> dict[str, Any]:
    """A page of the roster, how many are wanted, and where the next page begins."""
    return {"talents": [listed_json(one) for one in seen.rows], "next": seen.next, "total": seen.facets.found}


def facets_json(facets: Facets) -> dict[str, Any]:
    """How many there are of each kind."""
    return _document(
        {
            "all": facets.everybody,
            "found": facets.found,
            "waiting": facets.in_review,
            "states": facets.states,
            "platforms": facets.platforms,
            "sources": facets.sources,
        }
    )


def _standing(standing: Standing) -> dict[str, object]:
    return {"state": standing.state, "why": standing.why}


def account_json(account: Account) -> dict[str, Any]:
    """An account, without anything secret."""
    names = ("platform", "handle", "profile_url", "renamed_to")
    return _document({name: getattr(account, name) for name in names})


def _accounts(accounts: Iterable[Account]) -> list[dict[str, Any]]:
    return [account_json(account) for account in accounts]


def shown_json(
    record: TalentRecord,
    picture: Picture | None,
    chain: Iterable[tuple[Step, datetime | None]] | None = None,
    standing: Standing | None = None,
) -> dict[str, Any]:
    """A talent with what is shown, and why, if somebody asks.

    Args:
        record: everything that is known of the talent.
        picture: the picture that is shown, if we hold a copy.
        chain: the chain as it was evaluated, each step with the time at which its source is asked next.
        standing: how the talent stands.
    """
    shown = record.selection
    document = {
        **talent_json(record.talent),
        "source": shown.source,
        "url": shown.url,
        "content_hash": shown.content_hash,
        "synced_at": shown.synced_at,
        "picture": _without_likeness(picture) if picture else None,
        "policy": _policy_json(record.policy),
        "notes": notes_on(record),
        "review": _review_json(record.in_review),
        **(_standing(standing) if standing else {}),
    }
    why = {} if chain is None else {"chain": [_step_json(*step) for step in chain]}
    return _document({**document, **why})


def _review_json(review: Review | None) -> dict[str, Any] | None:
    if review is None:
        return None
    return {
        "since": review.proposed_at,
        "source": review.source,
        "content_hash": review.content_hash,
        "source_hash": review.source_hash,
    }


def _policy_json(policy: Policy) -> dict[str, Any]:
    """What people decided about a talent."""
    return {
        "lock": policy.lock,
        "choice": policy.choice,
        "order": policy.order.sources if policy.order else None,
        "order_by": policy.order.by if policy.order else None,
        "order_at": policy.order.at if policy.order else None,
        "order_why": policy.order.why if policy.order else None,
        "opted_out": policy.opted_out,
        "opt_outs": policy.opt_outs,
        "note": policy.note,
    }


def notes_on(record: TalentRecord) -> dict[str, str]:
    """What a person should know of accounts whose pictures are fine, by source: one has moved, say."""
    from talentimg.models import State  # noqa: PLC0415  start-up time

    return {
        source: candidate.detail
        for source, candidate in sorted(record.candidates.items())
        if candidate.state is State.FOUND and candidate.detail
    }


def _step_json(step: Step, next_due_at: datetime | None) -> dict[str, Any]:
    """One source, with the last look at it; what only identifies the row stays out."""
    hidden = {"talent_id", "source", "next_due_at", "question"}
    candidate = _fields(step.candidate) if step.candidate else {}
    return {
        "source": step.source,
        "verdict": step.verdict,
        "why": step.why,
        **{key: value for key, value in candidate.items() if key not in hidden},
        "next_due_at": next_due_at,
    }


def event_json(event: Event) -> dict[str, Any]:
    """Something that happened to a talent; what came to be shown, if that changed."""
    version = event.version
    return _document(
        {
            "at": event.at,
            "by": event.by,
            "action": event.action,
            "why": event.why,
            "about": dict(event.about),
            "version": version.number if version else None,
            "source": version.source if version else None,
            "content_hash": version.content_hash if version else None,
            "is_shown": version is not None and version.is_shown,
        }
    )


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome: the kind is called `outcome`."""
    fields = _fields(outcome)
    kind = fields.pop("kind")
    return {"talent_id": fields.pop("talent_id"), "name": fields.pop("name"), "outcome": kind, **fields}


def imported_json(done: Imported, remarks: Sequence[str] = ()) -> dict[str, Any]:
    """What an import came to; `remarks` say how the file was read."""
    return {**_fields(done), "remarks": plain(remarks)}


def preview_json(preview: Preview, remarks: Sequence[str] = ()) -> dict[str, Any]:
    """What an import would do; `refused` is the sentence that says why it would not do it."""
    fields = {
        name: getattr(preview, name)
        for name in ("new", "changed", "reconnected", "left_out", "forgotten", "gone")
    }
    refused = preview.refusal.sentence if preview.refusal else None
    return _document(
        {"dry_run": True, **fields, "unchanged": preview.unchanged, "refused": refused, "remarks": remarks}
    )


def undo_json(undo: Undo, *, dry_run: bool) -> dict[str, Any]:
    """What taking an import back came to, or would come to."""
    return {"dry_run": dry_run, **_fields(undo)}


def edited_json(edited: Edited) -> dict[str, Any]:
    """A talent after an edit, with the fields that it changed."""
    return {**talent_json(edited.talent), "changed": list(edited.fields), "source": edited.source}


def proof_json(proof: Proof) -> dict[str, Any]:
    """What was removed of a talent, and what was looked for afterwards."""
    fields = _fields(proof)
    before = fields.pop("before")
    return {**fields, "forgotten_before": before, "holds": proof.holds}


def remembered_json(talent_id: str, found: Iterable[Forgotten]) -> dict[str, Any]:
    """What of a talent may come back."""
    lifted = [{"platform": one.platform or None, "at": one.at, "by": one.by} for one in found]
    return _document({"talent_id": talent_id, "remembered": lifted})


def merged_json(talent_id: str, into: str, done: MergedTalents) -> dict[str, Any]:
    """Two talents who are one now; the lists are empty if that was done before."""
    return _document(
        {
            "talent_id": talent_id,
            "into": into,
            "merged": done.merged is not None,
            "moved": done.merged.moved if done.merged else (),
            "left": done.merged.left if done.merged else (),
            "pictures": done.proof.pictures,
            "files": done.proof.files,
        }
    )


def platform_json(standing: PlatformStanding) -> dict[str, Any]:
    """How a platform stands. Which credentials it has is not told, only whether."""
    return _fields(standing)


def settings_json(rows: Iterable[Any], file: Path | None) -> dict[str, Any]:
    """Every setting by its name, and where its value came from.

    Args:
        rows: those of `bootstrap.settings_shown`, with secrets masked.
        file: where settings are read from, or would be.
    """
    settings = {row.key: {"value": row.value, "origin": row.origin, "variable": row.variable} for row in rows}
    return _document({"config_file": file, "settings": settings})


def swept_json(swept: Swept) -> dict[str, Any]:
    """What a sweep has removed."""
    return _fields(swept)


def run_json(run: Run) -> dict[str, Any]:
    """A roster run, with the sum of its outcomes."""
    fields = _fields(run)
    outcomes = fields.pop("outcomes")
    return {**fields, "looked_at": run.looked_at, "outcomes": outcomes}


def shown_run_json(progress: RunProgress) -> dict[str, Any]:
    """One roster run, with how far it has come together with those who share its work."""
    return {**run_json(progress.run), "progress": progress_json(progress)}


def progress_json(progress: RunProgress) -> dict[str, Any]:
    """How far a run has come, by whoever takes part in it."""
    run, request = progress.run, progress.stop_request
    names = ("revision", "state", "written_at", "total", "looked_at", "in_progress", "outcomes")
    return _document(
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


def access_token_json(token: AccessToken) -> dict[str, Any]:
    """A token that the server accepts, without its text, of which nothing is kept."""
    return _fields(token)


def suspect_json(suspect: Suspect, why: str | None = None) -> dict[str, Any]:
    """A suspected placeholder, and why a person said what holds of it."""
    return {**_without_likeness(suspect), "why": why}


def placeholder_word_json(word: AuditEntry) -> dict[str, Any]:
    """What a person said of a placeholder."""
    about = {name: word.about.get(name) for name in ("source", "source_hash", "name")}
    return _document({"at": word.at, "by": word.by, "action": word.action, "why": word.why, **about})


def worker_json(worker: Worker) -> dict[str, Any]:
    """A worker that lives."""
    return _fields(worker)


def work_status_json(found: WorkStatus) -> dict[str, Any]:
    """How the work of all workers stands."""
    return _document(
        {
            "workers": [worker_json(worker) for worker in found.workers],
            "wishes": found.wishes,
            "is_told": found.is_told,
            "is_night_due": found.is_night_due,
            "next_night": found.next_night,
            "latest_run": found.latest_run.id if found.latest_run else None,
        }
    )


def review_json(waiting: Waiting) -> dict[str, Any]:
    """A picture that waits for a person, beside what is shown."""
    review, record = waiting.review, waiting.record
    return _document(
        {
            "talent_id": review.talent_id,
            "name": record.talent.name,
            **(_review_json(review) or {}),
            "shown_source": record.selection.source,
            "shown_content_hash": record.selection.content_hash,
            "shown_url": record.selection.url,
        }
    )


def summary_json(run: Run, suspects: Sequence[Suspect], *, dry_run: bool, seconds: float) -> dict[str, Any]:
    """The last line of a roster run: what came of it.

    Args:
        run: the run as it ended.
        suspects: the pictures that it took for placeholders.
        dry_run: whether nothing was written; then the run is on no record and has no id.
        seconds: how long it took.
    """
    return _document(
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
            "placeholders": [suspect_json(suspect) for suspect in suspects],
            "note": run.note,
            "seconds": seconds,
        }
    )


def _without_likeness(model: Picture | Suspect) -> dict[str, Any]:
    """What it looks like is for our own comparisons."""
    fields = _fields(model)
    del fields["likeness"]
    return fields


def _document(fields: Mapping[str, object]) -> dict[str, Any]:
    return {name: plain(value) for name, value in fields.items()}


def _fields(model: object) -> dict[str, Any]:
    document: dict[str, Any] = plain(model)
    return document


def _without_surrogates(text: str) -> str:
    """A lone surrogate can be stored, but no UTF-8 stream can carry it."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
