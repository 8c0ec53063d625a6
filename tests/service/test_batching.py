"""Many questions become few calls; each gets its own answer, whatever happens to the others."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest

from talentimg.clock import utc_now
from talentimg.errors import ProviderError, RateLimited, StoreLocked
from talentimg.models import Account, Reason
from talentimg.providers.interface import Absent, Provider, ProviderContext, ProviderInfo
from talentimg.repository.memory import MemoryRepository
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.batching import LINGER_S, Batcher
from talentimg.service.lookup.pacing import Limits, Pacing
from tests.conftest import NOW
from tests.providers.played import NoStore
from tests.service.world import FakeWeb, NoApi
from tests.spoken import SPOKEN
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from talentimg.providers.interface import Answer, Found

TOO_LONG_S = 2 * TIME_LIMIT
"""A call that waits as long as this for others makes its test fail."""


class Listed(Provider):
    """Answers up to five accounts a call, and remembers who came together."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="listed",
        label="Listed",
        docs="https://docs.example",
        needs="nothing",
        handle_pattern="[a-z0-9]+",
        handle_example="ada",
        batch_size=5,
        concurrency=2,
    )

    def __init__(self) -> None:
        super().__init__(ProviderContext(NoApi(), FakeWeb(), {}, lambda: NOW, NoStore()))
        self.calls: list[list[str]] = []
        self.answers: dict[str, Answer | Exception] = {}
        self.refusals: dict[str, ProviderError] = {}
        """The errors that accounts get at the first try."""
        self.left_out: set[str] = set()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.under_way = 0
        self.most_under_way = 0

    def batch_key(self, account: Account) -> str | None:
        return None if account.handle.startswith("alone") else ""

    async def lookup(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        self.calls.append([account.handle for account in accounts])
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self.may_answer.wait()
            return {a.id: self._answer(a) for a in accounts if a.handle not in self.left_out}
        finally:
            self.under_way -= 1

    def _answer(self, account: Account) -> Answer:
        if account.handle in self.refusals:
            return self.refusals.pop(account.handle)
        answer = self.answers.get(account.handle, Absent(Reason.NO_PICTURE, account.handle, SPOKEN))
        if isinstance(answer, Exception) and not isinstance(answer, ProviderError):
            raise answer
        return answer

    async def lookup_one(self, account: Account) -> Found | Absent:
        raise NotImplementedError


def account(handle: str) -> Account:
    return Account(f"id-{handle}", handle, "listed", handle)


class Bench:
    """A batcher and everything around it."""

    def __init__(self, *, more: Callable[[], bool] = lambda: False, max_wait_s: float = 0.3) -> None:
        self.provider = Listed()
        self.repository = MemoryRepository()
        self.allowance = Allowance(Pacing(self.repository, lambda: NOW))
        self.batcher = Batcher(self.provider, self.allowance, expects_more=more, max_wait_s=max_wait_s)

    async def ask(self, *handles: str) -> list[str]:
        """What each got: the detail of the answer, or the reason of the error."""
        given = await asyncio.gather(*map(self._ask, handles))
        return list(given)

    async def _ask(self, handle: str) -> str:
        try:
            answer = await self.batcher.ask(account(handle))
        except ProviderError as error:
            return error.reason.value
        assert isinstance(answer, Absent)
        return answer.detail


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_accounts_that_wait_at_the_same_time_share_a_call(bench: Bench) -> None:
    handles = [f"t{number}" for number in range(12)]
    assert await bench.ask(*handles) == handles
    assert sorted(map(len, bench.provider.calls)) == [2, 5, 5]


async def test_a_single_account_does_not_wait_for_others() -> None:
    bench = Bench(max_wait_s=TOO_LONG_S)
    async with asyncio.timeout(TIME_LIMIT):
        assert await bench.ask("ada") == ["ada"]
    assert bench.provider.calls == [["ada"]]


async def test_an_account_that_cannot_share_a_call_is_asked_for_at_once_and_alone(bench: Bench) -> None:
    await bench.ask("alone1", "ada", "alone2", "bea")
    assert sorted(bench.provider.calls) == [["ada", "bea"], ["alone1"], ["alone2"]]


async def test_an_error_of_one_does_not_touch_the_others(bench: Bench) -> None:
    bench.provider.answers["bea"] = ProviderError("Not this one.", reason=Reason.SHAPE)
    assert await bench.ask("ada", "bea", "cid") == ["ada", "shape", "cid"]
    assert len(bench.provider.calls) == 1


async def test_an_account_left_out_of_an_answer_is_in_trouble_and_not_absent(bench: Bench) -> None:
    bench.provider.left_out = {"bea"}
    assert await bench.ask("ada", "bea") == ["ada", "shape"]


async def test_a_call_that_fails_fails_for_all_its_accounts(bench: Bench) -> None:
    async def refuse(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        raise ProviderError("No answer.", reason=Reason.TIMEOUT)

    bench.provider.lookup = refuse  # type: ignore[method-assign]  # a platform that is down
    assert await bench.ask("ada", "bea") == ["timeout", "timeout"]


async def test_an_internal_error_with_one_account_does_not_affect_the_others(bench: Bench) -> None:
    bench.provider.answers["bea"] = KeyError("a bug")
    asked = [asyncio.create_task(bench.batcher.ask(account(h))) for h in ("ada", "bea", "cid")]
    await asyncio.wait(asked)
    assert [type(task.exception()) for task in asked] == [type(None), KeyError, type(None)]
    assert bench.provider.calls == [["ada", "bea", "cid"], ["ada"], ["bea"], ["cid"]]


async def test_an_unavailable_store_is_raised_for_everybody_who_waits(bench: Bench) -> None:
    bench.provider.answers["ada"] = StoreLocked("The roster is locked.")
    asked = [asyncio.create_task(bench.batcher.ask(account(h))) for h in ("ada", "bea")]
    await asyncio.wait(asked)
    assert [type(task.exception()) for task in asked] == [StoreLocked, StoreLocked]


async def test_the_same_account_asked_for_twice_takes_one_place(bench: Bench) -> None:
    assert await bench.ask("ada", "ada", "bea") == ["ada", "ada", "bea"]
    assert bench.provider.calls == [["ada", "bea"]]


async def test_an_account_that_nobody_waits_for_is_not_asked_for(bench: Bench) -> None:
    asked = [asyncio.create_task(bench._ask(h)) for h in ("ada", "bea")]
    await asyncio.sleep(0)
    asked[0].cancel()
    assert await asked[1] == "bea"
    assert bench.provider.calls == [["bea"]]


async def test_cancelling_one_question_during_a_call_does_not_cancel_the_others(bench: Bench) -> None:
    bench.provider.may_answer.clear()
    asked = [asyncio.create_task(bench._ask(h)) for h in ("ada", "bea")]
    await until(lambda: bench.provider.under_way)
    asked[0].cancel()
    await asyncio.wait(asked[:1])
    bench.provider.may_answer.set()
    assert await asked[1] == "bea"


async def test_once_nobody_waits_the_call_is_cancelled(bench: Bench) -> None:
    bench.provider.may_answer.clear()
    asked = [asyncio.create_task(bench._ask(h)) for h in ("ada", "bea")]
    await until(lambda: bench.provider.under_way)
    for task in asked:
        task.cancel()
    await until(lambda: not bench.provider.under_way)
    bench.provider.may_answer.set()
    assert await bench.ask("ada") == ["ada"], "and the next one is asked for as ever"


async def test_no_more_calls_are_under_way_than_the_platform_allows(bench: Bench) -> None:
    bench.provider.may_answer.clear()
    asking = asyncio.create_task(bench.ask(*(f"t{number}" for number in range(30))))
    await asyncio.sleep(0.5)  # for any that might be one too many
    bench.provider.may_answer.set()
    await asking
    assert bench.provider.most_under_way == 2
    assert len(bench.provider.calls) == 6


async def test_a_call_that_waits_for_its_turn_accepts_more_accounts(bench: Bench) -> None:
    bench.provider.may_answer.clear()
    first = [asyncio.create_task(bench.ask(f"alone{number}")) for number in range(2)]
    await until(lambda: bench.provider.under_way == 2)
    one = asyncio.create_task(bench.ask("ada"))
    await asyncio.sleep(10 * LINGER_S)  # until it waits for nothing but its turn
    other = asyncio.create_task(bench.ask("bea"))
    await until(lambda: bench.batcher.waiting == 2)
    bench.provider.may_answer.set()
    await asyncio.gather(*first, one, other)
    assert ["ada", "bea"] in bench.provider.calls


async def test_while_more_are_to_come_a_call_waits_to_be_full() -> None:
    coming = True
    bench = Bench(more=lambda: coming, max_wait_s=TOO_LONG_S)
    one = asyncio.create_task(bench.ask("t0"))
    await asyncio.sleep(10 * LINGER_S)
    rest = await bench.ask("t1", "t2", "t3", "t4")
    assert await one + rest == ["t0", "t1", "t2", "t3", "t4"]
    assert len(bench.provider.calls) == 1
    waiting = asyncio.create_task(bench.ask("last"))
    await until(lambda: bench.batcher.waiting)
    coming = False
    async with asyncio.timeout(TIME_LIMIT):
        assert await waiting == ["last"]


async def test_a_call_waits_to_be_full_but_not_for_ever() -> None:
    bench = Bench(more=lambda: True)
    async with asyncio.timeout(TIME_LIMIT):
        assert await bench.ask("late") == ["late"]


async def test_a_refusal_starts_a_cooldown_for_later_questions(bench: Bench) -> None:
    ends = NOW + timedelta(minutes=5)
    bench.provider.answers["ada"] = RateLimited("Slow down.", retry_at=ends)
    assert await bench.ask("ada", "bea") == ["throttled", "bea"]
    assert await bench.ask("cid") == ["throttled"]
    assert len(bench.provider.calls) == 1
    assert [c.until for c in bench.repository.cooldowns(NOW)] == [ends]


async def test_a_refusal_of_one_account_starts_no_cooldown(bench: Bench) -> None:
    refusal = RateLimited("This account was asked for too often.", retry_at=NOW + timedelta(minutes=5))
    refusal.of_account = True
    bench.provider.answers["ada"] = refusal
    assert await bench.ask("ada", "bea") == ["throttled", "bea"]
    assert await bench.ask("cid") == ["cid"]


async def test_after_a_short_pause_refused_accounts_are_asked_for_again() -> None:
    bench = Bench()
    bench.allowance = Allowance(Pacing(bench.repository, utc_now), budget=timedelta(seconds=5))
    bench.batcher = Batcher(bench.provider, bench.allowance)
    ends = utc_now() + timedelta(seconds=0.3)
    bench.provider.refusals["ada"] = RateLimited("Slow down.", retry_at=ends)
    assert await bench.ask("ada", "bea") == ["ada", "bea"]
    assert utc_now() >= ends
    assert bench.provider.calls == [["ada", "bea"], ["ada"]]


async def test_waiting_for_the_end_of_a_pause_can_be_stopped() -> None:
    bench = Bench()
    bench.allowance = Allowance(Pacing(bench.repository, utc_now), budget=timedelta(hours=1))
    bench.batcher = Batcher(bench.provider, bench.allowance)
    ends = utc_now() + timedelta(minutes=10)
    await bench.allowance.pacing.start_cooldown("listed", RateLimited("Slow down.", retry_at=ends))
    asking = asyncio.create_task(bench.ask("ada"))
    await asyncio.sleep(10 * LINGER_S)
    bench.allowance.stop()
    async with asyncio.timeout(TIME_LIMIT):
        assert await asking == ["throttled"]
    assert bench.provider.calls == []


async def test_a_question_that_comes_as_a_call_is_cancelled_gets_its_own_call(bench: Bench) -> None:
    first = asyncio.create_task(bench._ask("ada"))
    await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(TIME_LIMIT):
        for _ in range(3):
            late = asyncio.create_task(bench._ask("bea"))
            await asyncio.sleep(0)
            assert await late == "bea"


async def test_too_many_do_not_wait_for_one_platform() -> None:
    bench, clock = Bench(), [NOW]
    bench.allowance = Allowance(
        Pacing(bench.repository, lambda: clock[0]), budget=timedelta(hours=1), max_waiting=10
    )
    bench.batcher = Batcher(bench.provider, bench.allowance)
    ends = NOW + timedelta(seconds=0.1)
    await bench.allowance.pacing.start_cooldown("listed", RateLimited("Slow down.", retry_at=ends))
    asked = [asyncio.create_task(bench._ask(f"alone{number}")) for number in range(6)]
    await until(lambda: sum(task.done() for task in asked) == 4)
    clock[0] = ends
    answers = await asyncio.gather(*asked)
    assert answers == ["alone0", "alone1", "throttled", "throttled", "throttled", "throttled"]


async def test_a_call_that_was_not_sent_uses_no_turn(bench: Bench) -> None:
    bench.allowance.pacing.set_limits("listed", Limits(1, per_minute=1))
    bench.batcher = Batcher(bench.provider, bench.allowance)
    shut = ProviderError("It does not answer.", reason=Reason.UNREACHABLE, tries=0)
    for number in range(30):
        bench.provider.answers[f"alone{number}"] = shut
    async with asyncio.timeout(TIME_LIMIT):  # thirty turns would take half an hour
        assert set(await bench.ask(*(f"alone{number}" for number in range(30)))) == {"unreachable"}
