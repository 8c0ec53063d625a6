"""Answers with bytes that are at hand: whole, in part, or only that nothing has changed. Pure.

https://www.rfc-editor.org/rfc/rfc9110 13 (conditions) and 14 (ranges).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANGE: Final = re.compile(r"bytes=\s*([0-9]{0,15})-([0-9]{0,15})\s*")
"""Of several ranges at once we take no notice, which a server is free to do."""
_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes with their type, and a tag that no other bytes have."""

    body: bytes
    media_type: str
    tag: str
    """Without its quotation marks."""


def answer(
    content: Content, *, method: str, asked: Mapping[str, str], headers: Mapping[str, str]
) -> Response:
    """What a GET or HEAD is answered with.

    Args:
        content: what is there.
        method: `GET` or `HEAD`.
        asked: the headers of the request, by lower-case names.
        headers: those that every answer has.
    """
    tag = f'"{content.tag}"'
    given = {**headers, "ETag": tag, "Accept-Ranges": "bytes"}
    if _is_known(asked.get("if-none-match"), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=given)
    part = _part(asked, tag, len(content.body)) if method == "GET" else None
    if part is None:
        return _sent(content.body, content.media_type, given, method=method)
    if not part:
        given["Content-Range"] = f"bytes */{len(content.body)}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=given)
    given["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content.body)}"
    return Response(
        content.body[part.start : part.stop], HTTPStatus.PARTIAL_CONTENT, given, content.media_type
    )


def _sent(body: bytes, media_type: str, headers: Mapping[str, str], *, method: str) -> Response:
    response = Response(b"" if method == "HEAD" else body, headers=headers, media_type=media_type)
    response.headers["Content-Length"] = str(len(body))
    return response


def _is_known(if_none_match: str | None, tag: str) -> bool:
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)


def _part(asked: Mapping[str, str], tag: str, size: int) -> range | None:
    """The bytes that are asked for: None for all of them, empty if there are none such."""
    match = _RANGE.fullmatch(asked.get("range", ""))
    if match is None or asked.get("if-range", tag) != tag:
        return None
    first, last = match[1], match[2]
    if not first:
        return range(max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)
