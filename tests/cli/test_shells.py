"""What Tab inserts in real shells is the id itself, whatever is in it, and nothing is run on the way."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import subprocess
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer._click.shell_completion import CompletionItem

from talentimg.cli import shells
from talentimg.repository.interface import NewTalent
from talentimg.repository.migrations import upgrade
from talentimg.repository.registry import open_repository
from tests.cli.conftest import TALENTIMG
from tests.conftest import NOW
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Shell

IDS = {
    "run": "run$(touch ran)`touch ran`;touch ran&",
    "quote": """quote'two"' x""",
    "space": "space  two  here",
    "star": "star*?[a-z]{1,2}~!|<>#\\back",
    "word": "wordÜmit Özil",
}
UNSEEN = ["hidden\x1b[31m", "hidden\nline", "hidden\u202eback", "hidden\u009b1m"]
STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SETS_UP = {
    "bash": ["bind 'set enable-bracketed-paste off'", 'talentimg() { printf "%s" "[$#]<$2>[end]"; }'],
    "zsh": [
        "autoload -U compinit && compinit -u -D; unsetopt prompt_sp; unset zle_bracketed_paste",
        'talentimg() { printf "%s" "[$#]<$2>[end]" }',
    ],
    "fish": ["function talentimg; printf '%s' '['(count $argv)']<'$argv[2]'>[end]'; end"],
}
"""The command becomes a function that tells its words. What the shell asks after Tab is still the command."""


class Terminal:
    """A shell with somebody typing at it."""

    def __init__(self, words: list[str], shell: Shell) -> None:
        self.leader, follower = pty.openpty()
        environment = shell.env(TERM="dumb", LANG="C.UTF-8", HISTFILE="", COLUMNS="200")
        environment["PATH"] = f"{Path(TALENTIMG).parent}:{environment['PATH']}"
        self.process = subprocess.Popen(
            words,
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env=environment,
            cwd=shell.home,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  fish insists on it
        )
        os.close(follower)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.leader, text.encode())

    def wait_for(self, text: str) -> str:
        """Everything that was printed up to and with this text."""
        end = time.monotonic() + TIME_LIMIT
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.leader], [], [], 0.2)[0]:
                self.seen += self._read()
        assert text in self.seen, self.seen
        before, self.seen = self.seen.split(text, 1)
        return before

    def _read(self) -> str:
        try:
            return os.read(self.leader, 65536).decode("utf-8", "replace")
        except OSError as error:
            raise AssertionError(f"The shell has ended: {self.seen}") from error

    def close(self) -> None:
        self.process.kill()
        self.process.wait(TIME_LIMIT)
        os.close(self.leader)


@pytest.fixture(params=STARTS)
def terminal(request: pytest.FixtureRequest, shell: Shell) -> Iterator[Terminal]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    upgrade(shell.roster_url)
    with open_repository(shell.roster_url) as repository:
        repository.add([NewTalent(talent_id, "Ada") for talent_id in [*IDS.values(), *UNSEEN]], NOW)
    script = subprocess.run(
        [TALENTIMG],
        env=shell.env(_TALENTIMG_COMPLETE=f"source_{request.param}"),
        capture_output=True,
        text=True,
        check=True,
    )
    (shell.home / "script").write_text(script.stdout)
    terminal = Terminal(STARTS[request.param], shell)
    try:
        for line in [*SETS_UP[request.param], "source ./script", "printf 'rea%s\\n' dy"]:
            terminal.type(line + "\n")
        terminal.wait_for("ready")
        yield terminal
    finally:
        terminal.close()


def test_tab_inserts_the_id_itself(terminal: Terminal, shell: Shell) -> None:
    got = {}
    for begun in [*IDS, "hidden"]:
        terminal.type(f"talentimg show {begun}\t\n")
        got[begun] = terminal.wait_for("[end]").rpartition("[2]<")[2].removesuffix(">")
    assert got == {**IDS, "hidden": "hidden"}
    assert not (shell.home / "ran").exists()


@pytest.mark.parametrize(
    ("value", "offered"),
    [
        ("ada", "ada"),
        ("ada b", "'ada b'"),
        ("it's", "'it''s'"),
        ("it\u2019s;calc", "'it\u2019\u2019s;calc'"),
        ("\u201aada\u201b", "'\u201a\u201aada\u201b\u201b'"),
        ("@at", "'@at'"),
        ("a,b", "'a,b'"),
        ("$(calc)", "'$(calc)'"),
    ],
)
def test_powershell_gets_words_that_it_takes_for_themselves(value: str, offered: str) -> None:
    """There is no PowerShell here: by its language's specification."""
    word = shells._PowerShell.format_completion(object.__new__(shells._PowerShell), CompletionItem(value))
    assert word.split(":::")[0] == offered
