"""The client for platform APIs: it may carry credentials, and goes only where our own code says."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.clock import utc_now
from talentimg.errors import ProviderError
from talentimg.http.body import read_reply
from talentimg.http.faults import Fault, raising, translated
from talentimg.http.guard import MOST_HOPS, REDIRECTS
from talentimg.http.interface import Api, OpenGate
from talentimg.http.retry import Retry, with_retries
from talentimg.http.sender import close
from talentimg.http.urls import has_real_port, host_of, origin_of, parsed
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from talentimg.http._httpx import httpx
    from talentimg.http.interface import Gate, Reply
    from talentimg.http.sender import Sender


REPEATABLE: Final = frozenset({"GET", "HEAD"})
"""A POST is sent only once: it may have taken effect, and rotated a token, although its answer was lost."""


class ApiClient(Api):
    """Talks to platform APIs, with retries, one total deadline, a byte cap, and no cookies."""

    def __init__(
        self,
        sender: Sender,
        *,
        timeout_s: float,
        max_body_bytes: int,
        retry: Retry | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._gate: Gate = OpenGate()
        self._sender = sender
        self._timeout_s = timeout_s
        self._max_body_bytes = max_body_bytes
        self._retry = retry or Retry()
        self._now = now

    def behind(self, gate: Gate) -> ApiClient:
        """Connections are shared with this one."""
        gated = copy(self)
        gated._gate = gate  # noqa: SLF001  the same class
        return gated

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | list[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
    ) -> Reply:
        """Send one request and read the whole answer, see `Api.request`."""
        with raising(ProviderError):
            at = _checked(url, params)
            request = self._sender.request(method, at, seconds=self._timeout_s, headers=headers, form=form)
            reply, tries = await with_retries(
                lambda: self._send(request, headers, follow=follow_redirects),
                host=host_of(at),
                seconds=self._timeout_s,
                retry=self._retry if method in REPEATABLE else replace(self._retry, tries=1),
                retry_if=lambda reply: self._retry.is_worth_another(reply.status, reply.headers, self._now()),
            )
        return replace(reply, tries=tries)

    async def _send(
        self, request: httpx.Request, headers: Mapping[str, str] | None, *, follow: bool
    ) -> Reply:
        for _ in range(MOST_HOPS):
            reply = await self._send_once(request)
            onward = _onward(request, reply) if follow else None
            if onward is None:
                return reply
            request = self._sender.request("GET", onward, seconds=self._timeout_s, headers=headers)
        return await self._send_once(request)

    async def _send_once(self, request: httpx.Request) -> Reply:
        host = host_of(request.url)
        async with self._gate.passage(host) as exchange:
            response = await self._sender.send(request)
            try:
                exchange.status, exchange.headers = response.status_code, response.headers
                reply = await read_reply(response, host, self._max_body_bytes)
            finally:
                await close(response)
            exchange.received = len(reply.body)
            return reply


def _checked(text: str, params: Mapping[str, str] | list[tuple[str, str]] | None) -> httpx.URL:
    url = parsed(text)
    if url is None or not host_of(url):
        raise Fault(Reason.BAD_URL, "The address is not a valid web address.")
    if not has_real_port(url):
        raise Fault(Reason.PORT, f"The address of {host_of(url)} has a port that does not exist.")
    with translated(host_of(url)):
        return url.copy_merge_params(_pairs(params)) if params else url


def _pairs(params: Mapping[str, str] | list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(params if isinstance(params, list) else params.items())


def _onward(request: httpx.Request, reply: Reply) -> httpx.URL | None:
    """Where a redirect leads, if we may follow it: only for a GET, and only to the same origin.

    Credentials are sent along, so a redirect to another host, port or scheme is never followed;
    the caller receives the redirect itself.
    """
    location = reply.headers.get("location")
    if request.method != "GET" or reply.status not in REDIRECTS or not location:
        return None
    url = parsed(location, request.url)
    if url is None:
        return None
    # A user name and password in a URL would be one more credential.
    same = origin_of(url) == origin_of(request.url) and url.userinfo == request.url.userinfo
    return url if same else None
