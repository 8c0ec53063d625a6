"""The ports to the network: one client for platform APIs, one for hosts that we do not trust.

`Api` may carry credentials and goes only to addresses from our own code or the operator's
settings. `Web` fetches pictures, and pages on hosts that a talent chose: it never carries
credentials and judges every address when the socket connects. Either may have a `Gate` in front of it.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from talentimg.errors import ProviderError
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager


def is_failure(status: int) -> bool:
    """Whether the server has failed in a way that may pass, which 501 does not."""
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
            ProviderError: `bad_json`, the body is not JSON.
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
    """A picture's bytes as the server sent them, not yet examined."""

    body: bytes = field(repr=False)
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that the picture is still the one whose validators we sent."""


@dataclass(frozen=True, slots=True)
class Page:
    """The beginning of a page. `chunks` yields decoded bytes up to the byte cap."""

    status: int
    headers: Mapping[str, str]
    url: str
    """The final address, after redirects, with its query: needed to resolve links."""
    chunks: AsyncIterator[bytes]


@dataclass(slots=True)
class Exchange:
    """One request as a gate sees it; what is not known yet, or never arrived, is None."""

    host: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    received: int = 0
    """Bytes of the body that were read."""


class Gate(ABC):
    """Stands in front of every request of a client, including retries and redirects."""

    @abstractmethod
    def passage(self, host: str) -> AbstractAsyncContextManager[Exchange]:
        """Let one request to a host through; the client writes into the exchange how it ended.

        Raises:
            SourceError: on entry: the host must be left alone for now, and nothing was sent.
        """


class OpenGate(Gate):
    """Lets everything through."""

    @asynccontextmanager
    async def passage(self, host: str) -> AsyncIterator[Exchange]:
        yield Exchange(host)


class Api(ABC):
    """The client for platform APIs."""

    def behind(self, gate: Gate) -> Api:  # noqa: ARG002  one that sends nothing needs no gate
        """The same client with a gate in front of every request."""
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

        A failed connection, a truncated answer and a 5xx are retried (three tries, full jitter),
        except for a POST, which may have taken effect although no answer arrived. The last answer
        is returned whatever its status.

        Raises:
            ProviderError: no answer at all (`dns`, `timeout`, `unreachable`, `tls`,
                `protocol`, `too_large`, `encoding`).
        """


@dataclass(frozen=True, slots=True)
class Posted:
    """How a receiver has answered, apart from the body, which nobody reads. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]


class Poster(ABC):
    """The guarded client for what we tell others: no redirects, one try, addresses judged when connecting."""

    @abstractmethod
    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Post some bytes, once.

        Raises:
            ProviderError: refused, or no answer at all.
        """


class Room(Protocol):
    """What keeps many large bodies from filling the memory together."""

    async def make(self, size: int) -> None:
        """Return when there is room for a body of which this many bytes have come so far."""


class Web(ABC):
    """The guarded client: no credentials, no cookies, no proxy, addresses judged when connecting."""

    def behind(self, gate: Gate) -> Web:  # noqa: ARG002  see above
        """The same client with a gate in front of every request."""
        return self

    @abstractmethod
    async def fetch_picture(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        hosts: tuple[str, ...] = (),
        room: Room | None = None,
    ) -> Fetched | NotModified:
        """Fetch a picture's bytes, or learn that they have not changed.

        Args:
            url: where the platform says that the picture is.
            etag: validator of the copy we have, if any.
            last_modified: another validator of it.
            hosts: the only host names, or suffixes with a leading dot, from which anything
                is fetched, redirects included. Empty means any public host.
            room: is asked for room while the bytes come. Waiting for it counts as waiting for them.

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
