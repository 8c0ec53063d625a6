"""`talentimg edit ID`: what the roster says of a talent, put right."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.person import By, Why, name_of
from talentimg.models import INITIALS


def command(
    ctx: typer.Context,
    talent_id: Annotated[
        str, typer.Argument(metavar="ID", help="The talent to edit.", autocompletion=completion.talent_ids)
    ],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The talent's name.", show_default=False)
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="The user's e-mail address; an empty one erases it.", show_default=False
        ),
    ] = None,
    avatar_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The user's own avatar; an empty one erases it.", show_default=False
        ),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Change name, e-mail address or avatar of a talent. What is not given stays as it is.

    The picture of an avatar that is replaced goes at once. Where the roster is the agency app's own, it is
    edited in the app; accounts are changed by connect and disconnect.
    """
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import printable, write_line
    from talentimg.shapes import edited_json

    with context.of(ctx).app() as app:
        done = app.roster.edit(
            talent_id, name=name, email=email, avatar_url=avatar_url, by=name_of(by), why=why
        )
    if as_json:
        print_json(edited_json(done))
        return
    if not done.fields:
        write_line(f"{printable(done.talent.name)} is so already; nothing was changed.")
        return
    what = ", ".join(field.replace("_", " ") for field in done.fields)
    shown = "initials" if done.source == INITIALS else f"the picture from {done.source}"
    write_line(f"Changed of {printable(done.talent.name)}: {what}. Shown now: {shown}.")
