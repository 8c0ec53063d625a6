"""The command line: parse the words, call one service, print the answer. One file per command.

A command's file is loaded when the command is called, and imports only light things at the top, so
that `--version` and `show` answer at once.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from talentimg import __version__
from talentimg.cli.commands import Group
from talentimg.cli.completion import log_formats
from talentimg.cli.context import Cli
from talentimg.cli.errors import guarded
from talentimg.cli.terminal import prepare_streams

GARBAGE_LOOKED_FOR_AFTER: Final = 20_000
"""New objects between two searches, in place of 700: https://docs.python.org/3.11/library/gc.html"""

app = typer.Typer(
    name="talentimg",
    cls=Group,
    help="Keeps the profile picture of everybody on a roster right.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"talentimg {__version__}\n")
        raise typer.Exit


@app.callback()
def global_options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings file to use instead of the default one."),
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Folder for the embedded store and the pictures.")
    ] = None,
    database_url: Annotated[str | None, typer.Option(metavar="URL", help="Where the roster is kept.")] = None,
    log_format: Annotated[
        str | None,
        typer.Option(
            metavar="text|json", help="Format of the log lines on stderr.", autocompletion=log_formats
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show more detail, and the causes of errors.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing unless somebody is needed: for crontabs.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Keeps the profile picture of everybody on a roster right."""
    context.obj = Cli(config=config, verbose=verbose, quiet=quiet)
    flags = {"data_dir": data_dir, "database_url": database_url, "log_format": log_format}
    for name, value in flags.items():
        context.obj.take(name, value)


def main() -> None:
    """The console entry point."""
    # What a start makes stays: looking for garbage among it would take a tenth of a short command's time.
    gc.freeze()
    gc.set_threshold(GARBAGE_LOOKED_FOR_AFTER)
    prepare_streams()
    sys.exit(guarded(lambda: app(prog_name="talentimg")))
