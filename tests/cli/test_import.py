"""`talentimg import`: the same file every day, and what people said in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Shell

FILE = "id,name,bluesky,github\n" + "".join(f"t{n},Talent {n},t{n}.example,t{n}\n" for n in range(8))


@pytest.fixture
def roster(online: Shell) -> Shell:
    assert online("import", "-", stdin=FILE).out == "Imported 8 talents: 8 new, 0 updated.\n"
    return online


def disconnect(roster: Shell, number: int) -> None:
    for n in range(number):
        assert roster("disconnect", f"t{n}", "bluesky").code == 0


def imported(roster: Shell, *words: str) -> Done:
    done = roster("import", "-", *words, stdin=FILE)
    assert done.code == 0
    return done


def test_an_import_tells_whom_it_left_out_and_how_to_have_the_account_again(roster: Shell) -> None:
    disconnect(roster, 1)
    for _ in range(2):
        done = imported(roster)
        assert done.out.splitlines() == [
            "Imported 8 talents: 0 new, 8 updated.",
            "1 account was left out, as somebody disconnected it: t0 (bluesky).",
        ]
        assert done.err.splitlines() == [
            "To connect it again: talentimg connect t0 bluesky t0.example",
            "Next: talentimg sync-all",
        ]
    assert [a["platform"] for a in roster("show", "t0", "--json").json["accounts"]] == ["github"]
    assert roster("connect", "t0", "bluesky", "t0.example").code in {0, 3}
    assert imported(roster).out == "Imported 8 talents: 0 new, 8 updated.\n"


def test_a_few_are_named_and_programs_get_all_of_them(roster: Shell) -> None:
    disconnect(roster, 7)
    done = imported(roster)
    assert done.out.splitlines()[1] == (
        "7 accounts were left out, as somebody disconnected them: t0 (bluesky), t1 (bluesky), "
        "t2 (bluesky), t3 (bluesky), t4 (bluesky) and 2 more."
    )
    assert done.err.splitlines()[0] == "To connect one again: talentimg connect ID PLATFORM HANDLE"
    assert imported(roster, "--json").json == {
        "added": 0,
        "updated": 8,
        "left_out": [
            {"talent_id": f"t{n}", "platform": "bluesky", "handle": f"t{n}.example"} for n in range(7)
        ],
    }


def test_nothing_left_out_is_an_empty_list(roster: Shell) -> None:
    assert imported(roster, "--json").json == {"added": 0, "updated": 8, "left_out": []}
