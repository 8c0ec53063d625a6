"""What only our API tells, as plain dictionaries: pages of lists, and several answers in one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talentimg.errors import EXIT_CODE_NAMES
from talentimg.shapes import (
    access_token_json,
    event_json,
    outcome_json,
    placeholder_word_json,
    plain,
    review_json,
    suspect_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AccessToken, AuditEntry, Suspect
    from talentimg.service.people.history import Event
    from talentimg.service.people.identity import Stranger
    from talentimg.service.people.reviews import Settled, WaitingPage
    from talentimg.service.people.unwanted import Named
    from talentimg.service.results import SourceResult

PLACE_SEPARATOR = "~"


def history_json(events: Iterable[Event], before: datetime | None) -> dict[str, Any]:
    """A page of what happened."""
    return {"events": [event_json(event) for event in events], "before": plain(before)}


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


def identity_json(stranger: Stranger) -> dict[str, Any]:
    """Who answers for an account, and whom we knew."""
    account, candidate, shown = stranger.account, stranger.candidate, stranger.record.selection
    kept = candidate.content_hash or (shown.content_hash if shown.source == account.platform else None)
    told = {
        "platform": account.platform,
        "handle": account.handle,
        "known_id": stranger.known_id,
        "answers_as": stranger.answers_as,
        "asked": candidate.asked,
        "detail": candidate.detail,
        "checked_at": candidate.checked_at,
        "content_hash": kept,
    }
    return {name: plain(value) for name, value in told.items()}


def offered_json(offered: SourceResult) -> dict[str, Any]:
    """What whoever answers offers now."""
    one = offered.candidate
    told = {"platform": one.source, "state": one.state, "picture_url": one.picture_url, "detail": one.detail}
    return {name: plain(value) for name, value in told.items()}


def placeholders_json(
    suspects: Iterable[Suspect], reasons: Mapping[tuple[str, str], str | None]
) -> dict[str, Any]:
    """Placeholders, each with why a person said what holds of it."""
    told = [suspect_json(one, reasons.get((one.source, one.source_hash))) for one in suspects]
    return {"placeholders": told}


def placeholder_words_json(words: Iterable[AuditEntry]) -> dict[str, Any]:
    """What people said of placeholders."""
    return {"words": [placeholder_word_json(word) for word in words]}


def named_json(named: Named, why: str | None) -> dict[str, Any]:
    """A placeholder, why it is one, and what became of those who showed it."""
    return {
        "placeholder": suspect_json(named.suspect, why),
        "outcomes": [outcome_json(one) for one in named.outcomes],
    }


def tokens_json(tokens: Iterable[AccessToken]) -> dict[str, Any]:
    """All tokens."""
    return {"tokens": [access_token_json(token) for token in tokens]}


def new_token_json(token: AccessToken, text: str) -> dict[str, Any]:
    """A token with its text."""
    return {**access_token_json(token), "token": text}
