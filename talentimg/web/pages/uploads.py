"""A picture that somebody brings to a talent's page, and the square of it that they have marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.datastructures import UploadFile
from starlette.routing import Route

from talentimg.errors import TalentimgError, TalentNotFound, UsageError
from talentimg.models import Part
from talentimg.models.access import Scope
from talentimg.service.people.choosing import Brought
from talentimg.service.threads import in_thread
from talentimg.web.bodies import at_most
from talentimg.web.pages.acting import Done, failed
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.said import Said
from talentimg.web.pages.section import Section
from talentimg.web.pages.talent import drawn, id_of
from talentimg.web.pages.talent_acts import Undoing

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


_SQUARE: Final = re.compile(r"(\d{1,5}),(\d{1,5}),([1-9]\d{0,4})")
_BESIDES: Final = 100_000
"""Bytes of a form besides the picture."""


class UploadPage(Section):
    """Its routes."""

    @property
    def routes(self) -> list[Route]:
        """`/talents/{key}/upload`."""
        return [
            Route("/talents/{key}/upload", self.page),
            Route("/talents/{key}/upload", self.upload, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The form, for those without a script; others have it on the talent's page."""
        frame = await self._frames.of(request, Scope.OPERATE)
        record = await in_thread(self._app.repository.load, id_of(request))
        return self._renderer.html(
            request,
            "upload",
            frame=frame,
            nav="roster",
            talent=record.talent,
            drawn=drawn(record.talent),
            most=self._app.settings.http_max_picture_bytes // 1_000_000,
        )

    async def upload(self, request: Request) -> Response:
        """Have the picture shown, until it is released."""
        caller = await self._frames.caller(request, Scope.OPERATE)
        talent_id, at = id_of(request), addresses_of(request)
        most = self._app.settings.http_max_picture_bytes + _BESIDES
        try:
            brought, why = await self._brought(at_most(request, most))
            before = await in_thread(self._app.repository.load, talent_id)
            number = (await in_thread(self._app.history.current, talent_id)).number
            await self._app.choosing.choose(talent_id, brought, by=caller.name, why=why)
        except TalentNotFound:
            raise
        except TalentimgError as error:
            return self._acting.went_on(request, Done(failed(error), at.talent(talent_id)))
        await in_thread(self._app.overview.touched, talent_id)
        undo = Undoing(at.talent(talent_id, "undo")).of_choice(before, number)
        said = Said("said.uploaded", hint="said.until_released", undo=undo)
        return self._acting.went_on(request, Done(said, at.talent(talent_id)))

    async def _brought(self, request: Request) -> tuple[Brought, str | None]:
        async with request.form(max_files=1, max_fields=20) as form:
            picture = form.get("picture")
            body = await picture.read() if isinstance(picture, UploadFile) else b""
            if not isinstance(picture, UploadFile) or not body:
                raise UsageError("No picture was chosen.", hint="Choose a file, or drop one.")
            square = _SQUARE.fullmatch(str(form.get("crop") or ""))
            part = Part(*map(int, square.groups())) if square else None
            why = str(form.get("why") or "").strip() or None
            return Brought(_called(picture.filename), body, part), why


def _called(name: str | None) -> str:
    last = (name or "").replace("\\", "/").rpartition("/")[2].strip()
    return last[-200:] if last and last.isprintable() else "the picture"
