"""Many look-ups become few: those that arrive while one is running share the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Key = TypeVar("Key")
Value = TypeVar("Value")


class CoalescingLookup(Generic[Key, Value]):
    """Looks up keys with blocking code, one call at a time, each for all the keys that wait."""

    def __init__(self, look_up: Callable[[Sequence[Key]], Mapping[Key, Value]]) -> None:
        self._look_up = look_up
        self._waiting: dict[Key, list[asyncio.Future[Value | None]]] = {}
        self._working: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """The value of a key, or None if there is none. Errors of the look-up are raised here."""
        answer: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(answer)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                await self._answer(waiting)
        finally:
            self._working = None

    async def _answer(self, waiting: Mapping[Key, Sequence[asyncio.Future[Value | None]]]) -> None:
        try:
            found = await in_thread(self._look_up, list(waiting))
        except Exception as error:  # noqa: BLE001  it is raised where the answer is waited for
            for answer in _open(waiting.values()):
                answer.set_exception(error)
            return
        for key, answers in waiting.items():
            for answer in _open([answers]):
                answer.set_result(found.get(key))


def _open(
    groups: Iterable[Sequence[asyncio.Future[Value | None]]],
) -> Iterator[asyncio.Future[Value | None]]:
    """The answers that are still waited for."""
    return (answer for answers in groups for answer in answers if not answer.done())
