"""What people say: histories, reviews, placeholders, what is forgotten, and tokens. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import EXIT_CODE_NAMES
from talentimg.shapes.plain import document, fields_of, plain, without_likeness
from talentimg.shapes.talents import outcome_json, pending_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import (
        AccessToken,
        AuditEntry,
        Suspect,
    )
    from talentimg.repository.interface import Forgotten
    from talentimg.service.people.forgetting import MergedTalents, Proof
    from talentimg.service.people.history import Event
    from talentimg.service.people.reviews import Settled, Waiting, WaitingPage
    from talentimg.service.people.unwanted import Named

PLACE_SEPARATOR: Final = "~"
"""Between the time and the id that a place among reviews is made of."""


def event_json(event: Event) -> dict[str, Any]:
    """Something that happened to a talent; what came to be shown, if that changed."""
    version = event.version
    return document(
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


def history_json(events: Iterable[Event], before: datetime | None) -> dict[str, Any]:
    """A page of what happened."""
    return {"events": [event_json(event) for event in events], "before": plain(before)}


def review_json(waiting: Waiting) -> dict[str, Any]:
    """A picture that waits for a person, beside what is shown."""
    review, record = waiting.review, waiting.record
    return document(
        {
            "talent_id": review.talent_id,
            "name": record.talent.name,
            **(pending_json(review) or {}),
            "shown_source": record.selection.source,
            "shown_content_hash": record.selection.content_hash,
            "shown_url": record.selection.url,
        }
    )


def reviews_json(page: WaitingPage, listed_at: datetime) -> dict[str, Any]:
    """A page of what waits."""
    more = f"{plain(page.more[0])}{PLACE_SEPARATOR}{page.more[1]}" if page.more else None
    waiting = [review_json(one) for one in page.waiting]
    return {"reviews": waiting, "listed": plain(listed_at), "total": page.total, "next": more}


def settled_json(settled: Sequence[Settled]) -> dict[str, Any]:
    """What became of several pictures."""
    return {
        "outcomes": [outcome_json(one.outcome) for one in settled if one.outcome],
        "faults": [_fault(one) for one in settled if one.error],
    }


def _fault(one: Settled) -> dict[str, Any]:
    assert one.error is not None
    code = EXIT_CODE_NAMES[one.error.exit_code]
    told = {"talent_id": one.talent_id, "detail": one.error.message, "hint": one.error.hint, "code": code}
    return {name: plain(value) for name, value in told.items()}


def suspect_json(suspect: Suspect, why: str | None = None) -> dict[str, Any]:
    """A suspected placeholder, and why a person said what holds of it."""
    return {**without_likeness(suspect), "why": why}


def placeholders_json(
    suspects: Iterable[Suspect], reasons: Mapping[tuple[str, str], str | None]
) -> dict[str, Any]:
    """Placeholders, each with why a person said what holds of it."""
    told = [suspect_json(one, reasons.get((one.source, one.source_hash))) for one in suspects]
    return {"placeholders": told}


def placeholder_word_json(word: AuditEntry) -> dict[str, Any]:
    """What a person said of a placeholder."""
    about = {name: word.about.get(name) for name in ("source", "source_hash", "name")}
    return document({"at": word.at, "by": word.by, "action": word.action, "why": word.why, **about})


def placeholder_words_json(words: Iterable[AuditEntry]) -> dict[str, Any]:
    """What people said of placeholders."""
    return {"words": [placeholder_word_json(word) for word in words]}


def named_json(named: Named, why: str | None) -> dict[str, Any]:
    """A placeholder, why it is one, and what became of those who showed it."""
    return {
        "placeholder": suspect_json(named.suspect, why),
        "outcomes": [outcome_json(one) for one in named.outcomes],
    }


def proof_json(proof: Proof) -> dict[str, Any]:
    """What was removed of a talent, and what was looked for afterwards."""
    fields = fields_of(proof)
    before = fields.pop("before")
    return {**fields, "forgotten_before": before, "holds": proof.holds}


def remembered_json(talent_id: str, found: Iterable[Forgotten]) -> dict[str, Any]:
    """What of a talent may come back."""
    lifted = [{"platform": one.platform or None, "at": one.at, "by": one.by} for one in found]
    return document({"talent_id": talent_id, "remembered": lifted})


def merged_json(talent_id: str, into: str, done: MergedTalents) -> dict[str, Any]:
    """Two talents who are one now; the lists are empty if that was done before."""
    return document(
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


def access_token_json(token: AccessToken) -> dict[str, Any]:
    """A token that the server accepts, without its text, of which nothing is kept."""
    return fields_of(token)


def tokens_json(tokens: Iterable[AccessToken]) -> dict[str, Any]:
    """All tokens."""
    return {"tokens": [access_token_json(token) for token in tokens]}


def new_token_json(token: AccessToken, text: str) -> dict[str, Any]:
    """A token with its text."""
    return {**access_token_json(token), "token": text}
