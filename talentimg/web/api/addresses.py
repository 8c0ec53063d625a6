"""Addresses within our API: as answers name them, and ids in them that hold a slash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from starlette.convertors import Convertor, register_url_convertor

if TYPE_CHECKING:
    from fastapi import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

_SLASH: Final = "\udc2f"
"""Stands for a slash within a name until its route is found. No address can hold it otherwise."""
_QUOTED: Final = re.compile("%2f", re.IGNORECASE)


def address_of(request: Request, talent_id: str) -> str:
    """Where a talent is."""
    root: str = request.scope.get("root_path", "")
    return f"{root}/talents/{quote(talent_id, safe='')}"


class _Name(Convertor[str]):
    """One part of a path, as it was before it was quoted."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return value.replace(_SLASH, "/")

    def to_string(self, value: str) -> str:
        return quote(value, safe="")


register_url_convertor("name", _Name())


class SlashesInNames:
    """Wraps an application. What servers give it as the path has lost which slash was quoted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") or b""
        if b"%2" in raw:
            parts = _QUOTED.split(raw.decode("latin-1"))
            scope = {**scope, "path": _SLASH.join(map(unquote, parts))}
        await self._app(scope, receive, send)
