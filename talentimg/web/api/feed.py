"""What happened, for a site or another program that follows."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from talentimg.service.run.feed import MOST, PAGE
from talentimg.service.threads import in_thread
from talentimg.shapes import feed_page_json
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.feed import Changes
from talentimg.web.api.security import Reader
from talentimg.web.api.services import TheApp

router = APIRouter(tags=["changes"])


@router.get(
    "/changes",
    summary="What happened since",
    responses=answers(Changes, "A page of it, oldest first.") | problems(400),
)
async def list_changes(
    app: TheApp,
    _: Reader,
    since: Annotated[
        str | None, Query(description="`next` of the page before, or `latest` to begin now.", max_length=20)
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How much a page tells, at most.")] = PAGE,
) -> JSONResponse:
    """Nothing is ever skipped: whoever keeps `next` and asks with it is told everything once, in order."""
    page = await in_thread(app.feed.page, since, limit=limit)
    return JSONResponse(feed_page_json(page, app.reconnecting.link))
