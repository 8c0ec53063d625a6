"""The server: every platform on one loopback address, in a separate thread.

with PlatformServer(world) as server:
    server.url       http://127.0.0.1:40123
    server.world     change people and faults while it answers
    server.log       the requests so far

/instagram /facebook /tiktok /youtube /google /bluesky /mastodon/<host> /github /gravatar /site
/pictures/<platform>/...       the picture hosts of all platforms
/_log /_faults /_world         for tests in other processes: see `control`
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from functools import lru_cache
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import unquote

from talentimg.demo.control import Control
from talentimg.demo.faults import PICTURES, Verdict, whole_seconds
from talentimg.demo.log import REMEMBERED_HEADERS, Request, RequestLog
from talentimg.demo.messages import Call, http_date
from talentimg.demo.platforms import all_platforms
from talentimg.demo.platforms.base import NO_PICTURE, gateway_broken, gateway_throttled
from talentimg.demo.wire import Reaction, Wire
from talentimg.errors import CannotCreate

if TYPE_CHECKING:
    from types import TracebackType

    from talentimg.demo.faults import Gate
    from talentimg.demo.messages import Answer
    from talentimg.demo.platforms.base import Platform
    from talentimg.demo.wire import RawRequest
    from talentimg.demo.world import World

BACKLOG: Final = 2048
RETRY_AFTER: Final = "Retry-After"


class PlatformServer:
    """Serves all platforms.

    Args:
        world: what the platforms show.
        port: the port to listen on; 0 for any free one.
        host: the address to listen on.
    """

    def __init__(self, world: World, *, port: int = 0, host: str = "127.0.0.1") -> None:
        self.world = world
        self.log = RequestLog()
        self._address = (host, port)
        self._url = ""
        self._platforms = {platform.name: platform for platform in all_platforms(world)}
        self._prefixes = {prefix: p for p in self._platforms.values() for prefix in p.prefixes}
        self._control = Control(world, self.log)
        self._connections: set[Wire] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._ready = Event()
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """Its URL, without a trailing slash."""
        return self._url

    def start(self) -> Self:
        """Start serving; on return the server is ready.

        Raises:
            CannotCreate: the port is taken or not allowed.
        """
        try:
            listener = socket.create_server(self._address, backlog=BACKLOG)
        except (OSError, OverflowError):
            raise CannotCreate(
                f"The demo's server cannot listen on port {self._address[1]}.",
                hint="Choose another port, or 0 for any that is free.",
            ) from None
        self._url = f"http://{self._address[0]}:{listener.getsockname()[1]}"
        self._thread = Thread(
            target=asyncio.run, args=(self._serve(listener),), name="platforms", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Stop, aborting responses that are still in progress."""
        if self._thread is None:
            return
        self._ready.wait()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        server = await self._loop.create_server(self._connection, sock=listener)
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for connection in tuple(self._connections):
            connection.abort()
        await server.wait_closed()

    def _connection(self) -> Wire:
        return Wire(self._react, self._connections)

    # -- one request ------------------------------------------------------------

    def _react(self, raw: RawRequest) -> Reaction:
        path, _, query = raw.target.partition("?")
        prefix, _, rest = path.lstrip("/").partition("/")
        call = Call(raw.method, prefix, "/" + unquote(rest), query, raw.headers, raw.body, self._url)
        if prefix.startswith("_"):
            return Reaction(self._control.answer(call))
        is_picture = prefix == PICTURES
        platform = self._platforms.get(rest.partition("/")[0]) if is_picture else self._prefixes.get(prefix)
        if platform is None:
            return Reaction(NO_PICTURE)
        name = PICTURES if is_picture else platform.name
        gate = self.world.gate(name)
        verdict = gate.judge()
        asked = self._ask_for_picture if is_picture else self._ask
        answer = self._finish(asked(platform, call, gate, verdict), gate, verdict)
        closed_until = gate.closed_until if verdict is Verdict.THROTTLED else None
        self._remember(raw, name, answer, closed_until)
        return Reaction(answer, gate.delay())

    def _ask(self, platform: Platform, call: Call, gate: Gate, verdict: Verdict) -> Answer | None:
        if verdict is Verdict.PASS:
            return platform.answer(call).plus(*platform.limits(gate))
        if verdict is Verdict.THROTTLED:
            return platform.throttled(call, gate)
        if verdict is Verdict.OUT_OF_QUOTA:
            return platform.out_of_quota(call, gate)
        if verdict is Verdict.BROKEN:
            return platform.broken(call)
        return platform.garbled(call) if verdict is Verdict.GARBLED else None

    def _ask_for_picture(self, platform: Platform, call: Call, gate: Gate, verdict: Verdict) -> Answer | None:
        if verdict is Verdict.PASS:
            return platform.picture(replace(call, path=call.path[len(platform.name) + 1 :]))
        if verdict in {Verdict.THROTTLED, Verdict.OUT_OF_QUOTA}:
            return gateway_throttled(whole_seconds(gate.closed_until, self.world.clock()))
        if verdict is Verdict.BROKEN:
            return gateway_broken()
        return platform.garbled(call) if verdict is Verdict.GARBLED else None

    def _finish(self, answer: Answer | None, gate: Gate, verdict: Verdict) -> Answer | None:
        """Add what every response has, and what a gateway adds to a refusal."""
        if answer is None:
            return None
        now = self.world.clock()
        if verdict is Verdict.THROTTLED and gate.faults.retry_after:
            kept = [header for header in answer.headers if header[0] != RETRY_AFTER]
            seconds = str(whole_seconds(gate.closed_until, now))
            answer = replace(answer, headers=(*kept, (RETRY_AFTER, seconds)))
        return answer.plus(("Date", _date(int(now))))

    def _remember(
        self, raw: RawRequest, name: str, answer: Answer | None, closed_until: float | None
    ) -> None:
        path, _, query = raw.target.partition("?")
        self.log.add(
            Request(
                at=self.world.clock(),
                platform=name,
                method=raw.method,
                path=path,
                query=query,
                status=answer.status if answer else 0,
                headers={key: value for key, value in raw.headers.items() if key in REMEMBERED_HEADERS},
                closed_until=closed_until,
            )
        )


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return http_date(second)
