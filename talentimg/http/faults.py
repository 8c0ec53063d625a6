"""What can go wrong between asking and having the answer, before it is anybody's error yet.

Inside this package trouble travels as a `Fault`; at the border each client turns it into
its own error class. Foreign exceptions become faults in `translated`, and only there.
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
    Reason.BAD_URL: "{host} was asked for in a way that cannot be sent.",
    Reason.DNS: "The name {host} could not be looked up.",
    Reason.ENCODING: "{host} packed its answer in a way that we do not unpack.",
    Reason.HOPS: "{host} redirects too often.",
    Reason.PROTOCOL: "{host} broke off, or its answer is not HTTP.",
    Reason.SCHEME: "{host} was asked for over something other than HTTPS.",
    Reason.STATUS: "{host} refused.",
    Reason.TIMEOUT: "{host} did not answer in time.",
    Reason.TLS: "No secure connection to {host} came about.",
    Reason.TOO_LARGE: "{host} sent more than we read.",
    Reason.UNREACHABLE: "{host} could not be reached.",
}

_HINTS = {
    Reason.DNS: "Check the name, and whether this machine has a network.",
    Reason.TLS: "If your network has a certificate authority of its own, set SSL_CERT_FILE.",
    Reason.UNREACHABLE: "Check whether this machine has a network.",
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
"""Everything that a request may raise. Not all of httpx's classes are an `HTTPError`."""

_SILENCE = (httpx.TimeoutException, httpcore.TimeoutException)

# The first class that fits decides: reason, and whether the same again may go well.
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
    """Trouble with one request. `retryable` says whether the same again may go well."""

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
        """The error that this fault is to the caller of a client."""
        return kind(
            self.message, reason=self.reason, hint=self.hint, retry_at=self.retry_at, tries=self.tries
        )


def fault(reason: Reason, host: str, *, retryable: bool = False) -> Fault:
    """The fault of this reason, in the sentence that we have for it."""
    return Fault(reason, _SENTENCES[reason].format(host=host), retryable=retryable, hint=_HINTS.get(reason))


def meaning(error: Exception) -> tuple[Reason, bool]:
    """The reason that a foreign exception stands for, and whether to try again."""
    # Waiting for bytes over TLS is an error of its own below the surface, and silence no fault of TLS.
    if not isinstance(error, _SILENCE) and _caused_by_tls(error):
        return Reason.TLS, False
    return next((reason, retryable) for kind, reason, retryable in _MEANINGS if isinstance(error, kind))


def _caused_by_tls(error: BaseException | None) -> bool:
    # httpx reports a refused certificate as a ConnectError; only the chain of causes tells.
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def translated(host: str) -> Iterator[None]:
    """Turn foreign exceptions into faults that name the host and nothing else."""
    try:
        yield
    except FOREIGN as error:
        reason, retryable = meaning(error)
        raise fault(reason, host, retryable=retryable) from None


@contextmanager
def raising(kind: type[SourceError]) -> Iterator[None]:
    """Turn faults into the error class of the client whose border this is."""
    try:
        yield
    except Fault as trouble:
        raise trouble.as_error(kind) from None
