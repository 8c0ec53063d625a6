"""Runs the application under uvicorn, in one process or several, until a signal ends it within a bound."""

from __future__ import annotations

import logging
import os
import signal
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from talentimg.bootstrap import App
from talentimg.errors import ConfigError
from talentimg.http.addresses import parse_networks
from talentimg.web.app import make_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from starlette.types import ASGIApp

    from talentimg.settings import Settings

STREAMS_END_S: Final = 3
"""Seconds that answers under way have when it is told to stop. Without a bound a stream would keep it."""
_NO_ADDRESS: Final = "This is no address"
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Place:
    """Where it listens, and in how many processes."""

    host: str
    port: int
    root_path: str = ""
    workers: int = 1


@dataclass(frozen=True)
class _Site:
    """Makes the application in the process that serves it."""

    settings: Settings
    set_up: Callable[[], None]

    def __call__(self) -> ASGIApp:
        self.set_up()
        return make_site(App(self.settings))


class _Workers(Multiprocess):
    """Several processes, started anew when they die."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], received: list[int]) -> None:
        """Notes in `received` which signals ended it."""
        super().__init__(config, sockets)
        self._received = received

    def handle_int(self) -> None:
        """SIGINT came."""
        self._received.append(signal.SIGINT)
        super().handle_int()

    def handle_term(self) -> None:
        """SIGTERM came."""
        self._received.append(signal.SIGTERM)
        super().handle_term()


def listen(place: Place) -> socket.socket:
    """A socket that is bound, before anything is said of it.

    Raises:
        ConfigError: the address is not one of this machine, or the port is taken.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else _NO_ADDRESS
        raise ConfigError(
            f"Nothing can be served at {place.host}, port {place.port}: {why.lower()}.",
            hint="Name another --host or --port.",
        ) from None


def address_of(listening: socket.socket, place: Place) -> str:
    """The address at which browsers find it, as far as this process knows."""
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  it is compared, not bound
        host = socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{place.root_path}"


def run(
    settings: Settings,
    place: Place,
    listening: socket.socket,
    set_up: Callable[[], None],
    ready: Callable[[], None],
) -> int | None:
    """Serve until a signal comes.

    Args:
        settings: those of the services.
        place: as it was when `listening` was made of it.
        listening: the socket.
        set_up: called first in each process that serves; it can be pickled.
        ready: called as soon as a signal ends it cleanly: whoever is told of the server may send one at once.

    Returns:
        The signal that ended it; None if it ended by itself.
    """
    proxies = [str(network) for network in parse_networks(settings.serve_proxies, "serve.proxies")]
    config = uvicorn.Config(
        _Site(settings, set_up),
        factory=True,
        loop="auto",
        http="auto",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        root_path=place.root_path,
        workers=place.workers,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=STREAMS_END_S,
    )
    # What it says of errors has been told by the application, without what a request may hold.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    server = uvicorn.Server(config)
    with _noting_signals(server) as received:
        ready()
        if place.workers == 1:
            server.run(sockets=[listening])
        else:
            workers = _Workers(config, [listening], received)
            if received:
                workers.should_exit.set()
            workers.run()
    return received[0] if received else None


@contextmanager
def _noting_signals(server: uvicorn.Server) -> Iterator[list[int]]:
    """One that comes before the server listens to signals ends it as well, as soon as it has begun.

    Those that it has ended by it raises again when all is closed.
    """
    received: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        received.append(number)
        server.should_exit = True

    before = {number: signal.signal(number, note) for number in _ENDING}
    try:
        yield received
    finally:
        for number, old in before.items():
            signal.signal(number, old)
