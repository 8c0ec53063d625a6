"""`talentimg backup FILE`: roster and pictures in one archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context

if TYPE_CHECKING:
    from talentimg.service.moving.archive import Contents


def command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write, a ZIP.")],
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="With the tokens of talents, in plain text.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write the whole roster and its pictures into one archive, and verify it. `restore` brings them back.

    It is the roster of one moment, whoever works on it meanwhile. The file is complete or not there at all.
    """
    from talentimg.cli.present.moving import Progressing
    from talentimg.cli.running import stopped_by_signals
    from talentimg.errors import SOME_FAILED

    cli = context.of(ctx)
    with cli.app() as app, stopped_by_signals(), app.backup(with_secrets=with_secrets) as backup:
        with Progressing(wanted=not (as_json or cli.quiet)) as progress:
            for step in backup.write(file):
                progress.show(step)
        assert backup.contents is not None
        _tell(backup.contents, str(file), as_json=as_json, quiet=cli.quiet)
        if backup.contents.missing:
            raise typer.Exit(SOME_FAILED)


def _tell(contents: Contents, file: str, *, as_json: bool, quiet: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.present.proof import counted
    from talentimg.cli.terminal import printable, say, warn, write_line
    from talentimg.shapes import archive_json

    if as_json:
        print_json(archive_json(file, contents))
    elif not quiet:
        talents, files = (
            counted(contents.talents, "talent", "talents"),
            counted(contents.files, "picture file", "picture files"),
        )
        write_line(f"{printable(file)} holds {talents} and {files}, all verified.")
        tokens = "with" if contents.has_secrets else "without"
        say(f"It names people, {tokens} their tokens: keep it as you keep the roster.")
    if contents.missing:
        what = counted(contents.missing, "picture file is", "picture files are")
        warn(f"{what} damaged or not in the store, and left out; the next sync-all fetches what is lost.")
