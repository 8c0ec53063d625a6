"""A picture in a request: its bytes as the body, in a form, or the JSON that tells where it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from talentimg.web.api.limits import MOST
from talentimg.web.bodies import at_most

if TYPE_CHECKING:
    from starlette.requests import Request

JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"
_FORM_BYTES: Final = 100_000
"""What a form may have besides the picture."""
_FIELDS: Final = 20
_LONGEST_NAME: Final = 200
_UNNAMED: Final = "an upload"
_PICTURE: Final = {"type": "string", "format": "binary"}
_TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")

Given = TypeVar("Given", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Upload:
    """The bytes of a picture, what it is called, and what else the form said."""

    body: bytes = field(repr=False)
    name: str
    fields: dict[str, str]


def is_json(request: Request) -> bool:
    """Whether the body tells of a picture in place of being one."""
    return _media_type(request) == JSON


async def json_of(request: Request, model: type[Given]) -> Given:
    """The body as this model.

    Raises:
        RequestValidationError: it is none.
        HTTPException: 413 if it is too large.
    """
    try:
        return model.model_validate_json(await at_most(request, MOST).body())
    except ValidationError as error:
        raise invalid(error) from None


async def upload_of(request: Request, most: int, name: str | None = None) -> Upload:
    """The picture.

    Args:
        request: what was sent.
        most: how many bytes a picture may have.
        name: what it is called, if that is said elsewhere.

    Raises:
        HTTPException: 400 if there is none, 413 if it is too large.
    """
    if _media_type(request) != _FORM:
        body = await at_most(request, most).body()
        if not body:
            raise HTTPException(400, "There is no picture in the request.")
        return Upload(body, _called(name), {})
    return await _in_form(at_most(request, most + _FORM_BYTES), name)


def body_schema(model: type[BaseModel] | None = None) -> dict[str, Any]:
    """What OpenAPI says of such a body.

    Args:
        model: what JSON may stand in its place.
    """
    texts = {name: {"type": "string"} for name in ("why", "crop", "name", "allow_losses")}
    form = {"type": "object", "properties": {"picture": _PICTURE, **texts}, "required": ["picture"]}
    content: dict[str, Any] = {kind: {"schema": _PICTURE} for kind in _TYPES}
    content[_FORM] = {"schema": form}
    if model is not None:
        content[JSON] = {"schema": model.model_json_schema()}
    return {"requestBody": {"required": True, "content": content}}


def invalid(error: ValidationError, place: str = "body") -> RequestValidationError:
    """The same as of a body that is read for the route."""
    return RequestValidationError([{**one, "loc": (place, *one["loc"])} for one in error.errors()])


async def _in_form(request: Request, name: str | None) -> Upload:
    async with request.form(max_files=1, max_fields=_FIELDS) as form:
        picture = form.get("picture")
        body = await picture.read() if isinstance(picture, UploadFile) else b""
        if not isinstance(picture, UploadFile) or not body:
            raise HTTPException(400, "There is no picture in the form: its field is called picture.")
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        return Upload(body, _called(name or picture.filename), fields)


def _called(name: str | None) -> str:
    """A name as it may be kept and shown: no path, and not too long."""
    plain = (name or "").replace("%22", '"')  # as browsers send it in a form
    last = plain.replace("\\", "/").rpartition("/")[2].strip()
    return last[-_LONGEST_NAME:] if last and last.isprintable() else _UNNAMED


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
