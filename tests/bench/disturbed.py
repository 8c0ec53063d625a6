"""What may disturb a server that answers pages: platforms that hang, and a `sync-all` in another process."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from talentimg.demo.server import PlatformServer
from talentimg.demo.settings import provider_settings
from talentimg.demo.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TALENTIMG: Final = str(Path(sys.executable).with_name("talentimg"))
LOOKS: Final = 50
"""Looks under way at platforms that hang."""


class Silent:
    """Takes connections and never says anything."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                self.taken.append(self._listening.accept()[0])

    def close(self) -> None:
        """Hang up."""
        for one in (self._listening, *self.taken):
            one.close()


def pointed_at(url: str) -> dict[str, str]:
    """Variables by which all platforms are there."""
    found = {"TALENTIMG_HTTP_ALLOW_PRIVATE": "127.0.0.0/8", "TALENTIMG_HTTP_TIMEOUT": "300"}
    for platform, values in provider_settings(url).items():
        found |= {f"TALENTIMG_PROVIDERS_{platform}_{key}".upper(): value for key, value in values.items()}
    return found


@contextmanager
def hanging(port: int, posts: Sequence[str]) -> Iterator[None]:
    """Many wait for looks at platforms that say nothing."""
    with ExitStack() as stack:
        for post in posts[:LOOKS]:
            waiting = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            waiting.sendall(post.encode())
        yield


@contextmanager
def run_beside(environment: Mapping[str, str]) -> Iterator[None]:
    """A run over everybody, in another process, on platforms that answer."""
    with PlatformServer(World()) as platforms:
        process = subprocess.Popen(
            [TALENTIMG, "sync-all", "--all", "--min-age", "0", "--quiet"],
            env={**environment, **pointed_at(platforms.url)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
            assert process.poll() is None, "the run was over too soon"
        finally:
            process.kill()
            process.wait()
