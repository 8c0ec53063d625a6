"""`talentimg schedule`, with a crontab that a test can look into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell

CRONTAB = """#!/bin/sh
kept="$(dirname "$0")/kept"
case "$1" in
-l) cat "$kept" 2>/dev/null || { echo "no crontab for eve" >&2; exit 1; } ;;
-) cat > "$kept" ;;
esac
"""


@pytest.fixture
def kept(shell: Shell) -> Path:
    """Where the shell's crontab is kept, as soon as it has one. Settings come from a file."""
    programs = shell.home / "bin"
    programs.mkdir()
    (programs / "crontab").write_text(CRONTAB)
    (programs / "crontab").chmod(0o755)
    config = shell.home / ".config" / "talentimg" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('schedule.at = "03:30"\n')
    shell.environment |= {"PATH": f"{programs}:/usr/bin:/bin", "TALENTIMG_DATA_DIR": ""}
    return programs / "kept"


def test_a_line_is_printed_installed_checked_and_removed(shell: Shell, kept: Path) -> None:
    printed = shell("schedule")
    assert (printed.code, printed.err) == (0, "")
    assert str(shell.home / ".config" / "talentimg" / "config.toml") in printed.out
    assert shell("schedule", "--check").code == 3
    kept.write_text("0 1 * * * backup\n")
    done = shell("schedule", "--install")
    assert (done.code, done.out) == (0, "Put into crontab: every night at 03:30 UTC.\n")
    assert kept.read_text() == f"0 1 * * * backup\n{printed.out}"
    assert shell("schedule", "--check", "--json").json == {
        "form": "crontab",
        "at": "03:30",
        "installed": True,
        "current": True,
    }
    assert shell("schedule", "--check", "--at", "04:00").code == 3
    assert shell("schedule", "--remove").out == "Removed from crontab.\n"
    assert kept.read_text() == "0 1 * * * backup\n"


def test_what_only_this_shell_knows_is_told_and_not_installed(shell: Shell, kept: Path) -> None:
    url = "postgresql://eve:SECRET@db.example/roster"
    printed = shell("schedule", DATABASE_URL=url)
    refused = shell("schedule", "--install", DATABASE_URL=url)
    assert (printed.code, refused.code, kept.exists()) == (0, 2, False)
    assert "Only this shell knows what DATABASE_URL says" in printed.err
    assert "Only this shell knows what DATABASE_URL says" in refused.err
    elsewhere = shell("schedule", "github", DATABASE_URL=url)
    assert "TALENTIMG_DATABASE_URL: ${{ secrets.TALENTIMG_DATABASE_URL }}" in elsewhere.out
    assert "SECRET" not in printed.out + printed.err + refused.err + elsewhere.out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("fcron",), 2, "There is no form 'fcron'"),
        (("--install", "--remove"), 2, "contradict each other"),
        (("github", "--install"), 2, "github is not set up from here"),
        (("--at", "25:00"), 2, "'25:00' is no time of the day"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_what_cannot_be_is_said(shell: Shell, words: tuple[str, ...], code: int, told: str) -> None:
    done = shell("schedule", *words)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
