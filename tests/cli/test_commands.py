"""What holds for every command alike: global options anywhere, and examples that are true."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from talentimg.cli import app
from talentimg.cli.commands import COMMANDS
from talentimg.cli.context import Cli
from talentimg.cli.errors import guarded
from talentimg.cli.examples import EXAMPLES
from talentimg.repository.interface import NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.people.similar import similar_id
from tests.cli.test_output import NASTY
from tests.conftest import NOW

WORDS = {"sync": ["ada"], "show": ["ada"], "add": ["Ada"], "import": ["-"], "disconnect": ["ada", "github"]}
WORDS["accept"] = ["ada", "github"]
WORDS["connect"] = ["ada", "github", "ada"]
WORDS |= {name: ["ada"] for name in ("unset", "lock", "unlock", "order", "opt-out", "opt-in", "history")}
WORDS |= {"set": ["ada", "a.jpg"], "rollback": ["ada"]}
WORDS["edit"] = ["ada"]
WORDS |= {"copy": ["--to", "sqlite:////y.db"], "backup": ["a.zip"], "restore": ["a.zip"]}
WORDS |= {"forget": ["ada"], "remember": ["ada"], "remove": ["ada"], "merge": ["ada", "bob"]}
FLAGS = {
    "--config": "/c.toml",
    "--data-dir": "/data",
    "--database-url": "sqlite:////x.db",
    "--log-format": "json",
    "--verbose": None,
    "--quiet": None,
}


def given(name: str, words: list[str], before: Cli | None = None) -> Cli:
    """The global options after a command was parsed."""
    root: Any = typer.main.get_command(app)
    cli = before or Cli()
    root.commands[name].make_context(name, words, parent=typer.Context(root, obj=cli))
    return cli


@pytest.mark.parametrize("name", COMMANDS)
def test_global_options_may_stand_after_the_command(name: str) -> None:
    flags = [word for flag in FLAGS.items() for word in flag if word is not None]
    cli = given(name, [*flags, *WORDS.get(name, [])])
    assert (cli.config, cli.verbose, cli.quiet) == (Path("/c.toml"), True, True)
    assert cli.flags == {"data_dir": "/data", "database_url": "sqlite:////x.db", "log.format": "json"}


def test_help_breaks_lines_where_the_terminal_ends_and_not_where_our_source_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERMINAL_WIDTH", "200")
    with pytest.raises(SystemExit):
        app(["copy", "--help"], prog_name="talentimg")
    assert "and runs may go on beside it. The same call goes on" in capsys.readouterr().out


def test_what_stands_after_the_command_wins_and_what_is_not_given_changes_nothing() -> None:
    before = Cli(verbose=True, flags={"data_dir": "/one", "log.format": "json"})
    after = given("list", ["--data-dir", "/two"], before)
    assert (after.verbose, after.flags) == (True, {"data_dir": "/two", "log.format": "json"})


def test_every_command_has_examples() -> None:
    assert list(EXAMPLES) == list(COMMANDS)


@pytest.mark.parametrize("words", [words for several in EXAMPLES.values() for words, _ in several])
def test_every_example_is_a_call_that_can_be_made(words: str) -> None:
    program, name, *rest = shlex.split(words.partition(" >")[0])
    assert program == "talentimg"
    given(name, rest)


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [("ADA", "ada"), ("Grace Hopper", "grace"), ("graec", "grace"), ("nobody", None), ("", None)],
)
def test_who_was_probably_meant_is_found_on_a_long_roster_too(wanted: str, meant: str | None) -> None:
    repository = MemoryRepository()
    people = [NewTalent(f"b{number:04}", "Somebody") for number in range(1_200)]
    repository.add([NewTalent("ada", "Ada"), *people, NewTalent("grace", "Grace Hopper")], NOW)
    found = similar_id(repository, wanted)
    assert found == (None if wanted == "Grace Hopper" else meant)
    short = MemoryRepository()
    short.add([NewTalent("ada", "Ada"), NewTalent("grace", "Grace Hopper")], NOW)
    assert similar_id(short, wanted) == meant


@pytest.mark.parametrize(
    "words",
    [
        ["list", f"--{NASTY}"],
        [NASTY],
        ["sync-all", "--limit", NASTY],
        ["runs", "x", NASTY],
        ["--config", NASTY],
    ],
)
def test_what_was_typed_wrongly_is_repeated_without_commands_for_the_terminal(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(lambda: app(words, prog_name="talentimg")) == 2
    said = capsys.readouterr().err
    assert not [char for char in said if not char.isprintable() and char != "\n"]
