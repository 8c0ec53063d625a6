"""`talentimg import`: the same file every day, and what people said in between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.service import workbooks

if TYPE_CHECKING:
    from pathlib import Path

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
    told = imported(roster, "--json").json
    assert told.pop("id"), "whatever it changed"
    assert told == {
        "added": 0,
        "updated": 8,
        "left_out": [
            {"talent_id": f"t{n}", "platform": "bluesky", "handle": f"t{n}.example"} for n in range(7)
        ],
        "reconnected": [],
        "decided": 0,
        "unchosen": [],
        "refused": [],
        "forgotten": [],
        "remarks": [],
    }


def test_nothing_left_out_is_an_empty_list(roster: Shell) -> None:
    told = imported(roster, "--json").json
    assert told.pop("id"), "whatever it changed"
    assert told == {
        "added": 0,
        "updated": 8,
        "left_out": [],
        "reconnected": [],
        "forgotten": [],
        "decided": 0,
        "unchosen": [],
        "refused": [],
        "remarks": [],
    }


def test_an_import_tells_what_it_connects_in_place_of_what_somebody_disconnected(roster: Shell) -> None:
    disconnect(roster, 3)
    first = roster("import", "-", stdin="id,name,bluesky\nt0,Talent 0,new0.example")
    assert first.out.splitlines()[1:] == [
        "1 account was connected in place of one that somebody disconnected: t0 (bluesky)."
    ]
    assert first.err.splitlines()[0] == "To take it away again: talentimg disconnect t0 bluesky"
    both = "id,name,bluesky\nt1,Talent 1,new1.example\nt2,Talent 2,new2.example"
    told = roster("import", "-", "--json", stdin=both).json
    assert told["reconnected"] == [
        {"talent_id": f"t{n}", "platform": "bluesky", "handle": f"new{n}.example"} for n in (1, 2)
    ]
    assert roster("import", "-", "--json", stdin=both).json["reconnected"] == []


def test_several_that_come_back_are_named(roster: Shell) -> None:
    disconnect(roster, 2)
    file = "id,name,bluesky\nt0,Talent 0,new0.example\nt1,Talent 1,new1.example"
    done = roster("import", "-", stdin=file)
    assert done.out.splitlines()[1:] == [
        "2 accounts were connected in place of others that somebody disconnected: t0 (bluesky), t1 (bluesky)."
    ]
    assert done.err.splitlines()[0] == "To take one away again: talentimg disconnect ID PLATFORM"


def test_a_dry_run_tells_who_would_be_what_and_writes_nothing(roster: Shell) -> None:
    disconnect(roster, 2)
    before = roster("list", "--json").out
    people = ("t0;Talent 0;t0.example;", "t1;One;other.example;T1", "t2;Talent 2;;", "neu;Neu;;neu")
    file = "\n".join(("id;name;bluesky;github", *people))
    done = roster("import", "-", "--dry-run", stdin=file)
    assert done.code == 0
    assert done.out.splitlines() == [
        "Dry run: nothing was written.",
        "1 new, 1 changed, 1 connected again, 5 not in the file, 2 unchanged.",
        "+ neu  Neu",
        "~ t1  One",
        "    name: Talent 1 -> One",
        "    bluesky: other.example",
        "o t1  bluesky other.example in place of one that was disconnected",
        "  t0  bluesky t0.example stays disconnected",
        *(f"- t{n}  Talent {n}  (stays on the roster)" for n in range(3, 8)),
    ]
    told = roster("import", "-", "--dry-run", "--json", stdin=file).json
    assert told["new"] == [{"talent_id": "neu", "name": "Neu"}]
    assert [one["talent_id"] for one in told["gone"]] == ["t3", "t4", "t5", "t6", "t7"]
    assert (told["unchanged"], told["refused"]) == (2, None)
    assert roster("list", "--json").out == before


def test_a_dry_run_of_a_first_import_founds_no_roster(shell: Shell) -> None:
    done = shell("import", "-", "--dry-run", stdin=FILE)
    assert done.out.splitlines()[1] == "8 new, 0 changed, 0 connected again, 0 not in the file, 0 unchanged."
    assert not shell.data.exists()


def test_every_fault_is_told_and_each_remedy_once(online: Shell) -> None:
    file = "id;name;instagram;youtube\na;A;ig.me/p/x;youtu.be/x\n\n;B;b b;\na;C;c c;\n"
    done = online("import", "-", stdin=file)
    assert (done.code, done.out) == (2, "")
    give = "    Give the handle, like {0}, or the address of the profile, like {1}."
    assert done.err.splitlines() == [
        "standard input, line 2: No Instagram handle can be read from 'ig.me/p/x': it leads to a post.",
        give.format("ada.lovelace", "instagram.com/ada.lovelace"),
        "standard input, line 2: No YouTube handle can be read from 'youtu.be/x': it leads to a video.",
        give.format("@adalovelace", "youtube.com/@adalovelace"),
        "standard input, line 4: there is no id.",
        "    Every talent needs an id and a name.",
        "standard input, line 4: 'b b' is not a valid Instagram handle.",
        "standard input, line 5: the id 'a' appears twice, first in line 2.",
        "standard input, line 5: 'c c' is not a valid Instagram handle.",
        "Error: standard input has 6 faults, and nothing was imported.",
        "Hint: Mend them all and import it again; --dry-run only looks.",
    ]
    assert not online.data.exists() or online("list", "--json").out == ""


def test_a_spreadsheet_and_what_list_prints_are_imported(online: Shell, tmp_path: Path) -> None:
    book = tmp_path / "talents.xlsx"
    rows: list[list[object]] = [
        ["Name", "ID", "Instagram", "Phone"],
        ["Ada", 7, "https://instagram.com/ada/?x=1", "1"],
    ]
    book.write_bytes(workbooks.xlsx({"Talents": rows}))
    done = online("import", str(book))
    assert done.out == "Imported 1 talent: 1 new, 0 updated.\n"
    assert done.err.splitlines()[0].endswith("Columns that were not read, as they are none of ours: 'Phone'.")
    assert json.loads(online("list", "--json").out)["accounts"][0]["handle"] == "ada"
    again = online("import", "-", "--dry-run", stdin=online("list", "--json").out)
    assert again.out.splitlines()[1] == "0 new, 0 changed, 0 connected again, 0 not in the file, 1 unchanged."
