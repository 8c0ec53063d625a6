"""Accounts that answer as somebody else: a person looks, and says that it is the right one."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import JSONResponse

from talentimg.service.threads import in_thread
from talentimg.shapes import identities_json, offered_json, outcome_json
from talentimg.web.api.editions import Expected, edition_headers
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.people import Identities, Offered
from talentimg.web.api.schemas.talents import Outcome
from talentimg.web.api.schemas.words import AcceptWord
from talentimg.web.api.security import Operator, Reader
from talentimg.web.api.services import TheServices
from talentimg.web.api.talents import TalentId

router = APIRouter(prefix="/talents/{talent_id:name}", tags=["identities"])

Platform = Annotated[str, Path(max_length=100, description="A platform.", examples=["instagram"])]


@router.get(
    "/identities",
    summary="Accounts that answer as somebody else",
    responses=answers(Identities, "All of them.") | problems(404),
)
async def list_identities(talent_id: TalentId, services: TheServices, _: Reader) -> JSONResponse:
    """Who answers in place of whom we knew, by the latest looks. Nothing of them is shown."""
    found = await in_thread(services.identities.strangers, talent_id)
    return JSONResponse(identities_json(found))


@router.post(
    "/accounts/{platform}/offered",
    summary="What whoever answers offers",
    responses=answers(Offered, "What they offer now.") | problems(400, 404),
)
async def look_at_offered(
    talent_id: TalentId, platform: Platform, services: TheServices, _: Operator
) -> JSONResponse:
    """Ask the platform, so that a person can look at the picture. Nothing of it is shown yet."""
    stranger = await in_thread(services.identities.stranger, talent_id, platform)
    return JSONResponse(offered_json(await services.identities.offered(stranger)))


@router.post(
    "/accounts/{platform}/accept",
    summary="Accept who answers",
    responses=answers(Outcome, "What came of the look that follows.") | problems(400, 404, 412, 413),
)
async def accept(
    talent_id: TalentId,
    platform: Platform,
    word: AcceptWord,
    expected: Expected,
    services: TheServices,
    caller: Operator,
) -> JSONResponse:
    """Whoever answers is the right one all the same. The talent is looked at, and the answer waits for that.

    Where that look fails, what came of the word itself is told.
    """
    stranger = await in_thread(services.identities.seen, talent_id, platform, word.answers_as)
    done = await services.identities.accepted(stranger, by=caller.name, why=word.why, editions=expected)
    return JSONResponse(outcome_json(done.outcome), headers=edition_headers(done.record))
