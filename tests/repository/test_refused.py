"""What a database refuses is one talent's, whichever database it is and whoever else is in the batch."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ChangesRefused, RowRefused
from talentimg.models import Selection
from talentimg.repository.interface import Change
from talentimg.repository.isolating import save_apart
from talentimg.repository.sqlite.repository import SqliteRepository
from tests.repository.builders import NOW, found, picture, shown, talent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@given(st.lists(st.sampled_from("abcdefgh"), max_size=20), st.sets(st.sampled_from("abcdefgh")))
def test_exactly_those_are_left_out_who_are_refused(people: list[str], bad: set[str]) -> None:
    written: list[str] = []

    def save(changes: Sequence[Change]) -> set[str]:
        ids = [change.talent_id for change in changes]
        if bad & set(ids):
            raise RowRefused(f"Refused with {ids}.")
        written.extend(ids)
        return {"a"} & set(ids)

    changes = [Change(person, Selection()) for person in people]
    stale = sorted({"a"} & (set(people) - bad))
    if bad & set(people):
        with pytest.raises(ChangesRefused) as caught:
            save_apart(save, changes)
        assert set(caught.value.reasons) == bad & set(people)
        assert caught.value.out_of_date == stale
        assert ("Everything else" in (caught.value.hint or "")) == bool(set(people) - bad - {"a"})
        assert all(reason == f"Refused with {[person]}." for person, reason in caught.value.reasons.items())
    else:
        assert save_apart(save, changes) == stale
    assert written == [person for person in people if person not in bad], "in their order, and once"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            """CREATE TRIGGER guard BEFORE UPDATE ON "Talent" WHEN NEW.id = 'bob'
            BEGIN SELECT RAISE(ABORT, 'bob stays as he is'); END""",
            "bob stays as he is",
        ),
        (
            """CREATE TRIGGER guard BEFORE UPDATE ON "Talent" WHEN NEW.id = 'bob'
            BEGIN SELECT RAISE(IGNORE); END""",
            "no error was told",
        ),
        ("ALTER TABLE talentimg_selections ADD mark CHECK (talent_id <> 'bob')", "CHECK"),
    ],
)
def test_a_row_that_a_file_refuses_is_one_talents(new_store: Path, statement: str, told: str) -> None:
    people = ("ada", "bob", "cid")
    with SqliteRepository.open(new_store) as repository:
        repository.add([talent(person, "github") for person in people], NOW)
        with closing(sqlite3.connect(new_store, isolation_level=None)) as app:
            app.execute(statement)
        with pytest.raises(ChangesRefused) as caught:
            repository.save([Change(person, shown(), (found(person, "github"),)) for person in people], NOW)
        assert list(caught.value.reasons) == ["bob"]
        assert told in caught.value.reasons["bob"]
        for person in people:
            record = repository.load(person)
            assert (record.selection == shown()) == bool(record.candidates) == (person != "bob")


def test_a_cut_that_a_file_refuses_is_told_with_what_to_do(new_store: Path) -> None:
    cut = replace(picture(), height=900)
    with SqliteRepository.open(new_store) as repository:
        repository.add([talent("ada", "bluesky")], NOW)
        repository.save([Change("ada", shown(), (found("ada"),), picture=cut)], NOW)
        with closing(sqlite3.connect(new_store, isolation_level=None)) as app:
            app.execute("""CREATE TRIGGER guard BEFORE UPDATE ON "Talent" BEGIN SELECT RAISE(IGNORE); END""")
        with pytest.raises(
            RowRefused, match=r"^The table .* and no error was told: a trigger .*it.$"
        ) as caught:
            repository.recut(cut, replace(cut, content_hash="beef", crop="x"), NOW, why="x", by="x")
        assert caught.value.hint == "Have the trigger leave the columns of talentimg alone."
        assert repository.picture("beef") is None
        assert repository.load("ada").candidates["bluesky"].content_hash == "c0ffee"
