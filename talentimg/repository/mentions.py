"""What rows that are not about a talent say of them by name: reports of runs, imports, other people's words.

Alike for every database. The functions run in a transaction of the caller's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.redacting import Finder, read, redact, redact_about, remarks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from talentimg.repository.sql import Sql

_RUNS: Final = "SELECT id, report FROM talentimg.runs"
_IMPORTS: Final = "SELECT id, before FROM talentimg.imports"
_COOLDOWNS: Final = (
    "SELECT platform, cooldown_detail FROM talentimg.platforms WHERE cooldown_detail IS NOT NULL"
)
_SUSPECTS: Final = "UPDATE talentimg.suspects SET name = NULL WHERE name IN (:words)"


def drop_mentions(
    sql: Sql, talent_ids: Collection[str], platform: str | None, words: Collection[str]
) -> dict[str, int]:
    """Take out what other rows say of talents; how many rows of each table were changed.

    Args:
        sql: the transaction.
        talent_ids: the ids; all rows are read once, however many they are.
        platform: only what is said of this platform.
        words: their names, handles and addresses.
    """
    ids = set(talent_ids)
    named = {*ids, *words} if platform is None else set(words)
    finder = Finder(named)
    changed = {
        "runs": _rewrite(sql, "runs", _RUNS, "report", lambda r: _report(r, ids, platform, finder)),
        "imports": _rewrite(sql, "imports", _IMPORTS, "before", lambda b: _without(b, ids, platform)),
        "suspects": sql.change(_SUSPECTS, words=named) if named else 0,
        "platforms": _drop_details(sql, Finder(named - ids)),
    }
    changed["remarks"] = redact(sql, named - ids)
    changed["audit of others"] = redact_about(sql, ids, platform, named)
    return changed


def mentions(sql: Sql, talent_id: str, platform: str | None, words: Collection[str]) -> dict[str, int]:
    """How many of these rows still name a talent by id, or by these words."""
    named = {talent_id, *words} if platform is None else set(words)

    def count(statement: str, column: str, clean: Callable[[Any], Any]) -> int:
        values = (read(row[column]) for row in sql.rows(statement))
        return sum(clean(value) != value for value in values)

    ids, finder = {talent_id}, Finder(named)
    return remarks(sql, ids, platform, named - ids) | {
        "runs": count(_RUNS, "report", lambda r: _report(r, ids, platform, finder)),
        "imports": count(_IMPORTS, "before", lambda b: _without(b, ids, platform)),
    }


def _rewrite(sql: Sql, table: str, statement: str, column: str, clean: Callable[[Any], Any]) -> int:
    changed = 0
    for row in sql.rows(statement):
        value = read(row[column])
        if (cleaned := clean(value)) != value:
            update = f"UPDATE talentimg.{table} SET {column} = :value WHERE id = :id"  # noqa: S608  our names
            changed += sql.change(update, value=json.dumps(cleaned), id=row["id"])
    return changed


def _report(report: Any, ids: set[str], platform: str | None, finder: Finder) -> Any:  # noqa: ANN401  JSON
    """The report of a run without its lines about talents, and without a note that names them."""
    if not isinstance(report, dict):
        return report
    cleaned = dict(report)
    slowest = report.get("slowest")
    if isinstance(slowest, list):
        cleaned["slowest"] = [s for s in slowest if not (s[0] in ids and platform in {None, s[2]})]
    if finder.finds_any(str(report.get("note") or "")):
        cleaned["note"] = None
    return cleaned


def _without(changes: Any, ids: set[str], platform: str | None) -> Any:  # noqa: ANN401  JSON
    """What an import changed, without talents, or without their accounts on a platform."""
    if platform is None:
        return [change for change in changes if change["after"]["talent_id"] not in ids]
    return [
        _without_platform(change, platform) if change["after"]["talent_id"] in ids else change
        for change in changes
    ]


def _without_platform(change: Any, platform: str) -> Any:  # noqa: ANN401  JSON
    """What was so before and after, without an account; there was nobody before if the import added them."""
    return {
        side: {**entry, "accounts": [a for a in entry["accounts"] if a["platform"] != platform]}
        if isinstance(entry, dict)
        else entry
        for side, entry in change.items()
    }


def _drop_details(sql: Sql, finder: Finder) -> int:
    changed = 0
    for row in sql.rows(_COOLDOWNS):
        if finder.finds_any(row["cooldown_detail"]):
            update = "UPDATE talentimg.platforms SET cooldown_detail = NULL WHERE platform = :platform"
            changed += sql.change(update, platform=row["platform"])
    return changed
