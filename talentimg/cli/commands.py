"""The commands by name. The file of each is loaded only when it is called, so that commands start quickly."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

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
}
"""In the order of the help: the file of each command, and the panel that lists it."""


class Commands(Mapping[str, Any]):
    """Each command, as typer builds it from the function in its file."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  typer's own copy of click has no public type
        file, panel = COMMANDS[name]
        one = typer.Typer(add_completion=False)
        one.command(name, rich_help_panel=panel)(import_module(f"talentimg.cli.{file}").command)
        return typer.main.get_command(one)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Group(TyperGroup):
    """A group that builds a command only when it is needed."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  as typer gives them
        super().__init__(**attributes)
        self.commands: Any = Commands()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  typer's own copy of click has no public type
        """The names, in the order of the help."""
        return list(COMMANDS)

    def _main_shell_completion(self, ctx_args: Any, prog_name: str, complete_var: str | None = None) -> None:  # noqa: ANN401  likewise
        """Answer a shell that asks what to offer after Tab."""
        if any(name.endswith("_COMPLETE") for name in os.environ):
            from talentimg.cli.shells import register

            register()
        super()._main_shell_completion(ctx_args, prog_name, complete_var)
