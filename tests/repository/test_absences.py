"""The contract on how many show a picture of a source, and of how many of them it is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models import Candidate, Selection, State
from talentimg.repository.interface import Change
from tests.repository.builders import DAY, HOUR, NOW, found, picture, shown, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository


def show(repository: Repository, talent_id: str, selection: Selection, *candidates: Candidate) -> None:
    repository.add([talent(talent_id, "bluesky", "github")], NOW)
    repository.save([Change(talent_id, selection, candidates, picture=picture())], NOW)


def test_absences_count_among_those_who_show_the_source(repository: Repository) -> None:
    def gone(talent_id: str, source: str = "bluesky") -> Candidate:
        return replace(found(talent_id, source), state=State.ABSENT, absent_since=NOW, absent_count=1)

    show(repository, "ada", shown(), found("ada"))
    show(repository, "bob", shown(), gone("bob"))
    show(repository, "cid", shown(), found("cid"), gone("cid", "github"))
    show(repository, "dan", shown(), replace(gone("dan"), checked_at=NOW - DAY))
    show(repository, "eve", shown(), Candidate("eve", "bluesky", State.TROUBLE, content_hash="c0ffee"))
    show(repository, "fay", shown("github"), found("fay", "github"), gone("fay"))
    show(repository, "gil", Selection(synced_at=NOW), gone("gil"))
    everything = ["bluesky", "github", "initials", "x\0"]
    assert repository.absences(everything, NOW - HOUR) == {"bluesky": (5, 1), "github": (1, 0)}
    assert repository.absences(["bluesky"], NOW) == {"bluesky": (5, 1)}
    assert repository.absences(["bluesky"], NOW - DAY) == {"bluesky": (5, 2)}
    assert repository.absences(["tiktok"], NOW) == repository.absences([], NOW) == {}
