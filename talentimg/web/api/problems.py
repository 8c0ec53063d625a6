"""Errors of our API, as problem details.

https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from talentimg.errors import BUG, EXIT_CODE_NAMES, FaultyFile, TalentimgError
from talentimg.web.errors import INTERNAL, PROBLEM, RETRY_S, of_http, passes_by_itself, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.exceptions import HTTPException


class Problem(Exception):
    """A request that is answered with a problem: what is wrong, and what to do about it."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.headers = headers
        self.more = more or {}

    def answer(self) -> JSONResponse:
        """The same as it is sent."""
        return _sent(of_http(self.status, self.detail, self.hint) | dict(self.more), self.headers)


def problem_of(error: TalentimgError, more: Mapping[str, Any] | None = None) -> JSONResponse:
    """One of our errors: its sentence, what to do next, and the name of the exit code that a command has.

    Args:
        error: what went wrong.
        more: what is told besides.
    """
    status = status_of(error)
    told: dict[str, Any] = {
        "type": f"urn:talentimg:error:{type(error).__name__}",
        "title": _title(type(error)),
        "status": status.value,
        "detail": error.message,
        "hint": error.hint,
        "code": EXIT_CODE_NAMES[error.exit_code],
    }
    if isinstance(error, FaultyFile):
        told["faults"] = [{"detail": sentence, "hint": hint} for sentence, hint in error.faults]
    later = {"Retry-After": str(RETRY_S)} if passes_by_itself(error) else None
    return _sent(told | dict(more or {}), later)


def problem_of_http(error: HTTPException) -> JSONResponse:
    """What a route refuses without an error of ours: no such path, no token, a body that is too large."""
    return Problem(error.status_code, error.detail, headers=error.headers).answer()


def internal_problem() -> JSONResponse:
    """A fault of ours. What it was stands in the log: its text could hold anything."""
    told = of_http(500, INTERNAL, "Its log says where.")
    return _sent({**told, "code": EXIT_CODE_NAMES[BUG]})


def _title(kind: type[TalentimgError]) -> str:
    """The first line of what documents the class: the same for each of its kind."""
    return (kind.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _sent(told: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    status: int = told["status"]
    kept = dict(headers) if headers else None
    return JSONResponse(told, status, kept, media_type=PROBLEM)
