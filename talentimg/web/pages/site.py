"""All pages, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talentimg.web.access import Login
from talentimg.web.pages.assets import Assets
from talentimg.web.pages.choices import choice_routes
from talentimg.web.pages.frame import Frames
from talentimg.web.pages.gate import Gate
from talentimg.web.pages.health import HealthPage
from talentimg.web.pages.render import Renderer
from talentimg.web.pages.roster import RosterPage
from talentimg.web.pages.runs import RunsPage, verdict_of
from talentimg.web.pages.settings import SettingsPage
from talentimg.web.pages.talent import TalentPage

if TYPE_CHECKING:
    from starlette.routing import Route

    from talentimg.bootstrap import App
    from talentimg.web.access import Doorkeeper
    from talentimg.web.pictures import Pictures


class Pages:
    """The admin page of a site."""

    def __init__(self, app: App, doorkeeper: Doorkeeper, pictures: Pictures) -> None:
        assets = Assets()
        renderer = Renderer(assets, app.now, verdict_of=verdict_of)
        frames = Frames(app, doorkeeper)
        self._gate = Gate(Login(doorkeeper), renderer)
        each = (
            RosterPage(app, frames, renderer),
            TalentPage(app, frames, renderer, pictures),
            HealthPage(app, frames, renderer, pictures),
            RunsPage(app, frames, renderer),
            SettingsPage(app, frames, renderer),
        )
        self.routes: list[Route] = [
            *self._gate.routes,
            *assets.routes,
            *choice_routes(),
            *(route for page in each for route in page.routes),
        ]

    def handlers(self) -> dict[Any, Any]:
        """What answers in place of a route that failed."""
        return self._gate.handlers()
