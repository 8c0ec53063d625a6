"""What was shown for a talent and who said what, and the way back."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from talentimg.service.threads import in_thread
from talentimg.shapes import history_json
from talentimg.web.api.editions import Expected, decided
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.people import History
from talentimg.web.api.schemas.talents import Outcome
from talentimg.web.api.schemas.words import RollbackWord
from talentimg.web.api.security import Operator, Reader
from talentimg.web.api.services import TheApp
from talentimg.web.api.talents import TalentId

router = APIRouter(prefix="/talents/{talent_id:name}", tags=["history"])


@router.get(
    "/history",
    summary="What happened to a talent",
    responses=answers(History, "The latest of it.") | problems(404),
)
async def read_history(
    talent_id: TalentId,
    app: TheApp,
    _: Reader,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many events, newest first.")] = 20,
    before: Annotated[
        datetime | None, Query(description="Only what was before this: `before` of the last page.")
    ] = None,
) -> JSONResponse:
    """What was shown and what people said: who, when and why. The number of a version stays the same."""
    since = before if before is None or before.tzinfo else before.replace(tzinfo=UTC)
    events, more = await in_thread(app.history.page, talent_id, limit=limit, before=since)
    return JSONResponse(history_json(events, more))


@router.post(
    "/rollback",
    summary="Go back to what was shown",
    responses=answers(Outcome, "What came of it.") | problems(400, 404, 412, 413),
)
async def rollback(
    talent_id: TalentId, expected: Expected, app: TheApp, caller: Operator, word: RollbackWord | None = None
) -> JSONResponse:
    """Show again what was shown before. Nothing is fetched. It is locked, so that it stays."""
    said = word or RollbackWord(to=None)
    done = await in_thread(
        app.history.rollback, talent_id, said.to, by=caller.name, why=said.why, editions=expected
    )
    return decided(done)
