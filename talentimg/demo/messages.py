"""Requests and responses as the demo's platforms see them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from email.utils import formatdate, parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = tuple[tuple[str, str], ...]

JSON: Final = "application/json; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain"
NOT_MODIFIED: Final = 304


@dataclass(frozen=True)
class Call:
    """A request, without the first segment of its path.

    `path` begins with a slash and is percent-decoded; header names are lower-case; `base` is the
    server's own URL.
    """

    method: str
    prefix: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = ""

    @cached_property
    def params(self) -> dict[str, str]:
        """The query's parameters; the last one if a name is repeated."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form in the body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def all_of(self, name: str) -> list[str]:
        """Every value of a repeated parameter."""
        return [value for key, value in parse_qsl(self.query) if key == name]

    @property
    def bearer(self) -> str | None:
        """The token in the Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, body and headers."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: Headers = ()

    def plus(self, *headers: tuple[str, str]) -> Answer:
        """The same response with more headers."""
        return replace(self, headers=(*self.headers, *headers)) if headers else self


def json_answer(document: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:  # noqa: ANN401
    """A JSON document, `Any` as it is."""
    return Answer(status, json.dumps(document, ensure_ascii=False).encode(), JSON, headers)


def text_answer(text: str, status: int = 200, media_type: str = TEXT) -> Answer:
    """A text or an HTML page."""
    return Answer(status, text.encode(), media_type)


def etag_of(body: bytes, *, weak: bool = False) -> str:
    """An entity tag made from the bytes."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return f"W/{tag}" if weak else tag


def http_date(at: float) -> str:
    """A time in the format of HTTP headers."""
    return formatdate(at, usegmt=True)


def is_unchanged(call: Call, etag: str | None, changed_at: float | None) -> bool:
    """Whether the validators in the request still match.

    An entity tag outranks a date: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
    """
    tags = call.headers.get("if-none-match")
    if tags is not None and etag is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return bool(known & {"*", etag.removeprefix("W/")})
    since = call.headers.get("if-modified-since")
    if since is None or changed_at is None:
        return False
    try:
        return int(changed_at) <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return False
