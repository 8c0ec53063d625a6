"""Who may ask the server, and for what."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse, Response

from talentimg.service.threads import in_thread
from talentimg.shapes import new_token_json, tokens_json
from talentimg.web.api.forgetting import KEPT_NOWHERE
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.people import NewToken, Tokens
from talentimg.web.api.schemas.words import TokenWord
from talentimg.web.api.security import Admin
from talentimg.web.api.services import TheApp

router = APIRouter(prefix="/tokens", tags=["tokens"])


@router.get("", summary="All tokens", responses=answers(Tokens, "All of them, by name.") | problems())
async def list_tokens(app: TheApp, _: Admin) -> JSONResponse:
    """Those that were revoked, too. Of their texts nothing is kept."""
    return JSONResponse(tokens_json(await in_thread(app.access.all)))


@router.post(
    "",
    status_code=201,
    summary="Make a token",
    responses=answers(NewToken, "The token, with its text.", 201) | problems(400, 409, 413),
)
async def make_token(word: TokenWord, app: TheApp, caller: Admin) -> JSONResponse:
    """Make a token. Its text is told this once, and kept nowhere."""
    token, text = await in_thread(app.access.issue, word.name, word.scope, by=caller.name)
    return JSONResponse(new_token_json(token, text), 201, KEPT_NOWHERE)


@router.delete(
    "/{name:name}",
    status_code=204,
    response_class=Response,
    summary="Revoke a token",
    responses={204: {"description": "It is good for nothing within two seconds."}, **problems(404, 409)},
)
async def revoke_token(
    name: Annotated[str, Path(max_length=100, description="Whose.", examples=["intranet"])],
    app: TheApp,
    _: Admin,
    insist: Annotated[bool, Query(description="Even if it is the last one with the scope admin.")] = False,
) -> Response:
    """Let a token be good for nothing, within two seconds in every process.

    The last one with the scope `admin` is only revoked with `insist`: after that, tokens are made by the
    command `talentimg tokens` alone.
    """
    await in_thread(app.access.revoke, name, keep_an_admin=not insist)
    return Response(status_code=204)
