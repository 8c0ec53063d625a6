"""A run takes its talents page by page, gives back what it did not finish, and meets nobody twice."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta
from queue import Queue
from threading import Event
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import StoreUnavailable
from talentimg.models import Selection
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.queue import LeasedTalents
from tests.conftest import NOW
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord

LEASE = timedelta(minutes=10)
IDS = [f"t{number:02}" for number in range(10)]


class Remembering(MemoryRepository):
    """Remembers what was asked of it; may lose talents, or be away."""

    def __init__(self) -> None:
        super().__init__()
        self.claimed: list[int] = []
        self.lost: set[str] = set()
        self.renewals: Queue[datetime] = Queue()
        self.renewing, self.may_renew = Event(), Event()
        self.may_renew.set()
        self.away = self.has_bug = False
        self.asked = Event()
        self.go_on = Event()
        self.go_on.set()
        account = NewAccount("instagram", "x")
        self.add([NewTalent(i, i, accounts=(account,)) for i in IDS], NOW)

    def claim(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> list[str]:
        self.claimed.append(limit)
        self.asked.set()
        self.go_on.wait(TIME_LIMIT)
        return super().claim(now, before=before, limit=limit, lease=lease, unless_since=unless_since)

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        return [r for r in super().load_many(talent_ids) if r.talent.id not in self.lost]

    def release(self, talent_ids: Sequence[str]) -> None:
        if self.away:
            raise StoreUnavailable("There is no answer.")
        super().release(talent_ids)

    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        self.renewing.set()
        self.may_renew.wait(TIME_LIMIT)
        if not self.away:
            super().renew(talent_ids, until)
        self.renewals.put(until)
        if self.has_bug:
            raise RuntimeError("a bug")
        if self.away:
            raise StoreUnavailable("There is no answer.")

    async def is_asked_to_renew(self, until: datetime) -> None:
        while await asyncio.to_thread(self.renewals.get, timeout=TIME_LIMIT) != until:
            pass

    def due_now(self) -> list[str]:
        return self.due(NOW, before=None, limit=None)


@pytest.fixture
def repository() -> Remembering:
    return Remembering()


def claims(
    repository: Remembering, *, limit: int | None = None, concurrency: int = 4, now: datetime = NOW
) -> LeasedTalents:
    return LeasedTalents(
        repository, lambda: now, before=None, limit=limit, lease=LEASE, concurrency=concurrency
    )


async def take(queue: LeasedTalents, number: int) -> list[str]:
    found = [await queue.next() for _ in range(number)]
    return [record.talent.id for record in found if record is not None]


async def test_every_talent_comes_once_in_pages_as_large_as_the_concurrency(repository: Remembering) -> None:
    queue = claims(repository)
    assert await take(queue, 12) == IDS
    assert repository.claimed == [4] * 4
    assert repository.due_now() == []


async def test_the_next_page_is_claimed_before_the_one_before_is_used_up(repository: Remembering) -> None:
    """A database may be far away."""
    queue = claims(repository)
    assert await take(queue, 2) == IDS[:2]
    repository.asked.clear()
    assert await take(queue, 1) == IDS[2:3]
    assert await asyncio.to_thread(repository.asked.wait, TIME_LIMIT)
    await queue.end()
    assert repository.due_now() == IDS, "what was claimed ahead is given back"


async def test_a_page_is_as_large_as_the_number_of_those_who_wait_for_it(repository: Remembering) -> None:
    """They begin at once, and one question of a distant database is cheaper than several."""
    queue = claims(repository)
    found = await asyncio.gather(*(queue.next() for _ in range(7)))
    assert [record.talent.id for record in found if record is not None] == IDS[:7]
    await queue.end()
    assert repository.claimed[0] == 7


async def test_a_stopped_queue_claims_no_more_and_gives_back_the_rest(
    repository: Remembering,
) -> None:
    queue = claims(repository)
    assert await take(queue, 1) == IDS[:1]
    queue.stop()
    assert not queue.has_more
    assert await take(queue, 2) == []
    assert repository.claimed == [4]
    await queue.end()
    assert repository.due_now() == IDS


async def test_what_is_claimed_while_the_queue_is_stopped_is_not_begun(repository: Remembering) -> None:
    repository.go_on.clear()
    queue = claims(repository)
    asking = asyncio.create_task(queue.next())
    await asyncio.to_thread(repository.asked.wait, TIME_LIMIT)
    queue.stop()
    repository.go_on.set()
    assert await asking is None
    await queue.end()
    assert repository.due_now() == IDS


async def test_no_more_talents_are_claimed_than_the_limit(repository: Remembering) -> None:
    queue = claims(repository, limit=6)
    assert await take(queue, 12) == IDS[:6]
    assert repository.claimed == [4, 2]
    assert repository.due_now() == IDS[6:]


async def test_a_talent_removed_before_being_loaded_is_skipped(repository: Remembering) -> None:
    repository.lost = set(IDS[:5])
    assert await take(claims(repository), 12) == IDS[5:]


async def test_leases_are_renewed_for_as_long_as_the_work_takes(repository: Remembering) -> None:
    clock, lease = [NOW], timedelta(milliseconds=30)
    queue = LeasedTalents(repository, lambda: clock[0], before=None, limit=4, lease=lease, concurrency=4)
    await take(queue, 4)
    queue.done(IDS[:1])
    clock[0] = NOW + 2 * LEASE
    await repository.is_asked_to_renew(clock[0] + lease)
    assert repository.due(clock[0], before=None, limit=None) == [IDS[0], *IDS[4:]]
    repository.away = True
    clock[0] += LEASE
    await repository.is_asked_to_renew(clock[0] + lease)
    repository.away = False
    clock[0] += LEASE
    await repository.is_asked_to_renew(clock[0] + lease)
    assert repository.due(clock[0], before=None, limit=None) == [IDS[0], *IDS[4:]]
    await queue.end()
    assert repository.due(clock[0], before=None, limit=None) == IDS
    asked = repository.renewals.qsize()
    await asyncio.sleep(2 * lease.total_seconds())
    assert repository.renewals.qsize() == asked, "nothing goes on after the end"


async def test_an_internal_error_in_a_renewal_prevents_neither_the_next_one_nor_the_end(
    repository: Remembering,
) -> None:
    clock, lease = [NOW], timedelta(milliseconds=30)
    queue = LeasedTalents(repository, lambda: clock[0], before=None, limit=4, lease=lease, concurrency=4)
    await take(queue, 4)
    repository.has_bug = True
    for _ in range(2):
        clock[0] += LEASE
        await repository.is_asked_to_renew(clock[0] + lease)
    await queue.end()
    assert repository.due_now() == IDS


async def test_leases_are_released_even_if_the_end_is_cancelled(repository: Remembering) -> None:
    lease = timedelta(milliseconds=30)
    queue = LeasedTalents(repository, lambda: NOW, before=None, limit=4, lease=lease, concurrency=4)
    repository.may_renew.clear()
    await take(queue, 4)
    await asyncio.to_thread(repository.renewing.wait, TIME_LIMIT)
    ending = asyncio.create_task(queue.end())
    await asyncio.sleep(0)  # until it waits for the renewal
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert repository.due_now() == IDS
    repository.may_renew.set()
    await repository.is_asked_to_renew(NOW + lease)
    assert repository.due_now() == IDS


async def test_a_page_of_leases_is_renewed_at_once_and_each_of_them_once(repository: Remembering) -> None:
    """The store may be far away."""
    lease = timedelta(milliseconds=30)
    queue = LeasedTalents(repository, lambda: NOW, before=None, limit=4, lease=lease, concurrency=4)
    repository.may_renew.clear()
    await take(queue, 4)
    await asyncio.to_thread(repository.renewing.wait, TIME_LIMIT)
    ending = asyncio.create_task(queue.end())
    await asyncio.sleep(0)  # until it waits for the renewal, which is the last
    repository.may_renew.set()
    await ending
    assert repository.renewals.qsize() == 1


async def test_talents_that_were_not_finished_are_released(repository: Remembering) -> None:
    queue = claims(repository)
    await take(queue, 3)
    queue.done(IDS[:2])
    await queue.end()
    assert repository.due_now() == IDS[2:], "the other two are being written"
    again = claims(repository)
    await take(again, 1)
    again.done(IDS[2:3])
    again.undo(IDS[2:3])
    await again.end()
    assert repository.due_now() == IDS[2:]


async def test_talents_of_a_cancelled_claim_are_released_too(repository: Remembering) -> None:
    repository.go_on.clear()
    queue = claims(repository)
    asking = asyncio.create_task(queue.next())
    await asyncio.to_thread(repository.asked.wait, TIME_LIMIT)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    repository.go_on.set()
    await queue.end()
    assert repository.due_now() == IDS


async def test_if_the_store_is_away_the_leases_expire_by_themselves(repository: Remembering) -> None:
    queue = claims(repository)
    await take(queue, 1)
    repository.away = True
    await queue.end()
    assert repository.due(NOW + LEASE, before=None, limit=None) == IDS


async def test_a_talent_in_progress_is_not_started_again_when_its_lease_expires(
    repository: Remembering,
) -> None:
    clock = [NOW]
    queue = LeasedTalents(repository, lambda: clock[0], before=None, limit=None, lease=LEASE, concurrency=4)
    assert await take(queue, 4) == IDS[:4]
    clock[0] = NOW + 2 * LEASE
    repository.save([Change(IDS[0], Selection(synced_at=clock[0]))], clock[0])
    queue.saved(IDS[:1])
    assert await take(queue, 12) == IDS[4:]


async def test_two_runs_share_the_work(repository: Remembering) -> None:
    one, other = claims(repository), claims(repository)
    both = await asyncio.gather(take(one, 12), take(other, 12))
    assert sorted(both[0] + both[1]) == IDS
    await one.end()
    await other.end()


async def test_leaving_a_run_early_releases_the_rest() -> None:
    from tests.service.world import World

    world = World()
    for talent_id in IDS:
        world.add(talent_id, "instagram")
    async with aclosing(world.syncer().sync_due(before=None, limit=None)) as outcomes:
        first = await anext(outcomes)
    due = world.repository.due(NOW, before=NOW, limit=None)
    assert first.talent_id not in due
    assert not [i for i in IDS if i not in due and world.repository.load(i).selection.synced_at is None]


async def test_a_failed_claim_does_not_prevent_the_release_of_the_others(
    repository: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = claims(repository)
    await take(queue, 4)

    def away(*_: object, **__: object) -> list[str]:
        raise StoreUnavailable("There is no answer.")

    repository.claim = away  # type: ignore[method-assign]  # from now on
    with pytest.raises(StoreUnavailable):
        await queue.next()
    await queue.end()
    assert repository.due_now() == IDS
