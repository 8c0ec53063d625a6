"""All pages, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talentimg.web.access import Login
from talentimg.web.pages.account_acts import AccountActs
from talentimg.web.pages.acting import Acting
from talentimg.web.pages.assets import Assets
from talentimg.web.pages.choices import choice_routes
from talentimg.web.pages.forgetting import ForgetPage
from talentimg.web.pages.frame import Frames
from talentimg.web.pages.gate import Gate
from talentimg.web.pages.health import HealthPage
from talentimg.web.pages.importing import ImportPage
from talentimg.web.pages.live import LiveRuns
from talentimg.web.pages.render import Renderer
from talentimg.web.pages.review import ReviewPage
from talentimg.web.pages.roster import RosterPage
from talentimg.web.pages.roster_acts import RosterActs
from talentimg.web.pages.runs import RunsPage, verdict_of
from talentimg.web.pages.section import Ground
from talentimg.web.pages.settings import SettingsPage
from talentimg.web.pages.talent import TalentPage
from talentimg.web.pages.talent_acts import TalentActs
from talentimg.web.pages.uploads import UploadPage

if TYPE_CHECKING:
    from starlette.routing import Route
    from starlette.types import ASGIApp

    from talentimg.bootstrap import App
    from talentimg.web.access import Doorkeeper
    from talentimg.web.pages.section import Section
    from talentimg.web.pictures import Pictures
    from talentimg.web.services import Services


class Pages:
    """The admin page of a site."""

    def __init__(self, app: App, doorkeeper: Doorkeeper, pictures: Pictures, services: Services) -> None:
        assets = Assets()
        renderer = Renderer(assets, app.now, verdict_of=verdict_of)
        frames = Frames(app, doorkeeper, services.changes)
        self._gate = Gate(Login(doorkeeper), renderer)
        ground = Ground(app, services, pictures, frames, renderer, Acting(frames))
        live = LiveRuns(ground)
        each: tuple[Section, ...] = (
            RosterActs(ground),
            ImportPage(ground),
            RosterPage(ground, live),
            UploadPage(ground),
            ForgetPage(ground),
            TalentActs(ground),
            AccountActs(ground),
            TalentPage(ground),
            ReviewPage(ground),
            HealthPage(ground),
            live,
            RunsPage(ground, live),
            SettingsPage(ground),
        )
        self.routes: list[Route] = [
            *self._gate.routes,
            *assets.routes,
            *choice_routes(),
            *(route for page in each for route in page.routes),
        ]

    @property
    def refusal(self) -> ASGIApp:
        """The page for a form that was sent by somebody else's page."""
        return self._gate.refuse

    def handlers(self) -> dict[Any, Any]:
        """What answers in place of a route that failed."""
        return self._gate.handlers()
