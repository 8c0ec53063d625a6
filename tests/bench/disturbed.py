"""What may disturb a server that answers pages: platforms that hang, and a `sync-all` in another process."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.demo.server import PlatformServer
from talentimg.demo.settings import provider_settings
from talentimg.demo.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TALENTIMG: Final = str(Path(sys.executable).with_name("talentimg"))
LOOKS: Final = 50
"""Looks under way at platforms that hang."""


SETTLED_S: Final = 3


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


class Spent(NamedTuple):
    """Seconds of all threads of a process."""

    on_a_core: float
    queued: float
    """Ready to go on, and given no core."""


def spent(process: int) -> Spent:
    """What a process has spent so far; nothing where the kernel does not tell.

    https://docs.kernel.org/scheduler/sched-stats.html (`/proc/PID/schedstat`)
    """
    on_a_core = queued = 0
    for told in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with suppress(OSError):  # a thread that has ended meanwhile
            first, second, _ = told.read_text().split()
            on_a_core, queued = on_a_core + int(first), queued + int(second)
    return Spent(on_a_core / 1e9, queued / 1e9)


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
        time.sleep(SETTLED_S)  # until each has asked: that they begin is no part of it
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
            assert process.poll() is None, "the run was over too soon: let it have more talents"
        finally:
            process.kill()
            process.wait()
