"""`talentimg review`: the list, and a person's word."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Candidate, Review, ReviewState, Selection, State
from talentimg.models.question import question_of
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from tests.conftest import NOW

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

NEW = "c" * 64


@pytest.fixture
def waiting(shell: Shell) -> Shell:
    """Three people with a picture, each of whom has put up another one, an hour after the one before."""
    with open_repository(sqlite_url(shell.data / "talentimg.db"), create=True) as repository:
        for hour, name in enumerate(("Ada", "Grace", "Mary")):
            talent_id = name.lower()
            repository.add([NewTalent(talent_id, name, accounts=(NewAccount("github", talent_id),))], NOW)
            record = repository.load(talent_id)
            question = question_of(record.talent, "github")
            since = NOW + timedelta(hours=hour)
            new = Candidate(
                talent_id,
                "github",
                State.FOUND,
                content_hash=NEW,
                source_hash="b",
                checked_at=NOW,
                question=question,
            )
            shown = Selection("github", "d" * 64, "https://pictures.example/d", NOW, question)
            asked = Review(talent_id, "github", "b", NEW, ReviewState.WAITING, since)
            repository.save([Change(talent_id, shown, candidates=(new,), reviews=(asked,))], NOW)
    return shell


def test_what_waits_is_listed_and_settled_one_by_one_or_as_it_was_seen(waiting: Shell) -> None:
    listed = waiting("review")
    assert listed.code == 0
    assert [line.split("│")[1].strip() for line in listed.out.splitlines() if line.startswith("│")] == [
        "Ada (ada)",
        "Grace (grace)",
        "Mary (mary)",
    ]
    assert "talentimg review approve --all --listed" in listed.err
    approved = waiting("review", "approve", "ada", "--hash", "cccccc", "--by", "eve", "--why", "it is she")
    assert (approved.code, approved.out) == (
        0,
        "Ada: the picture from github is approved. Profile photo updated from github\n",
    )
    seen = (NOW + timedelta(hours=1)).isoformat()
    rejected = waiting("review", "reject", "--all", "--listed", seen, "--json")
    assert [(line["talent_id"], line["outcome"]) for line in rejected.lines] == [("grace", "unchanged")]
    assert [line["talent_id"] for line in waiting("review", "--json").lines] == ["mary"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("approve",), 2, "Give the ids of talents, or --all."),
        (("approve", "ada", "--all"), 2, "Give the ids of talents, or --all."),
        (("approve", "ada", "--hash", "ffffff"), 2, "is another picture by now"),
        (("reject", "--all"), 2, "somebody must have looked"),
        (("reject", "--all", "--listed", "noon"), 2, "is no time"),
        (("approve", "nobody"), 66, "nobody"),
    ],
)
def test_what_is_not_clear_settles_nothing(
    waiting: Shell, words: tuple[str, ...], code: int, told: str
) -> None:
    done = waiting("review", *words)
    assert (done.code, done.out) == (code, "")
    assert told in " ".join(done.err.split())
    assert len(waiting("review", "--json").lines) == 3
