"""The demo's platforms, with answers that a test holds back for as long as it wants."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.demo.faults import PICTURES
from talentimg.demo.server import PlatformServer
from talentimg.demo.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.demo.wire import RawRequest, Reaction
    from talentimg.demo.world import World

LOOK_AGAIN_S = 0.01


class HeldServer(PlatformServer):
    """Platforms that answer at once, or not before they are let go; pictures are handed out at any time."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._is_holding = False
        self._left = 0

    def hold(self, *, after: int = 0) -> None:
        """Answer so many questions more, and hold back the others."""
        self._left = after
        self._is_holding = True

    def let_go(self) -> None:
        """Answer whoever waits, and everybody from now on."""
        self._is_holding = False

    def _react(self, raw: RawRequest) -> Reaction:
        reaction = super()._react(raw)
        if not self._is_holding or raw.target.startswith(f"/{PICTURES}/"):
            return reaction
        self._left -= 1
        return reaction if self._left >= 0 else replace(reaction, delay=LOOK_AGAIN_S)

    def _connection(self) -> Wire:
        return _HeldWire(self._react, self._connections, lambda: self._is_holding)


class _HeldWire(Wire):
    """A connection whose late answers are later still while the server holds them back."""

    def __init__(
        self,
        react: Callable[[RawRequest], Reaction],
        connections: set[Wire],
        is_holding: Callable[[], bool],
    ) -> None:
        super().__init__(react, connections)
        self._is_holding = is_holding

    def _later(self, request: RawRequest, reaction: Reaction) -> None:
        if self._is_holding() and self._transport is not None:
            asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._later, request, reaction)
        else:
            super()._later(request, reaction)
