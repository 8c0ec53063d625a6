"""Accounts of talents: connected and disconnected. The look that follows goes on after the answer."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse

from talentimg.providers.names import parse_platform
from talentimg.shapes import account_json, outcome_json
from talentimg.web.api.addresses import address_of
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.requests import ConnectedAccount
from talentimg.web.api.schemas.talents import Account, Outcome
from talentimg.web.api.schemas.words import WhyInQuery
from talentimg.web.api.security import Operator
from talentimg.web.api.services import TheApp, TheServices
from talentimg.web.api.talents import TalentId

router = APIRouter(prefix="/talents/{talent_id:name}/accounts", tags=["accounts"])


@router.post(
    "",
    summary="Connect an account",
    status_code=201,
    responses=answers(Account, "The account as it is kept.", 201) | problems(400, 404, 409),
)
async def connect_account(
    talent_id: TalentId,
    body: ConnectedAccount,
    request: Request,
    app: TheApp,
    services: TheServices,
    caller: Operator,
) -> JSONResponse:
    """Connect an account in place of the one on the same platform, whose picture goes at once.

    The talent is looked at after the answer: `GET` them to see what came of it.
    """
    new = app.accounts.named(body.platform, body.handle, body.profile_url)
    account = await services.connecting.connect(talent_id, new, by=caller.name, why=body.why)
    return JSONResponse(account_json(account), 201, {"Location": address_of(request, talent_id)})


@router.delete(
    "/{platform}",
    summary="Disconnect an account",
    responses=answers(Outcome, "What is shown until the look that follows.") | problems(400, 404),
)
async def disconnect_account(
    talent_id: TalentId,
    platform: Annotated[str, Path(description="The name of a platform.", examples=["bluesky"])],
    services: TheServices,
    caller: Operator,
    why: WhyInQuery = None,
) -> JSONResponse:
    """Take an account away, and its picture with it. An import leaves it out from then on."""
    name = parse_platform(platform)
    outcome = await services.connecting.disconnect(talent_id, name, by=caller.name, why=why)
    return JSONResponse(outcome_json(outcome))
