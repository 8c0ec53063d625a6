"""The feed: everything once, in order, whoever writes and however late a transaction commits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.models import INITIALS, FeedKind, Run, RunState, Selection
from talentimg.repository.interface import Change
from talentimg.repository.postgres.repository import PostgresRepository
from tests.postgres import connect
from tests.repository.builders import DAY, HOUR, NOW, changed, shown, talent

if TYPE_CHECKING:
    from talentimg.models import FeedEntry
    from talentimg.repository.interface import Repository


def everything(repository: Repository, after: int = 0, *, limit: int = 2) -> list[FeedEntry]:
    """Page by page."""
    found: list[FeedEntry] = []
    while True:
        page = repository.feed_page(after, limit=limit)
        found += page.entries
        after = page.reached
        if not page.is_more:
            return found


def show(repository: Repository, talent_id: str, why: str = "a new picture") -> None:
    entry = changed(talent_id, why=why)
    repository.save([Change(talent_id, shown(), history=entry)], NOW)


def test_what_happened_is_told_once_in_order_and_by_pages(repository: Repository) -> None:
    repository.add([talent("ada", "tiktok"), talent("bob", "tiktok")], NOW)
    assert repository.feed_page(0, limit=9) == ((), 0, False)
    assert repository.feed_end() == 0
    show(repository, "ada")
    show(repository, "bob")
    first = everything(repository)
    assert [repository.feed_page(0, limit=limit).is_more for limit in (1, 2, 3)] == [True, False, False]
    repository.need_reconnect("ada", "tiktok", NOW, "It ended.")
    repository.save_run(Run("r1", NOW, "here", 1))
    repository.save_run(Run("r2", NOW, "here", 2, state=RunState.VALVE, ended_at=NOW + HOUR))
    repository.save_run(Run("r3", NOW, "here", 3, state=RunState.DONE, ended_at=NOW + HOUR, joined=True))
    found = everything(repository)
    assert found[:2] == first
    assert [(one.kind, one.talent_id) for one in found] == [
        (FeedKind.PICTURE_CHANGED, "ada"),
        (FeedKind.PICTURE_CHANGED, "bob"),
        (FeedKind.ACCOUNT_RECONNECT, "ada"),
        (FeedKind.RUN_TRIPPED, None),
        (FeedKind.RUN_FINISHED, None),
    ]
    assert everything(repository, after=first[-1].number) == found[2:]
    repository.save_run(Run("r1", NOW, "here", 1, state=RunState.DONE, ended_at=NOW + DAY))
    last = everything(repository)[-1]
    assert (last.kind, last.run and last.run.id) == (FeedKind.RUN_FINISHED, "r1")
    assert repository.feed_end() == last.number
    assert everything(repository, after=repository.feed_start(NOW)) == [*found, last]
    assert everything(repository, after=repository.feed_start(NOW + 2 * HOUR)) == [last]
    assert repository.feed_start(NOW + 2 * DAY) == last.number
    assert repository.feed_page(last.number, limit=9) == ((), last.number, False)


def test_a_step_is_told_whole_and_a_picture_that_is_lost_as_such(repository: Repository) -> None:
    repository.add([talent("ada", "tiktok")], NOW)
    show(repository, "ada", why="the first")
    lost = replace(changed("ada", why="it is gone"), to_source=INITIALS)
    repository.save([Change("ada", Selection(synced_at=NOW), history=lost)], NOW)
    assert [(one.kind, one.step and one.step.why) for one in everything(repository)] == [
        (FeedKind.PICTURE_CHANGED, "the first"),
        (FeedKind.PICTURE_LOST, "it is gone"),
    ]


def test_readers_who_number_at_the_same_time_tell_the_same(repository: Repository) -> None:
    repository.add([talent(f"t{number}") for number in range(20)], NOW)
    for number in range(20):
        show(repository, f"t{number}")
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: everything(repository, limit=7), range(4)))
    assert all(one == told[0] for one in told)
    numbers = [one.number for one in told[0]]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 20


def test_of_one_who_is_forgotten_nothing_is_told_any_more(repository: Repository) -> None:
    repository.add([talent("ada", "tiktok"), talent("bob")], NOW)
    show(repository, "ada")
    show(repository, "bob")
    before = everything(repository)
    repository.erase("ada", NOW, forgotten_by="kim")
    assert everything(repository) == before[1:]
    show(repository, "bob", why="another one")
    assert everything(repository)[-1].number == before[-1].number + 1


@pytest.mark.parametrize("committed_late", ["before the other", "after the other was told"])
def test_a_transaction_that_commits_late_is_told_late_and_never_skipped(
    new_database: str, committed_late: str
) -> None:
    """A sequence gives its number when a row is written: whoever has seen a higher one would skip it."""
    insert = b"""INSERT INTO talentimg.history
        (talent_id, changed_at, from_source, to_source, why, changed_by)
        VALUES (%s, now(), 'initials', 'tiktok', 'x', 'sync')"""
    with PostgresRepository.open(new_database) as repository, connect(new_database) as slow:
        slow.execute(b"BEGIN")
        slow.execute(insert, ["slow"])
        with connect(new_database) as quick:
            quick.execute(insert, ["quick"])
        if committed_late == "before the other":
            slow.execute(b"COMMIT")
        first = everything(repository)
        if committed_late != "before the other":
            slow.execute(b"COMMIT")
        rest = everything(repository, after=first[-1].number)
        assert sorted(str(one.talent_id) for one in (*first, *rest)) == ["quick", "slow"]
        assert everything(repository) == [*first, *rest]
