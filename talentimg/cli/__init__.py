"""The command line: words in, one service call, words out. One command a file.

Command modules import only light things at the top, so that `--version`, `--help` and `show`
answer at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from talentimg import __version__
from talentimg.cli import (
    add,
    config,
    connect,
    demo,
    disconnect,
    import_,
    list_,
    migrate,
    placeholders,
    runs,
    show,
    sync,
    sync_all,
)
from talentimg.cli.completion import log_formats
from talentimg.cli.context import Cli
from talentimg.cli.errors import guarded
from talentimg.cli.terminal import prepare_streams

app = typer.Typer(
    name="talentimg",
    help="Keeps the profile picture of everybody on a roster right.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SYNC, ROSTER, OPERATIONS = "Sync", "Roster", "Operations"
app.command("sync", rich_help_panel=SYNC)(sync.command)
app.command("sync-all", rich_help_panel=SYNC)(sync_all.command)
app.command("show", rich_help_panel=SYNC)(show.command)
app.command("placeholders", rich_help_panel=SYNC)(placeholders.command)
app.command("add", rich_help_panel=ROSTER)(add.command)
app.command("import", rich_help_panel=ROSTER)(import_.command)
app.command("list", rich_help_panel=ROSTER)(list_.command)
app.command("connect", rich_help_panel=ROSTER)(connect.command)
app.command("disconnect", rich_help_panel=ROSTER)(disconnect.command)
app.command("runs", rich_help_panel=OPERATIONS)(runs.command)
app.command("migrate", rich_help_panel=OPERATIONS)(migrate.command)
app.command("config", rich_help_panel=OPERATIONS)(config.command)
app.command("demo", rich_help_panel=OPERATIONS)(demo.command)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"talentimg {__version__}\n")
        raise typer.Exit


@app.callback()
def global_options(
    context: typer.Context,
    config_file: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings file, in place of the user's own."),
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Folder of the embedded store and the pictures.")
    ] = None,
    database_url: Annotated[str | None, typer.Option(metavar="URL", help="Where the roster is kept.")] = None,
    log_format: Annotated[
        str | None,
        typer.Option(
            metavar="text|json", help="Form of the log lines on stderr.", autocompletion=log_formats
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more, and show causes.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Keeps the profile picture of everybody on a roster right."""
    flags = {"data_dir": data_dir, "database_url": database_url, "log.format": log_format}
    context.obj = Cli(config=config_file, flags=dict(flags), verbose=verbose)


def main() -> None:
    """The console entry point."""
    prepare_streams()
    sys.exit(guarded(lambda: app(prog_name="talentimg")))
