"""The edition of a talent changes with what people say, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from talentimg.errors import EditedMeanwhile
from talentimg.models import Account, Candidate, Lock, Policy, Selection, State, Talent, TalentRecord
from talentimg.service.people.edition import check_edition, edition_of
from tests.conftest import NOW

ACCOUNT = Account("1", "ada", "github", "ada")
RECORD = TalentRecord(Talent("ada", "Ada", accounts=(ACCOUNT,)))


@pytest.mark.parametrize(
    "after",
    [
        replace(RECORD, talent=replace(RECORD.talent, name="Ada L.")),
        replace(RECORD, talent=replace(RECORD.talent, accounts=())),
        replace(RECORD, talent=replace(RECORD.talent, accounts=(replace(ACCOUNT, handle="adal"),))),
        replace(RECORD, policy=Policy(Lock("eve", NOW))),
    ],
)
def test_what_a_person_changes_makes_another_edition(after: TalentRecord) -> None:
    assert edition_of(after) != edition_of(RECORD)
    with pytest.raises(EditedMeanwhile, match="Ada"):
        check_edition(after, {edition_of(RECORD)})
    check_edition(after, None)


def test_a_look_makes_none() -> None:
    found = Candidate("ada", "github", State.FOUND, content_hash="c", checked_at=NOW)
    looked = replace(
        RECORD,
        talent=replace(RECORD.talent, accounts=(replace(ACCOUNT, renamed_to="adal"),)),
        selection=Selection("github", "c", "https://x.example/", NOW),
        candidates={"github": found},
    )
    assert edition_of(looked) == edition_of(RECORD)
    check_edition(looked, {edition_of(RECORD), "other"})
