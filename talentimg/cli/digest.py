"""`talentimg digest`: what happened since, for people: on a terminal, in Slack, by e-mail."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.errors import UsageError


def command(
    ctx: typer.Context,
    since: Annotated[
        str, typer.Option(metavar="SPAN", help="How far back, like 24h, 7d or 2w.", show_default="24h")
    ] = "24h",
    html: Annotated[
        bool,
        typer.Option("--html", help="A page that needs nothing from elsewhere, with the pictures in it."),
    ] = False,
    email: Annotated[
        bool,
        typer.Option("--email", help="A message without sender and receiver, with the pictures in it."),
    ] = False,
    slack: Annotated[bool, typer.Option("--slack", help="Text in Slack's own markup.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Tell what happened: whose picture is another one, who is needed, how the runs went."""
    from talentimg.service.people.listing import age_of

    if html + email + slack + as_json > 1:
        raise UsageError("--html, --email, --slack and --json exclude one another.")
    with context.of(ctx).app() as app:
        digest = app.digests.since(app.now() - age_of(since, "--since"))
        pictures = app.digests.pictures(digest) if html or email else {}
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import digest_json

        print_json(digest_json(digest))
        return
    from talentimg.cli.present.digest import print_digest

    print_digest(
        digest, pictures, form="html" if html else "email" if email else "slack" if slack else "text"
    )
