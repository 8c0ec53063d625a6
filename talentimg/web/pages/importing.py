"""A roster as a file: what it would change, every wrong line, and then the import, which can be undone.

What was looked at comes back with the form, so that exactly it is imported, by whichever process.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.datastructures import UploadFile
from starlette.routing import Route

from talentimg.errors import FaultyFile, TalentimgError, UsageError
from talentimg.models.access import Scope
from talentimg.providers.registry import platform_names
from talentimg.service.people.files.roster import read_roster
from talentimg.service.threads import in_thread
from talentimg.web.bodies import at_most
from talentimg.web.pages.acting import Done, failed
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.said import Said, Undo
from talentimg.web.pages.section import Section

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.service.people.files.roster import RosterFile
    from talentimg.service.people.preview import Preview
    from talentimg.service.people.roster import Imported
    from talentimg.web.pages.acting import Asked

MOST: Final = 10_000_000
"""Bytes of a file here. A larger one is for the command."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at: what it would do, or what is wrong with it."""

    name: str
    size: int
    packed: str
    preview: Preview | None = None
    faults: tuple[tuple[str, str | None], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """How many would be added or changed."""
        return len(self.preview.new) + len(self.preview.changed) if self.preview else 0


class ImportPage(Section):
    """Its routes."""

    @property
    def routes(self) -> list[Route]:
        """`/roster/import`."""
        return [
            Route("/roster/import", self.page),
            Route("/roster/import", self.look, methods=["POST"]),
            Route("/roster/import/do", self.do, methods=["POST"]),
            Route("/roster/import/undo", self.undo, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The form for a file."""
        frame = await self._frames.of(request, Scope.ADMIN)
        return self._renderer.html(request, "import", frame=frame, nav="roster", looked=None)

    async def look(self, request: Request) -> Response:
        """What the file would do. Nothing is written."""
        frame = await self._frames.of(request, Scope.ADMIN)
        try:
            name, data, _ = await self._sent(request)
            looked = await in_thread(self._looked, name, data)
        except TalentimgError as error:
            done = Done(failed(error), addresses_of(request).importing)
            return self._acting.went_on(request, done)
        return self._renderer.html(request, "import", frame=frame, nav="roster", looked=looked)

    async def do(self, request: Request) -> Response:
        """Import what was looked at: all of it, or nothing."""
        caller = await self._frames.caller(request, Scope.ADMIN)
        at = addresses_of(request)
        try:
            name, data, fields = await self._sent(request)
            losses = fields.get("allow_losses", "")
            done = await in_thread(
                self._imported, name, data, int(losses) if losses.isdecimal() else None, caller.name
            )
        except TalentimgError as error:
            return self._acting.went_on(request, Done(failed(error), at.importing))
        await in_thread(self._app.overview.anew)
        undo = Undo(f"{at.importing}/undo")
        values = {"added": str(done.added), "updated": str(done.updated)}
        return self._acting.went_on(request, Done(Said("said.imported", values, undo=undo), at.roster()))

    async def undo(self, request: Request) -> Response:
        """Take the last import back, unless somebody has changed the same since."""
        at = addresses_of(request)

        async def work(asked: Asked) -> Done:
            await in_thread(self._app.imports.take_back, by=asked.by)
            await in_thread(self._app.overview.anew)
            return Done(Said("said.import_undone"), at.roster())

        return await self._acting.act(request, work, at.roster(), Scope.ADMIN)

    def _looked(self, name: str, data: bytes) -> Looked:
        packed = base64.b64encode(data).decode("ascii")
        try:
            file = self._read(name, data)
            preview = self._app.roster.preview(file)
        except FaultyFile as error:
            return Looked(name, len(data), packed, faults=error.faults)
        return Looked(name, len(data), packed, preview, remarks=file.remarks)

    def _imported(self, name: str, data: bytes, allow_losses: int | None, by: str) -> Imported:
        return self._app.roster.import_file(self._read(name, data), allow_losses=allow_losses, by=by)

    def _read(self, name: str, data: bytes) -> RosterFile:
        return read_roster(data, name, platform_names())

    async def _sent(self, request: Request) -> tuple[str, bytes, dict[str, str]]:
        """The file, chosen anew or looked at before, and the other fields."""
        limited = at_most(request, 2 * MOST)
        async with limited.form(max_files=1, max_fields=20, max_part_size=2 * MOST) as form:
            fields = {name: text for name, text in form.items() if isinstance(text, str)}
            chosen = form.get("file")
            if isinstance(chosen, UploadFile):
                name, data = (chosen.filename or "").strip(), await chosen.read(MOST + 1)
            else:
                name, data = fields.get("name", ""), _unpacked(fields.get("packed", ""))
        if not data:
            raise UsageError("No file was chosen.", hint="Choose a CSV, JSON or spreadsheet file.")
        if len(data) > MOST:
            raise UsageError(
                f"{name} is larger than {MOST // 1_000_000} MB.",
                hint="Import it on the server: talentimg import",
            )
        return name[-200:] or "the file", data, fields


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("The file did not come along whole.", hint="Choose it once more.") from None
