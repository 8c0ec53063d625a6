"""Everything about somebody goes for good: asked twice, and told with the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from talentimg.models.access import Scope
from talentimg.service.threads import in_thread
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.forms import fields_of
from talentimg.web.pages.said import Said, say
from talentimg.web.pages.section import Section
from talentimg.web.pages.talent import drawn, id_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


class ForgetPage(Section):
    """Its routes."""

    @property
    def routes(self) -> list[Route]:
        """`/talents/{key}/forget`."""
        return [
            Route("/talents/{key}/forget", self.page),
            Route("/talents/{key}/forget", self.forget, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """What it means, and the question."""
        frame = await self._frames.of(request, Scope.ADMIN)
        record = await in_thread(self._app.repository.load, id_of(request))
        return self._renderer.html(
            request, "forget", frame=frame, nav="roster", talent=record.talent, drawn=drawn(record.talent)
        )

    async def forget(self, request: Request) -> Response:
        """Forget them, if the id was typed, and tell what was removed."""
        frame = await self._frames.of(request, Scope.ADMIN)
        talent_id, at = id_of(request), addresses_of(request)
        fields = dict(await fields_of(request))
        if fields.get("confirm", "").strip() != talent_id:
            response = RedirectResponse(at.talent(talent_id, "forget"), 303)
            say(request, response, Said("said.another_id", typed={"why": fields.get("why", "")}))
            return response
        why = fields.get("why", "").strip() or None
        proof = await in_thread(self._app.forgetting.forget, talent_id, by=frame.caller.name, why=why)
        await in_thread(self._app.overview.touched, talent_id)
        self._frames.changed()
        return self._renderer.html(request, "forgotten", frame=frame, nav="roster", proof=proof)
