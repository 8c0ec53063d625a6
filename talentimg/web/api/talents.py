"""The roster: who is on it, how each stands, and why."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import JSONResponse

from talentimg.service.threads import in_thread
from talentimg.shapes import shown_json
from talentimg.web.api.editions import edition_headers
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.talents import ShownTalent
from talentimg.web.api.security import Reader
from talentimg.web.api.services import TheApp

router = APIRouter(prefix="/talents", tags=["talents"])

TalentId = Annotated[str, Path(description="The id of a talent.", examples=["ada"])]


@router.get(
    "/{talent_id}", summary="One talent", responses=answers(ShownTalent, "The talent.") | problems(404)
)
async def show(talent_id: TalentId, app: TheApp, _: Reader) -> JSONResponse:
    """Everything about one talent: what is shown, how they stand, and the chain as it was evaluated."""
    shown = await in_thread(app.showing.show, talent_id)
    told = shown_json(shown.record, shown.picture, shown.chain, shown.standing)
    return JSONResponse(told, headers=edition_headers(shown.record))
