"""`talentimg set ID FILE|URL|-`: show a picture that a person brings, or one that another source offers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from talentimg.cli import completion, context
from talentimg.cli.person import AsJson, By, TalentId, Why, name_of, picture_of, tell
from talentimg.errors import UsageError

if TYPE_CHECKING:
    from talentimg.models import Part
    from talentimg.service.people.choosing import Brought

_SQUARE: Final = re.compile(r"\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*", re.ASCII)


def command(
    ctx: typer.Context,
    talent_id: TalentId,
    picture: Annotated[
        str | None,
        typer.Argument(metavar="[PICTURE]", help="A file, an https address, or - for stdin."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="The picture that is stored of this source instead; nothing is fetched.",
            autocompletion=completion.sources,
        ),
    ] = None,
    crop: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,SIDE",
            help="Only this square of the picture: its left, its top and its side, in pixels.",
            show_default="the usual square",
        ),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Choose a picture. It is checked and stored like any other, and shown until it is unset.

    No platform is asked while it stands.
    """
    from talentimg.cli.running import run

    _check(picture, source, crop)
    cli = context.of(ctx)
    with cli.app() as app:
        if source is not None:
            from talentimg.providers.names import parse_asked

            name = parse_asked(source)
            done = app.choosing.choose_from(talent_id, name, by=name_of(by), why=why)
            told = picture_of(name)
        else:
            brought = _brought(picture or "", app.settings.http_max_picture_bytes, _part(crop))
            done = run(app.choosing.choose(talent_id, brought, by=name_of(by), why=why))
            told = brought.told
    sentence = f"Chosen: {done.record.talent.name} shows {told}, until: talentimg unset {talent_id}"
    tell(done.outcome, sentence, as_json=as_json)
    if done.outcome.url is None:
        cli.hint("The app has no address of it: set images.public_url, or give an address instead of a file.")


def _check(picture: str | None, source: str | None, crop: str | None) -> None:
    if (picture is None) == (source is None):
        raise UsageError("Which picture?", hint="Give a file, an https address or -; or --from SOURCE.")
    if source is not None and crop is not None:
        raise UsageError("--crop is for a picture that you bring: what is stored is cut already.")


def _part(crop: str | None) -> Part | None:
    """The square that was typed.

    Raises:
        UsageError: it is none.
    """
    from talentimg.models import Part

    if crop is None:
        return None
    found = _SQUARE.fullmatch(crop)
    if found is None:
        raise UsageError(f"{crop!r} is no square.", hint="Left, top and side in pixels, like 120,40,600.")
    return Part(*map(int, found.groups()))


def _brought(picture: str, most: int, part: Part | None) -> Brought:
    """What was brought: no more is read than may be kept, and a byte that tells that there is more."""
    from talentimg.cli.given import STDIN, read
    from talentimg.service.people.choosing import Brought

    if picture.lower().startswith(("http://", "https://")):
        return Brought(picture, part=part)
    return Brought("standard input" if picture == STDIN else Path(picture).name, read(picture, most), part)
