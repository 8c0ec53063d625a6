"""What a person at a terminal sees: the bar, the picture, the colours; and what a pipe never gets."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

import pytest

from talentimg.cli.half_blocks import half_blocks
from talentimg.images.initials import draw_png
from tests.cli.conftest import TALENTIMG

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

TRUE_COLOUR = re.compile(r"\x1b\[38;2;\d+;\d+;\d+;48;2;\d+;\d+;\d+m▀")


def in_terminal(shell: Shell, *words: str, **more: str) -> tuple[int, str]:
    """The exit code and everything printed, with a terminal at all three ends."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
    environment = shell.env(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", **more)
    process = subprocess.Popen(
        [TALENTIMG, *words], stdin=follower, stdout=follower, stderr=follower, env=environment
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
    return process.wait(timeout=60), printed.decode()


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
