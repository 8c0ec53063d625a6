"""What stays unloaded, so that small commands answer at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from talentimg.cli.commands import COMMANDS
from tests.test_architecture import HEAVY

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

DEAR = (HEAVY - {"typer"}) | {"asyncio", "logging", "ssl", "tomllib", "zoneinfo", "email"}
PROGRAM = """
import json, sys
from talentimg.cli import main
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded_by(shell: Shell, *words: str) -> set[str]:
    """The modules that a command has loaded by its end, without those that measure coverage."""
    environment = {name: value for name, value in shell.env().items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], env=environment, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "words",
    [("--version",), ("show", "ada", "--json"), ("runs", "--json"), ("placeholders", "--json")],
)
def test_what_only_reads_loads_nothing_dear(shell: Shell, words: tuple[str, ...]) -> None:
    shell("add", "Ada", "--id", "ada", "--github", "ada")
    loaded = loaded_by(shell, *words)
    assert not {name.split(".")[0] for name in loaded} & DEAR
    assert "talentimg.service.run.sync" not in loaded


def test_a_command_loads_no_other_command(shell: Shell) -> None:
    shell("add", "Ada", "--id", "ada")
    files = {f"talentimg.cli.{file}" for file, _ in COMMANDS.values()}
    assert loaded_by(shell, "show", "ada", "--json") & files == {"talentimg.cli.show"}


def test_the_version_takes_neither_settings_nor_services(shell: Shell) -> None:
    assert not loaded_by(shell, "--version") & {"talentimg.settings", "talentimg.bootstrap"}


def test_showing_a_talent_makes_none_of_the_classes_of_a_sync_or_a_run(shell: Shell) -> None:
    """Making one frozen dataclass takes a tenth of the time in which Python itself starts."""
    shell("add", "Ada", "--id", "ada")
    loaded = loaded_by(shell, "show", "ada", "--json")
    assert "talentimg.models.talent" in loaded
    assert not loaded & {
        "talentimg.models.outcome",
        "talentimg.models.run",
        "talentimg.repository.interface.values",
    }


def test_a_sync_that_finds_nothing_new_loads_no_picture_library(shell: Shell) -> None:
    """Nobody is asked here: a talent without accounts needs neither decoder nor migration tool."""
    shell("add", "Ada", "--id", "ada")
    loaded = {name.split(".")[0] for name in loaded_by(shell, "sync", "ada")}
    assert not loaded & {"PIL", "alembic", "sqlalchemy", "rich"}
