"""Whether the server can work: the store answers, pictures can be read, and when the latest run was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg import shapes
from talentimg.errors import TalentimgError
from talentimg.service.threads import in_thread
from talentimg.web.cache import Remembered

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.models import Run

LATEST_RUN_S: Final = 5.0
"""How old what is told of the latest run may be."""
_WELL, _FAILING = "well", "failing"


class Readiness:
    """Nothing here counts who is due: with many talents that takes seconds."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._latest = Remembered(self._ask_latest, seconds=LATEST_RUN_S)

    async def told(self) -> dict[str, Any]:
        """How it stands.

        Raises:
            TalentimgError: the store does not answer.
        """
        await self._app.reads(self._app.profiles.check)
        latest = await self.latest_run()
        return {"ready": True, "pictures": self._pictures(), "latest_run": _freshness(latest)}

    async def latest_run(self) -> Run | None:
        """The latest run, if there is one.

        Raises:
            TalentimgError: the store does not answer.
        """
        return await self._latest.get()

    def _pictures(self) -> str:
        """How reading pictures went last. Without them initials are drawn, so it is ready all the same."""
        try:
            return _FAILING if self._app.store.is_failing else _WELL
        except TalentimgError:
            return _FAILING

    async def _ask_latest(self) -> Run | None:
        runs = await in_thread(self._app.runs.latest, limit=1)
        return runs[0] if runs else None


def _freshness(run: Run | None) -> dict[str, object] | None:
    if run is None:
        return None
    return {name: shapes.plain(getattr(run, name)) for name in ("state", "started_at", "ended_at")}
