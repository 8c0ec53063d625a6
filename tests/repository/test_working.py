"""Wishes and workers, kept the same by every backend."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import WishCount, Worker
from talentimg.repository.memory.working import MemoryWorking
from talentimg.repository.registry import open_working
from tests.postgres import connect
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.models import Wish
    from talentimg.repository.interface.working import Working

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
BOB = Worker("b", "h1", 7, datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC), "waiting")


def now() -> datetime:
    """Of the store's own clock, by which wishes are noted, a moment ahead."""
    return datetime.now(UTC) + MINUTE


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def two(request: pytest.FixtureRequest) -> Iterator[tuple[Working, Working]]:
    """Those of two processes; in memory there is only one."""
    if request.param == "memory":
        memory = MemoryWorking()
        yield memory, memory
        return
    if request.param == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('new_store')}"
    else:
        url = request.getfixturevalue("new_database")
    with ExitStack() as stack:
        first, second = (stack.enter_context(closing(open_working(url))) for _ in range(2))
        yield first, second


@pytest.fixture
def working(two: tuple[Working, Working]) -> Working:
    return two[0]


def take(working: Working, at: datetime | None = None, *, limit: int = 100) -> list[Wish]:
    at = at or now()
    return working.take(at, at + MINUTE, limit=limit)


def ids(wishes: list[Wish]) -> list[str]:
    return [wish.talent_id for wish in wishes]


def test_wishes_are_taken_in_the_order_of_their_age_and_each_once(two: tuple[Working, Working]) -> None:
    first, second = two
    assert take(first) == []
    for name in ("ada", "bob", "cid"):
        first.wish([name])
    first.wish(["ada", "ada"])
    assert second.count(now()).waiting == 3
    assert ids(take(first, limit=2)) == ["ada", "bob"]
    assert ids(take(second)) == ["cid"]
    assert take(second) == []
    assert second.count(now()) == WishCount(waiting=0, oldest=None, under_way=3)


def test_what_is_taken_is_under_way_until_its_time_is_over(working: Working) -> None:
    working.wish(["ada", "bob", "cid"])
    at = now()
    ada, bob = take(working, at, limit=2)
    assert (working.count(at).waiting, working.count(at).under_way) == (1, 2)
    working.finish([ada])
    working.put_back([bob], at + DAY)
    assert (working.count(at).waiting, working.count(at).under_way) == (2, 0)
    take(working, at)
    assert working.count(at + 2 * MINUTE) == replace(working.count(at), waiting=2, under_way=0)


def test_those_of_one_moment_are_taken_in_the_order_in_which_they_came(new_store: object) -> None:
    with closing(open_working(f"sqlite:///{new_store}")) as working:
        working.wish(["cid", "ada", "bob"])
        with closing(sqlite3.connect(str(new_store))) as file, file:
            file.execute("UPDATE talentimg_wishes SET wished_at = ?", ["2026-11-24T02:00:00.000Z"])
        assert ids(take(working)) == ["cid", "ada", "bob"]


def test_what_changes_after_it_was_taken_is_another_wish(two: tuple[Working, Working]) -> None:
    first, second = two
    first.wish(["ada"])
    taken = take(first)
    second.wish(["ada"])
    first.finish(taken)
    assert ids(take(second)) == ["ada"]


def test_what_is_finished_is_gone(working: Working) -> None:
    working.wish(["ada", "bob"])
    taken = take(working)
    working.finish(taken)
    working.finish(taken)
    assert take(working, now() + DAY) == []


def test_those_of_a_process_that_died_are_taken_by_another(two: tuple[Working, Working]) -> None:
    first, second = two
    first.wish(["ada"])
    at = now()
    (lost,) = take(first, at)
    assert take(second, at + MINUTE - SECOND) == []
    (found,) = take(second, at + MINUTE)
    assert (found.talent_id, found.wished_at) == ("ada", lost.wished_at)
    first.finish([lost])
    first.put_back([lost], at)
    assert take(second, at + 3 * MINUTE) != [], "whoever is late has no say any more"


def test_what_is_released_is_anybodys_at_once(two: tuple[Working, Working]) -> None:
    first, second = two
    first.wish(["ada", "bob"])
    at = now()
    take(first, at, limit=1)
    others = take(second, at, limit=1)
    if first is not second:
        second.release()
        assert ids(take(first, at)) == ids(others)
    first.release()
    again = {wish.talent_id: wish.tries for wish in take(second, at)}
    assert again == {"ada": 0, "bob": 0}


def test_what_is_put_back_waits_for_its_time_and_counts_its_tries(working: Working) -> None:
    working.wish(["ada"])
    at = now()
    taken = take(working, at)
    working.put_back(taken, at + 5 * MINUTE)
    assert take(working, at + 4 * MINUTE) == []
    assert working.count(at).waiting == 1
    (again,) = take(working, at + 5 * MINUTE)
    assert (again.tries, again.wished_at) == (1, taken[0].wished_at)


def test_a_new_wish_outdoes_one_that_is_put_back(working: Working) -> None:
    working.wish(["ada"])
    at = now()
    taken = take(working, at)
    working.wish(["ada"])
    working.put_back(taken, at + DAY)
    assert working.count(at).waiting == 1
    assert ids(take(working, at)) == ["ada"]
    working.finish(take(working, at + 2 * DAY))
    assert working.count(at).waiting == 0


def test_what_is_put_back_of_one_is_nothing_to_the_others(working: Working) -> None:
    working.wish(["ada", "bob"])
    at = now()
    taken = {wish.talent_id: wish for wish in take(working, at)}
    working.put_back([taken["ada"]], at)
    assert ids(take(working, at)) == ["ada"], "it does not rest on the wish of another talent"
    working.finish([taken["bob"]])
    assert take(working, at + SECOND) == []


def test_what_another_has_taken_stays_theirs_when_a_new_wish_is_taken(two: tuple[Working, Working]) -> None:
    first, second = two
    first.wish(["ada"])
    at = now()
    take(first, at)
    second.wish(["ada"])
    second.finish(take(second, at))
    assert ids(take(second, at + MINUTE)) == ["ada"], "the first one may have died"


def test_a_wish_that_nobody_has_finished_in_time_waits_again(working: Working) -> None:
    working.wish(["ada"])
    at = now()
    take(working, at)
    assert working.count(at).waiting == 0
    assert working.count(at + MINUTE).waiting == 1


def test_a_new_wish_does_not_wait_for_one_that_waits_for_its_time(working: Working) -> None:
    working.wish(["ada"])
    at = now()
    working.put_back(take(working, at), at + DAY)
    working.wish(["ada"])
    assert ids(take(working, at)) == ["ada"]


def test_the_day_is_counted_over_all_workers(two: tuple[Working, Working]) -> None:
    first, second = two
    assert first.add_counts("2026-11-24", {"tiktok": (3, 1)}) == {"tiktok": (3, 1)}
    assert second.add_counts("2026-11-24", {"tiktok": (2, 0), "github": (1, 0)}) == {
        "tiktok": (5, 1),
        "github": (1, 0),
    }
    assert first.add_counts("2026-11-24", {"tiktok": (0, -1)})["tiktok"] == (5, 0)
    assert first.add_counts("2026-11-25", {}) == {}


def test_who_lives_is_known_in_the_order_of_their_start(two: tuple[Working, Working]) -> None:
    first, second = two
    ada = replace(BOB, id="a", started_at=BOB.started_at + SECOND, listens_until=BOB.seen_at + MINUTE)
    first.beat(BOB)
    second.beat(ada)
    assert first.workers(BOB.seen_at) == [BOB, ada]
    later = replace(ada, seen_at=ada.seen_at + MINUTE, doing="a night", looked_at=3, listens_until=None)
    second.beat(later)
    assert first.workers(BOB.seen_at + SECOND) == [later]
    second.leave("a")
    second.leave("a")
    assert first.workers(BOB.seen_at) == [BOB]
    first.beat(replace(ada, seen_at=BOB.seen_at + 2 * DAY))
    assert [worker.id for worker in first.workers(BOB.seen_at)] == ["a"], "the other is forgotten"


# -- what is peculiar to each -------------------------------------------------


def test_a_write_of_the_apps_changes_the_stamp(new_database: str) -> None:
    with closing(open_working(new_database)) as working, connect(new_database) as app:
        assert working.is_told()
        before = working.stamp()
        app.execute(b"""INSERT INTO "User" (id) VALUES ('u1')""")
        app.execute(b"SELECT pg_stat_force_next_flush()")
        wait_until(lambda: working.stamp() != before)


def test_another_process_that_writes_a_file_changes_the_stamp(new_store: object) -> None:
    with closing(open_working(f"sqlite:///{new_store}")) as working:
        before = working.stamp()
        assert working.stamp() == before
        with closing(sqlite3.connect(str(new_store))) as app:
            app.execute("""INSERT INTO "User" (id) VALUES ('u1')""")
            app.commit()
        assert working.stamp() != before
        assert not working.is_told()


def test_a_worker_that_asks_for_it_is_called(new_database: str) -> None:
    with closing(open_working(new_database)) as working, connect(new_database) as app:
        assert not working.await_news(0.01)
        working.beat(replace(BOB, listens_until=now()))
        app.execute(
            b"""INSERT INTO "User" (id) VALUES ('u1');
            INSERT INTO "Talent" (id, "userId", name) VALUES ('ada', 'u1', 'Ada');
            UPDATE "User" SET "avatarUrl" = 'https://a.example/x.png'"""
        )
        assert working.await_news(60)
        assert ids(take(working)) == ["ada"]


def test_without_its_triggers_a_store_tells_nothing(new_database: str) -> None:
    with closing(open_working(new_database)) as working, connect(new_database) as admin:
        admin.execute(b'ALTER TABLE "User" DISABLE TRIGGER talentimg_avatar_changed')
        assert not working.is_told()
