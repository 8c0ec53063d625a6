"""Sends one request and receives one answer, nothing else.

httpx's transports do the HTTP; its `AsyncClient` is deliberately not used. It would parse a `Location`
before we judge it, keep cookies, read `.netrc`, and log whole URLs. What is not there cannot leak.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from talentimg.http._httpx import httpx
from talentimg.http.faults import translated
from talentimg.http.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)


class Sender:
    """Sends requests with the headers that all of them have in common.

    `plain` is the transport for requests without TLS; by default it is the same one.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        headers: Mapping[str, str],
        plain: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._transport = transport
        self._plain = plain or transport
        self._headers = headers

    def request(
        self,
        method: str,
        url: httpx.URL,
        *,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Request:
        """A request that can be sent; it contains nothing but what is given here.

        Raises:
            Fault: a header cannot be sent.
        """
        # asyncio enforces the total deadline. Half of it for connecting leaves time for another try, and
        # slightly less for reading tells a silent server from a request that was cancelled.
        timeout = httpx.Timeout(seconds, connect=seconds / 2, read=seconds * 0.95, pool=None)
        with translated(host_of(url)):
            merged = httpx.Headers(dict(self._headers))
            merged.update(headers)
            return httpx.Request(
                method,
                url,
                headers=merged,
                data=form,
                content=content,
                extensions={"timeout": timeout.as_dict()},
            )

    async def send(self, request: httpx.Request) -> httpx.Response:
        """The answer, of which only the head has been read; the caller must `close` it.

        Raises:
            Fault: there is no answer.
        """
        host = host_of(request.url)
        transport = self._plain if request.url.scheme == "http" else self._transport
        with translated(host):
            response = await transport.handle_async_request(request)
        response.request = request
        logger.debug("%s %s answered %s", request.method, host, response.status_code)
        return response


async def close(response: httpx.Response) -> None:
    """Close an answer, completely even if the caller is cancelled meanwhile.

    An answer that is not closed occupies a connection of the pool for as long as the program runs.
    """
    closing = asyncio.ensure_future(response.aclose())
    try:
        await asyncio.shield(closing)
    except asyncio.CancelledError:
        await asyncio.wait([closing])
        raise
