"""What the sections of the admin page stand on, and what each of them is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import Route

    from talentimg.bootstrap import App
    from talentimg.web.pages.acting import Acting
    from talentimg.web.pages.frame import Frames
    from talentimg.web.pages.render import Renderer
    from talentimg.web.pictures import Pictures
    from talentimg.web.services import Services


@dataclass(frozen=True)
class Ground:
    """The services of the process, and what draws pages and does what their forms ask for."""

    app: App
    services: Services
    pictures: Pictures
    frames: Frames
    renderer: Renderer
    acting: Acting


class Section(ABC):
    """A section of the admin page, with addresses of its own."""

    def __init__(self, ground: Ground) -> None:
        self._app = ground.app
        self._services = ground.services
        self._pictures = ground.pictures
        self._frames = ground.frames
        self._renderer = ground.renderer
        self._acting = ground.acting

    @property
    @abstractmethod
    def routes(self) -> list[Route]:
        """Where it is."""
