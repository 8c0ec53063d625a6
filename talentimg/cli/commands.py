"""The commands by name. The file of each is loaded only when it is called, so that commands start quickly."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from talentimg.cli.context import of
from talentimg.cli.terminal import printable_lines, write_line

SYNC, ROSTER, OPERATIONS = "Sync", "Roster", "Operations"
COMMANDS: Final = {
    "sync": ("sync", SYNC),
    "sync-all": ("sync_all", SYNC),
    "show": ("show", SYNC),
    "placeholders": ("placeholders", SYNC),
    "recrop": ("recrop", SYNC),
    "add": ("add", ROSTER),
    "import": ("import_", ROSTER),
    "list": ("list_", ROSTER),
    "connect": ("connect", ROSTER),
    "disconnect": ("disconnect", ROSTER),
    "runs": ("runs", OPERATIONS),
    "migrate": ("migrate", OPERATIONS),
    "config": ("config", OPERATIONS),
    "demo": ("demo", OPERATIONS),
    "serve": ("serve", OPERATIONS),
    "tokens": ("tokens", OPERATIONS),
}
"""In the order of the help: the file of each command, and the panel that lists it."""


EVERYWHERE: Final = "Global options"
"""The panel of the options that may stand before a command and after it."""
_ONLY_BEFORE: Final = {"_version", "install_completion", "show_completion"}


class Commands(Mapping[str, Any]):
    """Each command, as typer builds it from the function in its file, with the global options."""

    def __init__(self, options: Sequence[Any] = ()) -> None:
        """Commands that take these options too."""
        self._options = [_after_the_command(o) for o in options if o.name not in _ONLY_BEFORE]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  typer's own copy of click has no public type
        file, panel = COMMANDS[name]
        one = typer.Typer(add_completion=False)
        one.command(name, cls=Command, rich_help_panel=panel)(import_module(f"talentimg.cli.{file}").command)
        command = typer.main.get_command(one)
        command.params += self._options
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _after_the_command(option: Any) -> Any:  # noqa: ANN401  likewise
    """A global option as each command has it: what is given there wins over what stands before it."""

    def take(ctx: typer.Context, _: object, value: Any) -> None:  # noqa: ANN401  whatever the option takes
        of(ctx).take(option.name, value)

    mine = copy.copy(option)
    mine.callback, mine.expose_value, mine.rich_help_panel = take, False, EVERYWHERE
    return mine


@contextmanager
def _cleaned() -> Iterator[None]:
    """Typer's errors repeat what was typed: without control and direction characters."""
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = printable_lines(message)  # type: ignore[attr-defined]
        raise


class Command(TyperCommand):
    """A command whose help ends in examples."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  likewise
        """Print the help. Typer does so itself, whatever the formatter."""
        from talentimg.cli.examples import examples

        super().format_help(ctx, formatter)
        write_line(f" Examples:\n{examples(self.name or '')}")


class Group(TyperGroup):
    """A group that builds a command only when it is needed."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  as typer gives them
        super().__init__(**attributes)
        self.commands: Any = Commands(self.params)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  typer's own copy of click has no public type
        """The names, in the order of the help."""
        return list(COMMANDS)

    def make_context(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401  likewise
        """Parse the words before the command."""
        with _cleaned():
            return super().make_context(*args, **named)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  likewise
        """Parse the words after the command, and run it."""
        with _cleaned():
            return super().invoke(ctx)

    def _main_shell_completion(self, ctx_args: Any, prog_name: str, complete_var: str | None = None) -> None:  # noqa: ANN401  likewise
        """Answer a shell that asks what to offer after Tab."""
        if any(name.endswith("_COMPLETE") for name in os.environ):
            try:
                from talentimg.cli.shells import register
            except ImportError:  # a typer built otherwise: rather nothing than unquoted words
                raise SystemExit(0) from None
            register()
        super()._main_shell_completion(ctx_args, prog_name, complete_var)
