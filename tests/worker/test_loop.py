"""When a worker takes part in the night of another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from talentimg.errors import RunInProgress, StoreUnavailable, TalentimgError
from talentimg.service.run.events import RunStarted
from talentimg.worker.loop import Worker
from tests.runs import RUN

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from talentimg.bootstrap import App
    from talentimg.worker.signs import Signs


@dataclass
class Nights:
    """The night of another worker, which is under way; how each attempt to take part in it ends."""

    ends: list[TalentimgError | None]
    asked: list[bool] = field(default_factory=list)

    def is_due(self) -> bool:
        return False

    def left(self) -> int:
        return 200

    def to_join(self) -> str:
        return "theirs"

    def start(self, request: Any) -> AsyncGenerator[RunStarted, None]:
        self.asked.append(request.join)
        return self._go(self.ends.pop(0))

    async def _go(self, error: TalentimgError | None) -> AsyncGenerator[RunStarted, None]:
        if error is not None:
            raise error
        yield RunStarted(RUN, 0)


@dataclass
class Services:
    """Those that a night takes."""

    nightly: Nights

    def __post_init__(self) -> None:
        self.night_clock = self.nightly
        self.schedule = self
        self.settings = self
        self.sync_limit = None

    def due_before(self) -> None:
        """Whenever."""


async def turns(nights: Nights, number: int) -> list[type[TalentimgError] | None]:
    worker = Worker(cast("App", Services(nights)), cast("Signs", None))
    ended: list[type[TalentimgError] | None] = []
    for _ in range(number):
        try:
            await worker._begin_night()
        except TalentimgError as error:
            ended.append(type(error))
        else:
            ended.append(None)
        if worker._nights._task is not None:
            await worker._nights._task
    return ended


async def test_who_has_taken_part_does_not_come_back_to_the_same_night() -> None:
    nights = Nights([None])
    await turns(nights, 3)
    assert nights.asked == [True]


async def test_who_takes_part_says_so_and_not_that_another_night_has_begun(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("INFO", "talentimg.worker"):
        await turns(Nights([None]), 1)
    assert caplog.messages == [f"Takes part in the night's run theirs, as {RUN.id}."]


@pytest.mark.parametrize("error", [StoreUnavailable("It is away."), RunInProgress("Not needed any more.")])
async def test_who_could_not_take_part_tries_again(error: TalentimgError) -> None:
    nights = Nights([error, None])
    assert len(await turns(nights, 3)) == 3
    assert nights.asked == [True, True]
