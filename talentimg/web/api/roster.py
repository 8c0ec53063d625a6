"""The roster as it is changed: somebody is added, edited, removed, merged, looked at."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from talentimg.repository.interface import NewTalent
from talentimg.service.threads import in_thread
from talentimg.shapes import edited_json, merged_json, outcome_json, proof_json, talent_json
from talentimg.web.api.addresses import address_of
from talentimg.web.api.editions import Expected, edition_headers, etag
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.requests import AddedTalent, EditedTalent, MergeInto
from talentimg.web.api.schemas.roster import Edited, Merged, Proof
from talentimg.web.api.schemas.talents import Outcome, Talent
from talentimg.web.api.schemas.words import LONGEST_WHY
from talentimg.web.api.security import Admin, Operator
from talentimg.web.api.services import TheApp, TheServices
from talentimg.web.api.talents import TalentId

router = APIRouter(prefix="/talents", tags=["talents"])

_FIELDS = ("name", "email", "avatar_url")


@router.post(
    "",
    summary="Add a talent",
    status_code=201,
    responses=answers(Talent, "The talent, on the roster.", 201) | problems(400, 409),
)
async def add_talent(body: AddedTalent, request: Request, app: TheApp, caller: Operator) -> JSONResponse:
    """Put somebody on the roster, with the accounts that are known. Nobody looks at them yet."""
    accounts = tuple(app.accounts.named(a.platform, a.handle, a.profile_url) for a in body.accounts)
    new = NewTalent(body.id or "", body.name, body.email, body.avatar_url, accounts)
    add = app.roster.add_by_name if body.id is None else app.roster.add
    record = await in_thread(add, new, by=caller.name, why=body.why)
    headers = {"Location": address_of(request, record.talent.id), **edition_headers(record)}
    return JSONResponse(talent_json(record.talent), 201, headers)


@router.patch(
    "/{talent_id:name}",
    summary="Edit a talent",
    responses=answers(Edited, "The talent as they are now.") | problems(400, 404, 409, 412),
)
async def edit_talent(
    talent_id: TalentId, body: EditedTalent, app: TheApp, caller: Operator, editions: Expected
) -> JSONResponse:
    """Change name, e-mail address or avatar. The picture of an avatar that is replaced goes at once.

    Where the roster is the agency app's own, it is edited in the app.
    """
    # None erases here, and is nothing said to the service.
    said = {name: getattr(body, name) or "" for name in _FIELDS if name in body.model_fields_set}
    told: dict[str, Any] = {"by": caller.name, "why": body.why, "editions": editions}
    done = await in_thread(app.roster.edit, talent_id, **said, **told)
    return JSONResponse(edited_json(done), headers=etag(done.edition))


@router.delete(
    "/{talent_id:name}",
    summary="Remove a talent",
    responses=answers(Proof, "What was removed, and what was looked for afterwards.") | problems(404, 409),
)
async def remove_talent(
    talent_id: TalentId,
    app: TheApp,
    caller: Admin,
    why: Annotated[
        str | None, Query(max_length=LONGEST_WHY, description="Why; told with the proof, and kept nowhere.")
    ] = None,
) -> JSONResponse:
    """Take somebody off a roster that is talentimg's own, with everything about them.

    An import may bring them again. Needs the scope `admin`.
    """
    (proof,) = await in_thread(app.forgetting.remove, [talent_id], by=caller.name, why=why)
    return JSONResponse(proof_json(proof))


@router.post(
    "/{talent_id:name}/merge",
    summary="Make one of two talents",
    responses=answers(Merged, "What became of them.") | problems(400, 404, 409),
)
async def merge_talent(
    talent_id: TalentId, body: MergeInto, request: Request, app: TheApp, caller: Admin
) -> JSONResponse:
    """Move what the other one lacks there, and remove this one. Needs the scope `admin`."""
    done = await in_thread(app.forgetting.merge, talent_id, body.into, by=caller.name, why=body.why)
    headers = {"Content-Location": address_of(request, body.into)}
    return JSONResponse(merged_json(talent_id, body.into, done), headers=headers)


@router.post(
    "/{talent_id:name}/sync",
    summary="Look at a talent now",
    responses=answers(Outcome, "What came of it.") | problems(404),
)
async def sync_talent(talent_id: TalentId, services: TheServices, caller: Operator) -> JSONResponse:
    """Ask their platforms, however young the last look is. All who ask at once share one look.

    That no picture could be had is an outcome, and no error.
    """
    refreshed = await services.refresher.refresh(talent_id, force=True, by=caller.name)
    return JSONResponse(outcome_json(refreshed.outcome))
