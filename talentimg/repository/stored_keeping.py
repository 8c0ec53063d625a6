"""Converts the rows of the roster, and imports, to and from the values of the port that keeps them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from talentimg.repository.interface.entries import Columns, EntryAccount, EntryChange, Import, RosterEntry
from talentimg.repository.stored import from_json, from_text, required, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from talentimg.repository.stored import ReadRow, Row


def entries_from(people: Iterable[ReadRow], accounts: Iterable[ReadRow]) -> dict[str, RosterEntry]:
    """Entries by id. Of several accounts on a platform, the one whose row comes last counts."""
    found: dict[str, dict[str, EntryAccount]] = {}
    for row in accounts:
        one = EntryAccount(
            row["platform"].lower(), row["handle"], row["profileUrl"] or None, bool(row["connected"])
        )
        found.setdefault(row["creatorId"], {})[one.platform] = one
    return {row["id"]: _entry(row, found.get(row["id"], {})) for row in people}


def _entry(row: ReadRow, accounts: Mapping[str, EntryAccount]) -> RosterEntry:
    in_order = tuple(account for _, account in sorted(accounts.items()))
    columns = Columns(row["plain_name"], row["display_name"], row["email"], row["avatarUrl"])
    return RosterEntry(
        row["id"], row["name"], row["email"] or None, row["avatarUrl"] or None, in_order, columns
    )


def import_row(one: Import) -> Row:
    """An import as it is kept."""
    return {
        "id": one.id,
        "imported_at": to_text(one.at),
        "imported_by": one.by,
        "name": one.name,
        "before": json.dumps([asdict(change) for change in one.changed], ensure_ascii=False),
        "undone_at": to_text(one.undone_at),
    }


def import_from(row: ReadRow) -> Import:
    """An import."""
    changed = tuple(map(_change_in, from_json(row["before"])))
    return Import(
        row["id"],
        required(row["imported_at"]),
        row["imported_by"],
        row["name"],
        changed,
        from_text(row["undone_at"]),
    )


def _change_in(fields: Mapping[str, Any]) -> EntryChange:
    before = fields["before"] and _entry_in(fields["before"])
    return EntryChange(before, _entry_in(fields["after"]), fields.get("decided", False))


def _entry_in(fields: Mapping[str, Any]) -> RosterEntry:
    accounts = tuple(EntryAccount(**account) for account in fields["accounts"])
    columns = Columns(**fields["columns"]) if fields.get("columns") else None
    return RosterEntry(
        fields["talent_id"], fields["name"], fields["email"], fields["avatar_url"], accounts, columns
    )
