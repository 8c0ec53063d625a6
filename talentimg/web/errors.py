"""The one table of our errors and what they are in HTTP, and how they are told where no API is asked."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from talentimg.errors import (
    Contradicted,
    EditedMeanwhile,
    FaultyFile,
    HandleError,
    KeyReused,
    LossLimitExceeded,
    NobodyInFile,
    ObjectError,
    RunInProgress,
    RunIsOver,
    RunNotFound,
    SourceError,
    StillUnderWay,
    StoreUnavailable,
    TalentimgError,
    TalentNotFound,
    TokenNotFound,
    TryLater,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

log = logging.getLogger("talentimg.web")

STATUSES: Final[tuple[tuple[type[TalentimgError], HTTPStatus], ...]] = (
    (TalentNotFound, HTTPStatus.NOT_FOUND),
    (RunNotFound, HTTPStatus.NOT_FOUND),
    (TokenNotFound, HTTPStatus.NOT_FOUND),
    (RunIsOver, HTTPStatus.CONFLICT),
    (HandleError, HTTPStatus.BAD_REQUEST),
    (FaultyFile, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NobodyInFile, HTTPStatus.UNPROCESSABLE_ENTITY),
    (KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Contradicted, HTTPStatus.CONFLICT),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (RunInProgress, HTTPStatus.CONFLICT),
    (StillUnderWay, HTTPStatus.CONFLICT),
    (EditedMeanwhile, HTTPStatus.PRECONDITION_FAILED),
    (LossLimitExceeded, HTTPStatus.CONFLICT),
    (SourceError, HTTPStatus.FAILED_DEPENDENCY),
    (ObjectError, HTTPStatus.SERVICE_UNAVAILABLE),
    (TryLater, HTTPStatus.SERVICE_UNAVAILABLE),
    (TalentimgError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""The first that fits counts."""
PROBLEMS_BELOW: Final = "/api/v1/"
PROBLEM: Final = "application/problem+json"
RETRY_S: Final = 5
"""Seconds after which what passes by itself is worth another try."""
SILENT: Final = "The store does not answer."
INTERNAL: Final = "An internal error in talentimg."


def status_of(error: TalentimgError) -> HTTPStatus:
    """What an error of ours is in HTTP."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


@contextmanager
def unsaid_where_it_is() -> Iterator[None]:
    """Whoever has not shown who they are is told that a store does not answer, and the log which.

    Raises:
        StoreUnavailable: in place of what was raised.
    """
    try:
        yield
    except (StoreUnavailable, ObjectError) as error:
        log.warning("%s", error.message)
        raise StoreUnavailable(SILENT, hint="Try again later.") from None


def passes_by_itself(error: TalentimgError) -> bool:
    """Whether the same request may be answered otherwise a moment later.

    What was sent with an edition that is no longer the latest has to be read again first.
    """
    return isinstance(error, TryLater) and not isinstance(error, EditedMeanwhile)


def of_http(status: int, detail: str, hint: str | None = None) -> dict[str, Any]:
    """A problem (RFC 9457) that HTTP itself has a name for."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "hint": hint}


def refusal(
    scope: Scope, status: int, sentence: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """What is answered in place of any route, in the form that those who ask there know."""
    if scope["path"].removeprefix(scope.get("root_path", "")).startswith(PROBLEMS_BELOW):
        return JSONResponse(of_http(status, sentence), status, headers, media_type=PROBLEM)
    return JSONResponse({"error": sentence, "message": sentence}, status, headers)


def handlers() -> dict[Any, Any]:
    """What answers in place of a route that failed."""
    return {
        HTTPException: _refused,
        TalentimgError: _ours,
        Exception: _internal,
    }


async def _refused(_: Request, error: HTTPException) -> Response:
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _ours(_: Request, error: TalentimgError) -> Response:
    later = {"Retry-After": str(RETRY_S)} if passes_by_itself(error) else None
    return JSONResponse({"error": error.message, "hint": error.hint}, status_of(error), later)


async def _internal(_: Request, __: Exception) -> Response:
    # What it was stands in the log: its text could hold anything.
    return JSONResponse({"error": INTERNAL}, HTTPStatus.INTERNAL_SERVER_ERROR)
