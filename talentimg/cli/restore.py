"""`talentimg restore FILE`: roster and pictures as an archive has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.missing import MissingOption

if TYPE_CHECKING:
    from talentimg.service.moving.restore import Restore


def command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An archive that `backup` wrote.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Even over a roster that is there: it becomes that of the archive."),
    ] = False,
    missing: MissingOption = "refuse",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Bring back a roster with its pictures from an archive, which is verified before anything is written.

    The rows come all at once: whatever ends it, the old roster is there or the new one, and the same call
    completes it. Who was forgotten here since stays forgotten.
    """
    from talentimg.cli.missing import missing_of
    from talentimg.cli.present.moving import Progressing
    from talentimg.cli.running import stopped_by_signals

    wanted = missing_of(missing)
    cli = context.of(ctx)
    with cli.app() as app, stopped_by_signals(), app.restore(replace=replace, missing=wanted) as restore:
        with Progressing(wanted=not (as_json or cli.quiet)) as progress:
            for step in restore.read(file):
                progress.show(step)
        _tell(restore, str(file), as_json=as_json, quiet=cli.quiet)


def _tell(restore: Restore, file: str, *, as_json: bool, quiet: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.present.proof import counted
    from talentimg.cli.terminal import printable, say, write_line
    from talentimg.shapes import restored_json

    contents = restore.contents
    assert contents is not None
    if as_json:
        print_json(restored_json(file, contents, restore.forgotten))
        return
    if quiet:
        return
    talents = counted(contents.talents, "talent", "talents")
    files = counted(contents.files, "picture file", "picture files")
    write_line(f"Restored {talents} and {files} from {printable(file)}, as of {contents.made_at}.")
    if restore.forgotten:
        write_line(f"Left out, as forgotten here since: {restore.forgotten}.")
    say("Whoever follows what happens with a cursor begins anew: nobody is told what this took back.")
    if not contents.has_secrets:
        write_line("It has no tokens: talents who had connected an account with one connect again.")
