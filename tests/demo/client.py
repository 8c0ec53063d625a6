"""A plain blocking client, so that the server is tested by something that shares no code with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Got:
    """An answer; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


@dataclass(frozen=True)
class Client:
    """Asks one server; addresses may be whole or begin with a slash."""

    base: str

    def get(
        self,
        url: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **params: object,
    ) -> Got:
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        return self.ask("GET", url + query, token=token, headers=headers)

    def post(self, url: str, **form: str) -> Got:
        return self.ask("POST", url, urlencode(form).encode())

    def ask(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Got:
        parts = urlsplit(url if url.startswith("http") else self.base + url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIME_LIMIT)
        sent = {"User-Agent": "tests", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            connection.request(method, target, body, sent)
            reply = connection.getresponse()
            return Got(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()
