"""`talentimg doctor`: is everything well, and what needs somebody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.errors import TalentimgError

if TYPE_CHECKING:
    from talentimg.cli.context import Cli
    from talentimg.service.doctor.doctor import Examined


def command(
    ctx: typer.Context,
    fix: Annotated[
        bool, typer.Option("--fix", help="Heal what can be healed, and say what was done.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Look at every picture and object, not at a sample of them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Examine everything: settings, rights, stores, pictures, nights, tokens, network, clock, disk.

    Each line says how bad it is, what it is, and what to do.

    Ends with 0 if all is well, 3 if something needs a person, 78 if talentimg cannot work.

    Without --fix nothing is changed: a small object goes into the store of pictures and out again.
    """
    from talentimg.cli.present.doctor import print_examined, print_unseen, print_verdict
    from talentimg.service.doctor.doctor import exit_code_of

    cli = context.of(ctx)
    examined = []
    for one in _examined(cli, deep=deep, fix=fix):
        examined.append(one)
        if not as_json:
            print_examined(one, quiet=cli.quiet)
    if as_json:
        _print_json(examined, deep=deep, fix=fix)
    elif not cli.quiet:
        print_unseen(examined)
        print_verdict(examined, fix=fix)
    raise typer.Exit(exit_code_of(examined))


def _examined(cli: Cli, *, deep: bool, fix: bool) -> Iterator[Examined]:
    from talentimg.service.doctor.doctor import without_settings

    try:
        cli.settings  # noqa: B018  reads them
    except TalentimgError as error:
        yield without_settings(error)
        return
    with cli.app(dry=True, checked=False) as app:
        yield from app.doctor().examine(deep=deep, fix=fix)


def _print_json(examined: list[Examined], *, deep: bool, fix: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.clock import utc_now
    from talentimg.shapes import doctor_json

    print_json(doctor_json(examined, utc_now(), deep=deep, fix=fix))
