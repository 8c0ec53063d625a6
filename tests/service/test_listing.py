"""Whom a listing is about, and that it holds one page of the roster at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Account, Selection
from talentimg.repository.interface import Change, NewAccount, NewTalent, RosterRow
from talentimg.repository.memory import MemoryRepository
from talentimg.service.decision.chain import Rules
from talentimg.service.decision.due import Schedule
from talentimg.service.decision.state import Standing, TalentState
from talentimg.service.people.listing import PAGE, Listed, Listing, Sort, Wanted, plain
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository

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
        (Wanted(words=("ZOE ANGSTROM",)), True),
        (Wanted(states=frozenset({TalentState.KEPT, TalentState.FRESH})), True),
        (Wanted(states=frozenset({TalentState.FRESH})), False),
        (Wanted(looked_before=NOW), True),
        (Wanted(looked_before=datetime(2026, 11, 1, tzinfo=UTC)), False),
    ],
)
def test_everything_that_is_asked_for_has_to_hold(wanted: Wanted, takes: bool) -> None:
    assert wanted.takes(Listed(ADA, Standing(TalentState.KEPT, "."))) is takes


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Bj\u00f8rn \u0141ukasz", "bjorn lukasz"),
        ("\u0130STANBUL", "istanbul"),
        ("Stra\u00dfe", "STRASSE"),
        ("\uff21da", "ada"),
        ("\u0395\u03bb\u03ad\u03bd\u03b7", "\u03b5\u03bb\u03b5\u03bd\u03b7"),
    ],
)
def test_a_name_is_found_as_people_type_it(name: str, typed: str) -> None:
    assert plain(typed) == plain(name)


class Counting(MemoryRepository):
    """Counts the pages that are asked for."""

    pages = 0

    def records(self, *, after: str | None = None, limit: int = 500) -> list[TalentRecord]:
        self.pages += 1
        return super().records(after=after, limit=limit)


def listing_of(repository: Repository) -> Listing:
    now = lambda: NOW  # noqa: E731
    return Listing(repository, Rules(("bluesky",)), Schedule(timedelta(days=1), now), now)


def ids(rows: Iterator[Listed]) -> list[str]:
    return [one.row.talent_id for one in rows]


def test_a_page_is_read_when_its_first_row_is_taken() -> None:
    repository = Counting()
    repository.add([NewTalent(f"t{n:04}", f"N {n}") for n in range(2 * PAGE + 1)], NOW)
    listing = listing_of(repository)
    rows = listing.rows()
    assert next(rows).row.talent_id == "t0000"
    assert repository.pages == 1
    assert len(list(rows)) == 2 * PAGE
    assert ids(listing.rows(Wanted(words=("n 1000",)))) == ["t1000"]


def test_a_list_can_be_sorted() -> None:
    repository = MemoryRepository()
    repository.add(
        [
            NewTalent("a", "\u00c9mile", accounts=(NewAccount("bluesky", "a.example"),)),
            NewTalent("b", "Zoe"),
            NewTalent("c", "adam", accounts=(NewAccount("bluesky", "c.example"),)),
        ],
        NOW,
    )
    repository.save([Change("b", Selection(synced_at=NOW)), Change("c", Selection(synced_at=NOW))], NOW)
    listing = listing_of(repository)
    assert ids(listing.rows(sort=Sort.NAME)) == ["c", "a", "b"]
    assert ids(listing.rows(sort=Sort.AGE)) == ["a", "b", "c"]
    assert ids(listing.rows(sort=Sort.STATE)) == ["a", "b", "c"]
    assert ids(listing.rows(Wanted(platforms=frozenset({"bluesky"})), Sort.SOURCE)) == ["a", "c"]
    assert [str(one.standing.state) for one in listing.rows()] == ["stale", "initials", "initials"]
