"""How the app's API says that something went well or not."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse

from talentimg.errors import TalentNotFound, TryLater, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.errors import TalentimgError

NOT_FOUND: Final = "Talent not found"


class Refused(Exception):
    """A request that is answered with an error in the app's form."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def done(data: Mapping[str, Any], message: str | None = None) -> JSONResponse:
    """It went well."""
    told = {} if message is None else {"message": message}
    return JSONResponse({"success": True, **told, "data": data})


def refused(status: int, code: str, message: str) -> Refused:
    """It did not.

    The app has code and message in `error` alone, and some of its pages look for them beside it.
    """
    error = {"code": code, "message": message}
    return Refused(status, {"success": False, "error": error, "message": message, "code": code})


def in_words(error: TalentimgError, code: str) -> Refused:
    """One of our errors.

    Args:
        error: what went wrong.
        code: what the app's route calls everything that it does not expect.
    """
    if isinstance(error, TalentNotFound):
        return refused(HTTPStatus.NOT_FOUND, "NOT_FOUND", NOT_FOUND)
    if isinstance(error, UsageError):
        return refused(HTTPStatus.BAD_REQUEST, "INVALID_INPUT", error.message)
    # Not now, or not before somebody mends it: the server is to blame, and no platform.
    later = isinstance(error, TryLater)
    return refused(HTTPStatus.SERVICE_UNAVAILABLE if later else 500, code, error.message)
