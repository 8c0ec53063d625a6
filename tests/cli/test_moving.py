"""`copy`, `images copy`, `backup` and `restore`, as somebody types them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from talentimg.cli.present.moving import bar
from talentimg.models import Picture, Rendition
from talentimg.repository.interface import Change
from talentimg.repository.registry import open_repository
from talentimg.store.keys import object_key
from tests.moving.filling import dumped, of
from tests.repository.builders import NOW, found, shown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell


LOST = object_key(b"a picture that is nowhere", "webp")


@pytest.fixture
def roster(online: Shell) -> Shell:
    assert online("add", "Ada Lovelace", "--id", "ada").code == 0
    assert online("lock", "ada", "--why", "hers").code == 0
    return online


def test_a_roster_is_copied_and_told(roster: Shell, tmp_path: Path) -> None:
    to = of(tmp_path / "new.db")
    done = roster("copy", "--to", to)
    assert (done.code, done.out.startswith(f"Copied to {to}: ")) == (0, True)
    assert done.err.startswith("Next: ")
    refused = roster("copy", "--to", to, "--json")
    assert (refused.code, refused.out) == (2, "")
    assert "already" in refused.err
    again = roster("copy", "--to", to, "--replace", "--json")
    assert (again.json["to"], again.json["written"], again.err) == (to, 0, "")
    assert roster("copy", "--to", to, "--replace", "--quiet").out == ""
    assert dumped(tmp_path / "new.db") == dumped(roster.data / "talentimg.db")


def test_a_place_that_is_none_is_told_in_a_sentence(roster: Shell, tmp_path: Path) -> None:
    for words, code in (
        (("copy", "--to", "roster.db"), 78),
        (("copy", "--to", "mysql://x"), 78),
        (("copy", "--to", of(roster.data / "talentimg.db")), 2),
        (("copy", "--to", of(tmp_path / "x.db"), "--missing", "ad"), 2),
        (("images", "copy", "--to", "images"), 78),
        (("images", "copy", "--to", (roster.data / "images").as_uri()), 2),
        (("restore", str(tmp_path / "nothing.zip")), 73),
        (("backup", str(tmp_path / "no" / "such" / "\0"[:0] / "x.zip")), 0),
        (("backup", "/proc/x.zip"), 73),
    ):
        done = roster(*words)
        assert done.code == code, (words, done.err)
        assert done.code == 0 or done.err.startswith("Error: ")


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_how_far_it_is_has_its_room_beside_the_bar(columns: int) -> None:
    shown = bar(columns)
    shown.add_task("Comparing SocialAccountConnection", completed=999_999, total=1_000_000)
    with shown.console.capture() as captured:
        shown.console.print(shown.get_renderable())
    (line,) = captured.get().splitlines()
    assert "Comparing SocialAccountConnection" in line
    assert " 999999/1000000" in line
    assert len(line) <= columns


def test_a_password_is_never_told(roster: Shell) -> None:
    done = roster("copy", "--to", "postgresql://eve:hush-hush@127.0.0.1:1/x")
    assert done.code == 75
    assert "hush" not in done.err


def test_pictures_are_copied_and_told(roster: Shell, tmp_path: Path) -> None:
    image = next(iter(roster.pictures()), None)
    assert image is None
    assert roster("images", "--json").json["files"] == 0
    to = (tmp_path / "pictures").as_uri()
    assert (
        roster("images", "copy", "--to", to).out == f"{to} has 0 files, all verified; 0 had to be written.\n"
    )
    assert roster("images", "copy", "--to", to, "--json").json["lacking"] == 0
    assert roster("backup", str(tmp_path / "roster.zip")).code == 0
    assert not (roster.data / "images").exists(), "a place that is moved from is only read"


def test_a_backup_comes_back_on_another_machine(roster: Shell, tmp_path: Path) -> None:
    archive = str(tmp_path / "roster.zip")
    assert roster("backup", archive).out == f"{archive} holds 1 talent and 0 picture files, all verified.\n"
    before = roster("export", "--format", "json").out
    new = {"TALENTIMG_DATA_DIR": str(tmp_path / "new")}
    done = roster("restore", archive, **new)
    assert done.out.startswith("Restored 1 talent and 0 picture files")
    assert roster("export", "--format", "json", **new).out == before
    assert roster("restore", archive, **new).code == 2
    assert roster("restore", archive, "--replace", "--json", **new).json["forgotten"] == 0


def test_a_backup_that_lacks_a_picture_says_so_to_scripts_too(roster: Shell, tmp_path: Path) -> None:
    archive = str(tmp_path / "roster.zip")
    with open_repository(roster.roster_url) as repository:
        picture = Picture("c", "feed", 640, 640, (Rendition("webp-400", LOST, 400, 9, "image/webp"),), NOW)
        one = found("ada", content_hash="c")
        change = Change("ada", shown(content_hash="c"), candidates=(one,), picture=picture)
        assert not repository.save([change], NOW)
    done = roster("backup", archive)
    assert (done.code, done.out) == (3, f"{archive} holds 1 talent and 0 picture files, all verified.\n")
    assert "1 picture file is damaged or not in the store" in done.err
    assert roster("restore", archive, TALENTIMG_DATA_DIR=str(tmp_path / "new")).code == 0


def test_a_copy_that_a_signal_ends_is_gone_on_with(roster: Shell, tmp_path: Path) -> None:
    to = tmp_path / "new.db"
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        process = roster.start("copy", "--to", of(to))
        process.send_signal(number)
        process.communicate()
        assert process.returncode in {0, 2, -number, 128 + number}
    with open_repository(of(to), create=True):
        pass
    assert roster("copy", "--to", of(to), "--replace").code == 0
    assert dumped(to) == dumped(roster.data / "talentimg.db")
