"""TLS that the clients believe, and clients whose sockets all lead to one local server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from talentimg.http import open_clients
from talentimg.http.retry import Retry
from tests.http.certs import make_authority
from tests.http.servers import RawServer, Wire
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from talentimg.http import Clients
    from tests.http.certs import Authority
    from tests.http.servers import Answer

PUBLIC = "8.8.8.8"
NAMES = {"cdn.test": [PUBLIC], "other.test": ["1.1.1.1"], "evil.test": ["9.9.9.9"]}


async def no_wait(seconds: float) -> None:
    """Tests do not wait."""


NO_WAIT = Retry(sleep=no_wait)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def server_tls(authority: Authority) -> ssl.SSLContext:
    return authority.server_context(
        ["cdn.test", "other.test", "evil.test"], [PUBLIC, "172.32.0.1", "100.63.255.255", "100.128.0.1"]
    )


@pytest.fixture(autouse=True)
def _believed(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


class Opened:
    """Clients, the server that all their sockets lead to, and what was looked up and dialled."""

    def __init__(self, clients: Clients, server: RawServer, wire: Wire) -> None:
        self.api = clients.api
        self.web = clients.web
        self.server = server
        self.wire = wire

    @property
    def paths(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.server.requests]


class Open(Protocol):
    def __call__(
        self,
        *script: Answer,
        names: Mapping[str, Sequence[str] | Sequence[Sequence[str]]] = ...,
        close: bool = ...,
        **options: Any,
    ) -> AbstractAsyncContextManager[Opened]: ...


@pytest.fixture
def opened(server_tls: ssl.SSLContext) -> Open:
    """Opens clients before a server that plays a script, with TLS unless `tls=None`."""

    @asynccontextmanager
    async def opening(
        *script: Answer,
        names: Mapping[str, Sequence[str] | Sequence[Sequence[str]]] = NAMES,
        close: bool = True,
        tls: ssl.SSLContext | None = server_tls,
        **options: Any,
    ) -> AsyncIterator[Opened]:
        async with RawServer(*script, close=close).running(tls) as server:
            wire = Wire(names, server.port)
            chosen = {"timeout_s": TIME_LIMIT, "picture_timeout_s": TIME_LIMIT, "retry": NO_WAIT, **options}
            async with open_clients(
                user_agent="tests/1", look_up=wire.look_up, connect=wire.connect, **chosen
            ) as clients:
                yield Opened(clients, server, wire)

    return opening
