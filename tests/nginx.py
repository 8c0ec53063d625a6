"""A real nginx before a server that says what has reached it."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from tests import bare, postgres
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Nginx:
    """It listens on loopback, as whoever runs the tests."""

    folder: Path
    behind: str
    """The host and port of the server behind it."""
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def before(cls, folder: Path) -> Iterator[Nginx]:
        """One before a server, not started yet; both end."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        nginx = cls(folder, f"127.0.0.1:{server.server_port}")
        try:
            yield nginx
        finally:
            if nginx.process is not None:
                nginx.process.terminate()
                nginx.process.wait(TIME_LIMIT)
            server.shutdown()
            server.server_close()
            thread.join()

    def start(self, inside: str, beside: str = "") -> None:
        """Start it with a server that has these lines, and with others beside the server."""
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or bare.missing("nginx")
        self.port = postgres._free_port()
        kept = " ".join(
            f"{name}_temp_path {self.folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        server = f"server {{ listen 127.0.0.1:{self.port}; default_type text/plain; {inside} }}"
        (self.folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {self.folder}/pid; error_log {self.folder}/error.log;"
            f" events {{}} http {{ access_log off; {kept} {beside}\n{server} }}"
        )
        command = [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        checked = subprocess.run(
            [*command, "-t"], capture_output=True, text=True, check=False, timeout=TIME_LIMIT
        )
        assert checked.returncode == 0, checked.stderr
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_until(self._answers)

    def ask(self, address: str) -> str:
        """What is answered."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=TIME_LIMIT)) as connection:
            connection.request("GET", address, headers={"Host": "app.example.com"})
            return connection.getresponse().read().decode()

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "error.log").read_text()
        try:
            self.ask("/")
        except ConnectionRefusedError:
            return False
        return True


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told = [self.path, self.headers["X-Forwarded-Proto"], self.headers["X-Forwarded-For"]]
        body = " ".join(str(one) for one in told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the standard library
        """Nobody reads it."""
