"""Converts rows of what syncs find out to and from the models: candidates, pictures, history, cool-downs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from talentimg.models import Candidate, Picture, Reason, Rendition, State
from talentimg.repository.stored import from_json, from_text, required, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from talentimg.models import Cooldown, HistoryEntry
    from talentimg.repository.interface import Holder
    from talentimg.repository.stored import ReadRow, Row

_CANDIDATE_TIMES = (
    "url_expires_at",
    "checked_at",
    "found_at",
    "absent_since",
    "trouble_since",
    "next_due_at",
)
_CANDIDATE_PLAIN = (
    "talent_id",
    "source",
    "detail",
    "asked",
    "tries",
    "platform_user_id",
    "content_hash",
    "source_hash",
    "picture_url",
    "picture_key",
    "etag",
    "last_modified",
    "absent_count",
    "question",
)


_REASONS = {reason.value: reason for reason in Reason}


def candidate_row(candidate: Candidate) -> Row:
    """A candidate."""
    row: Row = {name: getattr(candidate, name) for name in _CANDIDATE_PLAIN}
    row |= {name: to_text(getattr(candidate, name)) for name in _CANDIDATE_TIMES}
    reason = candidate.reason
    return row | {"state": candidate.state.value, "reason": reason.value if reason else None}


def candidate_from(row: ReadRow) -> Candidate:
    """A candidate."""
    values: Row = {name: row[name] for name in _CANDIDATE_PLAIN}
    values |= {name: from_text(row[name]) for name in _CANDIDATE_TIMES}
    return Candidate(state=State(row["state"]), reason=_reason_from(row["reason"]), **values)


def candidates_from(rows: Iterable[ReadRow]) -> dict[str, dict[str, Candidate]]:
    """The candidates of each talent, by source."""
    found: dict[str, dict[str, Candidate]] = {}
    for candidate in map(candidate_from, rows):
        found.setdefault(candidate.talent_id, {})[candidate.source] = candidate
    return found


def picture_row(picture: Picture) -> Row:
    """A picture of which we keep a copy."""
    forms = [[r.name, r.key, r.side, r.size, r.media_type] for r in picture.renditions]
    return {
        "content_hash": picture.content_hash,
        "source_hash": picture.source_hash,
        "width": picture.width,
        "height": picture.height,
        "renditions": json.dumps(forms),
        "created_at": to_text(picture.created_at),
        "faces": picture.faces,
        "crop": picture.crop,
        "likeness": picture.likeness,
    }


def picture_from(row: ReadRow) -> Picture:
    """A picture of which we keep a copy."""
    return Picture(
        content_hash=row["content_hash"],
        source_hash=row["source_hash"],
        width=row["width"],
        height=row["height"],
        renditions=tuple(Rendition(*form) for form in from_json(row["renditions"])),
        created_at=required(row["created_at"]),
        faces=row["faces"],
        crop=row["crop"],
        likeness=row["likeness"],
    )


class PictureRows(Mapping[str, Picture]):
    """Pictures by content hash, each made of its row when it is asked for: lists of talents ask for none."""

    def __init__(self, rows: Iterable[ReadRow]) -> None:
        """Keep the rows."""
        self._rows = {row["content_hash"]: row for row in rows}

    def __getitem__(self, content_hash: str) -> Picture:
        return picture_from(self._rows[content_hash])

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def looks(self) -> dict[str, str | None]:
        """What they look like, as far as that is known."""
        return {content_hash: row["likeness"] for content_hash, row in self._rows.items()}


def history_row(entry: HistoryEntry) -> Row:
    """One change to what is shown."""
    return {
        "talent_id": entry.talent_id,
        "changed_at": to_text(entry.at),
        "from_source": entry.from_source,
        "from_hash": entry.from_hash,
        "from_url": entry.from_url,
        "to_source": entry.to_source,
        "to_hash": entry.to_hash,
        "why": entry.why,
        "changed_by": entry.by,
        "from_question": entry.from_question,
    }


def history_from(row: ReadRow) -> HistoryEntry:
    """One change to what is shown."""
    from talentimg.models import HistoryEntry  # noqa: PLC0415  start-up time

    return HistoryEntry(
        talent_id=row["talent_id"],
        at=required(row["changed_at"]),
        from_source=row["from_source"],
        from_hash=row["from_hash"],
        to_source=row["to_source"],
        to_hash=row["to_hash"],
        why=row["why"],
        by=row["changed_by"],
        from_url=row["from_url"],
        from_question=row["from_question"],
        number=row["id"],
    )


def holder_from(row: ReadRow) -> Holder:
    """A talent for whom a source offers a particular picture."""
    from talentimg.repository.interface import Holder  # noqa: PLC0415  start-up time

    return Holder(candidate_from(row), row["likeness"])


def cooldown_row(cooldown: Cooldown) -> Row:
    """A platform to leave alone for a while."""
    return {
        "platform": cooldown.platform.lower(),
        "cooldown_until": to_text(cooldown.until),
        "cooldown_reason": cooldown.reason.value,
        "cooldown_detail": cooldown.detail,
        "failures": cooldown.failures,
    }


def cooldown_from(row: ReadRow) -> Cooldown:
    """A platform to leave alone for a while."""
    from talentimg.models import Cooldown  # noqa: PLC0415  start-up time

    return Cooldown(
        platform=row["platform"],
        until=required(row["cooldown_until"]),
        reason=_reason_from(row["cooldown_reason"]) or Reason.THROTTLED,
        detail=row["cooldown_detail"],
        failures=row["failures"],
    )


def _reason_from(text: str | None) -> Reason | None:
    # A newer version may have written reasons that this one does not know; its store can still be read.
    return _REASONS.get(text or "")
