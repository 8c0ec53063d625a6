"""What a page of people shows of a roster: whom, how many there are of each kind, and how fresh it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import StoreUnavailable, UsageError
from talentimg.models import Selection
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.decision.chain import Rules
from talentimg.service.decision.due import Schedule
from talentimg.service.decision.state import TalentState
from talentimg.service.people.lines import cursor_of, place_of
from talentimg.service.people.listing import Listing, Sort, Wanted
from talentimg.service.people.overview import FRESH_S, TIMES_ITS_COST, Overview
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from talentimg.models import TalentRecord
    from talentimg.service.people.overview import Seen


class Slow(MemoryRepository):
    """Takes as long for its pages as a test says, and can be away."""

    seconds = 0.0
    loads = 0
    is_away = False
    clock = 0.0

    def records(self, *, after: str | None = None, limit: int = 500) -> list[TalentRecord]:
        if self.is_away:
            raise StoreUnavailable("The store is away.")
        self.clock += self.seconds
        return super().records(after=after, limit=limit)

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        self.loads += 1
        if self.is_away:
            raise StoreUnavailable("The store is away.")
        return super().load_many(talent_ids)


def overview_of(repository: Slow) -> Overview:
    now = lambda: NOW  # noqa: E731
    listing = Listing(repository, Rules(("bluesky",)), Schedule(timedelta(days=1), now), now)
    return Overview(repository, listing, clock=lambda: repository.clock)


@pytest.fixture
def repository() -> Slow:
    made = Slow()
    made.add(
        [
            NewTalent("a", "Émile", accounts=(NewAccount("bluesky", "emile.example"),)),
            NewTalent("b", "Zoe"),
            NewTalent("c", "adam", accounts=(NewAccount("bluesky", "c.example"), NewAccount("github", "c"))),
        ],
        NOW,
    )
    shown = Selection("github", "0" * 64, "https://x.example/c", NOW)
    made.save([Change("b", Selection(synced_at=NOW)), Change("c", shown)], NOW)
    return made


@pytest.fixture
def overview(repository: Slow) -> Iterator[Overview]:
    made = overview_of(repository)
    yield made
    made.close()


def ids(seen: Seen) -> list[str]:
    return [one.row.talent_id for one in seen.rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), "cab"),
        (Wanted(words=("EMILE",)), "a"),
        (Wanted(words=("emile", "example")), "a"),
        (Wanted(words=("nobody",)), ""),
        (Wanted(platforms=frozenset({"bluesky"})), "ca"),
        (Wanted(platforms=frozenset({"bluesky", "github"})), "c"),
        (Wanted(sources=frozenset({"initials"})), "ab"),
        (Wanted(states=frozenset({TalentState.STALE})), "a"),
        (Wanted(never_looked_at=True), "a"),
        (Wanted(looked_before=NOW), "a"),
    ],
)
def test_it_finds_whom_a_listing_finds(overview: Overview, wanted: Wanted, found: str) -> None:
    assert ids(overview.page(wanted)) == list(found)
    listed = [one.row.talent_id for one in overview._listing.rows(wanted, Sort.NAME)]
    assert listed == list(found)


def test_a_count_is_what_one_would_see(overview: Overview) -> None:
    wanted = Wanted(states=frozenset({TalentState.FRESH}))
    counts = overview.facets(wanted)
    assert (counts.everybody, counts.found, counts.in_review) == (3, 1, 0)
    assert sum(counts.states.values()) == 3
    for state, number in counts.states.items():
        assert number == len(overview.page(Wanted(states=frozenset({state}))).rows)
    assert counts.platforms == {"bluesky": 1, "github": 1}
    assert counts.sources == {"github": 1}


def test_a_choice_stays_in_sight_when_nobody_is_left(overview: Overview) -> None:
    counts = overview.facets(
        Wanted(words=("zoe",), platforms=frozenset({"github"}), sources=frozenset({"x"}))
    )
    assert (counts.platforms, counts.sources) == ({"github": 0}, {"x": 0})


@given(
    st.lists(st.sampled_from(["Ada", "ada", "Zoë", ""]), max_size=12),
    st.sampled_from(Sort),
    st.integers(1, 5),
)
def test_pages_bring_everybody_once_and_in_order(names: list[str], sort: Sort, limit: int) -> None:
    repository = Slow()
    repository.add([NewTalent(f"t{n}", name) for n, name in enumerate(names)], NOW)
    overview = overview_of(repository)
    found: list[str] = []
    after = None
    while True:
        seen = overview.page(sort=sort, after=after, limit=limit)
        found += ids(seen)
        after = seen.next
        if after is None:
            break
    overview.close()
    assert found == [one.row.talent_id for one in overview._listing.rows(sort=sort)]


@given(st.text(), st.text())
def test_a_cursor_tells_its_place(key: str, talent_id: str) -> None:
    assert place_of(cursor_of((key, talent_id))) == (key, talent_id)


@given(st.text())
def test_any_other_cursor_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        place_of(text.rstrip("="))


def test_a_page_is_of_people_as_they_are(repository: Slow, overview: Overview) -> None:
    overview.page()
    repository.update([NewTalent("b", "Bea")], NOW)
    assert [one.row.name for one in overview.page().rows] == ["adam", "Émile", "Bea"]
    assert [one.row.name for one in overview.page().rows] == ["adam", "Bea", "Émile"]


def test_who_was_touched_is_found_at_once(repository: Slow, overview: Overview) -> None:
    overview.page()
    repository.add([NewTalent("d", "Dora")], NOW)
    assert overview.page(Wanted(words=("dora",))).rows == ()
    overview.touched("d")
    assert ids(overview.page(Wanted(words=("dora",)))) == ["d"]
    overview.touched("nobody")


def test_old_lines_serve_until_newer_ones_are_made(repository: Slow, overview: Overview) -> None:
    repository.seconds = 1.0
    overview.facets()
    took = repository.clock
    repository.add([NewTalent("d", "Dora")], NOW)
    repository.clock = took + TIMES_ITS_COST * took - 0.1
    assert overview.facets().everybody == 3
    overview._making.result()
    assert overview.facets().everybody == 3
    repository.clock += 1
    assert overview.facets().everybody == 3
    overview._making.result()
    assert overview.facets().everybody == 4


def test_when_the_store_is_away_the_old_ones_serve(repository: Slow, overview: Overview) -> None:
    overview.facets()
    repository.is_away = True
    repository.clock += FRESH_S
    assert overview.facets().everybody == 3
    overview._making.result()
    repository.is_away = False
    repository.add([NewTalent("d", "Dora")], NOW)
    repository.clock += FRESH_S
    overview.facets()
    overview._making.result()
    assert overview.facets().everybody == 4


def test_who_was_touched_while_lines_were_made_is_not_forgotten(repository: Slow) -> None:
    overview = overview_of(repository)
    overview.facets()
    repository.clock += FRESH_S
    with overview._lock:
        overview._current()
        repository.add([NewTalent("d", "Dora")], NOW)
        overview.touched("d")
    overview._making.result()
    overview.close()
    assert overview.facets().everybody == 4


def test_the_next_who_needs_somebody_comes_round(overview: Overview) -> None:
    wanted = Wanted(sources=frozenset({"initials"}))
    assert overview.next_after("a", wanted) == "b"
    assert overview.next_after("b", wanted) == "a"
    assert overview.next_after("c", wanted) == "a"
    assert overview.next_after("nobody", wanted) == "a"
    assert overview.next_after("c", Wanted(words=("adam",))) is None


def test_a_store_that_is_away_from_the_first_is_an_error(repository: Slow, overview: Overview) -> None:
    repository.is_away = True
    with pytest.raises(StoreUnavailable):
        overview.page()


def test_after_an_import_nobody_is_told_of_before() -> None:
    repository = Slow()
    overview = overview_of(repository)
    repository.add([NewTalent("ada", "Ada")], NOW)
    assert overview.facets().everybody == 1
    repository.add([NewTalent("bob", "Bob"), NewTalent("cleo", "Cleo")], NOW)
    assert overview.facets().everybody == 1
    overview.anew()
    assert overview.facets().everybody == 3
    overview.close()


def test_a_change_is_no_failure_when_the_store_is_away_and_is_seen_when_it_is_back(
    overview: Overview, repository: Slow
) -> None:
    overview.touched("a")
    assert repository.loads == 0  # nobody has asked for anything yet
    assert overview.facets().everybody == 3
    repository.add([NewTalent("d", "Dan")], NOW)
    repository.is_away = True
    overview.touched("d")
    repository.is_away = False
    assert overview.facets().everybody == 4
