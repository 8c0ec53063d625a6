"""One run as root leaves nothing that the user's own crontab could not write again."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import CannotCreate
from talentimg.owners import check_writable, give, make_folders, whose
from talentimg.repository.interface import NewTalent
from talentimg.repository.sqlite.lock import RunLock
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.store.folder import FolderStore
from tests.conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

USER = 54321
KEY = f"ab/{'0' * 64}.webp"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of somebody else."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, USER, USER)
    return folder


@needs_root
def test_everything_that_root_makes_belongs_to_the_owner_of_the_place(home: Path) -> None:
    roster = home / "share" / "data" / "talentimg.db"
    repository = SqliteRepository.open(roster, create=True)
    repository.add([NewTalent("ada", "Ada")], NOW)
    assert RunLock(roster).acquire()
    store = FolderStore(home / "share" / "data" / "images")
    store.create()
    store.check()
    store.put(KEY, b"bytes", "image/webp")
    made = list(home.rglob("*"))
    assert {path.name for path in made} >= {"talentimg.db", "talentimg.db.lock", KEY[3:], "ab"}
    assert {path.stat().st_uid for path in made} == {USER}
    repository.close()


@needs_root
def test_a_lock_belongs_to_the_owner_of_the_roster_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "talentimg.db").touch()
    os.chown(tmp_path / "talentimg.db", USER, USER)
    assert RunLock(tmp_path / "talentimg.db").acquire()
    assert (tmp_path / "talentimg.db.lock").stat().st_uid == USER


@needs_root
def test_what_was_there_keeps_its_owner(home: Path) -> None:
    (home / "talentimg.db.lock").touch()
    make_folders(home)
    assert RunLock(home / "talentimg.db").acquire()
    assert (home / "talentimg.db.lock").stat().st_uid == 0


@needs_root
def test_a_link_in_the_place_of_a_file_is_not_followed(home: Path, tmp_path: Path) -> None:
    of_root = tmp_path / "shadow"
    of_root.touch()
    (home / "talentimg.db.lock").symlink_to(of_root)
    RunLock(home / "talentimg.db").acquire()
    assert of_root.stat().st_uid == 0


@needs_root
def test_it_is_told_to_whom_a_file_belongs(home: Path) -> None:
    assert whose(home) == f" It belongs to the user {USER}."
    assert whose(home / "nowhere") == whose("/") == ""


READS = """
import os, sys
from pathlib import Path
from talentimg.errors import CannotCreate
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.store.folder import FolderStore
SqliteRepository.open(Path(sys.argv[1]), read_only=True).load("ada")  # what is imported late, as root may
os.setgroups([]); os.setgid(54321); os.setuid(54321)
repository = SqliteRepository.open(Path(sys.argv[1]), read_only=True)
print(repository.load("ada").talent.name, len(repository.roster()))
try:
    FolderStore(Path(sys.argv[2])).put("ab/" + "c" * 64 + ".webp", b"new", "image/webp")
except CannotCreate as error:
    print(error.message, error.hint)
"""


@needs_root
def test_a_roster_can_be_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    roster, images = tmp_path / "read only" / "talentimg.db", tmp_path / "images"
    with SqliteRepository.open(roster, create=True) as repository:
        repository.add([NewTalent("ada", "Ada")], NOW)
    FolderStore(images).put(KEY, b"bytes", "image/webp")
    images.chmod(0o777)
    roster.chmod(0o444)
    roster.parent.chmod(0o555)
    for folder in list(tmp_path.parents)[:-2]:
        folder.chmod(folder.stat().st_mode | 0o011)
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", READS, roster, images], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    name, told = done.stdout.splitlines()
    assert name == "Ada 1"
    assert "belongs to another user" in told
    assert f"sudo chown -R {USER} {images}" in told


def test_nobody_but_root_gives_anything_away(tmp_path: Path) -> None:
    with (tmp_path / "mine").open("w") as file:
        give(file.fileno(), tmp_path)
    assert (tmp_path / "mine").stat().st_uid == os.geteuid()


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises((NotADirectoryError, FileExistsError)):
        make_folders(tmp_path / "file" / "below")


@not_as_root
def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "roster.db").touch()
    check_writable(f"sqlite:///{tmp_path / 'roster.db'}")
    tmp_path.chmod(0o555)
    with pytest.raises(CannotCreate, match="cannot be written to"):
        check_writable(f"sqlite:///{tmp_path / 'roster.db'}")
    check_writable("postgresql://db.example/app")
