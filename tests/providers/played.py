"""Clients that play answers without a wire: for tests that try very many."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from talentimg.errors import ProviderError
from talentimg.http.interface import Api, Page, Reply, Web
from talentimg.providers.interface import ProviderContext, TokenStore
from tests.providers.times import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from talentimg.http.interface import Fetched
    from talentimg.models import Account, Token
    from talentimg.providers.interface import Provider


@dataclass
class Script:
    """Answers in the order in which they are given; the last repeats. Trouble is raised."""

    replies: list[Reply | ProviderError]
    asked: int = 0

    def next(self) -> Reply:
        self.asked += 1
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, ProviderError):
            raise reply
        return reply


class PlayedApi(Api):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def request(self, method: str, url: str, **_: object) -> Reply:
        return self._script.next()


class PlayedWeb(Web):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def fetch_picture(self, url: str, **_: object) -> Fetched:
        raise NotImplementedError

    async def request(self, url: str, **_: object) -> Reply:
        return self._script.next()

    @asynccontextmanager
    async def open_page(self, url: str, **_: object) -> AsyncIterator[Page]:
        reply = self._script.next()

        async def chunks() -> AsyncIterator[bytes]:
            yield reply.body

        yield Page(reply.status, reply.headers, url, chunks())


def played(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer; what is no text goes out as JSON."""
    content = body if isinstance(body, str) else json.dumps(body)
    return Reply(status, dict(headers or {}), content.encode("utf-8", "replace"), "https://played.test/")


def before(
    kind: type[Provider], *replies: Reply | ProviderError, settings: Mapping[str, str] | None = None
) -> Provider:
    """A provider that gets these answers, whatever it asks."""
    script = Script(list(replies))
    filled: dict[str, Any] = {s.key: s.default for s in kind.info.options} | dict(settings or {})
    web = PlayedWeb(script)
    return kind(ProviderContext(PlayedApi(script), web, filled, lambda: NOW, NoStore()))


class NoStore(TokenStore):
    """Keeps no tokens: the accounts have them."""

    async def load(self, account: Account) -> Token | None:
        return account.token

    async def begin(self, account: Account) -> Token | None:
        return account.token

    async def end(self, account: Account, *, failed: bool = False) -> None:
        pass

    async def save(self, account: Account, token: Token) -> Token | None:
        return token
