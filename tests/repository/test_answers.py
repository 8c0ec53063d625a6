"""Answers that are kept for whoever asks the same again, by every backend."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Action, AuditEntry
from talentimg.repository.interface.answers import Answer, Asked, Earlier
from talentimg.repository.memory.serving import MemoryServing
from talentimg.repository.registry import open_repository, open_serving
from tests.repository.builders import DAY, HOUR, NOW, talent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from talentimg.repository.interface.serving import Serving

ASKED = Asked("a" * 64, "r" * 64, "one")
AGAIN = replace(ASKED, holder="two")
ANSWER = Answer(201, (("content-type", "application/json"), ("location", "/x")), b'{"name": "\xc3\xa9\x00"}')
UNTIL = NOW + HOUR


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('new_store')}"
    return str(request.getfixturevalue("new_database"))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def open_answers(request: pytest.FixtureRequest) -> Iterator[Callable[[], Serving]]:
    """Opens the store, as often as one likes."""
    if request.param == "memory":
        serving = MemoryServing()
        yield lambda: serving
        return
    fixture = "new_store" if request.param == "sqlite" else "new_database"
    store = request.getfixturevalue(fixture)
    opened: list[Serving] = []

    def open_one() -> Serving:
        opened.append(open_serving(f"sqlite:///{store}" if request.param == "sqlite" else store))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def test_what_is_under_way_is_known_to_whoever_asks_again(open_answers: Callable[[], Serving]) -> None:
    one, other = open_answers(), open_answers()
    assert one.begin_answer(ASKED, NOW, UNTIL) is None
    assert one.begin_answer(ASKED, NOW, UNTIL) is None  # the same, whose acknowledgement was lost
    assert other.begin_answer(AGAIN, NOW, UNTIL) == Earlier(ASKED.request, None)
    assert other.begin_answer(replace(AGAIN, id="b" * 64), NOW, UNTIL) is None


def test_an_answer_is_kept_as_it_is(open_answers: Callable[[], Serving]) -> None:
    one, other = open_answers(), open_answers()
    one.begin_answer(ASKED, NOW, UNTIL)
    one.keep_answer(ASKED, ANSWER, NOW + DAY)
    one.keep_answer(ASKED, replace(ANSWER, status=500), NOW + DAY)
    one.drop_answer(ASKED)
    later = NOW + DAY - timedelta(milliseconds=1)
    assert other.begin_answer(replace(AGAIN, request="other"), later, later + HOUR) == Earlier(
        ASKED.request, ANSWER
    )


def test_what_is_over_is_done_again(open_answers: Callable[[], Serving]) -> None:
    one, other = open_answers(), open_answers()
    one.begin_answer(ASKED, NOW, UNTIL)
    assert other.begin_answer(AGAIN, UNTIL, UNTIL + HOUR) is None
    one.keep_answer(ASKED, ANSWER, NOW + DAY)  # too late: it is another's by now
    one.drop_answer(ASKED)
    third = replace(ASKED, holder="three")
    assert one.begin_answer(third, UNTIL, UNTIL + HOUR) == Earlier(ASKED.request, None)
    other.keep_answer(AGAIN, ANSWER, UNTIL + HOUR)
    assert one.begin_answer(third, UNTIL, UNTIL + HOUR) == Earlier(ASKED.request, ANSWER)
    assert one.begin_answer(third, UNTIL + HOUR, UNTIL + DAY) is None


def test_what_came_to_nothing_is_done_again(open_answers: Callable[[], Serving]) -> None:
    one, other = open_answers(), open_answers()
    one.begin_answer(ASKED, NOW, UNTIL)
    other.drop_answer(AGAIN)
    assert other.begin_answer(AGAIN, NOW, UNTIL) == Earlier(ASKED.request, None)
    one.drop_answer(ASKED)
    assert other.begin_answer(AGAIN, NOW, UNTIL) is None


def test_a_clock_that_was_ahead_once_keeps_nobody_away(open_answers: Callable[[], Serving]) -> None:
    one, other = open_answers(), open_answers()
    one.begin_answer(ASKED, NOW + 1000 * DAY, NOW + 1000 * DAY + HOUR)
    assert other.begin_answer(AGAIN, NOW, UNTIL) is None


@pytest.mark.parametrize("removal", ["erase", "remove", "merge", "missing"])
def test_whatever_takes_people_away_clears_answers(store: str, removal: str) -> None:
    with closing(open_repository(store)) as repository, closing(open_serving(store)) as serving:
        repository.add([talent("ada"), talent("bob")], NOW)
        serving.begin_answer(ASKED, NOW, UNTIL)
        serving.keep_answer(ASKED, ANSWER, NOW + DAY)
        under_way = Asked("b" * 64, "s" * 64, "one")
        serving.begin_answer(under_way, NOW, UNTIL)
        if removal == "merge":
            repository.merge("ada", "bob", NOW, AuditEntry("bob", NOW, Action.MERGE, "eve", None))
        elif removal == "missing":
            repository.erase_missing(["nobody"], NOW)
        else:
            repository.erase("ada", NOW, forgotten_by="eve" if removal == "erase" else None)
        assert serving.begin_answer(AGAIN, NOW, UNTIL) is None
        # What is under way is still so, but nothing is kept of it: it may name who is gone.
        again = replace(under_way, holder="two")
        assert serving.begin_answer(again, NOW, UNTIL) == Earlier("s" * 64, None)
        serving.keep_answer(under_way, ANSWER, NOW + DAY)
        assert serving.begin_answer(again, NOW, UNTIL) is None


def test_no_byte_of_an_answer_stays(new_store: Path) -> None:
    name = b"Ada Augusta Byron"
    store = f"sqlite:///{new_store}"
    with closing(open_repository(store)) as repository, closing(open_serving(store)) as serving:
        repository.add([talent("ada")], NOW)
        serving.begin_answer(ASKED, NOW, UNTIL)
        serving.keep_answer(ASKED, replace(ANSWER, body=b"%s " % name * 2000), NOW + DAY)
        assert any(name in path.read_bytes() for path in files(new_store))
        repository.erase("ada", NOW, forgotten_by="eve")
        repository.wipe_free_space()
        assert not any(name in path.read_bytes() for path in files(new_store))


def files(store: Path) -> list[Path]:
    return list(store.parent.glob(f"{store.name}*"))


def test_a_sweep_removes_what_is_over(store: str) -> None:
    with closing(open_repository(store)) as repository, closing(open_serving(store)) as serving:
        for number in range(5):
            asked = Asked(f"{number:064}", "r", "one")
            serving.begin_answer(asked, NOW, UNTIL)
            serving.keep_answer(asked, ANSWER, NOW + number * HOUR)
        ages = {"runs_before": NOW, "history_before": NOW}
        at = NOW + 3 * HOUR
        assert repository.drop_aged(at, limit=2, **ages).answers == 2
        assert repository.drop_aged(at, limit=2, **ages).answers == 1
        assert repository.drop_aged(at, limit=2, **ages).answers == 0
