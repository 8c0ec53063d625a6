"""The demo's platforms without a wire: the real clients talk to them, and others answer in their place."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import httpx

from talentimg.demo.messages import Call
from talentimg.demo.platforms import all_platforms
from talentimg.demo.platforms.base import NO_PICTURE
from talentimg.http import Clients
from talentimg.http.api import ApiClient
from talentimg.http.opening import WebLimits, make_guard
from talentimg.http.retry import Retry
from talentimg.http.sender import Sender
from talentimg.http.web import WebClient
from tests.providers.foreign import FOREIGN, PAGES, Foreign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from talentimg.demo.messages import Answer
    from talentimg.demo.world import World as Platforms

PICTURES: Final = "pictures"
LIMITS: Final = WebLimits(
    timeout_s=600, picture_timeout_s=600, max_picture_bytes=1024 * 1024, max_body_bytes=2 * 1024 * 1024
)
LOGIN: Final = next(foreign for foreign in PAGES if foreign.name == "a login")
CUT: Final = Foreign("the platform's own answer, cut off", 200)
IN_THEIR_PLACE: Final = (*FOREIGN, *[CUT] * 6)


class Nearby(httpx.AsyncBaseTransport):
    """Hands requests to the demo's platforms; at `<platform>.test` is one, and its pictures are there too.

    A `share` of all answers is somebody else's, drawn for each request and night: who asks the same again
    on the same night hears the same.
    """

    def __init__(self, platforms: Platforms, seed: int) -> None:
        self.share = 0.0
        self.night = 0
        self.foreign = 0
        """How many answers of this night were somebody else's."""
        self._seed = seed
        self._by_name = {platform.name: platform for platform in all_platforms(platforms)}
        self._by_prefix = {prefix: p for p in self._by_name.values() for prefix in p.prefixes}

    def begin_night(self, share: float) -> None:
        """Another night, with this share of foreign answers."""
        self.night += 1
        self.foreign, self.share = 0, share

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        foreign = self._drawn(request)
        self.foreign += foreign is not None
        if foreign is None or foreign is CUT:
            answer = self._answer(request)
        elif foreign.is_endless:
            raise httpx.ReadTimeout("It never ends.")
        else:
            return _response(request, foreign.status, dict(foreign.headers), foreign.body)
        body = answer.body[: len(answer.body) // 2] if foreign is CUT else answer.body
        headers = {"content-type": answer.media_type, **{k.lower(): v for k, v in answer.headers}}
        return _response(request, answer.status, headers, body)

    def _drawn(self, request: httpx.Request) -> Foreign | None:
        """Whose answer this is; None for the platform's own."""
        url, who = request.url, request.headers.get("authorization")
        if not url.host.endswith(".test"):
            return LOGIN  # where a portal's redirect leads
        dice = Random(
            f"{self._seed} {self.night} {request.method} {url.copy_with(query=None)}"
            f" {sorted(url.params.multi_items())} {who}"
        )
        foreign = dice.choice(IN_THEIR_PLACE) if dice.random() < self.share else None
        # A token that was replaced is lost with the answer that brings the new one.
        return None if foreign is CUT and request.method == "POST" else foreign

    def _answer(self, request: httpx.Request) -> Answer:
        call = _call(request)
        if call.prefix != PICTURES:
            asked = self._by_prefix.get(call.prefix)
            return asked.answer(call) if asked else NO_PICTURE
        name, _, rest = call.path[1:].partition("/")
        platform = self._by_name.get(name)
        return platform.picture(replace(call, path="/" + rest)) if platform else NO_PICTURE


def _call(request: httpx.Request) -> Call:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    prefix, _, rest = path.lstrip("/").partition("/")
    headers = {name.lower(): value for name, value in request.headers.items()}
    where = "/" + unquote(rest)
    return Call(request.method, prefix, where, query, headers, request.content, f"https://{request.url.host}")


def clients_of(nearby: Nearby, now: Callable[[], datetime]) -> Clients:
    """The real clients, which wait for nothing between two tries."""
    sender = Sender(nearby, headers={"user-agent": "talentimg-tests"})
    retry = Retry(sleep=_no_pause)
    api = ApiClient(sender, timeout_s=600, max_body_bytes=LIMITS.max_body_bytes, retry=retry, now=now)
    web = WebClient(sender, sender, guard=make_guard([]), limits=LIMITS, retry=retry, now=now)
    return Clients(api, web)


async def _no_pause(_seconds: float) -> None:
    """Tries follow one another at once."""


def _response(request: httpx.Request, status: int, headers: dict[str, str], body: bytes) -> httpx.Response:
    return httpx.Response(
        status, headers=headers, stream=_Body(b"" if request.method == "HEAD" else body), request=request
    )


class _Body(httpx.AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._data
