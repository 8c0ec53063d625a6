"""The app's wishes for looks: at one talent, or at everybody who is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import RunInProgress, RunIsOver, RunNotFound
from talentimg.models import OutcomeKind, Reason
from talentimg.models.access import Scope
from talentimg.service.run.nightly import RunRequest
from talentimg.service.threads import in_thread
from talentimg.web.agency.body import body_of
from talentimg.web.agency.envelope import done, refused
from talentimg.web.agency.talents import profile_of
from talentimg.wording import sentence

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.models import Outcome, Run
    from talentimg.service.run.background import BackgroundRuns
    from talentimg.service.run.refresh import Refresher
    from talentimg.web.agency.session import Sessions
    from talentimg.web.agency.shapes import AgencyShapes

_BEGUN: Final = "Profile image sync started"
_GOING_ON: Final = "Profile image sync is under way already"
_STOPPING: Final = "Profile image sync stops when what is under way is finished"


class Syncs:
    """Answers when something was done, or has begun."""

    def __init__(
        self,
        app: App,
        sessions: Sessions,
        shapes: AgencyShapes,
        *,
        refresher: Refresher,
        runs: BackgroundRuns,
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._shapes = shapes
        self._refresher = refresher
        self._runs = runs

    async def one(self, request: Request) -> Response:
        """`POST /api/admin/talent/:id/profile-image/sync`."""
        caller = await self._sessions.need_admin(request, Scope.OPERATE)
        force = (await body_of(request)).get("forceRefresh") is True
        talent_id = request.path_params["talent_id"]
        outcome = (await self._refresher.refresh(talent_id, force=force, by=caller.name)).outcome
        # A platform that could not be asked is no fault of the server's: a 5xx would be told twice.
        # That a picture waits for a person is no trouble to whoever pressed a button.
        if outcome.is_trouble and outcome.reason is not Reason.REVIEW:
            raise refused(424, "SYNC_FAILED", sentence(outcome))
        profile = await profile_of(self._app, request)
        return done(self._shapes.synced(profile), _message(outcome))

    async def everybody(self, request: Request) -> Response:
        """`POST /api/admin/talent/sync/profile-images`: begins a run and tells its id at once."""
        caller = await self._sessions.need_admin(request, Scope.OPERATE)
        before, limit = self._app.schedule.due_before(), self._app.settings.sync_limit
        try:
            started = await self._runs.start(RunRequest(before=before, limit=limit, by=caller.name))
        except RunInProgress:
            return done(_counts(await self._under_way()), _GOING_ON)
        return done(_counts(started.run), _BEGUN)

    async def stop(self, request: Request) -> Response:
        """`DELETE` of the same: ends it gently, in whatever process it goes on."""
        caller = await self._sessions.need_admin(request, Scope.OPERATE)
        current = self._runs.current
        if current is not None and self._runs.stop(0, f"{caller.name} stopped it."):
            return done(_stopping(current.run), _STOPPING)
        try:
            elsewhere = await in_thread(self._app.runs.request_stop, None, by=caller.name)
        except (RunNotFound, RunIsOver):
            raise refused(404, "NOT_FOUND", "No sync is under way.") from None
        return done(_stopping(elsewhere.run), _STOPPING)

    async def _under_way(self) -> Run | None:
        current = self._runs.current
        if current is not None:
            return current.run
        others = await in_thread(self._app.repository.runs_in_progress)
        return others[0] if others else None


def _counts(run: Run | None) -> dict[str, Any]:
    """The counters of the app, of a run that has just begun, and where to find how it goes on."""
    return {
        "total": (run.total or 0) if run else 0,
        "successful": 0,
        "failed": 0,
        "errors": [],
        "runId": run.id if run else None,
        "state": "running",
    }


def _stopping(run: Run) -> dict[str, Any]:
    return {"runId": run.id, "state": "stopping"}


def _message(outcome: Outcome) -> str:
    if outcome.kind in {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}:
        return f"Profile image updated from {outcome.source}"
    return sentence(outcome)
