"""Roster runs: how they went and go on, whoever started them; to start one, and to stop one."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import JSONResponse, Response

from talentimg.errors import TalentimgError, UsageError
from talentimg.service.run.nightly import RunRequest
from talentimg.service.threads import in_thread
from talentimg.shapes import runs_json, shown_run_json
from talentimg.web.access import Doorkeeper, token_of
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.runs import RunPage, RunToStart, ShownRun
from talentimg.web.api.security import Operator, Reader
from talentimg.web.api.services import TheApp, TheServices
from talentimg.web.api.streams import MEDIA_TYPE, SILENCE_S, headers_of_stream, no_more, stream_of

router = APIRouter(prefix="/runs", tags=["runs"])

RunId = Annotated[str, Path(description="The id of a run.", examples=["20261129-020000-4a03"])]
LastEventId = Annotated[
    str | None, Header(description="The id of the last event that was received: what it told is left out.")
]

_REVISION: Final = re.compile("[0-9]{1,18}")
_OF_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events: `progress` with each new state, `ended` with the last one. "
        "The data is the `progress` of the run, whole each time; the id is its `revision`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
    204: {"description": "It has ended, and its last state was told already: do not come again."},
}


@router.get("", summary="The latest runs", responses=answers(RunPage, "The newest first.") | problems())
async def list_runs(
    app: TheApp,
    _: Reader,
    limit: Annotated[int, Query(ge=1, le=500, description="The most of a page.")] = 20,
    before: Annotated[str | None, Query(description="The `next` of the page before.")] = None,
) -> JSONResponse:
    """How the latest runs went, and go on; each process that shared one has a record of its own."""
    found = await in_thread(app.runs.latest, limit=limit + 1, before=before)
    page = found[:limit]
    following = page[-1].id if len(found) > limit else None
    return JSONResponse(runs_json(page, following))


@router.post(
    "",
    summary="Start a run",
    status_code=202,
    responses=answers(ShownRun, "It has begun.", 202) | problems(400, 409),
)
async def start_run(
    request: Request,
    app: TheApp,
    services: TheServices,
    caller: Operator,
    asked: RunToStart | None = None,
) -> JSONResponse:
    """Look at everybody who is due, in this server. It goes on after the answer, and ends with the server."""
    asked = asked or RunToStart()
    if asked.all and asked.limit is not None:
        raise UsageError("all and limit contradict each other.", hint="Use only one of them.")
    started = await services.runs.start(
        RunRequest(
            before=None if asked.force else app.schedule.due_before(),
            limit=None if asked.all else asked.limit or app.settings.sync_limit,
            force=asked.force,
            by=caller.name,
        )
    )
    progress = await services.following.now(started.run.id)
    place = f"{request.scope['root_path']}{router.prefix}/{progress.run.id}"
    return JSONResponse(shown_run_json(progress), 202, {"Location": place})


@router.get(
    "/{run_id}",
    summary="One run",
    responses=answers(ShownRun, "The run.") | problems(404),
)
async def show_run(run_id: RunId, services: TheServices, _: Reader) -> JSONResponse:
    """Everything about one run, with how far it has come together with those who share its work."""
    return JSONResponse(shown_run_json(await services.following.now(run_id)))


@router.post(
    "/{run_id}/stop",
    summary="Stop a run gently",
    status_code=202,
    responses=answers(ShownRun, "It was asked to stop.", 202) | problems(404, 409),
)
async def stop_run(run_id: RunId, app: TheApp, caller: Operator) -> JSONResponse:
    """It starts no more talents, finishes those in progress, and ends: whichever process it runs in."""
    progress = await in_thread(app.runs.request_stop, run_id, by=caller.name)
    return JSONResponse(shown_run_json(progress), 202)


@router.get(
    "/{run_id}/events",
    summary="How a run goes on",
    response_class=Response,
    responses=_OF_STREAM | problems(404),
)
async def follow_run(
    request: Request,
    run_id: RunId,
    services: TheServices,
    _: Reader,
    last_event_id: LastEventId = None,
) -> Response:
    """Follow a run until its end, also one that another process has started."""
    known = int(last_event_id) if last_event_id and _REVISION.fullmatch(last_event_id) else None
    progress = await services.following.now(run_id)
    if progress.is_over and progress.revision == known:
        return no_more()
    states = services.following.follow(run_id, known=known, silence_s=SILENCE_S)
    return stream_of(states, lambda: _may_still(request))


@router.head("/{run_id}/events", include_in_schema=False)
async def head_of_follow_run(run_id: RunId, services: TheServices, _: Reader) -> Response:
    """The same without a stream."""
    await services.following.now(run_id)
    return headers_of_stream()


async def _may_still(request: Request) -> bool:
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    try:
        return await doorkeeper.caller(token_of(request)) is not None
    except TalentimgError:  # the store is away for a while, and nothing is known against it
        return True
