"""The ports to the network: one client for platform APIs, one for hosts that nobody vouches for.

`Api` may carry credentials and is pointed only at addresses from our own code or the
operator's settings. `Web` fetches pictures, and pages on hosts that a talent chose:
it never carries a credential and judges every address where the socket connects. A `Gate`
may stand before either.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from talentimg.errors import ProviderError
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager


def is_failure(status: int) -> bool:
    """Whether a server has failed to answer; one that lacks what it takes (501) will do no better later."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED


@dataclass(frozen=True, slots=True)
class Reply:
    """A platform's whole answer, whatever its status. Header names are lower-case.

    `url` is the final address without its query, so that it may be shown.
    `tries` counts the requests that this answer took.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str
    tries: int = 1

    def json(self) -> Any:  # noqa: ANN401  a foreign document has no type yet
        """The body as JSON.

        Raises:
            ProviderError: `bad_json`, the body is something else.
        """
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise ProviderError(
                f"{self.url} answered {self.status} with something that is not JSON.",
                reason=Reason.BAD_JSON,
                tries=self.tries,
            ) from None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture's bytes as a server gave them, not yet looked at."""

    body: bytes = field(repr=False)
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that the picture is still the one whose validators we sent."""


@dataclass(frozen=True, slots=True)
class Page:
    """The start of an answered page. `chunks` yields decoded bytes up to the byte cap."""

    status: int
    headers: Mapping[str, str]
    url: str
    """The final address, after redirects, with its query: needed to resolve links."""
    chunks: AsyncIterator[bytes]


@dataclass(slots=True)
class Exchange:
    """One request as a gate gets to see it: what is not known yet, or never came, is None."""

    host: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    received: int = 0
    """Bytes of the body that were read."""


class Gate(ABC):
    """Stands before every single request of a client, tries and redirects included."""

    @abstractmethod
    def passage(self, host: str) -> AbstractAsyncContextManager[Exchange]:
        """Let one request to a host out, and learn how it ended from what is written into the exchange.

        Raises:
            SourceError: on entering: the host is to be left alone now, and nothing was sent.
        """


class OpenGate(Gate):
    """Lets everything pass."""

    @asynccontextmanager
    async def passage(self, host: str) -> AsyncIterator[Exchange]:
        """See `Gate.passage`."""
        yield Exchange(host)


class Api(ABC):
    """The client for platform APIs."""

    def behind(self, gate: Gate) -> Api:  # noqa: ARG002  one that sends nothing needs no gate
        """The same client, each request of which passes a gate."""
        return self

    @abstractmethod
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
        """Send one request and read the whole answer, within caps and one total deadline.

        A connect error, a cut answer and a 5xx are tried again (three tries, full
        jitter), but for a POST, which may have counted although nothing came back. The last
        answer is returned whatever its status.

        Raises:
            ProviderError: no answer at all (`dns`, `timeout`, `unreachable`, `tls`,
                `protocol`, `too_large`, `encoding`).
        """


class Web(ABC):
    """The guarded client: no credentials, no cookies, no proxy, addresses judged at connect."""

    def behind(self, gate: Gate) -> Web:  # noqa: ARG002  as above
        """The same client, each request of which passes a gate."""
        return self

    @abstractmethod
    async def fetch_picture(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        hosts: tuple[str, ...] = (),
    ) -> Fetched | NotModified:
        """Fetch a picture's bytes, or learn that they have not changed.

        Args:
            url: where the platform says that the picture is.
            etag: validator of the copy we have, if any.
            last_modified: likewise.
            hosts: host names, or suffixes with a leading dot, outside of which
                nothing is fetched, redirects included. Empty means any public host.

        Raises:
            PictureError: refused or failed; `reason` tells which rule or fault.
        """

    @abstractmethod
    async def request(self, url: str, *, headers: Mapping[str, str] | None = None) -> Reply:
        """GET a small document (JSON) from a host that a talent chose.

        Raises:
            ProviderError: refused or failed.
        """

    @abstractmethod
    def open_page(
        self, url: str, *, headers: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[Page]:
        """GET a page and read it as it streams; leaving the context closes the connection.

        Raises:
            ProviderError: refused or failed.
        """
