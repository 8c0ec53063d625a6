"""`talentimg accept`: whoever answers for an account now is the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.models import Candidate, Reason, Selection, State
from talentimg.models.question import question_of
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from tests.conftest import NOW

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def in_question(shell: Shell) -> Shell:
    """Somebody else answers for Ada's account on a platform that cannot be reached at the moment."""
    with open_repository(sqlite_url(shell.data / "talentimg.db"), create=True) as repository:
        repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("github", "ada"),))], NOW)
        record = repository.load("ada")
        (account,) = record.talent.accounts
        one = Candidate(
            "ada",
            "github",
            State.TROUBLE,
            Reason.IDENTITY,
            "Somebody else.",
            platform_user_id="99",
            checked_at=NOW,
            question=question_of(record.talent, "github"),
        )
        change = Change(
            "ada", Selection(synced_at=NOW), candidates=(one,), external_ids=((account.id, "17"),)
        )
        repository.save([change], NOW)
    return shell


def test_the_new_id_is_taken_over_even_if_nobody_can_be_asked_at_once(in_question: Shell) -> None:
    in_question.environment["TALENTIMG_PROVIDERS_GITHUB_BASE_URL"] = "https://127.0.0.1:9"
    done = in_question("accept", "ada", "GitHub", "--by", "eve", "--why", "called her", "--yes", "--json")
    assert (done.code, done.json["talent_id"], done.json["outcome"]) == (3, "ada", "failed")
    with open_repository(sqlite_url(in_question.data / "talentimg.db")) as repository:
        (account,) = repository.load("ada").talent.accounts
        (said,) = repository.audit("ada")
    assert (account.external_id, said.by, said.why) == ("99", "eve", "called her")


def test_where_nobody_can_be_asked_somebody_has_to_have_said_yes(in_question: Shell) -> None:
    done = in_question("accept", "ada", "github", "--by", "eve")
    assert (done.code, done.out) == (2, "")
    assert "Somebody has to look at who answers, and there is no terminal to ask." in done.err
    assert "--yes" in done.err
    with open_repository(sqlite_url(in_question.data / "talentimg.db")) as repository:
        assert repository.load("ada").talent.accounts[0].external_id == "17"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("ada", "tiktok"), 2, "Ada has no tiktok account connected."),
        (("nobody", "github"), 66, "nobody"),
    ],
)
def test_what_there_is_not_cannot_be_accepted(
    in_question: Shell, words: tuple[str, ...], code: int, told: str
) -> None:
    done = in_question("accept", *words)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
