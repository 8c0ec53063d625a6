"""`talentimg sweep`: remove what nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context

if TYPE_CHECKING:
    from talentimg.service.run.sweep import Swept


def command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Remove what nobody needs any more: of talents who left, unused pictures, files that no row names.

    Each stays for `keep.grace_hours` first. Runs and history go when they are old.

    Every `sync-all` ends with a short sweep. It may be stopped at any time.
    """
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import write_line
    from talentimg.shapes import swept_json

    cli = context.of(ctx)
    with cli.app() as app:
        swept = app.sweeper.sweep()
        hours = app.settings.keep_grace_hours
    if as_json:
        print_json(swept_json(swept))
    elif swept.removed or swept.waiting or not cli.quiet:
        for line in _lines(swept, hours):
            write_line(line)


def _lines(swept: Swept, hours: float) -> Iterator[str]:
    from talentimg.cli.present.proof import counted

    parts = (
        (swept.talents, "talent who left", "talents who left"),
        (swept.accounts, "account that is gone", "accounts that are gone"),
        (swept.pictures, "picture", "pictures"),
        (swept.files, "file", "files"),
        (swept.runs, "run", "runs"),
        (swept.history, "line of history", "lines of history"),
        (swept.said, "word of a person", "words of people"),
    )
    removed = [counted(*part) for part in parts if part[0]]
    yield f"Removed: {', '.join(removed)}." if removed else "Nothing had to be removed."
    if swept.waiting:
        waiting = counted(swept.waiting, "talent or picture stays", "talents or pictures stay")
        yield f"{waiting} for {hours:g} hours first."
