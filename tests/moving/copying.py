"""Copies rosters, and ends copies in the middle."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

from talentimg.repository.registry import open_tables
from talentimg.service.moving.beside import Missing
from talentimg.service.moving.rosters import RosterCopy
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.service.moving.tables import Step


def copy(
    source: str,
    target: str,
    *,
    replace: bool = False,
    missing: Missing = Missing.REFUSE,
    steps: int | None = None,
    at_once: bool = False,
    meanwhile: Callable[[Step], object] = lambda _: None,
) -> RosterCopy:
    """Copy a roster; after so many steps whoever does it is gone, as if it was killed."""
    with (
        closing(open_tables(source, read_only=True)) as one,
        closing(open_tables(target, create=True)) as other,
    ):
        work = RosterCopy(one, other, lambda: NOW, replace=replace, missing=missing, at_once=at_once)
        for step in islice(work.run(), steps):
            meanwhile(step)
        return work


def steps_of(source: str, target: str) -> int:
    """How many steps a copy takes."""
    found: list[Step] = []
    copy(source, target, meanwhile=found.append)
    return len(found)
