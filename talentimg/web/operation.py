"""For those who operate the server: is the process well, can it work, and what did the nights come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from talentimg import __version__, shapes
from talentimg.errors import TalentimgError
from talentimg.models.access import Scope
from talentimg.monitoring.metrics import metrics_text
from talentimg.service.threads import in_thread
from talentimg.web.cache import Remembered

if TYPE_CHECKING:
    from starlette.requests import Request

    from talentimg.bootstrap import App
    from talentimg.models import Run
    from talentimg.web.access import Doorkeeper

LATEST_RUN_S: Final = 5.0
"""How old what is told of the latest run may be."""
_WELL, _FAILING = "well", "failing"
UNAVAILABLE: Final = 503
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/"""


class Operation:
    """Its routes. None of them counts who is due: with many talents that takes seconds."""

    def __init__(self, app: App, doorkeeper: Doorkeeper) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._latest = Remembered(self._ask_latest, seconds=LATEST_RUN_S)

    @property
    def routes(self) -> list[Route]:
        """`/healthz`, `/readyz` and `/metrics`."""
        return [
            Route("/healthz", self.health),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def health(self, _: Request) -> Response:
        """Whether the process is well: it answers."""
        return JSONResponse({"well": True, "version": __version__})

    async def ready(self, _: Request) -> Response:
        """Whether the store answers, and when the latest run was. Where the store is stays unsaid."""
        try:
            await self._app.reads(self._app.profiles.check)
            latest = await self._latest.get()
        except TalentimgError:
            return JSONResponse({"ready": False, "why": "The store does not answer."}, UNAVAILABLE)
        told = {"ready": True, "pictures": self._pictures(), "latest_run": _freshness(latest)}
        return JSONResponse(told)

    def _pictures(self) -> str:
        """How reading pictures went last. Without them initials are drawn, so it is ready all the same."""
        try:
            return _FAILING if self._app.store.is_failing else _WELL
        except TalentimgError:
            return _FAILING

    async def metrics(self, request: Request) -> Response:
        """The numbers of the latest run, as in the metrics file."""
        await self._doorkeeper.need(request, Scope.READ)
        try:
            latest = await self._latest.get()
        except TalentimgError:
            return Response(status_code=UNAVAILABLE)
        return Response(metrics_text(latest) if latest else b"", media_type=TEXT)

    async def _ask_latest(self) -> Run | None:
        runs = await in_thread(self._app.runs.latest, limit=1)
        return runs[0] if runs else None


def _freshness(run: Run | None) -> dict[str, object] | None:
    if run is None:
        return None
    return {name: shapes.plain(getattr(run, name)) for name in ("state", "started_at", "ended_at")}
