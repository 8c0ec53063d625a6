"""Readers of our output that leave early: quiet ends, true exit codes, and work that goes on."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from talentimg.cli.errors import guarded
from talentimg.cli.terminal import ReaderGone
from tests.cli.conftest import TALENTIMG
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell


def with_nobody_reading(shell: Shell, *words: str, errors_too: bool = False) -> tuple[int, str]:
    """The exit code and what was said on stderr, when stdout is a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [TALENTIMG, *words],
        env=shell.env(),
        cwd=shell.home,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=writing if errors_too else subprocess.PIPE,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    os.close(writing)
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize(
    ("words", "code"),
    [("--help", 0), ("sync --help", 0), ("list", 0), ("list --json", 0), ("config", 0), ("show nobody", 66)],
)
def test_a_reader_that_has_gone_is_no_error(shell: Shell, words: str, code: int) -> None:
    shell("add", "Ada")
    found, said = with_nobody_reading(shell, *words.split())
    assert found == code
    assert "Traceback" not in said
    assert "roken pipe" not in said


def test_messages_that_nobody_reads_are_dropped(shell: Shell) -> None:
    shell("add", "Ada")
    assert with_nobody_reading(shell, "show", "nobody", errors_too=True)[0] == 66
    assert with_nobody_reading(shell, "list", errors_too=True)[0] == 0


@pytest.mark.parametrize("option", ["--json", "--dry-run", "--verbose"])
def test_a_run_goes_on_without_its_reader(online: Shell, platforms: PlatformServer, option: str) -> None:
    for picture, name in enumerate(("ada", "bob", "eve"), start=1):
        platforms.world.add(name, name)
        platforms.world.join(name, "github", name, picture=picture)
        online("add", name, "--id", name, "--github", name)
    code, said = with_nobody_reading(online, "sync-all", option)
    assert (code, "Traceback" in said) == (0, False)
    shown = [json.loads(line)["source"] for line in online("list", "--json").out.splitlines()]
    assert shown == ["initials" if option == "--dry-run" else "github"] * 3


def test_the_code_of_a_sync_is_told_without_a_reader(shell: Shell) -> None:
    shell("add", "Ada", "--id", "ada", "--github", "ada")
    nowhere = {"TALENTIMG_PROVIDERS_GITHUB_BASE_URL": "http://127.0.0.1:1"}
    shell.environment |= nowhere
    assert with_nobody_reading(shell, "sync", "ada", "--json")[0] == 3
    assert with_nobody_reading(shell, "sync-all", "--force")[0] == 3


def test_typer_never_sees_that_the_reader_is_gone() -> None:
    def command() -> None:
        raise ReaderGone

    assert guarded(command) == 0
