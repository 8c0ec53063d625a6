"""`talentimg images`: where the pictures lie; `images copy`: all of them in another place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context

if TYPE_CHECKING:
    from talentimg.service.moving.objects import CopiedPictures

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def command(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Tell where the pictures lie, and how many files there are. `images copy` brings them elsewhere."""
    if ctx.invoked_subcommand is not None:
        return
    from talentimg.cli.present.output import print_json
    from talentimg.cli.present.proof import counted
    from talentimg.cli.terminal import printable, write_line

    with context.of(ctx).app(dry=True) as app:
        sizes = [one.held.size for one in app.store.listing()]
        place = app.settings.images_store
    if as_json:
        print_json({"store": place, "files": len(sizes), "bytes": sum(sizes)})
    else:
        write_line(f"{printable(place)}: {counted(len(sizes), 'file', 'files')}, {sum(sizes)} bytes.")


def copy(
    ctx: typer.Context,
    to: Annotated[
        str,
        typer.Option("--to", metavar="URL", help="The store that they go to: file://, s3://, gs://, az://."),
    ],
    as_json: AsJson = False,
) -> None:
    """Copy all pictures to another store, and verify each by the hash that is its name.

    It may be stopped at any time, and runs may go on beside it: the same call goes on. Nothing is removed.
    """
    from talentimg.cli.present.moving import Progressing
    from talentimg.cli.running import stopped_by_signals
    from talentimg.errors import SOME_FAILED
    from talentimg.service.moving.tables import Step

    cli = context.of(ctx)
    with cli.app() as app, stopped_by_signals():
        work = app.picture_copy(to)
        with Progressing(wanted=not (as_json or cli.quiet)) as progress:
            for done in work.run():
                progress.show(Step("pictures", done.files, None))
    _tell(work.done, to, as_json=as_json, quiet=cli.quiet)
    if work.done.damaged or work.done.lacking:
        raise typer.Exit(SOME_FAILED)


WORDS = {"copy": copy}


def _tell(done: CopiedPictures, to: str, *, as_json: bool, quiet: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.present.proof import counted
    from talentimg.cli.terminal import printable, say, warn, write_line
    from talentimg.shapes import copied_pictures_json

    if as_json:
        print_json(copied_pictures_json(to, done))
    elif not quiet:
        files = counted(done.files, "file", "files")
        write_line(f"{printable(to)} has {files}, all verified; {done.written} had to be written.")
        say("Next: stop whatever uses the old store, say this again, and name the new one in images.store.")
    if left := done.damaged + done.lacking:
        what = counted(left, "file that the roster names is", "files that the roster names are")
        warn(f"{what} damaged or lost; `talentimg sync-all --min-age 0` fetches such pictures anew.")
