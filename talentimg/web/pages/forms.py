"""What a form of a page sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

from talentimg.web.bodies import at_most

if TYPE_CHECKING:
    from starlette.requests import Request

FORM: Final = "application/x-www-form-urlencoded"
_LONGEST: Final = 256 * 1024
_MOST_FIELDS: Final = 300


def is_form(request: Request) -> bool:
    """Whether a form without files was sent."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


async def fields_of(request: Request) -> list[tuple[str, str]]:
    """The fields of a form without files, in order.

    Raises:
        HTTPException: 413 if it is longer than any of ours, 400 if it is none.
    """
    if not is_form(request):
        raise HTTPException(400, "A form is needed.")
    body = await at_most(request, _LONGEST).body()
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace"
        )
    except ValueError:
        raise HTTPException(400, "A form is needed.") from None
