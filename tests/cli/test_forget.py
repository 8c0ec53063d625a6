"""`forget`, `remember`, `remove`, `merge` and `sweep`, as somebody types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.cli.forget import finish, render
from talentimg.errors import StoreLocked
from talentimg.service.people.forgetting import Proof
from tests.cli.test_mistakes import assert_plain

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell

ROSTER = "id,name,github,bluesky\nada,Ada Lovelace,ada,ada.example\nbob,Bob,bob,\n"


@pytest.fixture
def roster(shell: Shell, tmp_path: Path) -> Shell:
    (tmp_path / "roster.csv").write_text(ROSTER)
    assert shell("import", str(tmp_path / "roster.csv")).code == 0
    return shell


def test_forgetting_prints_the_proof(roster: Shell, tmp_path: Path) -> None:
    done = roster("forget", "ada", "--yes", "--by", "eve")
    assert done.code == 0
    assert done.out.splitlines() == [
        "Forgot Ada Lovelace (ada).",
        "  Removed: 1 word of a person, 1 record of an import, 2 accounts, 1 row of the talent.",
        "  Looked for afterwards and not found: the id in every table of talentimg, and the files.",
    ]
    assert "talentimg remember ada" in done.err
    again = roster("forget", "ada", "--yes", "--json").json
    assert (again["holds"], again["rows"], again["name"]) == (True, {}, None)
    assert again["forgotten_before"] is not None
    assert b"Lovelace" not in b"".join(path.read_bytes() for path in roster.data.rglob("*") if path.is_file())
    for words in (("show", "ada"), ("sync", "ada"), ("connect", "ada", "github", "ada")):
        shown = roster(*words)
        assert shown.code == 66
        assert "was forgotten on" in shown.err
        assert "talentimg remember ada" in shown.err
    added = roster("add", "Ada", "--id", "ada")
    assert added.code == 2
    assert "was forgotten on" in added.err
    imported = roster("import", str(tmp_path / "roster.csv"))
    assert imported.code == 0
    assert "Left out, as to stay forgotten: ada." in imported.out
    assert roster("import", str(tmp_path / "roster.csv"), "--json").json["forgotten"] == [
        {"talent_id": "ada", "platform": None}
    ]
    remembered = roster("remember", "ada")
    assert remembered.out.startswith("ada may come back; eve had it forgotten on ")
    assert roster("remember", "ada").code == 2
    assert "1 new" in roster("import", str(tmp_path / "roster.csv")).out


def test_why_is_told_with_the_proof_and_kept_nowhere(roster: Shell) -> None:
    done = roster("forget", "ada", "--yes", "--by", "eve", "--why", "Ada's lawyer wrote")
    assert "  Why, as eve says: Ada's lawyer wrote" in done.out.splitlines()
    again = roster("forget", "ada", "--yes", "--json", "--by", "eve", "--why", "once more").json
    assert (again["by"], again["why"]) == ("eve", "once more")
    kept = b"".join(path.read_bytes() for path in roster.data.rglob("*") if path.is_file())
    assert b"lawyer" not in kept
    assert b"once more" not in kept


def test_what_cannot_be_undone_is_asked_once(roster: Shell) -> None:
    for words in (("forget", "ada"), ("remove", "ada"), ("merge", "ada", "bob")):
        done = roster(*words)
        assert_plain(done, 2)
        assert "--yes" in done.err
    assert len(roster("list", "--json").lines) == 2


def test_two_who_are_one_are_merged(roster: Shell) -> None:
    done = roster("merge", "ada", "bob", "--yes", "--why", "twice on the list")
    assert done.code == 0
    assert done.out.splitlines() == [
        "Merged Ada Lovelace (ada) into Bob (bob).",
        "  Moved: the bluesky account, 1 word of a person.",
        "  Left, as Bob has their own: the github account.",
    ]
    again = roster("merge", "ada", "bob", "--yes", "--json").json
    assert (again["merged"], again["moved"], again["left"]) == (False, [], [])
    assert roster("merge", "bob", "nobody", "--yes").code == 66


def test_several_are_removed_and_may_be_imported_again(roster: Shell, tmp_path: Path) -> None:
    assert_plain(roster("remove", "ada", "nosuch", "bob", "--yes"), 66)
    assert len(roster("list", "--json").lines) == 2
    done = roster("remove", "ada", "bob", "--yes", "--json", "--by", "eve", "--why", "they left")
    assert [(one["talent_id"], one["holds"]) for one in done.lines] == [("ada", True), ("bob", True)]
    assert {(one["by"], one["why"]) for one in done.lines} == {("eve", "they left")}
    assert roster("list", "--json").lines == []
    assert roster("remove", "ada", "--yes").code == 66
    assert "2 new" in roster("import", str(tmp_path / "roster.csv")).out


def test_what_was_finished_of_an_earlier_removal_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    render(Proof("ada", None), "Removed", as_json=False)
    told = "ada is not on the roster. What an earlier removal had left was finished."
    assert capsys.readouterr().out.split() == told.split()


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        (Proof("ada", None, free_space="Others read."), "Others read"),
        (Proof("ada", None, files_left=4), "still there"),
        (Proof("ada", None, left={"audit": 1}), "Something was written"),
    ],
)
def test_what_is_left_to_do_ends_with_75(proof: Proof, told: str) -> None:
    with pytest.raises(StoreLocked, match=told) as error:
        finish([Proof("bob", "Bob"), proof])
    assert error.value.exit_code == 75
    assert error.value.hint is not None
    assert error.value.hint.startswith("Say the same again")


def test_a_sweep_says_what_it_removed(roster: Shell) -> None:
    assert roster("sweep").out == "Nothing had to be removed.\n"
    assert roster("sweep", "--quiet").out == ""
    stray = roster.data / "images" / "ab" / f"{'ab' * 32}.webp"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"of a sync that was killed")
    assert roster("sweep", "--json").json["files"] == 0
    assert stray.exists()
    swept = roster("sweep", TALENTIMG_KEEP_GRACE_HOURS="0")
    assert swept.out == "Removed: 1 file.\n"
    assert not stray.exists()
