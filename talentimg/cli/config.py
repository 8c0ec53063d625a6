"""`talentimg config`: every setting, its value, and where the value came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.context import Cli
from talentimg.cli.terminal import printable, write_line
from talentimg.settings import Settings, config_file_path

if TYPE_CHECKING:
    from talentimg.bootstrap.settings_shown import ShownSetting


def command(
    ctx: typer.Context,
    check: Annotated[
        bool,
        typer.Option("--check", help="See whether all of them can work, and name every fault."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show every setting, its value and where it came from. Secrets are masked."""
    from talentimg.bootstrap.settings_shown import shown_settings
    from talentimg.cli.present.output import print_json
    from talentimg.shapes import settings_json

    cli = context.of(ctx)
    if check:
        raise typer.Exit(_check(cli, as_json=as_json))
    settings = cli.settings
    rows = shown_settings(settings)
    if as_json:
        print_json(settings_json(rows, settings.config_file or config_file_path()))
        return
    _print(settings, rows)


def _check(cli: Cli, *, as_json: bool) -> int:
    """Name every fault, and return the exit code of the first."""
    from talentimg.cli.errors import say
    from talentimg.cli.present.output import print_json

    with cli.app(read_only=True) as app:
        faults = app.faults()
    if as_json:
        print_json(
            {"faults": [{"message": f.message, "hint": f.hint, "exit_code": f.exit_code} for f in faults]}
        )
    elif not faults:
        write_line("All settings can work.")
    for fault in () if as_json else faults:
        say(fault)
    return faults[0].exit_code if faults else 0


def _print(settings: Settings, rows: list[ShownSetting]) -> None:
    """Two lines for each: no value is cut, in whatever terminal."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(_where(settings)), soft_wrap=True)
    for row in rows:
        style = "" if row.origin == "default" else "bold"
        line = Text.assemble((row.key, style), " = ", (printable(row.value) or "-", style))
        console.print(line.append(f"  ({printable(row.origin)})", "dim"), soft_wrap=True)
        console.print(Padding(Text(row.help, "dim"), (0, 0, 0, 4), expand=False))
    console.print(
        "In the environment, settings are named like this: TALENTIMG_HTTP_TIMEOUT for http.timeout."
    )


def _where(settings: Settings) -> str:
    file = settings.config_file or config_file_path()
    if file is None:
        return "Settings file: none, as this user has no home folder."
    state = "" if settings.config_file else " (not found; settings can also come from the environment)"
    return f"Settings file: {printable(str(file))}{state}"
