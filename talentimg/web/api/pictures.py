"""Which picture is shown: one that a person brings, that of another source, or what the sources offer."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import JSONResponse

from talentimg.models import Part
from talentimg.providers.names import parse_asked
from talentimg.service.people.choosing import Brought
from talentimg.service.threads import in_thread
from talentimg.web.api.editions import Expected, decided
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.talents import Outcome
from talentimg.web.api.schemas.words import Crop, PictureAddress, ShowWord, Why, WhyInQuery
from talentimg.web.api.security import Operator
from talentimg.web.api.services import TheApp
from talentimg.web.api.talents import TalentId
from talentimg.web.api.uploads import body_schema, invalid, is_json, json_of, upload_of

router = APIRouter(prefix="/talents/{talent_id:name}", tags=["words"])

_RESPONSES: dict[int | str, Any] = answers(Outcome, "What came of it.") | problems(400, 404, 412, 413)


class _Said(BaseModel):
    """What is said of a picture, in the query or in a form."""

    why: Why = None
    crop: Crop = None


class _Told(_Said):
    name: str | None = Field(None, max_length=200, description="What the picture is called.")


@router.put(
    "/picture",
    summary="Show a picture that a person brings",
    responses=_RESPONSES,
    openapi_extra=body_schema(PictureAddress),
)
async def set_picture(
    talent_id: TalentId,
    request: Request,
    told: Annotated[_Told, Query()],
    expected: Expected,
    app: TheApp,
    caller: Operator,
) -> JSONResponse:
    """Show it until it is taken back. It is checked and stored like any other, and no platform is asked.

    The body is the picture; or a form with it as `picture`, and with `why` and `crop`; or JSON with its
    `url`, from which it is fetched once.
    """
    brought, why = await _brought(request, told, app.settings.http_max_picture_bytes)
    done = await app.choosing.choose(talent_id, brought, by=caller.name, why=why, editions=expected)
    return decided(done)


@router.delete("/picture", summary="Take the choice of a picture back", responses=_RESPONSES)
async def unset_picture(
    talent_id: TalentId,
    expected: Expected,
    app: TheApp,
    caller: Operator,
    why: WhyInQuery = None,
) -> JSONResponse:
    """What the sources are known to offer is shown at once. Nothing happens if nobody has chosen one."""
    done = await in_thread(app.choosing.unset, talent_id, by=caller.name, why=why, editions=expected)
    return decided(done)


@router.post("/show", summary="Show the picture of another source", responses=_RESPONSES)
async def show_source(
    talent_id: TalentId, word: ShowWord, expected: Expected, app: TheApp, caller: Operator
) -> JSONResponse:
    """Show the picture that is stored of this source, until it is taken back. Nothing is fetched."""
    source = parse_asked(word.source)
    done = await in_thread(
        app.choosing.choose_from, talent_id, source, by=caller.name, why=word.why, editions=expected
    )
    return decided(done)


async def _brought(request: Request, told: _Told, most: int) -> tuple[Brought, str | None]:
    """The picture and why it is brought; what the body says goes before the query."""
    if is_json(request):
        address = await json_of(request, PictureAddress)
        return Brought(address.url, part=_part(address.crop or told.crop)), address.why or told.why
    upload = await upload_of(request, most, told.name)
    try:
        said = _Said.model_validate(upload.fields)
    except ValidationError as error:
        raise invalid(error) from None
    return Brought(upload.name, upload.body, _part(said.crop or told.crop)), said.why or told.why


def _part(crop: str | None) -> Part | None:
    return Part(*map(int, crop.split(","))) if crop else None
