"""Every answer is closed, whatever becomes of it: one that is not keeps its place in the pool for ever."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from talentimg.errors import ObjectError, PictureError, ProviderError
from talentimg.http._httpx import httpx
from talentimg.http.interface import Exchange, Fetched, Gate, OpenGate
from talentimg.http.sender import Sender, close
from talentimg.http.urls import parsed
from tests.http.servers import answer, dripping, redirect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from typing import TypeAlias

    from tests.http.conftest import Open, Opened
    from tests.http.servers import Answer

    Ask: TypeAlias = Callable[[Opened, Gate], Coroutine[Any, Any, object]]

URL = "https://cdn.test/a.png"
HOSTS = ("cdn.test",)
PNG = "Content-Type: image/png"
PLACES = 5
EVENTS = 4 * PLACES
TRIES = 30
T = TypeVar("T")


class FailingGate(Gate):
    """Fails whoever leaves it."""

    @asynccontextmanager
    async def passage(self, host: str) -> AsyncIterator[Exchange]:
        yield Exchange(host)
        raise ObjectError("What the gate writes down cannot be written.")


class SlowGate(Gate):
    """Lets nobody out who came in."""

    def __init__(self) -> None:
        self.leaving = asyncio.Event()

    @asynccontextmanager
    async def passage(self, host: str) -> AsyncIterator[Exchange]:
        yield Exchange(host)
        self.leaving.set()
        await asyncio.Event().wait()


async def page(opened: Opened, gate: Gate) -> None:
    async with opened.web.behind(gate).open_page(URL) as it:
        async for _ in it.chunks:
            break


ASKS: dict[str, Ask] = {
    "picture": lambda opened, gate: opened.web.behind(gate).fetch_picture(URL),
    "picture of a platform": lambda opened, gate: opened.web.behind(gate).fetch_picture(URL, hosts=HOSTS),
    "unchanged picture": lambda opened, gate: opened.web.behind(gate).fetch_picture(URL, etag='"a"'),
    "document": lambda opened, gate: opened.web.behind(gate).request(URL),
    "page": page,
    "api": lambda opened, gate: opened.api.behind(gate).request("GET", URL),
}
ANSWERS = {
    "whole": answer(b"x", PNG),
    "redirect": redirect("https://cdn.test/b.png"),
    "unchanged": answer(b"", PNG, status="304 Not Modified"),
    "error": answer(b"x" * 100, PNG, status="503 No"),
    "too long": answer(b"x", PNG, length=10**9),
}
each_gate = pytest.mark.parametrize("gate", [OpenGate(), FailingGate()], ids=["open", "failing"])
SHORT: dict[str, Any] = {"timeout_s": 0.5, "picture_timeout_s": 0.5}
each_ask = pytest.mark.parametrize("ask", list(ASKS.values()), ids=list(ASKS))


async def seen_to_serve(opened: Opened) -> None:
    """Every pool has a place for the next request. Without one it never serves; a busy machine does soon."""
    opened.server.script = [answer(b"x", PNG)]
    for _ in range(PLACES):
        assert isinstance(await patiently(lambda: opened.web.fetch_picture(URL)), Fetched)
        assert isinstance(await patiently(lambda: opened.web.fetch_picture(URL, hosts=HOSTS)), Fetched)
        assert (await patiently(lambda: opened.api.request("GET", URL))).status == 200


async def patiently(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The answer, however many of the short deadlines of these tests it takes."""
    for _ in range(TRIES - 1):
        with suppress(PictureError, ProviderError):
            return await ask()
    return await ask()


@each_ask
@each_gate
@pytest.mark.parametrize("served", list(ANSWERS.values()), ids=list(ANSWERS))
async def test_no_answer_keeps_a_place_once_it_is_told(
    opened: Open, ask: Ask, gate: Gate, served: Answer
) -> None:
    async with opened(served, connections=PLACES, close=False) as clients:
        for _ in range(EVENTS if served == ANSWERS["whole"] else PLACES + 1):
            with suppress(ObjectError, PictureError, ProviderError):
                await ask(clients, gate)
        await seen_to_serve(clients)


@each_ask
@each_gate
async def test_an_answer_without_end_keeps_no_place(opened: Open, ask: Ask, gate: Gate) -> None:
    endless = dripping(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
    async with opened(endless, connections=PLACES, close=False, **SHORT) as clients:
        await asyncio.gather(*(ask(clients, gate) for _ in range(PLACES)), return_exceptions=True)
        await seen_to_serve(clients)


@each_ask
async def test_a_gate_that_outlasts_the_deadline_costs_no_place(opened: Open, ask: Ask) -> None:
    async with opened(answer(b"x", PNG), connections=PLACES, close=False, **SHORT) as clients:
        for _ in range(EVENTS // PLACES):
            asks = [ask(clients, SlowGate()) for _ in range(PLACES)]
            errors = await asyncio.gather(*asks, return_exceptions=True)
            assert all(isinstance(error, PictureError | ProviderError) for error in errors)
        await seen_to_serve(clients)


@each_ask
async def test_who_is_called_off_while_leaving_the_gate_keeps_no_place(opened: Open, ask: Ask) -> None:
    async with opened(answer(b"x", PNG), connections=PLACES, close=False) as clients:
        for _ in range(EVENTS):
            gate = SlowGate()
            task = asyncio.ensure_future(ask(clients, gate))
            await asyncio.wait(
                [task, asyncio.ensure_future(gate.leaving.wait())], return_when="FIRST_COMPLETED"
            )
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await seen_to_serve(clients)


class SlowlyClosed(httpx.AsyncByteStream):
    """A body that takes its time to be closed."""

    def __init__(self) -> None:
        self.may_close = asyncio.Event()
        self.begun = asyncio.Event()
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""

    async def aclose(self) -> None:
        self.begun.set()
        await self.may_close.wait()
        self.is_closed = True


async def test_closing_goes_on_when_it_is_called_off() -> None:
    body = SlowlyClosed()
    sender = Sender(httpx.MockTransport(lambda _: httpx.Response(200, stream=body)), headers={})
    url = parsed(URL)
    assert url is not None
    response = await sender.send(sender.request("GET", url, seconds=5))
    task = asyncio.ensure_future(close(response))
    await body.begun.wait()
    task.cancel()
    body.may_close.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert body.is_closed
