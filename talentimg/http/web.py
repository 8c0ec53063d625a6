"""The guarded client: pictures, and pages and documents on hosts that a talent chose.

It carries no credentials and no cookies, uses no proxy (a proxy would look names up itself and so bypass
the guard), and judges the target of every redirect just like the first URL.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from talentimg.clock import utc_now
from talentimg.errors import PictureError, ProviderError
from talentimg.http.body import encodings, read_plain, read_reply, unpacked
from talentimg.http.faults import Fault, fault, raising
from talentimg.http.guard import MOST_HOPS, REDIRECTS
from talentimg.http.interface import Fetched, NotModified, OpenGate, Page, Web
from talentimg.http.retry import Retry, with_retries
from talentimg.http.retry_after import DEFAULT_PAUSE, asked_wait, retry_at
from talentimg.http.sender import close
from talentimg.http.urls import host_of
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime, timedelta

    from talentimg.http._httpx import httpx
    from talentimg.http.guard import Guard
    from talentimg.http.interface import Gate, Reply, Room
    from talentimg.http.sender import Sender

_REASONS: Mapping[int, Reason] = {
    HTTPStatus.NOT_FOUND: Reason.MISSING,
    HTTPStatus.GONE: Reason.MISSING,
    HTTPStatus.TOO_MANY_REQUESTS: Reason.THROTTLED,
}
"""What the status of an answer without a picture says."""
_PICTURE_HEADERS = {
    "accept": "image/webp,image/png,image/jpeg,image/gif,*/*;q=0.5",
    # Compressing a picture gains nothing, and a byte cap only works if nothing is decompressed.
    "accept-encoding": "identity",
}
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_BINARY = frozenset({"application/octet-stream", "binary/octet-stream"})
_QUOTED = re.compile(r'"[^"]*"')
# What can be kept and sent back in a header: a server may send anything for a validator.
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,512}")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")
"""The one form in which a date may be sent back: https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats"""


@dataclass(frozen=True, slots=True)
class WebLimits:
    """The guarded client's limits on time and size."""

    timeout_s: float
    picture_timeout_s: float
    max_picture_bytes: int
    max_body_bytes: int
    max_page_bytes: int = 1024 * 1024
    throttled_wait: timedelta = DEFAULT_PAUSE
    """How long to leave a host alone that says "too many requests" but not for how long."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """What stays the same for every redirect of one request."""

    headers: Mapping[str, str]
    seconds: float
    hosts: tuple[str, ...] = ()


class WebClient(Web):
    """Talks to hosts that we do not trust, through the guard.

    `steady` keeps connections open, for the picture hosts that a platform is known to use (they
    serve the pictures of many talents) and for the operator's own networks. `once` opens one per
    request, for hosts that anybody could have named. Either way, each new connection is judged.
    """

    def __init__(
        self,
        steady: Sender,
        once: Sender,
        *,
        guard: Guard,
        limits: WebLimits,
        retry: Retry | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._gate: Gate = OpenGate()
        self._steady = steady
        self._once = once
        self._guard = guard
        self._limits = limits
        self._retry = retry or Retry()
        self._now = now

    def behind(self, gate: Gate) -> WebClient:
        """Connections are shared with this one."""
        gated = copy(self)
        gated._gate = gate  # noqa: SLF001  the same class
        return gated

    # -- pictures -----------------------------------------------------------

    async def fetch_picture(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        hosts: tuple[str, ...] = (),
        room: Room | None = None,
    ) -> Fetched | NotModified:
        """Fetch a picture's bytes, or learn that they have not changed: see `Web.fetch_picture`."""
        validators = _validators(etag, last_modified)
        ask = _Ask({**_PICTURE_HEADERS, **validators}, self._limits.picture_timeout_s, hosts)
        with raising(PictureError):
            at = self._guard.check_url(url, hosts=hosts)
            fetched, _ = await with_retries(
                lambda: self._picture(at, ask, room, conditional=bool(validators)),
                host=host_of(at),
                seconds=ask.seconds,
                retry=self._retry,
            )
        return fetched

    async def _picture(
        self, url: httpx.URL, ask: _Ask, room: Room | None, *, conditional: bool
    ) -> Fetched | NotModified:
        async with self._opened(url, ask) as response:
            host = host_of(response.request.url)
            if response.status_code == HTTPStatus.NOT_MODIFIED and conditional:
                return NotModified()
            self._refuse_status(response, host)
            _refuse_type(response, host)
            if encodings(response):
                raise fault(Reason.ENCODING, host)
            body = await read_plain(response, host, self._limits.max_picture_bytes, room)
        if not body:
            raise Fault(Reason.NOT_IMAGE, f"{host} sent an empty answer instead of a picture.")
        return Fetched(
            body,
            etag=_usable(response.headers.get("etag")),
            last_modified=_date(response.headers.get("last-modified")),
        )

    def _refuse_status(self, response: httpx.Response, host: str) -> None:
        status, headers, now = response.status_code, response.headers, self._now()
        if status == HTTPStatus.OK:
            return
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        names_time = asked_wait(headers, now) is not None
        raise Fault(
            _REASONS.get(status, Reason.STATUS),
            f"{host} asks us to come back later." if throttled else f"{host} answered with status {status}.",
            retryable=self._retry.is_worth_another(status, headers, now),
            retry_at=retry_at(headers, now, self._limits.throttled_wait) if names_time else None,
        )

    # -- documents and pages ------------------------------------------------

    async def request(self, url: str, *, headers: Mapping[str, str] | None = None) -> Reply:
        """GET a small document, see `Web.request`."""
        ask = _Ask(_document_headers(headers), self._limits.timeout_s)
        with raising(ProviderError):
            at = self._guard.check_url(url)
            reply, tries = await with_retries(
                lambda: self._reply(at, ask),
                host=host_of(at),
                seconds=ask.seconds,
                retry=self._retry,
                retry_if=lambda reply: self._retry.is_worth_another(reply.status, reply.headers, self._now()),
            )
        return replace(reply, tries=tries)

    async def _reply(self, url: httpx.URL, ask: _Ask) -> Reply:
        async with self._opened(url, ask) as response:
            return await read_reply(response, host_of(response.request.url), self._limits.max_body_bytes)

    @asynccontextmanager
    async def open_page(self, url: str, *, headers: Mapping[str, str] | None = None) -> AsyncIterator[Page]:
        """GET a page and read it as it streams, see `Web.open_page`."""
        ask = _Ask(_document_headers(headers), self._limits.timeout_s)
        ends = asyncio.get_running_loop().time() + ask.seconds
        with raising(ProviderError):
            at = self._guard.check_url(url)
            response, _ = await with_retries(
                lambda: self._follow(at, ask),
                host=host_of(at),
                seconds=ask.seconds,
                retry=self._retry,
            )
            async with _closed_by(response, ends):
                yield self._page(response)

    def _page(self, response: httpx.Response) -> Page:
        return Page(
            status=response.status_code,
            headers=dict(response.headers.items()),
            url=str(response.request.url),
            chunks=self._chunks(response),
        )

    async def _chunks(self, response: httpx.Response) -> AsyncIterator[bytes]:
        left = self._limits.max_page_bytes
        with raising(ProviderError):
            async for piece in unpacked(response, host_of(response.request.url)):
                yield piece[:left]
                left -= len(piece)
                if left <= 0:
                    return

    # -- requests -----------------------------------------------------------

    @asynccontextmanager
    async def _opened(self, url: httpx.URL, ask: _Ask) -> AsyncIterator[httpx.Response]:
        response = await self._follow(url, ask)
        try:
            yield response
        finally:
            await close(response)

    async def _follow(self, url: httpx.URL, ask: _Ask) -> httpx.Response:
        """The first answer that is no redirect, not yet read; to be closed by the caller."""
        for _ in range(MOST_HOPS + 1):
            response = await self._send(url, ask)
            if response.status_code not in REDIRECTS:
                return response
            await close(response)
            url = self._next(response, ask)
        raise fault(Reason.HOPS, host_of(url))

    async def _send(self, url: httpx.URL, ask: _Ask) -> httpx.Response:
        # Plain HTTP goes only to the operator's own networks, see the guard.
        sender = self._steady if ask.hosts or url.scheme == "http" else self._once
        request = sender.request("GET", url, seconds=ask.seconds, headers=ask.headers)
        async with AsyncExitStack() as unless_handed_on:
            async with self._gate.passage(host_of(url)) as exchange:
                response = await sender.send(request)
                unless_handed_on.push_async_callback(close, response)
                exchange.status, exchange.headers = response.status_code, response.headers
                # The body is read after the gate has been left, so its announced length has to do.
                length = response.headers.get("content-length", "")
                exchange.received = int(length) if re.fullmatch(r"[0-9]{1,12}", length) else 0
            unless_handed_on.pop_all()
        return response

    def _next(self, response: httpx.Response, ask: _Ask) -> httpx.URL:
        """Where a redirect leads, judged like the first URL."""
        here = response.request.url
        locations = response.headers.get_list("location")
        try:
            location = locations[0] if len(locations) == 1 else ""
            return self._guard.check_url(location, base=here, hosts=ask.hosts)
        except Fault as trouble:
            if trouble.reason is not Reason.BAD_URL:
                raise
            raise Fault(Reason.REDIRECT, f"{host_of(here)} redirects to an invalid address.") from None


@asynccontextmanager
async def _closed_by(response: httpx.Response, ends: float) -> AsyncIterator[None]:
    """Close the response on exit, which the deadline enforces."""
    deadline = asyncio.timeout_at(ends)
    try:
        async with deadline:
            yield
    except TimeoutError:
        if not deadline.expired():  # the caller's own timeout
            raise
        raise fault(Reason.TIMEOUT, host_of(response.request.url)) from None
    finally:
        await close(response)


def _document_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    given = {name.lower(): value for name, value in (headers or {}).items()}
    if _CREDENTIALS & given.keys():
        raise ValueError("The guarded client carries no credentials.")
    return {"accept-encoding": "gzip", **given}


def _validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    given = {"if-none-match": _usable(etag), "if-modified-since": _date(last_modified)}
    return {name: value for name, value in given.items() if value}


def _usable(validator: str | None) -> str | None:
    return validator if validator and _VALIDATOR.fullmatch(validator) else None


def _date(validator: str | None) -> str | None:
    """A date, unless it is none, such as the `0` of some servers."""
    return validator if validator and _DATE.fullmatch(validator) else None


def _refuse_type(response: httpx.Response, host: str) -> None:
    """Refuse what is declared as something other than a picture; the bytes will show what it really is.

    Several types in one header are a way to pass a check with one and to be used as the other.
    """
    named = _QUOTED.sub("", response.headers.get("content-type", "")).strip().lower()
    kind = named.partition(";")[0].strip()
    if "," in named or not (not kind or kind.startswith("image/") or kind in _BINARY):
        raise Fault(Reason.TYPE, f"{host} sent something that is not declared as a picture.")
