"""The roster as a file, sent while it is written."""

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from talentimg.service.people.export.exporter import Form
from talentimg.web.api.pipe import Pipe
from talentimg.web.api.schemas.base import problems
from talentimg.web.api.security import Operator
from talentimg.web.api.services import TheApp, TheServices

router = APIRouter(tags=["imports"])

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""By which a spreadsheet knows that it is UTF-8."""


class ExportForm(StrEnum):
    """What a file is."""

    CSV = "csv"
    JSON = "json"
    ZIP = "zip"
    VCF = "vcf"


_FORMS: Final = {
    ExportForm.CSV: (Form.CSV, "text/csv; charset=utf-8"),
    ExportForm.JSON: (Form.JSON, "application/json"),
    ExportForm.ZIP: (Form.ZIP, "application/zip"),
    ExportForm.VCF: (Form.VCARD, "text/vcard; charset=utf-8"),
}
_ANSWERS: Final[dict[int | str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "id,name,...\nada,Ada Lovelace,...\n"},
            "application/json": {"schema": {}},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "text/vcard": {"schema": {"type": "string"}},
        },
    }
}


class Exported(StreamingResponse):
    """Says when nobody reads any more, whatever the reason."""

    def __init__(self, pipe: Pipe, chunks: AsyncIterator[bytes], **named: Any) -> None:  # noqa: ANN401  as Starlette has it
        super().__init__(chunks, **named)
        self._pipe = pipe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._pipe.leave()


@router.get(
    "/export",
    summary="Export the roster",
    response_class=StreamingResponse,
    responses=_ANSWERS | problems(),
)
async def export_roster(
    app: TheApp,
    services: TheServices,
    _: Operator,  # an avatar's address may hold a password, which a file must have to be taken back
    form: Annotated[ExportForm, Query(alias="format", description="What file.")] = ExportForm.CSV,
) -> Exported:
    """Everybody with their accounts and what people decided, as an import takes it back.

    `zip` has the pictures that are shown and chosen, too; `vcf` is for address books.
    """
    kind, media_type = _FORMS[form]
    pipe = Pipe(asyncio.get_running_loop())

    def write() -> None:
        with pipe.file() as file:
            file.write(BYTE_ORDER_MARK if kind is Form.CSV else b"")
            app.exporter.write(kind, file)

    pipe.written_by(services.exports(write))
    headers = {"Content-Disposition": f'attachment; filename="roster.{form}"'}
    return Exported(pipe, await pipe.begun(), media_type=media_type, headers=headers)
