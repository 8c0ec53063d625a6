"""Of whom a run may keep what it has to tell, alike for every database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.leftovers import on_the_roster
from talentimg.repository.tombstones import forgotten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from talentimg.models import RunTalent
    from talentimg.repository.sql import Sql


def still_to_tell(sql: Sql, talents: Sequence[RunTalent]) -> list[RunTalent]:
    """Those who are on the roster, and of whom nothing that is told was to be forgotten.

    They are locked until the transaction ends, so that nobody forgets them meanwhile.
    """
    ids = sorted({one.talent_id for one in talents})
    if not ids:
        return []
    sql.lock_talents(ids)
    present = on_the_roster(sql, ids)
    gone = {(one.talent_id, one.platform) for one in forgotten(sql, _asked(talents))}
    return [one for one in talents if one.talent_id in present and gone.isdisjoint(_told(one))]


def _asked(talents: Iterable[RunTalent]) -> Iterable[tuple[str, str | None]]:
    return ((talent_id, platform or None) for one in talents for talent_id, platform in _told(one))


def _told(one: RunTalent) -> set[tuple[str, str]]:
    """What is told of them, as tombstones name it."""
    return {(one.talent_id, platform.lower()) for platform in ("", one.source, one.previous_source)}
