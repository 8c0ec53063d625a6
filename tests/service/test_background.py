"""Roster runs that go on after the answer to whoever started them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import RunInProgress, StoreUnavailable
from talentimg.models import RunState
from talentimg.service.run.background import BackgroundRuns
from talentimg.service.run.nightly import RunRequest
from tests.service.test_nightly import Bench

if TYPE_CHECKING:
    from talentimg.models import Run


class Held(Bench):
    """Runs whose looks wait until they may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.people(5)
        self.go_on = asyncio.Event()
        self.background = BackgroundRuns(self.nightly)
        provider = self.world.providers["instagram"]
        lookup = provider.lookup

        async def waiting(accounts: object) -> object:
            await self.go_on.wait()
            return await lookup(accounts)  # type: ignore[arg-type]

        provider.lookup = waiting  # type: ignore[method-assign,assignment]

    def record(self) -> Run:
        return self.world.repository.runs()[0]

    async def ended(self) -> None:
        task = self.background._task
        assert task is not None
        await asyncio.wait([task])


async def test_a_run_is_on_record_at_once_and_goes_on() -> None:
    held = Held()
    started = await held.background.start(RunRequest())
    assert (started.total, started.run.state) == (5, RunState.RUNNING)
    assert held.record().id == started.run.id
    assert held.background.current is started
    held.go_on.set()
    await held.ended()
    assert (held.record().state, held.record().looked_at) == (RunState.DONE, 5)


async def test_one_at_a_time() -> None:
    held = Held()
    await held.background.start(RunRequest())
    with pytest.raises(RunInProgress):
        await held.background.start(RunRequest())
    held.go_on.set()
    await held.ended()
    again = await held.background.start(RunRequest())
    await held.ended()
    kept = held.world.repository.run(again.run.id)
    assert kept is not None
    assert kept.state is RunState.DONE


async def test_it_can_be_stopped_gently() -> None:
    held = Held()
    assert not held.background.stop(0)
    await held.background.start(RunRequest())
    assert held.background.stop(0, "Eve stopped it.")
    held.go_on.set()
    await held.ended()
    assert (held.record().state, held.record().note) == (RunState.STOPPED, "Eve stopped it.")
    assert not held.background.stop(0)


async def test_it_ends_with_the_process_and_is_recorded() -> None:
    held = Held()
    await held.background.start(RunRequest())
    await held.background.close(143, "The server was told to end.", grace_s=0.01)
    assert held.background.current is None
    assert (held.record().state, held.record().exit_code) == (RunState.STOPPED, 143)
    assert held.record().note == "The server was told to end."
    await held.background.close(143, "again", grace_s=0)


async def test_what_keeps_it_from_beginning_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()

    def away(**_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(held.nightly.runs, "begin", away)
    with pytest.raises(StoreUnavailable):
        await held.background.start(RunRequest())
    await held.ended()
