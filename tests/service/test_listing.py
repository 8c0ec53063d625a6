"""Whom a listing is about, and that it holds one page of the roster at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Account
from talentimg.repository.interface import NewTalent, RosterRow
from talentimg.repository.memory import MemoryRepository
from talentimg.service.people.listing import Wanted
from talentimg.service.people.roster import PAGE, Roster
from tests.conftest import NOW
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

ADA = RosterRow(
    "t-1",
    "Zo\u00eb \u00c5ngstr\u00f6m",
    ("bluesky", "github"),
    "github",
    "https://x.example/1",
    datetime(2026, 11, 1, tzinfo=UTC),
    (Account("1", "t-1", "bluesky", "zoe.example"), Account("2", "t-1", "github", "zoe-dev")),
)


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (Wanted(), True),
        (Wanted(words=("zo\u00eb",)), True),
        (Wanted(words=("A\u030aNGSTRO\u0308M",)), True),
        (Wanted(words=("T-1", "zoe-dev")), True),
        (Wanted(words=("zoe", "nobody")), False),
        (Wanted(platforms=frozenset({"github"})), True),
        (Wanted(platforms=frozenset({"github", "bluesky"})), True),
        (Wanted(platforms=frozenset({"github", "youtube"})), False),
        (Wanted(sources=frozenset({"github", "initials"})), True),
        (Wanted(sources=frozenset({"initials"})), False),
        (Wanted(never_looked_at=True), False),
    ],
)
def test_everything_that_is_asked_for_has_to_hold(wanted: Wanted, takes: bool) -> None:
    assert wanted.takes(ADA) is takes


class Counting(MemoryRepository):
    """Counts the pages that are asked for."""

    pages = 0

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        self.pages += 1
        return super().roster(after=after, limit=limit)


def test_a_page_is_read_when_its_first_row_is_taken() -> None:
    repository = Counting()
    repository.add([NewTalent(f"t{n:04}", f"N {n}") for n in range(2 * PAGE + 1)], NOW)
    roster = Roster(repository, World(repository=repository).accounts(), lambda: NOW)
    rows: Iterator[RosterRow] = roster.rows()
    assert next(rows).talent_id == "t0000"
    assert repository.pages == 1
    assert len(list(rows)) == 2 * PAGE
    assert [row.talent_id for row in roster.rows(Wanted(words=("n 1000",)))] == ["t1000"]
