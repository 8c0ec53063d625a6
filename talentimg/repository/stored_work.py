"""Rows of wishes and workers to and from the models, alike for every kind of database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from talentimg.models import Wish, WishCount, Worker
from talentimg.repository.stored import from_text, required, to_text
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.repository.stored import ReadRow

FORGOTTEN_AFTER: Final = timedelta(days=1)
"""A worker that was not seen for so long is forgotten."""


def wishes_from(rows: Iterable[ReadRow]) -> list[Wish]:
    """Wishes, oldest first, each talent once, by its oldest."""
    found = [Wish(row["talent_id"], required(row["wished_at"]), row["tries"], row["id"]) for row in rows]
    return sorted(found, key=lambda wish: (wish.wished_at, wish.number))


def count_from(row: ReadRow) -> WishCount:
    """How many wait, and how many are taken."""
    return WishCount(row["waiting"], from_text(row["oldest"]), row["under_way"])


def worker_row(worker: Worker) -> dict[str, Any]:
    """The row of a worker."""
    known = normalise(worker)
    return {
        "id": known.id,
        "host": known.host,
        "pid": known.pid,
        "started_at": to_text(known.started_at),
        "seen_at": to_text(known.seen_at),
        "doing": known.doing,
        "looked_at": known.looked_at,
        "listens_until": to_text(known.listens_until),
    }


def worker_from(row: ReadRow) -> Worker:
    """A worker."""
    return Worker(
        row["id"],
        row["host"],
        row["pid"],
        required(row["started_at"]),
        required(row["seen_at"]),
        row["doing"],
        row["looked_at"],
        from_text(row["listens_until"]),
    )
