"""A clock that was ahead once: times further in the future than we ever write count as none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.models import Cooldown, Freshness, Reason
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.values import CLOCKS_DIFFER, LONGEST_AHEAD
from tests.repository.builders import DAY, HOUR, NOW, synced, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

MS = timedelta(milliseconds=1)
YEAR = 365 * DAY
END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def due(repository: Repository, since: datetime | None = None) -> list[str]:
    """Who is due, and so claimed, by a run whose talents are due after a day."""
    found = repository.due(NOW, before=NOW - DAY, limit=None)
    assert repository.count_due(NOW, before=NOW - DAY) == len(found)
    claimed = repository.claim(NOW, before=NOW - DAY, limit=10, lease=HOUR, unless_since=since)
    assert since is not None or claimed == found
    return claimed


@pytest.mark.parametrize("since", [None, NOW - HOUR])
@pytest.mark.parametrize("at", [NOW + CLOCKS_DIFFER, NOW + 2 * HOUR, NOW + YEAR, END_OF_TIME])
def test_a_look_far_in_the_future_is_none(
    repository: Repository, at: datetime, since: datetime | None
) -> None:
    """The clock was a year ahead, or the app writes local time into the column."""
    repository.add([talent("ada", "bluesky"), talent("bob", "bluesky")], NOW)
    synced(repository, "ada", at)
    synced(repository, "bob", NOW - HOUR)
    assert due(repository, since) == ["ada"]
    assert repository.claim(NOW, before=None, limit=9, lease=HOUR, unless_since=since) == (
        [] if since else ["bob"]
    ), "nobody comes twice"
    assert repository.next_due(NOW, min_age=DAY) == NOW - HOUR + DAY
    assert repository.freshness(NOW, at_most=9) == Freshness(1, 1, NOW - HOUR), "and nobody is passed over"
    synced(repository, "ada", NOW)
    assert due(repository, since) == [], "and after the next look all is well"


def test_clocks_that_differ_a_little_are_no_reason_to_look_again(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    synced(repository, "ada", NOW + CLOCKS_DIFFER - MS, next_due_at=NOW + DAY)
    assert due(repository) == []
    assert repository.next_due(NOW, min_age=3 * DAY) == NOW + DAY


@pytest.mark.parametrize("ahead", [LONGEST_AHEAD, YEAR])
def test_a_lease_that_ends_far_in_the_future_is_none(repository: Repository, ahead: timedelta) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    assert repository.claim(NOW + ahead, before=None, limit=1, lease=HOUR) == ["ada"]
    assert due(repository) == ["ada"], "and is taken over"
    assert due(repository) == []


def test_the_longest_lease_holds(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    assert repository.claim(NOW, before=None, limit=1, lease=LONGEST_AHEAD) == ["ada"]
    assert due(repository) == []


@pytest.mark.parametrize("failures", [0, 3])
@pytest.mark.parametrize("ahead", [LONGEST_AHEAD + MS, YEAR])
def test_a_cooldown_that_ends_far_in_the_future_is_none(
    repository: Repository, ahead: timedelta, failures: int
) -> None:
    repository.save_cooldown(Cooldown("bluesky", NOW + ahead, Reason.TIMEOUT, failures=failures))
    assert repository.cooldowns(NOW) == []
    wanted = Cooldown("bluesky", NOW + HOUR, Reason.THROTTLED, "Later.")
    repository.save_cooldown(wanted)
    expected = [wanted] if ahead > LONGEST_AHEAD + HOUR else []
    assert repository.cooldowns(NOW) == expected, "and gives way to the next that ends so much earlier"


def test_the_longest_cooldown_holds(repository: Repository) -> None:
    longest = Cooldown("bluesky", NOW + LONGEST_AHEAD, Reason.THROTTLED)
    repository.save_cooldown(longest)
    repository.save_cooldown(Cooldown("bluesky", NOW, Reason.THROTTLED))
    assert repository.cooldowns(NOW) == [longest]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.timedeltas(-YEAR, 7000 * YEAR))
def test_whatever_a_clock_once_said_nobody_waits_for_ever(ahead: timedelta) -> None:
    """Within a day and an hour everybody is due, whenever the last look says that it was."""
    repository = MemoryRepository()
    repository.add([talent("ada", "bluesky")], NOW)
    synced(repository, "ada", NOW + ahead)
    later = NOW + CLOCKS_DIFFER + DAY + MS
    assert any(
        repository.due(moment, before=moment - DAY, limit=1) for moment in (NOW, NOW + CLOCKS_DIFFER, later)
    )
