"""What programs are told: complete, printable, and without anything secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from talentimg.models import Account, Candidate, Policy, State, Talent, TalentRecord, Token
from talentimg.service.decision.explain import Step
from talentimg.shapes import run_json, shown_json, summary_json, talent_json
from tests.runs import RUN

ANY_TEXT = st.text(st.characters())
SECRET = "S3CRET"


def record_of(text: str) -> TalentRecord:
    """A talent all of whose texts are this one, and whose tokens are secret."""
    account = Account("a1", text, text, text, text, text, Token(SECRET, SECRET))
    candidate = Candidate(text, text, State.FOUND, detail=text, asked=text)
    return TalentRecord(
        Talent(text, text, text, text, (account,)), policy=Policy(note=text), candidates={text: candidate}
    )


@given(text=ANY_TEXT)
@example(text="half a pair: \ud83d")
def test_no_text_ever_spoils_the_output_and_no_secret_is_ever_in_it(text: str) -> None:
    record = record_of(text)
    steps = [(Step(text, None, record.candidates[text], text), datetime(2026, 11, 24, tzinfo=UTC))]
    for document in (talent_json(record.talent), shown_json(record, None, steps)):
        said = json.dumps(document, ensure_ascii=False)
        said.encode("utf-8")
        assert SECRET not in said


def test_the_chain_is_told_only_to_those_who_ask_why() -> None:
    assert "chain" not in shown_json(record_of("ada"), None)
    assert shown_json(record_of("ada"), None, [])["chain"] == []


def test_the_summary_of_a_run_adds_up() -> None:
    document = summary_json(RUN, [], dry_run=False, seconds=1.5)
    assert document["run"] == RUN.id
    assert document["looked_at"] == sum(document[kind.value] for kind in RUN.outcomes)
    assert document["platforms"] == run_json(RUN)["platforms"]


def test_the_summary_of_a_dry_run_names_no_run() -> None:
    assert summary_json(RUN, [], dry_run=True, seconds=1.5)["run"] is None
