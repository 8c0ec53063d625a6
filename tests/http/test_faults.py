"""Every foreign exception has a meaning of ours, and none of their words get through."""

from __future__ import annotations

import asyncio
import inspect
import socket
import ssl

import pytest

from talentimg.errors import PictureError, ProviderError
from talentimg.http._httpx import httpcore, httpx
from talentimg.http.faults import FOREIGN, Fault, meaning, raising, translated
from talentimg.models import Reason


def exceptions_of(module: object) -> list[type[Exception]]:
    found = [value for _, value in inspect.getmembers(module, inspect.isclass)]
    return sorted((kind for kind in found if issubclass(kind, Exception)), key=str)


def instance(kind: type[Exception]) -> Exception:
    """However its constructor may look."""
    error = kind.__new__(kind)
    error.args = ("https://api.test/?access_token=S3CRET",)
    return error


@pytest.mark.parametrize("kind", exceptions_of(httpx))
def test_every_exception_of_httpx_is_translated(kind: type[Exception]) -> None:
    error = instance(kind)
    assert isinstance(error, FOREIGN)
    with pytest.raises(Fault) as caught, translated("api.test"):
        raise error
    assert "S3CRET" not in caught.value.message
    assert "api.test" in caught.value.message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "kind", [kind for kind in exceptions_of(httpcore) if kind is not httpcore.ConnectionNotAvailable]
)
def test_every_exception_that_httpcore_lets_out_is_translated(kind: type[Exception]) -> None:
    with pytest.raises(Fault), translated("api.test"):
        raise kind("S3CRET")


@pytest.mark.parametrize(
    ("error", "reason", "retryable"),
    [
        (httpx.ConnectTimeout(""), Reason.TIMEOUT, True),
        (httpx.ReadTimeout(""), Reason.TIMEOUT, False),
        (httpx.ConnectError(""), Reason.UNREACHABLE, True),
        (httpx.ReadError(""), Reason.PROTOCOL, True),
        (httpx.RemoteProtocolError(""), Reason.PROTOCOL, True),
        (httpx.LocalProtocolError(""), Reason.PROTOCOL, False),
        (httpx.InvalidURL(""), Reason.BAD_URL, False),
        (UnicodeEncodeError("ascii", "ä", 0, 1, "no"), Reason.BAD_URL, False),
        (ConnectionResetError(), Reason.UNREACHABLE, True),
        (ssl.SSLCertVerificationError(), Reason.TLS, False),
        (socket.gaierror(), Reason.UNREACHABLE, True),
    ],
)
def test_what_an_exception_means(error: Exception, reason: Reason, *, retryable: bool) -> None:
    assert meaning(error) == (reason, retryable)


def test_a_refused_certificate_is_found_behind_a_connect_error() -> None:
    error = httpx.ConnectError("")
    error.__cause__ = httpcore.ConnectError()
    error.__cause__.__context__ = ssl.SSLCertVerificationError()
    assert meaning(error) == (Reason.TLS, False)


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in exceptions_of(httpx) + exceptions_of(httpcore)
        if issubclass(kind, httpx.TimeoutException | httpcore.TimeoutException)
    ],
)
def test_silence_is_never_a_fault_of_tls(kind: type[Exception]) -> None:
    """Whoever waits for bytes over TLS waits inside the handling of an error of TLS's own."""
    error = instance(kind)
    error.__context__ = ssl.SSLWantReadError()
    assert meaning(error)[0] is Reason.TIMEOUT


@pytest.mark.parametrize("error", [KeyError(), asyncio.CancelledError(), Fault(Reason.HOST, "Ours.")])
def test_what_is_not_of_the_network_goes_through(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, translated("api.test"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize("kind", [ProviderError, PictureError])
def test_a_fault_becomes_the_error_of_the_client(kind: type[ProviderError | PictureError]) -> None:
    trouble = Fault(Reason.HOST, "One sentence.", hint="Do this.")
    trouble.tries = 2
    with pytest.raises(kind) as caught, raising(kind):
        raise trouble
    error = caught.value
    assert (error.reason, error.message, error.hint, error.tries) == (
        Reason.HOST,
        "One sentence.",
        "Do this.",
        2,
    )
