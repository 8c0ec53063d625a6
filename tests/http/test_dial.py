"""Look-ups in threads of their own, and connects to what was judged."""

from __future__ import annotations

import asyncio
import threading

import pytest

from talentimg.http._httpx import httpcore
from talentimg.http.dial import JudgingBackend, Resolver, dial, look_up
from talentimg.http.faults import Fault
from talentimg.http.guard import AddressPolicy, Guard, anywhere
from talentimg.models import Reason
from tests.http.servers import RawServer, answer
from tests.waiting import TIME_LIMIT


class Net:
    """Some addresses refuse, some hang until their time is up, the others connect."""

    def __init__(self, *, refusing: tuple[str, ...] = (), hanging: tuple[str, ...] = ()) -> None:
        self.refusing = refusing
        self.hanging = hanging
        self.dialled: list[str] = []
        self.timeouts: list[float | None] = []

    async def __call__(self, address: str, port: int, timeout: float | None) -> httpcore.AsyncNetworkStream:  # noqa: ASYNC109  the port's signature
        self.dialled.append(address)
        self.timeouts.append(timeout)
        if address in self.refusing:
            raise httpcore.ConnectError
        if address in self.hanging:
            raise httpcore.ConnectTimeout
        return httpcore.AsyncMockStream([])


def backend(answers: list[str], net: Net) -> JudgingBackend:
    return JudgingBackend(resolver=Resolver(lambda _host, _port: answers), judge=anywhere, connect=net)


async def test_the_first_address_that_answers_is_taken() -> None:
    net = Net(refusing=("1.1.1.1",), hanging=("2.2.2.2",))
    await backend(["1.1.1.1", "2.2.2.2", "3.3.3.3"], net).connect_tcp("cdn.test", 443, timeout=TIME_LIMIT)
    assert net.dialled == ["1.1.1.1", "2.2.2.2", "3.3.3.3"]
    assert all(timeout and timeout <= TIME_LIMIT for timeout in net.timeouts)


async def test_at_most_three_addresses_are_dialled() -> None:
    addresses = [f"1.1.1.{number}" for number in range(9)]
    net = Net(refusing=tuple(addresses))
    with pytest.raises(httpcore.ConnectError):
        await backend(addresses, net).connect_tcp("cdn.test", 443)
    assert net.dialled == addresses[:3]
    assert net.timeouts == [None, None, None]


async def test_both_families_have_a_turn() -> None:
    net = Net(refusing=("2a00::1", "2a00::2", "2a00::3"))
    await backend(["2a00::1", "2a00::2", "2a00::3", "1.1.1.1"], net).connect_tcp("cdn.test", 443)
    assert net.dialled == ["2a00::1", "1.1.1.1"]


async def test_an_address_is_not_looked_up() -> None:
    net = Net()
    await backend([], net).connect_tcp("1.1.1.1", 443)
    assert net.dialled == ["1.1.1.1"]


async def test_judging_sees_every_answer_not_only_those_dialled() -> None:
    answers = ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "127.0.0.1"]
    net = Net()

    def judge(host: str, port: int, found: object) -> tuple[str, ...]:
        assert isinstance(found, tuple)
        return Guard(AddressPolicy()).check_answers(host, port, found, plain=False)

    judging = JudgingBackend(resolver=Resolver(lambda _host, _port: answers), judge=judge, connect=net)
    with pytest.raises(Fault):
        await judging.connect_tcp("cdn.test", 443)
    assert net.dialled == []


@pytest.mark.parametrize("error", [OSError(), UnicodeError(), TimeoutError()])
async def test_a_failed_look_up_is_trouble_with_the_name(error: Exception) -> None:
    def fails(_host: str, _port: int) -> list[str]:
        raise error

    failing = JudgingBackend(resolver=Resolver(fails), judge=anywhere, connect=Net())
    with pytest.raises(Fault) as caught:
        await failing.connect_tcp("cdn.test", 443)
    assert (caught.value.reason, caught.value.retryable) == (Reason.DNS, True)


async def test_a_hanging_look_up_ends_at_the_connect_deadline() -> None:
    hold = threading.Event()
    hanging = JudgingBackend(
        resolver=Resolver(lambda _host, _port: [str(hold.wait(TIME_LIMIT))]), judge=anywhere, connect=Net()
    )
    with pytest.raises(Fault) as caught:
        await hanging.connect_tcp("cdn.test", 443, timeout=0.1)
    assert caught.value.reason is Reason.DNS
    hold.set()


async def test_a_look_up_given_up_while_waiting_for_its_turn_gives_its_place_back() -> None:
    hold = threading.Event()

    def slow(host: str, _port: int) -> list[str]:
        if host != "quick.test":
            hold.wait(TIME_LIMIT)
        return ["1.1.1.1"]

    resolver = Resolver(slow)
    waiting = [asyncio.create_task(resolver(f"{number}.test", 443)) for number in range(100)]
    await asyncio.sleep(0.05)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    hold.set()
    async with asyncio.timeout(TIME_LIMIT):
        assert await resolver("quick.test", 443) == ("1.1.1.1",)
        assert await resolver("99.test", 443) == ("1.1.1.1",)


def test_a_look_up_that_outlives_its_loop_troubles_nobody() -> None:
    hold, done = threading.Event(), threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        hold.wait(TIME_LIMIT)
        done.set()
        return ["1.1.1.1"]

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(Resolver(slow)("cdn.test", 443), 0.05)

    asyncio.run(give_up())
    hold.set()
    assert done.wait(TIME_LIMIT)


def test_the_systems_resolver_gives_each_address_once() -> None:
    assert look_up("127.0.0.1", 443) == ["127.0.0.1"]


async def test_dialling_opens_a_real_connection() -> None:
    async with RawServer(answer(b"x")).running() as server:
        stream = await dial("127.0.0.1", server.port, 5)
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await stream.read(1000)).startswith(b"HTTP/1.1 200 OK")
        await stream.aclose()


async def test_sleeping_is_possible() -> None:
    await backend([], Net()).sleep(0)
