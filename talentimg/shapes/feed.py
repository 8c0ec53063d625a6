"""What happened, as those who follow are told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from talentimg.shapes.plain import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import FeedEntry, HistoryEntry, Reconnect, Run
    from talentimg.repository.interface.feed import FeedPage
    from talentimg.service.telling.digest import Digest

Link: TypeAlias = "Callable[[str, str], str | None]"
"""Where a talent, by id, connects an account on a platform again; None where the agency has named no page."""


def feed_page_json(page: FeedPage, link: Link) -> dict[str, Any]:
    """A page of the feed, and the cursor to go on with."""
    return {
        "changes": [{"cursor": str(one.number), **feed_entry_json(one, link)} for one in page.entries],
        "next": str(page.reached),
        "is_more": page.is_more,
    }


def feed_entry_json(entry: FeedEntry, link: Link) -> dict[str, Any]:
    """One thing that happened, in the form of the Standard Webhooks: type, time, data."""
    return document({"type": entry.kind.value, "timestamp": entry.at, "data": _data(entry, link)})


def digest_json(digest: Digest) -> dict[str, Any]:
    """What happened since a time."""
    names = ("since", "until", "changed_count", "changed", "lost_count", "lost", "needed_count", "needed")
    told = document({name: getattr(digest, name) for name in names})
    runs = [document(_run(run)) for run in digest.runs]
    return {**told, "runs": runs, "tripped": digest.tripped, "is_cut": digest.is_cut}


def _data(entry: FeedEntry, link: Link) -> dict[str, Any]:
    if entry.step is not None:
        return _step(entry.step)
    if entry.reconnect is not None:
        return _reconnect(entry.reconnect, link)
    assert entry.run is not None  # each entry tells of one of the three
    return _run(entry.run)


def _step(step: HistoryEntry) -> dict[str, Any]:
    return {
        "talent_id": step.talent_id,
        "source": step.to_source,
        "content_hash": step.to_hash,
        "previous_source": step.from_source,
        "previous_hash": step.from_hash,
        "why": step.why,
        "by": step.by,
    }


def _reconnect(one: Reconnect, link: Link) -> dict[str, Any]:
    return {
        "talent_id": one.talent_id,
        "platform": one.platform,
        "since": one.since,
        "detail": one.detail,
        "link": link(one.talent_id, one.platform),
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "state": run.state,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "exit_code": run.exit_code,
        "looked_at": run.looked_at,
        "outcomes": run.outcomes,
        "note": run.note,
    }
