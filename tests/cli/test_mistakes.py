"""Every mistake that a user can make in five minutes: one plain sentence, what to do, the right code."""

from __future__ import annotations

import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import TALENTIMG

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Done, Shell


def assert_plain(done: Done, code: int, *says: str) -> None:
    """One sentence beginning with Error, a hint, and nothing that looks like our insides."""
    assert done.code == code, done.err
    lines = [line for line in done.err.splitlines() if line]
    assert lines[0].startswith("Error: ")
    assert len(lines) <= 2, done.err
    assert len(lines) == 1 or lines[1].startswith("Hint: ")
    for text in says:
        assert text in done.err
    assert done.out == ""


@pytest.fixture
def roster(shell: Shell) -> Shell:
    """A roster with Ada on it; no platform can be reached."""
    assert shell("add", "Ada", "--id", "ada", "--github", "ada").code == 0
    shell.environment["TALENTIMG_PROVIDERS_GITHUB_BASE_URL"] = "http://127.0.0.1:1"
    return shell


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "ghost"),
        ("show", "ghost"),
        ("connect", "ghost", "github", "x"),
        ("disconnect", "ghost", "github"),
    ],
)
def test_an_unknown_talent(roster: Shell, words: tuple[str, ...]) -> None:
    assert_plain(roster(*words), 66, "ghost")


def test_one_unknown_talent_among_others_stops_before_anything_is_asked(roster: Shell) -> None:
    assert_plain(roster("sync", "ada", "ghost"), 66, "ghost")
    assert roster("show", "ada", "--json").json["synced_at"] is None


@pytest.mark.parametrize(
    "words",
    [
        ("connect", "ada", "blusky", "x"),
        ("disconnect", "ada", "blusky"),
        ("add", "B", "--account", "blusky=x"),
    ],
)
def test_an_unknown_platform(roster: Shell, words: tuple[str, ...]) -> None:
    assert_plain(roster(*words), 2, "'blusky'", "Did you mean 'bluesky'?", "instagram, tiktok, youtube")


@pytest.mark.parametrize("handle", ["localhost", "a@127.0.0.1:5432", "a@b/../c", "", "a@b.test?x", "a@[::1]"])
def test_an_impossible_handle(roster: Shell, handle: str) -> None:
    assert_plain(roster("connect", "ada", "mastodon", handle), 2, "handle")


def test_an_id_that_is_taken(roster: Shell) -> None:
    assert_plain(roster("add", "Ada", "--id", "ada"), 2, "ada")


@pytest.mark.parametrize("words", [("list",), ("sync-all",)])
def test_no_roster_yet(shell: Shell, words: tuple[str, ...]) -> None:
    assert_plain(shell(*words), 78, "There is no roster yet", "talentimg add")
    assert not shell.data.exists()


@pytest.mark.parametrize("words", [("show", "ada"), ("sync", "ada")])
def test_a_talent_asked_for_where_there_is_no_roster_yet(shell: Shell, words: tuple[str, ...]) -> None:
    assert_plain(shell(*words), 78, "There is no roster yet", "talentimg add")


def test_no_network(roster: Shell) -> None:
    done = roster("sync", "ada")
    assert done.code == 3
    assert "No profile photo was available, initials are shown" in done.out
    assert "GitHub" in done.out or "127.0.0.1" in done.out
    assert done.err == ""


def test_a_folder_that_may_not_be_written(shell: Shell) -> None:
    """Nobody, not even root, may make a folder in /proc."""
    assert_plain(shell("add", "Ada", TALENTIMG_DATA_DIR="/proc/talentimg"), 73, "/proc/talentimg")


def test_a_picture_folder_that_may_not_be_written(roster: Shell) -> None:
    assert_plain(
        roster("sync", "ada", TALENTIMG_IMAGES_STORE="file:///proc/talentimg"), 73, "/proc/talentimg"
    )


def test_a_data_folder_that_is_a_file(shell: Shell) -> None:
    shell.data.write_text("not a folder")
    assert_plain(shell("add", "Ada"), 73, str(shell.data))
    assert shell.data.read_text() == "not a folder"


def test_a_store_that_is_no_store(shell: Shell) -> None:
    shell.data.mkdir()
    file = shell.data / "talentimg.db"
    file.write_bytes(b"this is a letter to my aunt" * 40)
    before = file.read_bytes()
    assert_plain(shell("list"), 78, str(file))
    assert_plain(shell("add", "Ada"), 78, str(file))
    assert file.read_bytes() == before


def test_a_store_that_is_a_folder(shell: Shell) -> None:
    (shell.data / "talentimg.db").mkdir(parents=True)
    assert_plain(shell("list"), 78, "talentimg.db")


def test_an_empty_file_is_a_new_store(shell: Shell) -> None:
    shell.data.mkdir()
    (shell.data / "talentimg.db").touch()
    assert shell("add", "Ada", "--id", "ada").code == 0


def test_a_store_that_another_process_keeps_locked(roster: Shell) -> None:
    holder = sqlite3.connect(roster.data / "talentimg.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert_plain(roster("add", "Bea"), 75)
    holder.execute("ROLLBACK")
    holder.close()
    assert roster("add", "Bea").code == 0


def test_a_store_of_a_newer_version_is_read_but_not_written(roster: Shell) -> None:
    with sqlite3.connect(roster.data / "talentimg.db") as database:
        database.execute("UPDATE talentimg_version SET version_num = '9999'")
    database.close()
    assert roster("show", "ada", "--json").code == 0
    assert_plain(roster("add", "Bea"), 78, "9999")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sync]\nlimt = 3\n", "line 2"),
        ("[sync\n", "line 1"),
        ("[providers.github]\nbas_url = 'x'\n", "Did you mean 'base_url'?"),
        ("[sync]\norder = ['myspace']\n", "myspace"),
    ],
)
def test_a_broken_config_file(roster: Shell, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    file.chmod(0o600)
    assert_plain(roster("--config", str(file), "sync", "ada"), 78, says)


def test_a_config_file_that_is_not_there(roster: Shell) -> None:
    assert_plain(roster("--config", "nowhere.toml", "list"), 78, "nowhere.toml")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql//u:S3CRET@h/db",
        "postgresql://u:S3C/RET@h/db",
        "mysql://u:S3CRET@h/db",
        "nonsense",
        "sqlite://",
    ],
)
def test_a_database_url_that_cannot_be_used(shell: Shell, url: str) -> None:
    done = shell("list", TALENTIMG_DATABASE_URL=url)
    assert_plain(done, 78)
    assert "S3C" not in done.err


def test_a_database_that_does_not_answer(shell: Shell) -> None:
    done = shell("list", TALENTIMG_DATABASE_URL="postgresql://u:S3C@RET@127.0.0.1:1/roster")
    assert_plain(done, 75, "roster", "127.0.0.1")
    assert "S3C" not in done.err
    assert "RET" not in done.err


def test_a_picture_store_that_cannot_be_used(roster: Shell) -> None:
    assert_plain(roster("sync", "ada", TALENTIMG_IMAGES_STORE="ftp://x/y"), 78, "must begin with file://")


def test_private_networks_that_are_none(roster: Shell) -> None:
    assert_plain(
        roster("sync", "ada", TALENTIMG_HTTP_ALLOW_PRIVATE="10.0.0.0/99"),
        78,
        "http.allow_private",
        "10.0.0.0/8",
    )


def test_an_import_that_is_empty_or_missing_or_no_roster(roster: Shell, tmp_path: Path) -> None:
    assert_plain(roster("import", "-", stdin=""), 78, "has no talents")
    assert_plain(roster("import", str(tmp_path / "none.csv")), 2, "none.csv")
    assert_plain(roster("import", "-", stdin="id,name\nx,\n"), 2, "line 2")
    assert len(roster("list", "--json").lines) == 1


def test_words_that_make_no_sense(roster: Shell) -> None:
    assert roster("sync").code == 2
    assert roster("frobnicate").code == 2
    assert roster("sync-all", "--limit", "0").code == 2
    assert_plain(roster("migrate", "--status", "--down"), 2, "--status")
    assert_plain(roster("migrate", "--to", "9999"), 2, "9999")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TALENTIMG_PROVIDERS_GITHUB_BASE_URL", "not a url"),
        ("TALENTIMG_PROVIDERS_GITHUB_BASE_URL", "ftp://x"),
        ("TALENTIMG_HTTP_USER_AGENT", "bot\nEvil: 1"),
        ("TALENTIMG_IMAGES_PUBLIC_URL", "garbage"),
        ("TALENTIMG_SYNC_GRACE_DAYS", "1000000000000"),
    ],
)
def test_a_setting_that_cannot_work_is_named(roster: Shell, variable: str, value: str) -> None:
    done = roster("sync", "ada", **{variable: value})
    assert_plain(done, 78)
    assert variable.rsplit("_", maxsplit=1)[-1].lower() in done.err.lower()


def test_addresses_that_are_none_are_refused_when_they_are_told(roster: Shell) -> None:
    assert_plain(roster("add", "B", "--avatar-url", "javascript:alert(1)"), 2, "avatar")
    assert_plain(roster("add", "B", "--email", "notanemail"), 2, "notanemail")


def test_options_that_contradict_each_other_or_are_beyond_reason(roster: Shell) -> None:
    assert_plain(roster("sync-all", "--all", "--limit", "5"), 2, "--limit")
    assert_plain(roster("sync-all", "--min-age", "nan"), 2, "--min-age")
    assert roster("sync-all", "--min-age", "1e308").code == 2
    assert roster("sync-all", "--limit", "99999999999999999999").code == 2


def test_a_mistake_in_an_import_names_the_line(roster: Shell) -> None:
    assert_plain(roster("import", "-", stdin="id,name,github\nb1,Bea,no spaces here\n"), 2, "line 2: ")


def test_an_output_that_cannot_be_written(roster: Shell) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            [TALENTIMG, "show", "ada", "--json"],
            env=roster.env(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        73,
        "Error: the output cannot be written: there is no space left.\n",
    )


@pytest.mark.parametrize(("closing", "code"), [("2>&-", 66), ("<&- >&- 2>&-", 66), ("<&-", 66)])
def test_closed_streams_do_not_change_the_exit_code(roster: Shell, closing: str, code: int) -> None:
    command = f"{TALENTIMG} show nobody {closing}"
    assert (
        subprocess.run(["sh", "-c", command], env=roster.env(), capture_output=True, check=False).returncode
        == code
    )


def test_a_terminal_that_knows_only_ascii(roster: Shell) -> None:
    roster("add", "Łukasz", "--id", "l")
    assert roster("list", "--json", PYTHONIOENCODING="ascii").lines[-1]["name"] == "Łukasz"
    assert roster("list", PYTHONIOENCODING="ascii").code == 0


def test_a_working_folder_that_is_gone(roster: Shell, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    command = f"mkdir {gone} && cd {gone} && rmdir {gone} && {TALENTIMG} --data-dir x list"
    done = subprocess.run(
        ["sh", "-c", command], env=roster.env(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (78, False)
    assert "--data-dir" in done.stderr


def test_an_initials_only_talent_is_no_mistake(shell: Shell) -> None:
    shell("add", "🙂", "--id", "smile")
    done = shell("sync", "smile")
    assert (done.code, done.out) == (0, "No account connected; initials are shown\n")
