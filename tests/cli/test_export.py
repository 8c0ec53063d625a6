"""`talentimg export`, `edit` and `import --undo`, as people and programs call them."""

from __future__ import annotations

import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from talentimg.repository.interface import NewTalent
from talentimg.repository.registry import open_repository
from tests.cli.conftest import TALENTIMG
from tests.conftest import NOW
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

ROSTER = "id,name,email,github\nada,Ada,ada@example.org,ada\nzoe,=Zo\u00eb,,\n"


@pytest.fixture
def roster(shell: Shell) -> Shell:
    assert shell("import", "-", stdin=ROSTER).code == 0
    return shell


def test_what_is_exported_is_told_by_the_name_of_the_file(roster: Shell) -> None:
    assert roster("export", "r.csv").out == "Exported 2 talents to r.csv.\n"
    file = roster.home / "r.csv"
    assert file.read_bytes().startswith(b"\xef\xbb\xbfid,name,")
    assert file.stat().st_mode & 0o777 == 0o600
    assert roster("export").out.encode() == file.read_bytes()[3:].replace(b"\r\n", b"\n")
    told = roster("export", "R.ZIP", "--json").json
    assert told == {"file": "R.ZIP", "talents": 2, "pictures": 0, "missing": 0}
    assert zipfile.ZipFile(roster.home / "R.ZIP").namelist() == ["roster.json"]
    assert roster("export", "--format", "vcf").out.count("BEGIN:VCARD") == 2
    assert [path.name for path in roster.home.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["r.xlsx"], 2, "does not show from its name"),
        (["--format", "jsn"], 2, "Did you mean 'json'?"),
        (["--json"], 2, "--json needs a FILE"),
        (["nowhere/r.csv"], 73, "nowhere/r.csv cannot be written: no such file or directory."),
    ],
)
def test_what_cannot_be_exported_is_said(roster: Shell, words: list[str], code: int, says: str) -> None:
    done = roster("export", *words)
    assert (done.code, done.out) == (code, "")
    assert says in done.err


def test_what_was_there_stays_if_the_export_fails(roster: Shell) -> None:
    (roster.home / "r.csv").write_text("mine")
    (roster.data / "talentimg.db").write_bytes(b"no roster")
    assert roster("export", "r.csv").code == 78
    assert (roster.home / "r.csv").read_text() == "mine"
    assert [path.name for path in roster.home.iterdir() if path.suffix == ".tmp"] == []


def test_a_reader_may_leave(roster: Shell) -> None:
    with open_repository(roster.roster_url) as repository:
        repository.add([NewTalent(f"t{n}", "N" * 100) for n in range(5000)], NOW)
    words = f"{TALENTIMG} export --format json | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", words], env=roster.env(), capture_output=True, check=False, timeout=TIME_LIMIT
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b'{"talentim', b"")


def test_an_export_comes_back_elsewhere(roster: Shell) -> None:
    assert roster("export", "r.json").code == 0
    elsewhere = str(roster.home / "elsewhere")
    assert roster("import", "r.json", TALENTIMG_DATA_DIR=elsewhere).out.startswith(
        "Imported 2 talents: 2 new"
    )
    again = roster("export", "--format", "json", TALENTIMG_DATA_DIR=elsewhere).out
    assert again == (roster.home / "r.json").read_text("utf-8")


def test_an_edit_says_what_it_changed(roster: Shell) -> None:
    done = roster("edit", "ada", "--name", "Ada King", "--email", "", "--by", "eve", "--why", "married")
    assert done.out == "Changed of Ada King: name, email. Shown now: initials.\n"
    assert roster("edit", "ada", "--name", "Ada King").out == "Ada King is so already; nothing was changed.\n"
    told = roster("edit", "zoe", "--name", "Zoe", "--json").json
    assert (told["name"], told["changed"], told["source"]) == ("Zoe", ["name"], "initials")
    assert roster("edit", "ad", "--name", "A").code == 66
    assert roster("edit", "ada").code == 2
    with open_repository(roster.roster_url) as repository:
        (entry, _) = repository.audit("ada")
    assert (entry.action, entry.by, entry.why) == ("edit", "eve", "married")


def test_imports_are_taken_back_one_by_one(roster: Shell) -> None:
    assert roster("import", "-", "--by", "eve", stdin="id,name\nada,Eve\nbob,Bob\n").code == 0
    dry = roster("import", "--undo", "--dry-run").out.splitlines()
    assert dry[0] == "Dry run: nothing was written."
    assert dry[1].endswith("would be taken back: 1 as before, 1 removed, 0 stay.")
    assert dry[2:] == ["~ ada", "- bob"]
    done = roster("import", "--undo", "--json").json
    assert (done["restored"], done["removed"], done["conflicts"]) == (["ada"], ["bob"], [])
    assert roster("list", "--ids").out.split() == ["ada", "zoe"]
    assert roster("import", "--undo").out.endswith("- ada\n- zoe\n")
    done_twice = roster("import", "--undo")
    assert (done_twice.code, done_twice.out) == (2, "")
    assert "no import left" in done_twice.err


def test_what_somebody_changed_since_is_named(roster: Shell) -> None:
    assert roster("import", "-", stdin="id,name\nada,Eve\n").code == 0
    assert roster("edit", "ada", "--name", "Ida").code == 0
    dry = roster("import", "--undo", "--dry-run")
    assert (dry.code, dry.out.splitlines()[2:]) == (2, ["! ada (name)  was changed since"])
    assert "somebody has changed since: ada (name)." in roster("import", "--undo").err
    assert roster("import", "--undo", "r.csv").code == 2
    assert roster("import").code == 2
