"""The opt-outs that stand for tombstones where a talent's row is not ours to remove, alike for all databases.

A look reads policies and asks no tombstone. So they outlast the app's row, too: whenever the app brings the
talent back, every look leaves them alone. They hold the id, which whoever has the app's database knows.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from talentimg.models.talent import FORGOTTEN
from talentimg.repository import tombstones
from talentimg.repository.stored import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.repository.interface.values import Forgotten
    from talentimg.repository.sql import Sql
    from talentimg.repository.stored import ReadRow

OptOutRow = list[str | None]
"""An opt-out as it is stored: platform, by whom, when, why."""

_OPT_OUTS: Final = "SELECT opt_outs FROM talentimg.policies WHERE talent_id = :id"
_SAVE: Final = """
INSERT INTO talentimg.policies (talent_id, opted_out, opt_outs) VALUES (:id, :all, :opt_outs)
ON CONFLICT (talent_id) DO UPDATE SET opted_out = excluded.opted_out, opt_outs = excluded.opt_outs
"""
# Nothing but opt-outs.
_BARE: Final = """
SELECT talent_id, opt_outs FROM talentimg.policies WHERE talent_id IN (:ids) AND lock_at IS NULL
    AND choice_at IS NULL AND source_order IS NULL AND note IS NULL
"""


def of(sql: Sql, talent_id: str) -> list[OptOutRow]:
    """Those of a talent."""
    return [one for one in _opt_outs(sql, talent_id) if _stands_in(one)]


def those_with_no_more(sql: Sql, talent_ids: Sequence[str]) -> set[str]:
    """The talents whose policy says nothing else."""
    rows = [(row["talent_id"], _listed(row)) for row in sql.rows(_BARE, ids=talent_ids)]
    return {talent_id for talent_id, words in rows if words and all(map(_stands_in, words))}


def add(sql: Sql, talent_id: str, platform: str | None, now: datetime) -> None:
    """Every look from now on leaves the talent, or the platform, alone."""
    others = [one for one in _opt_outs(sql, talent_id) if one[0] != platform]
    save(sql, talent_id, [*others, [platform, None, to_text(now), FORGOTTEN]])


def save(sql: Sql, talent_id: str, opt_outs: Sequence[OptOutRow]) -> None:
    """Keep these as the opt-outs of a talent."""
    is_all = any(one[0] is None for one in opt_outs)
    sql.change(_SAVE, id=talent_id, all=is_all, opt_outs=json.dumps(opt_outs))


def unbury(sql: Sql, what: list[tuple[str, str | None]]) -> list[Forgotten]:
    """Lift tombstones of one talent, and the opt-outs that stand for them."""
    found = tombstones.unbury(sql, what)
    platforms = {one.platform or None for one in found}
    for talent_id in {one.talent_id for one in found}:
        words = _opt_outs(sql, talent_id)
        kept = [one for one in words if one[0] not in platforms or not _stands_in(one)]
        if kept != words:
            save(sql, talent_id, kept)
    return found


def _opt_outs(sql: Sql, talent_id: str) -> list[OptOutRow]:
    return [one for row in sql.rows(_OPT_OUTS, id=talent_id) for one in _listed(row)]


def _listed(row: ReadRow) -> list[OptOutRow]:
    stored = row["opt_outs"]
    found = json.loads(stored) if isinstance(stored, str) else stored
    return list(found) if isinstance(found, list) else []


def _stands_in(one: OptOutRow) -> bool:
    return [one[1], one[3]] == [None, FORGOTTEN]
