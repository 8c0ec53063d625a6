"""`talentimg config`: every setting, its value, and where the value came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.cli.context import Cli
from talentimg.cli.terminal import printable, write_line
from talentimg.repository.urls import MASK, without_password
from talentimg.settings import OPTIONS, Settings, config_file_path
from talentimg.shapes import without_userinfo


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    value: str
    origin: str
    variable: str
    help: str


def command(
    ctx: typer.Context,
    check: Annotated[
        bool,
        typer.Option("--check", help="See whether all of them can work, and name every fault."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show every setting, its value and where it came from. Secrets are masked."""
    from talentimg.cli.present.output import print_json
    from talentimg.providers.settings import check_providers

    cli = context.of(ctx)
    if check:
        raise typer.Exit(_check(cli, as_json=as_json))
    settings = cli.settings
    check_providers(settings)
    rows = [*_options(settings), *_providers(settings)]
    if as_json:
        document = {
            row.key: {"value": row.value, "origin": row.origin, "variable": row.variable} for row in rows
        }
        print_json({"config_file": settings.config_file or config_file_path(), "settings": document})
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


def _options(settings: Settings) -> Iterator[_Row]:
    for option in OPTIONS:
        value = settings.value(option)
        shown = ", ".join(value) if isinstance(value, tuple) else "" if value == Path() else str(value)
        if option.masked == "password":
            shown = without_password(shown)
        elif option.masked and shown:
            shown = MASK
        yield _Row(
            option.key, without_userinfo(shown), settings.origins[option.key], option.variable, option.help
        )


def _providers(settings: Settings) -> Iterator[_Row]:
    from talentimg.providers.registry import platform_names, provider_class

    for platform in platform_names():
        given = settings.providers.get(platform, {})
        for setting in provider_class(platform).info.options:
            found = given.get(setting.key)
            value = str(found.value) if found else setting.default or ""
            yield _Row(
                key=f"providers.{platform}.{setting.key}",
                value=MASK if setting.secret and value else without_userinfo(value),
                origin=found.origin if found else "default",
                variable=f"TALENTIMG_PROVIDERS_{platform.upper()}_{setting.key.upper()}",
                help=setting.help,
            )


def _print(settings: Settings, rows: list[_Row]) -> None:
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
