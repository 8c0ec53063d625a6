"""What a person at a terminal sees: the bar, the picture, the colours; and what a pipe never gets."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from typing import IO, TYPE_CHECKING

import pyte
import pytest

from talentimg.cli.present.half_blocks import half_blocks
from talentimg.images.lettering import draw_png
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.registry import open_repository
from tests.cli.conftest import TALENTIMG
from tests.conftest import NOW
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

TRUE_COLOUR = re.compile(r"\x1b\[38;2;\d+;\d+;\d+;48;2;\d+;\d+;\d+m▀")


def in_terminal(
    shell: Shell,
    *words: str,
    columns: int = 120,
    stdout: IO[bytes] | None = None,
    encoding: str = "utf-8",
    **more: str,
) -> tuple[int, str]:
    """The exit code and everything printed, with a terminal at all three ends, or a file for stdout."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    size = {"COLUMNS": str(columns)}
    usual = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    environment = shell.env(**{**usual, **size, **more})
    process = subprocess.Popen(
        [TALENTIMG, *words], stdin=follower, stdout=stdout or follower, stderr=follower, env=environment
    )
    os.close(follower)
    printed = bytearray()
    try:
        while chunk := os.read(leader, 65536):
            printed += chunk
    except OSError:  # the other end has gone
        pass
    finally:
        os.close(leader)
    return process.wait(timeout=TIME_LIMIT), printed.decode(encoding)


@pytest.fixture
def ada(online: Shell, platforms: PlatformServer) -> Shell:
    platforms.world.add("ada", "Ada Lovelace")
    platforms.world.join("ada", "github", "ada", picture=1)
    online("add", "Ada Lovelace", "--id", "ada", "--github", "ada")
    return online


def test_a_run_shows_a_bar_and_a_table_and_no_log_lines(ada: Shell) -> None:
    code, printed = in_terminal(ada, "sync-all")
    assert code == 0
    assert "Syncing" in printed
    assert "1/1" in printed
    assert "1 updated" in printed
    assert "a new picture is shown" in printed
    assert "[CRON]" not in printed


def test_a_run_whose_data_goes_to_a_file_shows_the_bar_and_loses_no_line(
    ada: Shell, platforms: PlatformServer, tmp_path: Path
) -> None:
    add_more(ada, platforms, 3)
    with (tmp_path / "lines").open("wb") as file:
        code, printed = in_terminal(ada, "sync-all", "--json", stdout=file)
    *lines, summary = map(json.loads, (tmp_path / "lines").read_text().splitlines())
    assert (code, len(lines), summary["looked_at"]) == (0, 4, 4)
    assert "4/4" in printed
    assert '"talent_id"' not in printed


@pytest.mark.parametrize("columns", [50, 80, 120])
@pytest.mark.parametrize("option", ["--json", "--dry-run"])
def test_lines_of_data_and_the_bar_share_a_terminal(
    ada: Shell, platforms: PlatformServer, option: str, columns: int
) -> None:
    add_more(ada, platforms, 3)
    code, printed = in_terminal(ada, "sync-all", option, columns=columns)
    screen = pyte.Screen(columns, 200)
    pyte.Stream(screen).feed(printed.replace("\r\r\n", "\r\n"))
    shown = "\n".join(screen.display)
    flat = "".join(line.rstrip() if len(line.rstrip()) < columns else line for line in screen.display)
    begins = '{"talent_id": "' if option == "--json" else ": would show the picture from github in place of"
    assert code == 0
    words = flat if option == "--json" else " ".join(shown.split())
    assert words.count(begins) == 4, shown
    assert shown.count("Syncing") == 1, shown


def add_more(shell: Shell, platforms: PlatformServer, number: int) -> None:
    """More talents with a picture each."""
    people = []
    for place in range(2, number + 2):
        name = f"ada{place}"
        platforms.world.add(name, f"Ada the {place}nd")
        platforms.world.join(name, "github", name, picture=place)
        people.append(NewTalent(name, f"Ada the {place}nd", accounts=(NewAccount("github", name),)))
    with open_repository(shell.roster_url) as repository:
        repository.add(people, NOW)


def test_the_card_shows_the_picture_itself(ada: Shell) -> None:
    ada("sync", "ada")
    _, printed = in_terminal(ada, "show", "ada", "--why")
    assert len(TRUE_COLOUR.findall(printed)) > 100
    assert "Offers a good picture." in printed
    assert not TRUE_COLOUR.search(in_terminal(ada, "show", "ada", "--no-picture")[1])


def test_initials_are_drawn_where_there_is_no_picture(ada: Shell) -> None:
    assert TRUE_COLOUR.search(in_terminal(ada, "show", "ada")[1])


def test_who_wants_no_colour_gets_none(ada: Shell) -> None:
    ada("sync", "ada")
    code, printed = in_terminal(ada, "show", "ada", NO_COLOR="1")
    assert (code, "Ada Lovelace" in printed) == (0, True)
    assert "38;2" not in printed
    assert "38;5" not in printed


def test_a_card_whose_picture_is_missing_is_shown_without_it(ada: Shell, tmp_path: Path) -> None:
    ada("sync", "ada")
    for picture in ada.pictures():
        picture.unlink()
    code, printed = in_terminal(ada, "show", "ada")
    assert code == 0
    assert not TRUE_COLOUR.search(printed)


def test_half_blocks_are_two_pixels_a_cell() -> None:
    lines = half_blocks(draw_png("Ada Lovelace", "ada", size=96), columns=24).plain.splitlines()
    assert [len(line) for line in lines] == [24] * 12
