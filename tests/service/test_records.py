"""Which runs count as over, and whose claims are taken over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import NoRunLock, RunInProgress
from talentimg.models import Run, RunState
from talentimg.repository.interface import Claims
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.records import SILENT, RunRecords
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

HERE = socket.gethostname()
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def gone() -> int:
    """The id of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


class Shared(MemoryRepository):
    """A repository with others beside us."""

    def __init__(self, lock: bool | None, *claims: Claims) -> None:
        super().__init__()
        self.lock = lock
        self.left = list(claims)

    def lock_run(self) -> bool:
        if self.lock is None:
            raise NoRunLock("There is one connection only.")
        return self.lock

    def claims(self, now: datetime) -> list[Claims]:
        return self.left

    def release_of(self, processes: Collection[tuple[str, int]]) -> int:
        ended = [one for one in self.left if (one.host, one.pid) in processes]
        self.left = [one for one in self.left if one not in ended]
        return sum(one.talents for one in ended)


def begun(repository: Shared, *runs: Run, join: bool = False) -> dict[str, RunState]:
    """How earlier runs are recorded once another has begun."""
    for run in runs:
        repository.save_run(run)
    RunRecords(repository, lambda: NOW).begin(join=join)
    return {run.id: run.state for run in repository.runs() if run.id in {one.id for one in runs}}


def some(host: str, pid: int, *, joined: bool = False) -> Run:
    return Run(f"{host} {pid}", NOW - HOUR, host, pid, joined=joined)


@pytest.mark.parametrize("lock", [True, False, None])
def test_a_run_of_this_machine_whose_process_is_gone_is_over(lock: bool | None, gone: int) -> None:
    dead, living = some(HERE, gone), some(HERE, os.getpid())
    states = begun(Shared(lock), dead, living, join=True)
    assert states == {dead.id: RunState.DIED, living.id: RunState.RUNNING}


@pytest.mark.parametrize(
    ("lock", "joined", "is_over"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_of_another_machine_only_who_must_have_had_the_lock_is_over(
    lock: bool, joined: bool, is_over: bool, gone: int
) -> None:
    (state,) = begun(Shared(lock), some("night-1", gone, joined=joined), join=True).values()
    assert (state is RunState.DIED) is is_over


def test_a_silent_run_of_this_machine_is_over_whoever_has_the_id_of_its_process_now() -> None:
    silent = replace(some(HERE, os.getpid()), written_at=NOW - SILENT - timedelta(seconds=1))
    beating = replace(silent, id="beating", written_at=NOW - SILENT)
    assert begun(Shared(True), silent, beating) == {silent.id: RunState.DIED, "beating": RunState.RUNNING}


def test_after_a_day_the_id_of_a_process_says_nothing_any_more() -> None:
    old = replace(some(HERE, os.getpid()), started_at=NOW - timedelta(days=2))
    assert begun(Shared(True), old) == {old.id: RunState.DIED}


@pytest.mark.parametrize("lock", [True, None])
def test_claims_of_the_dead_of_this_machine_are_taken_over(lock: bool | None, gone: int) -> None:
    living = [
        Claims(HERE, os.getpid(), 1, NOW + HOUR),
        Claims("night-1", gone, 1, NOW + HOUR),
        Claims("", 0, 1, NOW),
    ]
    repository = Shared(lock, Claims(HERE, gone, 3, NOW + HOUR), *living)
    begun(repository)
    assert repository.left == living


def test_whoever_joins_takes_nothing_over(gone: int) -> None:
    repository = Shared(False, Claims(HERE, gone, 3, NOW + HOUR))
    begun(repository, join=True)
    assert len(repository.left) == 1
    with pytest.raises(RunInProgress):
        begun(repository)
