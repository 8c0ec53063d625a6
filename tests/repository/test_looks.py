"""Looks that people ask for: one at a time for each talent, whichever process serves."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Selection
from talentimg.repository.interface import Change
from talentimg.repository.registry import open_repository, open_serving
from tests.repository.builders import DAY, HOUR, NOW, talent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.serving import Serving

SOON = NOW + timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('new_store')}"
    found: str = request.getfixturevalue("new_database")
    return found


@pytest.fixture
def repository(url: str) -> Iterator[Repository]:
    with open_repository(url) as opened:
        opened.add([talent("ada", "bluesky"), talent("bob", "bluesky")], NOW)
        yield opened


@pytest.fixture
def two(url: str, repository: Repository) -> Iterator[tuple[Serving, Serving]]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(closing(open_serving(url))) for _ in range(2))
        yield first, second


def test_several_are_begun_at_once_without_those_of_another_process(two: tuple[Serving, Serving]) -> None:
    first, second = two
    assert first.begin_looks(["bob", "nobody"], NOW, SOON) == ["bob", "nobody"]
    assert second.begin_looks(["bob", "ada"], NOW, SOON) == ["ada"]
    assert not first.begin_look("ada", NOW, SOON)
    assert first.begin_looks([], NOW, SOON) == []


def test_one_process_at_a_time(two: tuple[Serving, Serving]) -> None:
    first, second = two
    assert first.begin_look("ada", NOW, SOON)
    assert not second.begin_look("ada", NOW, SOON)
    assert second.begin_look("bob", NOW, SOON)
    second.end_look("ada")  # which is not its own
    assert not second.begin_look("ada", NOW, SOON)
    first.end_look("ada")
    assert second.begin_look("ada", NOW, SOON)


def test_the_result_ends_it(two: tuple[Serving, Serving], repository: Repository) -> None:
    first, second = two
    assert first.begin_look("ada", NOW, SOON)
    repository.save([Change("ada", Selection(synced_at=NOW))], NOW)
    assert second.begin_look("ada", NOW, SOON)


def test_one_that_died_is_not_waited_for_for_ever(two: tuple[Serving, Serving]) -> None:
    first, second = two
    assert first.begin_look("ada", NOW, SOON)
    assert second.begin_look("ada", SOON, SOON + HOUR)
    assert not first.begin_look("ada", SOON, SOON + HOUR)


def test_a_clock_that_was_ahead_keeps_nobody_away(two: tuple[Serving, Serving]) -> None:
    first, second = two
    assert first.begin_look("ada", NOW + 30 * DAY, NOW + 31 * DAY)
    assert second.begin_look("ada", NOW, SOON)


def test_a_run_passes_over_who_is_looked_at(two: tuple[Serving, Serving], repository: Repository) -> None:
    first, _ = two
    assert first.begin_look("ada", NOW, SOON)
    assert repository.claim(NOW, before=None, limit=10, lease=HOUR) == ["bob"]
    (claims,) = repository.claims(NOW)
    assert (claims.talents, bool(claims.host)) == (1, True)


def test_a_lease_of_a_run_keeps_nobody_from_looking_and_stays(
    two: tuple[Serving, Serving], repository: Repository
) -> None:
    first, second = two
    assert repository.claim(NOW, before=None, limit=10, lease=HOUR) == ["ada", "bob"]
    assert first.begin_look("ada", NOW, SOON)
    assert second.begin_look("ada", NOW, SOON)
    first.end_look("ada")
    assert repository.claim(NOW, before=None, limit=10, lease=HOUR) == []


@pytest.mark.parametrize("talent_id", ["nobody", "\0", "\ud800"])
def test_whoever_is_not_there_is_looked_at_by_nobody_else(
    two: tuple[Serving, Serving], talent_id: str
) -> None:
    for one in two:
        assert one.begin_look(talent_id, NOW, SOON)
        one.end_look(talent_id)
