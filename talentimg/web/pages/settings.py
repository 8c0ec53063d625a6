"""Settings as they hold for this server, with their origin, and who has a token. Secrets are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from talentimg.bootstrap.settings_shown import shown_settings
from talentimg.models.access import Scope
from talentimg.service.threads import in_thread
from talentimg.shapes import access_token_json
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.render import twin
from talentimg.web.pages.section import Section

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap.settings_shown import ShownSetting


class SettingsPage(Section):
    """Its routes. They are for those who may do everything: a setting tells where things are."""

    @property
    def routes(self) -> list[Route]:
        """`/settings`."""
        return [Route("/settings", self.page), Route("/settings.json", self.document)]

    async def page(self, request: Request) -> Response:
        """All of them, by what they are about."""
        frame = await self._frames.of(request, Scope.ADMIN)
        tokens = await in_thread(self._app.access.all)
        groups: dict[str, list[ShownSetting]] = {}
        for one in shown_settings(self._app.settings):
            groups.setdefault(one.key.rpartition(".")[0], []).append(one)
        return self._renderer.html(
            request,
            "settings",
            frame=frame,
            nav="settings",
            groups=groups,
            file=self._app.settings.config_file,
            tokens=tokens,
            twin=addresses_of(request).twin(request),
        )

    async def document(self, request: Request) -> Response:
        """The same for programs."""
        await self._frames.caller(request, Scope.ADMIN)
        tokens = await in_thread(self._app.access.all)
        settings = {
            one.key: {"value": one.value, "origin": one.origin, "variable": one.variable}
            for one in shown_settings(self._app.settings)
        }
        return twin({"settings": settings, "tokens": [access_token_json(one) for one in tokens]})
