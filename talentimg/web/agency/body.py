"""The body of a request: JSON, in which nothing at all counts as nothing said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException

from talentimg.web.agency.envelope import refused
from talentimg.web.bodies import at_most

if TYPE_CHECKING:
    from starlette.requests import Request

    from talentimg.web.agency.envelope import Refused

MOST: Final = 100_000
"""Bytes, as in the app."""


async def body_of(request: Request) -> dict[str, Any]:
    """What it says. The app's pages send `Content-Type: application/json` with no body at all.

    Raises:
        Refused: it is no JSON object, or too long.
    """
    try:
        text = await at_most(request, MOST).body()
    except HTTPException as error:
        raise refused(error.status_code, "VALIDATION_ERROR", error.detail) from None
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _no_object() from None
    if not isinstance(found, dict):
        raise _no_object()
    return found


def text_in(body: dict[str, Any], name: str) -> str:
    """A text that has to be there.

    Raises:
        Refused: it is not.
    """
    found = body.get(name)
    if not isinstance(found, str) or not found.strip():
        raise refused(400, "VALIDATION_ERROR", f"The field {name} is missing.")
    return found


def _no_object() -> Refused:
    return refused(400, "VALIDATION_ERROR", "The request is not valid JSON.")
