"""The roster runs: all of them, and each with what it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.routing import Route

from talentimg.errors import UsageError
from talentimg.models import NEEDS_THE_PERSON, USELESS_PICTURES, OutcomeKind, Reason, RunState
from talentimg.service.threads import in_thread
from talentimg.shapes import plain, run_json
from talentimg.web.pages.addresses import addresses_of, name_of
from talentimg.web.pages.charts import CLASSES, pieces
from talentimg.web.pages.render import twin
from talentimg.web.pages.section import Section

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.models import Outage, Run, RunTalent
    from talentimg.service.people.health import RunReport
    from talentimg.web.pages.live import LiveRuns
    from talentimg.web.pages.section import Ground

LISTED: Final = 100
_STATES: Final = {
    RunState.RUNNING: ("accent", "running"),
    RunState.VALVE: ("wait", "valve"),
    RunState.STOPPED: ("wait", "stopped"),
    RunState.FAILED: ("bad", "failed"),
    RunState.DIED: ("bad", "died"),
}


def verdict_of(run: Run) -> tuple[str, str, int]:
    """How a run went: a colour, the key of a word, and the number in it."""
    if run.state in _STATES:
        return *_STATES[run.state], 0
    needing = run.outcomes.get(OutcomeKind.RECONNECT, 0) + run.outcomes.get(OutcomeKind.FAILED, 0)
    if needing:
        return "bad", "needing", needing
    return ("good", "well", 0) if run.looked_at else ("", "nobody", 0)


_TO_DO: Final = {
    **dict.fromkeys(NEEDS_THE_PERSON, "reconnect"),
    **dict.fromkeys((Reason.NOT_FOUND, Reason.SUSPENDED), "handle"),
    **dict.fromkeys(USELESS_PICTURES, "picture"),
    **dict.fromkeys((Reason.BUG, Reason.STORAGE, Reason.PROCESSING), "log"),
    Reason.IDENTITY: "identity",
    Reason.CONFIG: "config",
}
_WHY_NOBODY: Final = {
    **dict.fromkeys((Reason.DNS, Reason.TIMEOUT, Reason.UNREACHABLE, Reason.TLS), "network"),
    **dict.fromkeys((Reason.BAD_JSON, Reason.SHAPE), "changed"),
    Reason.CONFIG: "config",
    Reason.BLOCKED: "blocked",
    Reason.THROTTLED: "throttled",
}


def to_do(one: RunTalent) -> str:
    """The key of the text that says what to do about somebody's trouble."""
    if one.kind is OutcomeKind.DEMOTED:
        return "instead"
    return _TO_DO.get(one.reason, "wait") if one.reason else "wait"


def _why_nobody(one: Outage) -> str:
    """The key of the texts that say why a platform answers nobody, and what to do."""
    return _WHY_NOBODY.get(one.reason, "other") if one.reason else "other"


class RunsPage(Section):
    """Its routes."""

    def __init__(self, ground: Ground, live: LiveRuns) -> None:
        super().__init__(ground)
        self._live = live

    @property
    def routes(self) -> list[Route]:
        """`/runs` and `/runs/{key}`."""
        return [
            Route("/runs", self.page),
            Route("/runs.json", self.document),
            Route("/runs/{key}.json", self.run_document),
            Route("/runs/{key}", self.run_page),
        ]

    async def page(self, request: Request) -> Response:
        """The latest of them."""
        frame = await self._frames.of(request)
        runs = await in_thread(self._app.runs.latest, limit=LISTED)
        twin_at = addresses_of(request).twin(request)
        return self._renderer.html(
            request, "runs", frame=frame, nav="runs", runs=runs, pieces=pieces, twin=twin_at
        )

    async def document(self, request: Request) -> Response:
        """The same for programs."""
        await self._frames.caller(request)
        runs = await in_thread(self._app.runs.latest, limit=LISTED)
        return twin({"runs": [run_json(run) for run in runs]})

    async def run_page(self, request: Request) -> Response:
        """One of them."""
        frame = await self._frames.of(request)
        report = await self._report(request)
        return self._renderer.html(
            request,
            "run",
            frame=frame,
            nav="runs",
            report=report,
            run=report.run,
            pieces=pieces,
            classes=CLASSES,
            to_do=to_do,
            outage_why=_why_nobody,
            progress=await self._live.progress_of(report.run),
            twin=addresses_of(request).twin(request),
        )

    async def run_document(self, request: Request) -> Response:
        """The same for programs."""
        await self._frames.caller(request)
        report = await self._report(request)
        told = {
            "talents": [plain(one) for one in dict.fromkeys((*report.troubles, *report.new))],
            "by_outage": report.by_outage,
        }
        return twin(run_json(report.run) | told)

    async def _report(self, request: Request) -> RunReport:
        run_id = name_of(request.path_params["key"])
        try:
            return await in_thread(self._app.health.run, run_id or "")
        except UsageError:
            raise HTTPException(404) from None
