"""`talentimg tokens`: who may ask the server, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import By, name_of
from talentimg.errors import UsageError
from talentimg.models import Scope

if TYPE_CHECKING:
    from talentimg.models import AccessToken


def command(
    ctx: typer.Context,
    make: Annotated[
        str | None, typer.Option(metavar="NAME", help="Make a token of this name, and print it this once.")
    ] = None,
    scope: Annotated[
        Scope | None,
        typer.Option(
            help="What a new one is good for: to read, to operate (looks, accounts, runs), or all.",
            show_default="read",
        ),
    ] = None,
    revoke: Annotated[
        str | None, typer.Option(metavar="NAME", help="Let the token of this name be good for nothing.")
    ] = None,
    by: By = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List the tokens that the server accepts; make and revoke them."""
    _check(make, scope, revoke)
    cli = context.of(ctx)
    with cli.app() as app:
        if make is not None:
            _print_new(app.access.make(make, scope or Scope.READ, by=name_of(by)))
            cli.hint("It is kept nowhere. Send it as: Authorization: Bearer TOKEN")
            return
        if revoke is not None:
            app.access.revoke(revoke)
            cli.hint(f"The token {revoke!r} is good for nothing within two seconds.")
            return
        tokens = app.access.all()
    _list(tokens, as_json=as_json)


def _check(make: str | None, scope: Scope | None, revoke: str | None) -> None:
    if make is not None and revoke is not None:
        raise UsageError("A token is made or revoked, not both at once.")
    if scope is not None and make is None:
        raise UsageError("--scope is for a new token.", hint="talentimg tokens --make NAME --scope operate")


def _print_new(text: str) -> None:
    from talentimg.cli.terminal import write_data

    write_data(text)


def _list(tokens: Sequence[AccessToken], *, as_json: bool) -> None:
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import access_token_json

        for token in tokens:
            print_json(access_token_json(token), indent=None)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from talentimg.cli.present.fitting import print_fitting
    from talentimg.cli.terminal import LONGEST_CELL, printable

    console = Console(highlight=False)
    if not tokens:
        console.print("There is no token. The first talentimg serve makes one.")
        return
    table = Table("Name", "Scope", "Made", "By", "State")
    table.columns[2].no_wrap = table.columns[4].no_wrap = True
    for token in tokens:
        revoked = token.revoked_at
        table.add_row(
            Text(printable(token.name, LONGEST_CELL)),
            token.scope.value,
            f"{token.created_at:%Y-%m-%d}",
            Text(printable(token.created_by, LONGEST_CELL)),
            f"revoked {revoked:%Y-%m-%d}" if revoked else "valid",
        )
    print_fitting(table, console)
