"""`talentimg set ID FILE|URL|-`: show a picture that a person brings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import AsJson, By, TalentId, Why, name_of, tell

if TYPE_CHECKING:
    from talentimg.service.people.choosing import Brought


def command(
    ctx: typer.Context,
    talent_id: TalentId,
    picture: Annotated[
        str,
        typer.Argument(metavar="PICTURE", help="A file, an https address, or - for stdin."),
    ],
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Choose a picture. It is checked and stored like any other, and shown until it is unset.

    No platform is asked while it stands.
    """
    from talentimg.cli.running import run

    cli = context.of(ctx)
    with cli.app() as app:
        brought = _brought(picture, app.settings.http_max_picture_bytes)
        done = run(app.choosing.choose(talent_id, brought, by=name_of(by), why=why))
    name = done.record.talent.name
    sentence = f"Chosen: {name} shows {brought.told}, until: talentimg unset {talent_id}"
    tell(done.outcome, sentence, as_json=as_json)
    if done.outcome.url is None:
        cli.hint("The app has no address of it: set images.public_url, or give an address instead of a file.")


def _brought(picture: str, most: int) -> Brought:
    """What was brought: no more is read than may be kept, and a byte that tells that there is more."""
    from talentimg.cli.given import STDIN, read
    from talentimg.service.people.choosing import Brought

    if picture.lower().startswith(("http://", "https://")):
        return Brought(picture)
    return Brought("standard input" if picture == STDIN else Path(picture).name, read(picture, most))
