"""The application of our API: its routes, what they answer when something is wrong, and its description."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from talentimg import __version__
from talentimg.errors import TalentimgError
from talentimg.web.api import (
    accounts,
    exports,
    feed,
    forgetting,
    history,
    identities,
    imports,
    operation,
    pictures,
    placeholders,
    reviews,
    roster,
    runs,
    talents,
    tokens,
    words,
)
from talentimg.web.api.addresses import SlashesInNames
from talentimg.web.api.changes import SeenAtOnce
from talentimg.web.api.description import DESCRIPTION, TAGS, describing, operation_id
from talentimg.web.api.limits import LimitedBodies
from talentimg.web.api.once import OnceOnly
from talentimg.web.api.problems import Problem, internal_problem, problem_of, problem_of_http
from talentimg.web.api.security import SHOWN

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.web.access import Doorkeeper
    from talentimg.web.services import Services

PREFIX: Final = "/api/v1"
_ROUTERS: Final = (
    talents.router,
    roster.router,
    accounts.router,
    pictures.router,
    words.router,
    history.router,
    identities.router,
    reviews.router,
    placeholders.router,
    forgetting.router,
    imports.router,
    exports.router,
    runs.router,
    feed.router,
    operation.router,
    tokens.router,
)


def make_api(app: App, doorkeeper: Doorkeeper, services: Services) -> Mount:
    """All of it, below `/api/v1`."""
    api = FastAPI(
        title="talentimg",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
        openapi_url="/openapi.json",
        docs_url=None,  # its pages would load what they need from elsewhere
        redoc_url=None,
        dependencies=SHOWN,
        exception_handlers=_handlers(),
    )
    api.state.app, api.state.doorkeeper, api.state.services = app, doorkeeper, services
    for router in _ROUTERS:
        api.include_router(router)
    api.openapi = describing(api)  # type: ignore[method-assign]  # as FastAPI has it extended
    api.add_middleware(SeenAtOnce, changes=services.changes)
    api.add_middleware(OnceOnly, doorkeeper=doorkeeper, repeats=app.repeats)
    api.add_middleware(LimitedBodies)
    api.add_middleware(SlashesInNames)  # the outermost
    mount = Mount(PREFIX, api)
    # With a line break in it, a path is no less below ours: what is wrong with it is told in our form.
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


def _handlers() -> dict[Any, Any]:
    return {
        Problem: _problem,
        TalentimgError: _ours,
        HTTPException: _refused,
        RequestValidationError: _invalid,
        Exception: _internal,
    }


async def _problem(_: Request, problem: Problem) -> Response:
    return problem.answer()


async def _ours(_: Request, error: TalentimgError) -> Response:
    return problem_of(error)


async def _refused(_: Request, error: HTTPException) -> Response:
    return problem_of_http(error)


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    faults = [_fault(one) for one in error.errors()]
    detail = f"The request has {len(faults)} faults." if len(faults) > 1 else faults[0]["detail"]
    return Problem(422, detail, more={"code": "usage", "faults": faults}).answer()


def _fault(error: dict[str, Any]) -> dict[str, str]:
    # What was sent is not told again: it may be a secret in the wrong place.
    place = ".".join(str(part) for part in error["loc"])
    return {"detail": f"{place}: {error['msg']}.", "place": place}


async def _internal(_: Request, __: Exception) -> Response:
    return internal_problem()
