"""`talentimg config`: every setting, its value, and where the value came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.repository.urls import MASK, without_password
from talentimg.settings import OPTIONS, Settings, config_file_path


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    value: str
    origin: str
    variable: str
    help: str


def command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show every setting, its value and where it came from. Secrets are masked."""
    from talentimg.cli.present.output import print_json
    from talentimg.providers.settings import check_providers

    settings = context.of(ctx).settings
    check_providers(settings)
    rows = [*_options(settings), *_providers(settings)]
    if as_json:
        document = {
            row.key: {"value": row.value, "origin": row.origin, "variable": row.variable} for row in rows
        }
        print_json({"config_file": settings.config_file or config_file_path(), "settings": document})
        return
    _print_table(settings, rows)


def _options(settings: Settings) -> Iterator[_Row]:
    for option in OPTIONS:
        value = settings.value(option)
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        if option.masked == "password":
            shown = without_password(shown)
        elif option.masked and shown:
            shown = MASK
        yield _Row(option.key, shown, settings.origins[option.key], option.variable, option.help)


def _providers(settings: Settings) -> Iterator[_Row]:
    from talentimg.providers.registry import platform_names, provider_class

    for platform in platform_names():
        given = settings.providers.get(platform, {})
        for setting in provider_class(platform).info.options:
            found = given.get(setting.key)
            value = str(found.value) if found else setting.default or ""
            yield _Row(
                key=f"providers.{platform}.{setting.key}",
                value=MASK if setting.secret and value else value,
                origin=found.origin if found else "default",
                variable=f"TALENTIMG_PROVIDERS_{platform.upper()}_{setting.key.upper()}",
                help=setting.help,
            )


def _print_table(settings: Settings, rows: list[_Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from talentimg.cli.terminal import printable

    console = Console(highlight=False)
    file = settings.config_file or config_file_path()
    state = "" if settings.config_file else " (not found; settings can also come from the environment)"
    console.print(Text(f"Settings file: {file}{state}"), soft_wrap=True)
    table = Table("Setting", "Value, and what it is for", "From")
    table.columns[0].no_wrap = True  # a name that is cut cannot be copied
    for row in rows:
        style = "" if row.origin == "default" else "bold"
        value = Text(printable(row.value) or "-", style)
        table.add_row(Text(row.key, style), value.append(f"\n{row.help}", "dim"), Text(row.origin))
    console.print(table)
    console.print(
        "In the environment, settings are named like this: TALENTIMG_HTTP_TIMEOUT for http.timeout."
    )
