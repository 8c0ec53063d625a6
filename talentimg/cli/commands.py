"""The commands by name. The file of each is loaded only when it is called, so that commands start quickly."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from talentimg.cli.context import of
from talentimg.cli.terminal import printable_lines, write_data

SYNC, ROSTER, PEOPLE, OPERATIONS = "Sync", "Roster", "A person's word", "Operations"
COMMANDS: Final = {
    "sync": ("sync", SYNC),
    "sync-all": ("sync_all", SYNC),
    "show": ("show", SYNC),
    "review": ("review", SYNC),
    "accept": ("accept", SYNC),
    "placeholders": ("placeholders", SYNC),
    "recrop": ("recrop", SYNC),
    "add": ("add", ROSTER),
    "import": ("import_", ROSTER),
    "list": ("list_", ROSTER),
    "edit": ("edit", ROSTER),
    "export": ("export", ROSTER),
    "connect": ("connect", ROSTER),
    "disconnect": ("disconnect", ROSTER),
    "set": ("set_", PEOPLE),
    "unset": ("unset", PEOPLE),
    "lock": ("lock", PEOPLE),
    "unlock": ("unlock", PEOPLE),
    "order": ("order", PEOPLE),
    "opt-out": ("opt_out", PEOPLE),
    "opt-in": ("opt_in", PEOPLE),
    "history": ("history", PEOPLE),
    "rollback": ("rollback", PEOPLE),
    "merge": ("merge", ROSTER),
    "remove": ("remove", ROSTER),
    "forget": ("forget", ROSTER),
    "remember": ("remember", ROSTER),
    "runs": ("runs", OPERATIONS),
    "changes": ("changes", OPERATIONS),
    "digest": ("digest", OPERATIONS),
    "webhooks": ("webhooks", OPERATIONS),
    "platforms": ("platforms", OPERATIONS),
    "sweep": ("sweep", OPERATIONS),
    "schedule": ("schedule", OPERATIONS),
    "copy": ("copy_", OPERATIONS),
    "images": ("images", OPERATIONS),
    "backup": ("backup", OPERATIONS),
    "restore": ("restore", OPERATIONS),
    "migrate": ("migrate", OPERATIONS),
    "doctor": ("doctor", OPERATIONS),
    "config": ("config", OPERATIONS),
    "demo": ("demo", OPERATIONS),
    "serve": ("serve", OPERATIONS),
    "tokens": ("tokens", OPERATIONS),
    "worker": ("worker", OPERATIONS),
    "workers": ("workers", OPERATIONS),
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
        module = import_module(f"talentimg.cli.{file}")
        words = getattr(module, "WORDS", {})
        command = _with_words(name, module.command, words) if words else _plain(name, module.command)
        command.rich_help_panel = panel
        for one in (command, *getattr(command, "commands", {}).values()):
            one.params += self._options
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _plain(name: str, function: Callable[..., None]) -> Any:  # noqa: ANN401  typer's own copy of click has no public type
    one = typer.Typer(add_completion=False)
    one.command(name, cls=Command)(function)
    return typer.main.get_command(one)


def _with_words(name: str, function: Callable[..., None], words: Mapping[str, Callable[..., None]]) -> Any:  # noqa: ANN401  likewise
    """A command that may be followed by another word, as in `review approve`."""
    group = typer.Typer(name=name, cls=WithWords, add_completion=False)
    group.callback(invoke_without_command=True)(function)
    for word, does in words.items():
        group.command(word, cls=Command)(does)
    return typer.main.get_command(group)


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


def _flowing(text: str) -> str:
    """Paragraphs without the line breaks of our source, which typer keeps in all but the first one."""
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in text.split("\n\n"))


class _EndsInExamples:
    """Help that ends in examples."""

    help: str | None

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  likewise
        """Print the help. Typer does so itself, whatever the formatter."""
        from talentimg.cli.examples import examples

        self.help = _flowing(self.help or "")
        super().format_help(ctx, formatter)  # type: ignore[misc]  # that of typer
        write_data(f" Examples:\n{examples(ctx.command_path)}")


class Command(_EndsInExamples, TyperCommand):
    """A command of one word."""


class WithWords(_EndsInExamples, TyperGroup):
    """A command that may be followed by another word."""


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
