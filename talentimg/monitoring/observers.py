"""Those outside who want to know how roster runs go, as a run notifies them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate
from talentimg.monitoring.metrics import write_metrics
from talentimg.monitoring.ping import ping

if TYPE_CHECKING:
    from talentimg.models import Run


class PingObserver:
    """A service like healthchecks.io, which raises an alarm when no run comes."""

    def __init__(self, url: str, *, user_agent: str) -> None:
        self._url = url
        self._user_agent = user_agent

    def started(self) -> str | None:
        """A run has begun."""
        return ping(self._url, "start", user_agent=self._user_agent)

    def ended(self, _run: Run, exit_code: int) -> str | None:
        """A run has ended: 0 is a success."""
        return ping(self._url, str(exit_code), user_agent=self._user_agent)


class MetricsObserver:
    """A file that the node exporter reads."""

    def __init__(self, path: str) -> None:
        self._path = path

    def started(self) -> str | None:
        """The figures are those of ended runs."""
        return None

    def ended(self, run: Run, _exit_code: int) -> str | None:
        """A run has ended: its figures take the place of the last one's."""
        try:
            write_metrics(self._path, run)
        except CannotCreate as error:
            return error.message
        return None
