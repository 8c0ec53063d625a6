"""A whole roster at once: imported, looked at beforehand, and taken back."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from talentimg.providers.registry import platform_names
from talentimg.service.people.files.roster import RosterFile, read_roster
from talentimg.service.threads import in_thread
from talentimg.shapes import imported_json, preview_json, undo_json
from talentimg.web.api.problems import Problem
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.roster import Imported, Preview, Undone
from talentimg.web.api.schemas.words import Reasoned, WhyInQuery
from talentimg.web.api.security import Admin
from talentimg.web.api.services import TheApp

router = APIRouter(prefix="/imports", tags=["imports"])

_NO_NAME: Final = "the file"
_LONGEST_NAME: Final = 200
_CSV: Final = "id,name,instagram\nada,Ada Lovelace,ada.lovelace\n"
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is, or as the field `file` of a form.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _CSV},
            "application/json": {"schema": {}, "example": [{"id": "ada", "name": "Ada Lovelace"}]},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}

DryRun = Annotated[bool, Query(description="Say what it would do, and write nothing.")]


@router.post(
    "",
    summary="Import a roster",
    responses=answers(Imported | Preview, "What it came to; with `dry_run` what it would come to.")
    | problems(400, 409, 413),
    openapi_extra=_BODY,
)
async def import_roster(
    request: Request,
    app: TheApp,
    caller: Admin,
    dry_run: DryRun = False,
    name: Annotated[
        str | None, Query(description="What the file is called.", max_length=_LONGEST_NAME)
    ] = None,
    encoding: Annotated[str | None, Query(description="Of a CSV file; it is found out otherwise.")] = None,
    sheet: Annotated[str | None, Query(description="Of a spreadsheet, if several are rosters.")] = None,
    allow_losses: Annotated[
        int | None, Query(description="Let so many pictures go, if the valve would not.", ge=0, le=10_000_000)
    ] = None,
    why: WhyInQuery = None,
) -> JSONResponse:
    """Add talents, and update those who are on the roster: all of the file, or nothing of it.

    CSV, JSON (lines), a spreadsheet (XLSX, ODS), or what an export wrote. Every fault is named with its line.
    Nobody is ever removed. Needs the scope `admin`.
    """
    data, called = await _file(request)
    called = name or called or _NO_NAME

    def work() -> dict[str, Any]:
        file = read_roster(data, called, platform_names(), encoding=encoding, sheet=sheet)
        if dry_run:
            return preview_json(app.roster.preview(file, allow_losses=allow_losses), file.remarks)
        return _imported(app, file, {"allow_losses": allow_losses, "by": caller.name, "why": why})

    return JSONResponse(await in_thread(work))


def _imported(app: TheApp, file: RosterFile, said: dict[str, Any]) -> dict[str, Any]:
    return imported_json(app.roster.import_file(file, **said), file.remarks)


async def _file(request: Request) -> tuple[bytes, str | None]:
    """What was sent, and what it is called.

    Raises:
        Problem: it is a form without a file.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await request.body(), None
    async with request.form(max_files=1, max_fields=20) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Problem(400, "The form has no file.", hint="Send it as the field `file`.")
        return await file.read(), (file.filename or "")[:_LONGEST_NAME]


@router.post(
    "/undo",
    summary="Take the last import back",
    responses=answers(Undone, "What it came to.") | problems(400, 409),
)
async def undo_import(
    app: TheApp,
    caller: Admin,
    body: Annotated[Reasoned | None, Body()] = None,
    dry_run: DryRun = False,
) -> JSONResponse:
    """Undo the last import; once more, the one before it. Needs the scope `admin`.

    Field by field, unless somebody has changed the same since: then nothing is taken back.
    """
    if dry_run:
        undo = await in_thread(app.imports.preview)
    else:
        undo = await in_thread(app.imports.take_back, by=caller.name, why=body.why if body else None)
    return JSONResponse(undo_json(undo, dry_run=dry_run))
