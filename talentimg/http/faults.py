"""What can go wrong with a request, before it becomes an error that a client raises.

Inside this package trouble travels as a `Fault`; each client raises it as its own kind of error.
Exceptions of other libraries become faults in `translated`, and nowhere else.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from talentimg.errors import SourceError
from talentimg.http._httpx import httpcore, httpx
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_E = TypeVar("_E", bound=SourceError)

_SENTENCES = {
    Reason.BAD_URL: "The request to {host} is malformed and cannot be sent.",
    Reason.DNS: "The name {host} could not be looked up.",
    Reason.ENCODING: "{host} uses an unsupported content encoding.",
    Reason.HOPS: "{host} redirects too many times.",
    Reason.PROTOCOL: "{host} closed the connection early, or does not speak HTTP.",
    Reason.SCHEME: "The address of {host} does not use HTTPS.",
    Reason.STATUS: "{host} refused the request.",
    Reason.TIMEOUT: "{host} did not answer in time.",
    Reason.TLS: "The TLS connection to {host} failed.",
    Reason.TOO_LARGE: "{host} sent more than we accept.",
    Reason.UNREACHABLE: "{host} could not be reached.",
}

_HINTS = {
    Reason.DNS: "Check the name, and whether this machine is online.",
    Reason.TLS: "If your network uses its own certificate authority, set SSL_CERT_FILE.",
    Reason.UNREACHABLE: "Check whether this machine is online.",
}

FOREIGN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    ValueError,  # a header or host name that cannot be sent
    OSError,
)
"""Everything that a request may raise. Not all of httpx's exceptions are an `HTTPError`."""

_SILENCE = (httpx.TimeoutException, httpcore.TimeoutException)

# The first class that matches decides: the reason, and whether a retry may succeed.
_MEANINGS: tuple[tuple[type[Exception], Reason, bool], ...] = (
    (httpx.ConnectTimeout, Reason.TIMEOUT, True),
    (httpx.TimeoutException, Reason.TIMEOUT, False),
    (httpx.ConnectError, Reason.UNREACHABLE, True),
    (httpx.NetworkError, Reason.PROTOCOL, True),
    (httpx.LocalProtocolError, Reason.PROTOCOL, False),
    (httpx.ProtocolError, Reason.PROTOCOL, True),
    (httpx.ProxyError, Reason.UNREACHABLE, False),
    (httpx.UnsupportedProtocol, Reason.SCHEME, False),
    (httpx.DecodingError, Reason.ENCODING, False),
    (httpx.TooManyRedirects, Reason.HOPS, False),
    (httpx.HTTPStatusError, Reason.STATUS, False),
    (httpx.HTTPError, Reason.PROTOCOL, False),
    (httpx.InvalidURL, Reason.BAD_URL, False),
    (httpx.StreamError, Reason.PROTOCOL, False),
    (httpx.CookieConflict, Reason.PROTOCOL, False),
    (httpcore.TimeoutException, Reason.TIMEOUT, False),
    (httpcore.NetworkError, Reason.PROTOCOL, True),
    (httpcore.ProtocolError, Reason.PROTOCOL, True),
    (httpcore.ProxyError, Reason.UNREACHABLE, False),
    (httpcore.UnsupportedProtocol, Reason.SCHEME, False),
    (ValueError, Reason.BAD_URL, False),
    (OSError, Reason.UNREACHABLE, True),
)


class Fault(Exception):
    """Trouble with one request. `retryable` says whether another try may succeed."""

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        retryable: bool = False,
        hint: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.retryable = retryable
        self.hint = hint
        self.retry_at = retry_at
        self.tries = 1

    def as_error(self, kind: type[_E]) -> _E:
        """This fault as an error that a client raises."""
        return kind(
            self.message, reason=self.reason, hint=self.hint, retry_at=self.retry_at, tries=self.tries
        )


def fault(reason: Reason, host: str, *, retryable: bool = False) -> Fault:
    """A fault with the usual sentence for its reason."""
    return Fault(reason, _SENTENCES[reason].format(host=host), retryable=retryable, hint=_HINTS.get(reason))


def meaning(error: Exception) -> tuple[Reason, bool]:
    """What an exception of another library means: a reason, and whether to try again."""
    # A read timeout over TLS has an SSL error among its causes, but silence is not a failure of TLS.
    if not isinstance(error, _SILENCE) and _caused_by_tls(error):
        return Reason.TLS, False
    return next((reason, retryable) for kind, reason, retryable in _MEANINGS if isinstance(error, kind))


def _caused_by_tls(error: BaseException | None) -> bool:
    # httpx reports a refused certificate as a ConnectError; only the chain of causes shows it.
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def translated(host: str) -> Iterator[None]:
    """Turn exceptions of other libraries into faults that name the host and nothing else."""
    try:
        yield
    except FOREIGN as error:
        reason, retryable = meaning(error)
        raise fault(reason, host, retryable=retryable) from None


@contextmanager
def raising(kind: type[SourceError]) -> Iterator[None]:
    """Turn faults into the error class of the client that is called."""
    try:
        yield
    except Fault as trouble:
        raise trouble.as_error(kind) from None
