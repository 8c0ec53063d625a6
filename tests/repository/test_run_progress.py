"""The contract on runs that go on: what they write of themselves, and what others ask of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.models import OutcomeKind, Run, RunState, StopRequest
from tests.repository.builders import HOUR, NOW
from tests.repository.test_runs import COARSE, FINE, MS, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.repository.interface import Repository

BEGUN = Run("r1", NOW, "night.example", 17, by="cron", total=40, written_at=NOW)
EVE = StopRequest("eve", NOW + HOUR)


def kept(repository: Repository, run_id: str = "r1") -> Run:
    found = repository.run(run_id)
    assert found is not None
    return found


def test_the_progress_of_a_run_is_kept(repository: Repository) -> None:
    repository.save_run(BEGUN)
    outcomes = {OutcomeKind.UPDATED: 3, OutcomeKind.KEPT: 0}
    further = replace(BEGUN, outcomes=outcomes, in_progress=7, in_review=1, written_at=NOW + MS)
    assert repository.write_progress(further) is None
    outcomes[OutcomeKind.UPDATED] += 1
    assert kept(repository) == replace(further, outcomes={OutcomeKind.UPDATED: 3, OutcomeKind.KEPT: 0})
    assert repository.runs_in_progress() == [kept(repository)]
    assert repository.write_progress(replace(BEGUN, written_at=FINE)) is None
    assert kept(repository).written_at == COARSE


def test_each_write_is_another_revision(repository: Repository) -> None:
    seen = []
    writes: list[Callable[[], object]] = [
        lambda: repository.save_run(BEGUN),
        lambda: repository.write_progress(BEGUN),
        lambda: repository.write_progress(BEGUN),
        lambda: repository.request_stop("r1", EVE),
        lambda: repository.save_run(replace(BEGUN, state=RunState.DONE)),
    ]
    for write in writes:
        write()
        seen.append(kept(repository).revision)
    assert seen == sorted(set(seen))
    assert repository.taking_part("r1")[0].revision == seen[-1]


def test_a_run_hears_of_a_stop_when_it_writes(repository: Repository) -> None:
    repository.save_run(BEGUN)
    repository.request_stop("r1", EVE)
    assert repository.write_progress(BEGUN) == EVE
    repository.request_stop("r1", StopRequest("bob", NOW + 2 * HOUR))
    assert repository.write_progress(BEGUN) == EVE, "who asked first stays on record"
    told = kept(repository)
    assert (told.stop_requested_by, told.stop_requested_at) == ("eve", NOW + HOUR)
    repository.save_run(replace(BEGUN, state=RunState.STOPPED, ended_at=NOW))
    told = kept(repository)
    assert (told.state, told.stop_requested_by, told.stop_requested_at) == (
        RunState.STOPPED,
        "eve",
        NOW + HOUR,
    )


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.RUNNING])
def test_nothing_is_asked_of_a_run_that_has_ended_and_its_record_stays(
    repository: Repository, state: RunState
) -> None:
    repository.save_run(replace(WHOLE, state=state))
    before = kept(repository)
    repository.request_stop("r1", EVE)
    assert repository.write_progress(replace(BEGUN, outcomes={OutcomeKind.FAILED: 1})) is None
    assert kept(repository) == before
    assert kept(repository).revision == before.revision


def test_of_a_run_that_is_on_no_record_nothing_is_kept(repository: Repository) -> None:
    assert repository.write_progress(BEGUN) is None
    repository.request_stop("r1", EVE)
    assert repository.runs() == []
    assert repository.taking_part("r1") == repository.taking_part("r\0\ud800") == []


def test_those_who_share_the_work_of_a_run_are_found_with_it_and_stop_with_it(
    repository: Repository,
) -> None:
    late = replace(BEGUN, id="a2", joined=True, part_of="r1", started_at=NOW + HOUR)
    early = replace(BEGUN, id="z3", joined=True, part_of="r1", started_at=NOW - HOUR)
    over = replace(late, id="b4", state=RunState.DONE)
    other = replace(BEGUN, id="r2")
    alone = replace(late, id="a5", part_of=None)
    for run in (late, other, over, BEGUN, early, alone):
        repository.save_run(run)
    assert repository.taking_part("r1") == [BEGUN, early, late, over]
    assert repository.taking_part("a2") == [late], "it may be asked to stop by itself"
    repository.request_stop("r1", EVE)
    assert repository.write_progress(early) == EVE
    asked = {run.id for run in repository.runs() if run.stop_requested_at}
    assert asked == {"r1", "a2", "z3"}


def test_a_name_that_cannot_be_stored_is_mended(repository: Repository) -> None:
    repository.save_run(BEGUN)
    repository.request_stop("r1", StopRequest("e\0ve\ud800", FINE))
    assert repository.write_progress(BEGUN) == StopRequest("e\ufffdve\ufffd", COARSE)


def test_writes_of_several_at_once_are_counted_each(repository: Repository) -> None:
    repository.save_run(BEGUN)
    before = kept(repository).revision
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: repository.write_progress(BEGUN), range(24)))
    assert kept(repository).revision == before + 24


def test_what_is_allotted_to_a_run_is_drawn_once_over_all_who_share_it(repository: Repository) -> None:
    repository.save_run(BEGUN)
    assert repository.draw("r1", 7) == 7, "without a limit"
    repository.allot("r1", 100)
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(lambda _: repository.draw("r1", 9), range(16)))
    assert sum(drawn) == 100
    assert sorted(drawn, reverse=True) == [9] * 11 + [1] + [0] * 4
    assert repository.draw("r1", -3) == -3
    repository.save_run(replace(BEGUN, total=100))
    assert [repository.draw("r1", 2) for _ in range(3)] == [2, 1, 0]
