"""What was changed over this process is seen at once by whoever asks it next, over whichever route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.bootstrap import App


class Changes:
    """Tells whoever remembers something of talents. Called in the loop that serves."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._forgetful: list[Callable[[str | None], None]] = []

    def heard_by(self, forget: Callable[[str | None], None]) -> None:
        """Have this called with the id of each talent who was changed, and with None for everybody."""
        self._forgetful.append(forget)

    async def of(self, talent_id: str) -> None:
        """Somebody was changed."""
        self._tell(talent_id)
        await in_thread(self._app.overview.touched, talent_id)

    def of_somebody(self) -> None:
        """Somebody was changed, of whom the overview has been told."""
        self._tell(None)

    async def of_everybody(self) -> None:
        """Anybody may have been changed."""
        self._tell(None)
        await in_thread(self._app.overview.anew)

    def _tell(self, talent_id: str | None) -> None:
        for forget in self._forgetful:
            forget(talent_id)
