"""The run under way, whoever started it: begun, watched and stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from talentimg.errors import RunNotFound
from talentimg.models import RunState
from talentimg.service.run.nightly import RunRequest
from talentimg.service.threads import in_thread
from talentimg.web.pages.acting import Done
from talentimg.web.pages.addresses import addresses_of, name_of
from talentimg.web.pages.charts import CLASSES
from talentimg.web.pages.said import Said
from talentimg.web.pages.section import Section

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.models import Run, RunProgress
    from talentimg.web.pages.acting import Asked


class LiveRuns(Section):
    """Their routes."""

    @property
    def routes(self) -> list[Route]:
        """`/live`, and what begins and ends a run."""
        return [
            Route("/live", self.part),
            Route("/runs", self.start, methods=["POST"]),
            Route("/runs/{key}/stop", self.stop, methods=["POST"]),
        ]

    async def part(self, request: Request) -> Response:
        """How it goes, as a part of a page; empty if there is none, but for the one that is named."""
        frame = await self._frames.of(request)
        named = request.query_params.get("run", "")
        progress = await self._found(named) if named else await self.progress_of(frame.latest)
        return self._renderer.html(request, "run_live", frame=frame, progress=progress, classes=CLASSES)

    async def progress_of(self, run: Run | None) -> RunProgress | None:
        """How a run goes on; None if it does not."""
        if run is None or run.state is not RunState.RUNNING:
            return None
        found = await self._found(run.id)
        return found if found is not None and not found.is_over else None

    async def _found(self, run_id: str) -> RunProgress | None:
        try:
            return await self._services.following.now(run_id)
        except RunNotFound:
            return None

    async def start(self, request: Request) -> Response:
        """Look at everybody who is due. It goes on after the answer."""
        at = addresses_of(request)

        async def work(asked: Asked) -> Done:
            before, limit = self._app.schedule.due_before(), self._app.settings.sync_limit
            started = await self._services.runs.start(RunRequest(before=before, limit=limit, by=asked.by))
            back = at.own(asked.get("back"), at.run(started.run.id).removeprefix(at.root))
            return Done(Said("said.run_begun"), back)

        return await self._acting.act(request, work, at.roster())

    async def stop(self, request: Request) -> Response:
        """Have it start no more talents, and finish those in progress."""
        at, run_id = addresses_of(request), name_of(request.path_params["key"]) or ""

        async def work(asked: Asked) -> Done:
            await in_thread(self._app.runs.request_stop, run_id, by=asked.by)
            back = at.own(asked.get("back"), at.run(run_id).removeprefix(at.root))
            return Done(Said("said.stopping"), back)

        return await self._acting.act(request, work, at.run(run_id))
