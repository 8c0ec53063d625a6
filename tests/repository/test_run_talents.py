"""The contract on those of whom runs have something to tell: kept with the run, gone with the talent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Action, AuditEntry, Freshness, OutcomeKind, Reason, Run, RunState, RunTalent
from tests.repository.builders import DAY, HOUR, NOW, synced, talent

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.repository.interface import Repository

RUN = Run("r1", NOW, "night-1", 4711, state=RunState.DONE, ended_at=NOW)
NEW = RunTalent("ada", OutcomeKind.UPDATED, "tiktok", "bluesky", None, None, "new", "old")
SILENT = RunTalent("bob", OutcomeKind.FAILED, "tiktok", "initials", Reason.THROTTLED, "TikTok wants a pause.")


@pytest.fixture
def run(repository: Repository) -> Run:
    """A run of which something is told of two people."""
    repository.add([talent("ada", "tiktok", "bluesky"), talent("bob", "tiktok"), talent("cleo")], NOW)
    repository.save_run(RUN)
    repository.note_talents("r1", [NEW, SILENT])
    return RUN


@pytest.mark.usefixtures("run")
def test_what_a_run_tells_of_people_is_kept_by_run(repository: Repository) -> None:
    repository.save_run(replace(RUN, id="r2"))
    repository.note_talents("r2", [replace(NEW, talent_id="cleo")])
    assert repository.noted_talents(["r1"]) == [NEW, SILENT]
    assert [one.talent_id for one in repository.noted_talents(["r1", "r2", "none"])] == ["ada", "bob", "cleo"]
    assert repository.noted_talents([]) == []


@pytest.mark.usefixtures("run")
def test_what_is_told_again_stands_in_place_of_what_was_told_before(repository: Repository) -> None:
    again = RunTalent("ada", OutcomeKind.KEPT, "tiktok", "tiktok", Reason.PLACEHOLDER, "It is a placeholder.")
    repository.note_talents("r1", [again], settled=["bob"])
    assert repository.noted_talents(["r1"]) == [again]
    repository.note_talents("r1", [], settled=["ada", "nobody"])
    assert repository.noted_talents(["r1"]) == []


@pytest.mark.usefixtures("run")
def test_nothing_is_kept_of_those_who_have_left(repository: Repository) -> None:
    repository.erase("bob", NOW, forgotten_by="eve")
    assert repository.noted_talents(["r1"]) == [NEW]
    repository.note_talents("r1", [SILENT, replace(SILENT, talent_id="nobody")])
    assert repository.noted_talents(["r1"]) == [NEW], "a run under way does not bring them back"


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("platform", ["tiktok", "bluesky"])
def test_a_forgotten_platform_is_neither_what_is_shown_nor_what_was(
    repository: Repository, platform: str
) -> None:
    repository.erase("ada", NOW, platform=platform, forgotten_by="eve")
    assert repository.noted_talents(["r1"]) == [SILENT]
    repository.note_talents("r1", [NEW])
    assert repository.noted_talents(["r1"]) == [SILENT]


@pytest.mark.usefixtures("run")
def test_what_is_told_of_others_no_longer_names_them(repository: Repository) -> None:
    told = "It belongs to bob.on.tiktok now."
    repository.note_talents("r1", [RunTalent("cleo", OutcomeKind.KEPT, "x", "x", Reason.IDENTITY, told)])
    repository.erase("bob", NOW, forgotten_by="eve")
    (left,) = (one for one in repository.noted_talents(["r1"]) if one.talent_id == "cleo")
    assert left.detail == "It belongs to [forgotten] now."


@pytest.mark.usefixtures("run")
def test_what_is_told_goes_with_who_is_merged_into_another(repository: Repository) -> None:
    repository.merge("bob", "ada", NOW, AuditEntry("ada", NOW, Action.MERGE, "eve"))
    assert repository.noted_talents(["r1"]) == [NEW]


def test_what_is_told_goes_with_the_run(repository: Repository, run: Run) -> None:
    young = replace(run, id="young", started_at=NOW + DAY)
    repository.save_run(young)
    repository.note_talents("young", [SILENT])
    repository.drop_aged(NOW + DAY, runs_before=NOW + HOUR, history_before=NOW, limit=100)
    assert repository.noted_talents(["r1"]) == []
    assert repository.noted_talents(["young"]) == [SILENT]


def test_not_a_byte_is_left_in_the_file_of_whom_a_run_told(new_store: Path) -> None:
    from talentimg.repository.sqlite.repository import SqliteRepository

    with SqliteRepository.open(new_store) as repository:
        repository.add([talent("unmistakable", "tiktok")], NOW)
        repository.save_run(RUN)
        told = RunTalent("unmistakable", OutcomeKind.FAILED, "tiktok", "initials", None, "a-unique-sentence")
        repository.note_talents("r1", [told])
        repository.erase("unmistakable", NOW, forgotten_by="eve")
        repository.wipe_free_space()
    held = b"".join(file.read_bytes() for file in new_store.parent.glob(f"{new_store.name}*"))
    assert b"unmistakable" not in held
    assert b"a-unique-sentence" not in held


def test_how_fresh_the_roster_is_counts_those_who_can_be_asked(repository: Repository) -> None:
    assert repository.freshness(NOW, at_most=10) == Freshness(0, 0)
    repository.add([talent(i, "bluesky") for i in "abcde"] + [talent("nobody's")], NOW)
    for talent_id, age in (("a", HOUR), ("b", DAY), ("c", DAY + HOUR), ("d", 3 * DAY)):
        synced(repository, talent_id, NOW - age)
    assert repository.freshness(NOW, at_most=10) == Freshness(2, 3, NOW - 3 * DAY)
    assert repository.freshness(NOW, at_most=1) == Freshness(1, 1, NOW - 3 * DAY)
    assert repository.outlook(NOW, before=None, at_most=2, min_age=DAY).freshness == Freshness(
        2, 2, NOW - 3 * DAY
    )
