"""Whoever keeps a cursor is told what happened since, and of a cursor of somebody else's store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import UsageError
from talentimg.models import RunState
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.feed import LATEST, PAGE, FeedReader
from tests.conftest import NOW
from tests.runs import RUN

if TYPE_CHECKING:
    from talentimg.models import Run


@pytest.fixture
def repository() -> MemoryRepository:
    """In which a little more has happened than a page tells."""
    repository = MemoryRepository()
    for number in range(PAGE + 1):
        repository.save_run(_run(number))
    return repository


def _run(number: int) -> Run:
    return replace(RUN, id=f"r{number:03}", ended_at=NOW, state=RunState.DONE)


def test_it_is_told_from_the_beginning_and_then_from_the_cursor(repository: MemoryRepository) -> None:
    feed = FeedReader(repository)
    first = feed.page()
    assert (len(first.entries), first.is_more) == (PAGE, True)
    rest = feed.page(str(first.reached))
    assert (len(rest.entries), rest.is_more) == (1, False)
    assert feed.page(str(rest.reached)) == ((), rest.reached, False)
    assert len(feed.page(limit=7).entries) == 7


def test_the_latest_begins_now(repository: MemoryRepository) -> None:
    feed = FeedReader(repository)
    now = feed.page(LATEST)
    assert (now.entries, now.reached, now.is_more) == ((), repository.feed_end(), False)
    repository.save_run(_run(900))
    repository.save_run(_run(901))
    page = feed.page(str(now.reached), limit=1)
    assert [one.run and one.run.id for one in page.entries] == ["r900"]


@pytest.mark.parametrize("since", ["", "-1", "1.5", "x", "1" * 19, "\u0661"])
def test_what_is_no_cursor_is_refused_and_told_what_one_is(since: str) -> None:
    with pytest.raises(UsageError, match=r"^That is no cursor\.$") as caught:
        FeedReader(MemoryRepository()).page(since)
    assert caught.value.hint == "Give `next` of the page before, latest, or nothing for the beginning."


def test_a_cursor_of_another_store_is_refused(repository: MemoryRepository) -> None:
    with pytest.raises(UsageError, match=r"^This store has not come to the cursor 9999 yet\.$") as caught:
        FeedReader(repository).page("9999")
    assert caught.value.hint == (
        "It is of another store, or of one that was restored since. Begin without a cursor."
    )
    assert FeedReader(MemoryRepository()).page("0").entries == ()
