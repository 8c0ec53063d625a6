"""A server that keeps objects for S3, Google and Azure alike, and can refuse an upload as they do."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from obstore.store import AzureStore, GCSStore, S3Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from threading import Barrier

    from obstore.store import AzureConfig, ClientConfig, GCSConfig
    from obstore.store import ObjectStore as Backend

CONFLICT: Final = (409, "ConditionalRequestConflict")
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_ERROR: Final = """<?xml version="1.0" encoding="UTF-8"?>
<Error>
  <Code>{code}</Code>
  <Message>The conditional request cannot succeed due to a conflicting operation.</Message>
  <Key>{key}</Key>
  <RequestId>656c76696e6727</RequestId>
</Error>"""


class Bucket:
    """What is kept, and what the next uploads and looks are answered with instead."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refusals: list[tuple[int, str]] = []
        self.broken: tuple[int, str] | None = None
        """What everything is answered with from now on."""
        self.unreadable = False
        """Whether it forbids to look for and to read anything."""
        self.hides = False
        """Whether it forbids to look for what is not there, as S3 does to those who may not list."""
        self.meeting: Barrier | None = None
        """Where looks wait for one another, and reads too."""
        self.clock: Callable[[], float] | None = None
        """Where it is set, a name takes one write a second by it, as on R2 and Google's."""
        self.written_at: dict[str, float] = {}
        self.overwritten = 0
        self.url = ""
        self.puts = 0
        self.heads = 0

    @contextmanager
    def running(self) -> Iterator[Bucket]:
        bucket = self

        class Handler(_Handler):
            kept = bucket

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def backend(self, kind: str, folder: Path) -> Backend:
        """A client of obstore's that believes to speak with S3, Google or Azure."""
        plain: ClientConfig = {"allow_http": True}
        if kind == "s3":
            return S3Store(
                "pictures",
                config={"endpoint": self.url, "access_key_id": "key", "secret_access_key": "hush-hush"},
                client_options=plain,
                retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=1)},
            )
        if kind == "az":
            azure: AzureConfig = {"account_name": "agency", "account_key": "aHVzaA==", "endpoint": self.url}
            return AzureStore("pictures", config=azure, client_options=plain)
        account = folder / "account.json"
        secrets = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        account.write_text(json.dumps({"gcs_base_url": self.url, "disable_oauth": True, **secrets}))
        google: GCSConfig = {"service_account": str(account)}
        return GCSStore("pictures", config=google, client_options=plain)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    kept: Bucket

    @property
    def key(self) -> str:
        return unquote(self.path.partition("?")[0]).removeprefix("/pictures/")

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.kept.puts += 1
        only_new = "if-none-match" in self.headers or "x-goog-if-generation-match" in self.headers
        if self.kept.broken:
            self._refuse(*self.kept.broken)
        elif self.kept.refusals:
            self._refuse(*self.kept.refusals.pop(0))
        elif self.kept.clock and self.kept.clock() - self.kept.written_at.get(self.key, -1.0) < 1:
            self._refuse(429, "TooManyRequests")
        elif only_new and self.key in self.kept.objects:
            self._refuse(412, "PreconditionFailed")
        else:
            self.kept.overwritten += self.key in self.kept.objects
            self.kept.objects[self.key] = body
            if self.kept.clock:
                self.kept.written_at[self.key] = self.kept.clock()
            self._answer(200)

    def do_HEAD(self) -> None:
        self.kept.heads += 1
        self._meet()
        held = self.kept.objects.get(self.key)
        if self.kept.broken:
            self._answer(self.kept.broken[0])
        elif self.kept.unreadable:
            self._answer(403)
        elif held is None:
            self._answer(403 if self.kept.hides else 404)
        else:
            self._answer(200, length=len(held))

    def do_GET(self) -> None:
        self._meet()
        held = self.kept.objects.get(self.key)
        if self.kept.broken:
            self._refuse(*self.kept.broken)
        elif held is None:
            self._refuse(*((403, "AccessDenied") if self.kept.hides else (404, "NoSuchKey")))
        else:
            self._answer(200, held)

    def _meet(self) -> None:
        if self.kept.meeting is not None:
            self.kept.meeting.wait(timeout=60)

    def _refuse(self, status: int, code: str) -> None:
        body = _ERROR.format(code=code, key=self.key).encode()
        self._answer(status, b"" if status == 304 else body)

    def _answer(self, status: int, body: bytes = b"", *, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in (
            ("ETag", '"1"'),
            ("Last-Modified", "Tue, 24 Nov 2026 02:00:00 GMT"),
            ("x-goog-generation", "1"),
            ("Content-Length", str(len(body) if length is None else length)),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
