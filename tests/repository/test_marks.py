"""Claims pass over those about whom nobody can be asked once, and come back to who can be asked by now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.repository.interface import NewAccount
from talentimg.repository.lists import MARKS_LAST
from tests.repository.builders import DAY, HOUR, NOW, synced, talent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.repository.interface import Repository
    from tests.the_app import TheApp

PAGE = 2


@pytest.fixture
def repository(both: tuple[Repository, TheApp]) -> Repository:
    """One at the beginning of each list who has no account now, and people enough behind them."""
    repository, app = both
    repository.add([talent(i, "bluesky") for i in ("never", *"npqrst")], NOW)
    repository.add([talent(i, "bluesky") for i in ("stale", *"abcdef", "early", *"uvwxyz")], NOW)
    synced(repository, "stale", NOW - 5 * DAY)
    synced(repository, "early", NOW - HOUR, next_due_at=NOW - 3 * HOUR)
    for minutes, (old, waiting) in enumerate(zip("abcdef", "uvwxyz", strict=True)):
        later = timedelta(minutes=minutes)
        synced(repository, old, NOW - 4 * DAY + later)
        synced(repository, waiting, NOW - HOUR, next_due_at=NOW - 2 * HOUR + later)
    for one in ("never", "stale", "early"):
        app.write_connected(one, "bluesky", connected=False)
    return repository


@pytest.fixture
def app(both: tuple[Repository, TheApp]) -> TheApp:
    return both[1]


def claim(repository: Repository, limit: int = PAGE, now: datetime = NOW) -> list[str]:
    return repository.claim(now, before=NOW - DAY, limit=limit, lease=HOUR)


def work_through(repository: Repository) -> list[str]:
    """Look at everybody whom claims give."""
    found = []
    while page := claim(repository):
        found += page
        for one in page:
            synced(repository, one, NOW)
    return found


def test_everybody_is_found_behind_those_who_are_passed_over(repository: Repository) -> None:
    assert work_through(repository) == list("npqrstabcdefuvwxyz")
    assert repository.count_due(NOW, before=NOW - DAY) == 0


@pytest.mark.parametrize("one", ["never", "stale", "early"])
def test_who_was_passed_over_is_found_when_the_app_connects_an_account(
    repository: Repository, app: TheApp, one: str
) -> None:
    claim(repository)
    app.write_connected(one, "bluesky", connected=True)
    assert repository.due(NOW, before=NOW - DAY, limit=None).count(one) == 1
    assert repository.count_due(NOW, before=NOW - DAY) == 17
    assert sorted(work_through(repository)) == sorted([*"qrst", *"abcdef", *"uvwxyz", one])


@pytest.mark.parametrize("one", ["never", "stale", "early"])
def test_nobody_is_passed_over_for_longer_than_some_days(
    repository: Repository, app: TheApp, one: str
) -> None:
    """Though there are always enough after them."""
    claim(repository, 1)
    app.write_connected(one, "bluesky", connected=True)
    later = NOW + MARKS_LAST
    found = repository.claim(later, before=NOW - DAY, limit=15, lease=HOUR)
    assert one in found


def reconnected(repository: Repository) -> None:
    repository.connect("never", NewAccount("bluesky", "never.example"), NOW)


def added(repository: Repository) -> None:
    repository.add([talent("a first", "bluesky")], NOW)


def imported(repository: Repository) -> None:
    repository.update([talent("a first", "bluesky")], NOW)


@pytest.mark.parametrize(
    ("change", "one"), [(reconnected, "never"), (added, "a first"), (imported, "a first")]
)
def test_whom_we_make_askable_ourselves_comes_in_their_place(
    repository: Repository, change: Callable[[Repository], None], one: str
) -> None:
    claim(repository)
    change(repository)
    assert one in claim(repository, 6)


def test_a_clock_that_was_ahead_sets_no_mark_for_long(repository: Repository, app: TheApp) -> None:
    claim(repository, 1, NOW + 365 * DAY)
    app.write_connected("never", "bluesky", connected=True)
    assert "never" in repository.claim(NOW + HOUR, before=NOW - DAY, limit=6, lease=HOUR)


def test_a_count_goes_no_further_than_asked(repository: Repository) -> None:
    def counts() -> list[int]:
        return [repository.count_due(NOW, before=NOW - DAY, at_most=most) for most in range(20)]

    assert counts() == [min(most, 18) for most in range(20)]
    claim(repository)
    assert counts() == [min(most, 16) for most in range(20)]


STEPS = st.lists(
    st.tuples(st.sampled_from(["connect", "disconnect", "claim", "look", "early"]), st.integers(0, 5)),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_who_is_due_is_ever_left_out(
    both: tuple[Repository, TheApp], steps: list[tuple[str, int]]
) -> None:
    """Whatever the app and earlier claims have done, claims until the end give whoever `due` tells."""
    repository, app = both
    start = repository.count()
    people = [f"t{start + number:05}" for number in range(6)]
    repository.add([talent(one, "bluesky") for one in people], NOW)
    for step, number in steps:
        one = people[number]
        if step in ("connect", "disconnect"):
            app.write_connected(one, "bluesky", connected=step == "connect")
        elif step == "claim":
            repository.release(claim(repository, number + 1))
        else:
            synced(repository, one, NOW - HOUR - number * DAY, NOW - HOUR if step == "early" else None)
    expected = repository.due(NOW, before=NOW - DAY, limit=None)
    assert repository.count_due(NOW, before=NOW - DAY) == len(expected)
    assert sorted(work_through(repository)) == sorted(expected)
