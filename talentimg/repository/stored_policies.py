"""Converts rows of what people decided and said to and from the models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.repository.stored import from_json, required, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.models import AuditEntry
    from talentimg.repository.stored import ReadRow, Row


def audit_row(entry: AuditEntry) -> Row:
    """What a person said about a talent."""
    return {
        "talent_id": entry.talent_id,
        "said_at": to_text(entry.at),
        "action": entry.action,
        "said_by": entry.by,
        "why": entry.why,
        "about": json.dumps(dict(entry.about)),
    }


def audit_from(row: ReadRow) -> AuditEntry:
    """What a person said about a talent."""
    from talentimg.models import AuditEntry  # noqa: PLC0415  start-up time

    return AuditEntry(
        talent_id=row["talent_id"],
        at=required(row["said_at"]),
        action=row["action"],
        by=row["said_by"],
        why=row["why"],
        about=from_json(row["about"]),
    )


def by_talent(entries: Iterable[AuditEntry]) -> dict[str, list[AuditEntry]]:
    """What was said, by whom it is about, in the same order."""
    found: dict[str, list[AuditEntry]] = {}
    for entry in entries:
        found.setdefault(entry.talent_id, []).append(entry)
    return found
