"""Health: how fresh the roster is, how platforms answered, and what needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.routing import Route

from talentimg.models import MOST_COUNTED, OutcomeKind
from talentimg.service.decision.state import TalentState
from talentimg.service.threads import in_thread
from talentimg.shapes import listed_json, plain, platform_json, run_json, suspect_json
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.charts import night_bars, pieces, share_of
from talentimg.web.pages.render import twin
from talentimg.web.pages.section import Section

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.service.people.health import HealthReport, PlatformHealth
    from talentimg.service.people.lines import Facets
    from talentimg.service.run.nights import FreshNight

RUNS_SHOWN: Final = 6


class HealthPage(Section):
    """Its routes."""

    @property
    def routes(self) -> list[Route]:
        """`/health`."""
        return [
            Route("/health", self.page),
            Route("/health.json", self.document),
            Route("/health/suspects/{content_hash}/{form}", self.suspect),
        ]

    async def page(self, request: Request) -> Response:
        """All of it."""
        frame = await self._frames.of(request)
        report = await in_thread(self._app.health.report)
        return self._renderer.html(
            request,
            "health",
            frame=frame,
            nav="health",
            report=report,
            facets=report.facets,
            certain=certain(report.facets),
            lost=_lost(report),
            pieces=pieces,
            bars=night_bars(report.nights),
            most_counted=MOST_COUNTED,
            latest=_latest(report),
            lowest=_lowest(report),
            runs=[run for run in report.runs if not run.joined][:RUNS_SHOWN],
            twin=addresses_of(request).twin(request),
        )

    async def suspect(self, request: Request) -> Response:
        """The picture that is suspected, for whoever may see the page."""
        await self._frames.caller(request)
        name = request.path_params["content_hash"]
        suspects = await in_thread(self._app.placeholders.suspects)
        if name not in {one.content_hash for one in suspects}:
            raise HTTPException(404)
        picture = await in_thread(self._app.repository.picture, name)
        return await self._pictures.closed(request, picture.renditions if picture else ())

    async def document(self, request: Request) -> Response:
        """The same for programs."""
        await self._frames.caller(request)
        report = await in_thread(self._app.health.report)
        return twin(
            {
                "facets": plain(report.facets),
                "nights": [_night_json(one) for one in report.nights],
                "platforms": [_platform_json(one) for one in report.platforms],
                "needing": [listed_json(one) for one in report.needing],
                "suspects": [suspect_json(one) for one in report.suspects],
                "runs": [run_json(run) for run in report.runs],
            }
        )


def _night_json(night: FreshNight) -> dict[str, Any]:
    return {
        "day": night.day.isoformat(),
        "run": night.run.id if night.run else None,
        "freshness": plain(night.freshness),
    }


def _platform_json(one: PlatformHealth) -> dict[str, Any]:
    return {
        "platform": one.platform,
        "answered": one.answered,
        "trouble": one.asked - one.answered,
        "cooldowns": plain(list(one.resting)),
        "standing": platform_json(one.standing) if one.standing else None,
    }


def _latest(report: HealthReport) -> FreshNight | None:
    """The last night that has counted."""
    return next((one for one in reversed(report.nights) if share_of(one) is not None), None)


def _lowest(report: HealthReport) -> FreshNight | None:
    """The night on which the fewest were fresh."""
    counted = [one for one in report.nights if share_of(one) is not None]
    return min(counted, key=lambda one: share_of(one) or 0.0, default=None)


def certain(facets: Facets) -> int:
    """Of how many what is shown is what their sources show, or what a person said."""
    known = (TalentState.FRESH, TalentState.LOCKED, TalentState.INITIALS)
    return sum(facets.states[state] for state in known)


def _lost(report: HealthReport) -> int:
    """How often a run has moved somebody down the chain."""
    return sum(run.outcomes.get(OutcomeKind.DEMOTED, 0) for run in report.runs)
