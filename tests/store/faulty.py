"""A proxy before an S3 server that does to requests what S3's documentation and the network's history say.

- 409 ConditionalRequestConflict, 403 AccessDenied, 400 RequestTimeout, 500 InternalError, 503 SlowDown:
  https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
- 403 in place of 404 for those who may not list:
  https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
- connections that end, before and after the server has done what it was asked, and answers that end early
"""

from __future__ import annotations

import random
import socket
import struct
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSALS: Final = {
    "ConditionalRequestConflict": 409,
    "AccessDenied": 403,
    "RequestTimeout": 400,
    "InternalError": 500,
    "SlowDown": 503,
}
RESET, RESET_AFTER, CLOSED, CLOSED_AFTER, CUT = (
    "reset",
    "reset when done",
    "closed",
    "closed when done",
    "cut",
)
BREAKS: Final = (RESET, RESET_AFTER, CLOSED, CLOSED_AFTER, CUT)
_ERROR: Final = (
    "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>No.</Message></Error>"
)
_OURS: Final = frozenset(
    {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}
)


class FaultyProxy:
    """Hands requests on to a server; a share of them, chosen by a seed, meets a fault."""

    def __init__(self, server: str) -> None:
        self.server = urlsplit(server).netloc
        self.url = ""
        self.faults: tuple[str, ...] = ()
        self.share = 0.0
        self.hides = False
        """Whether it says 403 of what is not there."""
        self.next_faults: list[str] = []
        """What the next requests meet in any case."""
        self.met: list[str] = []
        self._chance = random.Random(0)
        self._lock = Lock()

    def storm(self, faults: tuple[str, ...], *, share: float, seed: int) -> None:
        """From now on this share of all requests meets one of these faults."""
        self.faults, self.share, self._chance = faults, share, random.Random(seed)
        self.met = []

    def calm(self) -> None:
        """No more faults."""
        self.share = 0.0

    def fault(self, method: str, path: str, *, is_conditional: bool) -> str | None:
        """What the next request meets; a run that begins is let through."""
        with self._lock:
            if self.next_faults:
                return self.next_faults.pop(0)
            if path.endswith(".probe") or self._chance.random() >= self.share:
                return None
            fault = self._chance.choice(self.faults)
            possible = {
                "ConditionalRequestConflict": is_conditional,
                "RequestTimeout": method == "PUT",
                CUT: method == "GET",
            }
            if not possible.get(fault, True):
                return None
            self.met.append(fault)
            return fault

    @contextmanager
    def running(self) -> Iterator[FaultyProxy]:
        proxy = self

        class Handler(_Handler):
            kept = proxy

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whom it cut off is not there to be told
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    kept: FaultyProxy

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        fault = self.kept.fault(self.command, self.path, is_conditional="if-none-match" in self.headers)
        if fault in {RESET, CLOSED}:
            self._end(hard=fault == RESET)
        elif fault in REFUSALS:
            self._refuse(REFUSALS[fault], fault)
        else:
            self._hand_on(body, fault)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815  the server names them

    def _hand_on(self, body: bytes, fault: str | None) -> None:
        connection = HTTPConnection(self.kept.server, timeout=60)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if fault in {RESET_AFTER, CLOSED_AFTER}:
            self._end(hard=fault == RESET_AFTER)
        elif answer.status == 404 and self.kept.hides:
            self._refuse(403, "AccessDenied")
        else:
            length = answer.headers.get("content-length") or str(len(data))
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in _OURS}
            self._answer(answer.status, headers, data[: len(data) // 2] if fault == CUT else data, length)

    def _refuse(self, status: int, code: str) -> None:
        data = b"" if self.command == "HEAD" else _ERROR.format(code=code).encode()
        self._answer(status, {"Content-Type": "application/xml"}, data, str(len(data)))

    def _answer(self, status: int, headers: dict[str, str], data: bytes, length: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(data)
        if self.command != "HEAD" and len(data) != int(length):
            self._end(hard=False)

    def _end(self, *, hard: bool) -> None:
        """Hang up: hard as a machine that was switched off, or as one that closes its connections."""
        self.close_connection = True
        if hard:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
