"""`talentimg copy --to DATABASE_URL`: the whole roster in another place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.missing import MissingOption

if TYPE_CHECKING:
    from talentimg.service.moving.rosters import RosterCopy


def command(
    ctx: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="DATABASE_URL", help="The database that it goes to.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Even over a roster that is there: it becomes this one.")
    ] = False,
    missing: MissingOption = "refuse",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Copy the whole roster to another database, with all that people said, and compare it row by row.

    Pictures stay where they are: see `talentimg images copy`. It may be stopped at any time, and runs may go
    on beside it. The same call goes on; with --replace it brings over what was written since.
    """
    from talentimg.cli.missing import missing_of
    from talentimg.cli.present.moving import Progressing
    from talentimg.cli.running import stopped_by_signals

    wanted = missing_of(missing)
    cli = context.of(ctx)
    with cli.app() as app, stopped_by_signals(), app.roster_copy(to, replace=replace, missing=wanted) as copy:
        with Progressing(wanted=not (as_json or cli.quiet)) as progress:
            for step in copy.run():
                progress.show(step)
        _tell(copy, to, as_json=as_json, quiet=cli.quiet)


def _tell(copy: RosterCopy, to: str, *, as_json: bool, quiet: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.present.proof import counted
    from talentimg.cli.terminal import say, write_line
    from talentimg.repository.urls import without_password
    from talentimg.shapes import copied_json

    place = without_password(to)
    shape = copied_json(place, copy.moved, copy.left_out)
    if as_json:
        print_json(shape)
    elif not quiet:
        rows = counted(shape["rows"], "row", "rows")
        write_line(f"Copied to {place}: {rows}, all compared; {shape['written']} had to be written.")
        if copy.left_out:
            lacking = counted(copy.left_out, "talent or account", "talents and accounts")
            write_line(f"Left out, as the app does not have them: {lacking}.")
        say(
            "Next: stop whatever uses the old place, say this once more with --replace, "
            "and name the new one in database_url."
        )
