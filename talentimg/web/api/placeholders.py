"""Pictures that are treated as placeholders, and what people say of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import JSONResponse

from talentimg.service.threads import in_thread
from talentimg.shapes import named_json, placeholder_words_json, placeholders_json
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.people import NamedPlaceholder, Placeholders, PlaceholderWords
from talentimg.web.api.schemas.words import PlaceholderWord, Reasoned, Why, WhyInQuery
from talentimg.web.api.security import Admin, Reader
from talentimg.web.api.services import TheApp
from talentimg.web.api.uploads import body_schema, invalid, is_json, json_of, upload_of

router = APIRouter(prefix="/placeholders", tags=["placeholders"])

ContentHash = Annotated[
    str,
    Path(
        pattern="^[0-9a-fA-F]{6,64}$",
        description="Which picture: its hash, or at least six characters of its beginning.",
        examples=["3f2a9c"],
    ),
]
_LIST: dict[int | str, Any] = answers(Placeholders, "That picture, once for each source.") | problems(
    400, 404
)


class _Told(BaseModel):
    """What is said of a picture, in the query or in a form."""

    why: Why = None
    name: str | None = Field(None, max_length=200, description="What to call it.", examples=["our logo"])
    allow_losses: int | None = Field(
        None, ge=0, le=2**31, description="How many pictures it may take away in place of the usual limit."
    )


@router.get("", summary="Known placeholders", responses=answers(Placeholders, "All of them.") | problems())
async def list_placeholders(app: TheApp, _: Reader) -> JSONResponse:
    """Pictures that several people have, or that somebody named; those that were accepted as real, too."""

    def found() -> dict[str, Any]:
        return placeholders_json(app.placeholders.suspects(), app.placeholders.reasons())

    return JSONResponse(await in_thread(found))


@router.get(
    "/history",
    summary="What people said of placeholders",
    responses=answers(PlaceholderWords, "The latest of it.") | problems(),
)
async def read_placeholder_history(
    app: TheApp,
    _: Reader,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many, newest first.")] = 20,
) -> JSONResponse:
    """What they named and accepted, and what they took back: who, when and why."""
    words = await in_thread(app.placeholders.words, limit=limit)
    return JSONResponse(placeholder_words_json(words))


@router.post(
    "",
    status_code=201,
    summary="Name a placeholder",
    responses=answers(NamedPlaceholder, "The placeholder, and who showed it.", 201)
    | problems(400, 404, 409, 413),
    openapi_extra=body_schema(PlaceholderWord),
)
async def add_placeholder(
    request: Request, told: Annotated[_Told, Query()], app: TheApp, caller: Admin
) -> JSONResponse:
    """Refuse a picture, and what looks like it, for everybody and from every source.

    The body is the picture; or a form with it as `picture`; or JSON with the `talent_id` of somebody who
    shows it. Whoever does gets back what was shown before, at once. A lock and a choice of a person's hold.
    """
    desk = app.named_placeholders
    if is_json(request):
        word = await json_of(request, PlaceholderWord)
        named = await desk.add_shown(
            word.talent_id, name=word.name, by=caller.name, why=word.why, allow_losses=word.allow_losses
        )
        return JSONResponse(named_json(named, word.why), 201)
    upload = await upload_of(request, app.settings.http_max_picture_bytes)
    said = _said(told, upload.fields)
    named = await desk.add_file(
        upload.body, name=said.name, by=caller.name, why=said.why, allow_losses=said.allow_losses
    )
    return JSONResponse(named_json(named, said.why), 201)


@router.delete("/{content_hash}", summary="Take a placeholder back", responses=_LIST)
async def remove_placeholder(
    content_hash: ContentHash, app: TheApp, caller: Admin, why: WhyInQuery = None
) -> JSONResponse:
    """Take back what a person has named. It is shown again from the next look on."""
    removed = await in_thread(app.named_placeholders.remove, content_hash, by=caller.name, why=why)
    return JSONResponse(placeholders_json(removed, {(one.source, one.source_hash): why for one in removed}))


@router.post("/{content_hash}/allow", summary="Accept a picture as a real one", responses=_LIST)
async def allow_placeholder(
    content_hash: ContentHash, app: TheApp, caller: Admin, word: Reasoned | None = None
) -> JSONResponse:
    """Accept it, wherever it comes from."""

    def allowed() -> dict[str, Any]:
        why = word.why if word else None
        found = app.placeholders.allow(content_hash, by=caller.name, why=why)
        return placeholders_json(found, app.placeholders.reasons())

    return JSONResponse(await in_thread(allowed))


def _said(told: _Told, fields: dict[str, str]) -> _Told:
    """What the form says; else what the query does."""
    try:
        return _Told.model_validate(told.model_dump(exclude_none=True) | fields)
    except ValidationError as error:
        raise invalid(error) from None
