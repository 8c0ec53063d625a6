"""For those who operate the server: is the process well, can it work, and what did the nights come to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from talentimg import __version__
from talentimg.errors import TalentimgError
from talentimg.models.access import Scope
from talentimg.monitoring.metrics import metrics_text
from talentimg.web.errors import SILENT

if TYPE_CHECKING:
    from starlette.requests import Request

    from talentimg.web.access import Doorkeeper
    from talentimg.web.readiness import Readiness

UNAVAILABLE: Final = 503
PATIENCE_S: Final = 5.0
"""How long the store has to answer, as whoever asks whether it is ready waits no longer either."""
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/"""


class Operation:
    """Its routes."""

    def __init__(self, doorkeeper: Doorkeeper, readiness: Readiness) -> None:
        self._doorkeeper = doorkeeper
        self._readiness = readiness

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
            async with asyncio.timeout(PATIENCE_S):
                return JSONResponse(await self._readiness.told())
        except (TalentimgError, TimeoutError):
            return JSONResponse({"ready": False, "why": SILENT}, UNAVAILABLE)

    async def metrics(self, request: Request) -> Response:
        """The numbers of the latest run, as in the metrics file."""
        await self._doorkeeper.need(request, Scope.READ)
        try:
            latest = await self._readiness.latest_run()
        except TalentimgError:
            return Response(status_code=UNAVAILABLE)
        return Response(metrics_text(latest) if latest else b"", media_type=TEXT)
