"""Everything about a talent goes for good, and stays away until somebody says otherwise."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from talentimg.service.threads import in_thread
from talentimg.shapes import proof_json, remembered_json
from talentimg.web.api.editions import Expected
from talentimg.web.api.problems import Problem, problem_of
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.people import Remembered
from talentimg.web.api.schemas.roster import Proof
from talentimg.web.api.schemas.words import ForgetWord, Reasoned
from talentimg.web.api.security import Admin
from talentimg.web.api.services import TheApp
from talentimg.web.api.talents import TalentId

router = APIRouter(prefix="/talents/{talent_id:name}", tags=["forgetting"])

KEPT_NOWHERE = {"Cache-Control": "no-store"}
"""Of answers that are to be kept nowhere, not even for a request that is sent again."""


@router.post(
    "/forget",
    summary="Forget a talent",
    responses=answers(Proof, "What was removed, and that nothing was found afterwards.")
    | problems(400, 404, 412, 413),
)
async def forget(
    talent_id: TalentId, word: ForgetWord, expected: Expected, app: TheApp, caller: Admin
) -> JSONResponse:
    """Remove everything about a talent, or about one platform of theirs, for good, and tell the proof.

    It may be said again, and then finishes what is left. Where something is, that is a 503 with the proof in
    `proof`. In the app's own database its rows stay, without the picture.
    """
    if word.confirm != talent_id:
        raise Problem(400, "The id in confirm is another one: nothing was removed.", more={"code": "usage"})
    proof = await in_thread(
        app.forgetting.forget, talent_id, word.platform, by=caller.name, why=word.why, editions=expected
    )
    if (unfinished := proof.unfinished) is not None:
        return problem_of(unfinished, {"proof": proof_json(proof)})
    return JSONResponse(proof_json(proof), headers=KEPT_NOWHERE)


@router.post(
    "/remember",
    summary="Let a talent come back",
    responses=answers(Remembered, "What may come back.") | problems(400, 404, 413),
)
async def remember(
    talent_id: TalentId, app: TheApp, caller: Admin, word: Reasoned | None = None
) -> JSONResponse:
    """Let somebody who was forgotten come back, with every platform. Nothing comes back by itself."""
    why = word.why if word else None
    found = await in_thread(app.forgetting.remember, talent_id, by=caller.name, why=why)
    return JSONResponse(remembered_json(talent_id, found))
