"""`talentimg add NAME`: a new talent on the roster."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context

if TYPE_CHECKING:
    from talentimg.repository.interface import NewAccount

Handle = Annotated[str | None, typer.Option(metavar="HANDLE", rich_help_panel="Accounts", show_default=False)]


def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The talent's name.")],
    talent_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Id to use; otherwise made from the name.")
    ] = None,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The user's e-mail address.")] = None,
    avatar_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The user's own avatar, the last resort before initials."),
    ] = None,
    instagram: Handle = None,
    tiktok: Handle = None,
    youtube: Handle = None,
    bluesky: Handle = None,
    mastodon: Handle = None,
    github: Handle = None,
    gravatar: Handle = None,
    website: Handle = None,
    accounts: Annotated[
        list[str] | None,
        typer.Option(
            "--account", metavar="PLATFORM=HANDLE", help="Any other account.", rich_help_panel="Accounts"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Put a talent on the roster, with the accounts that are known."""
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import printable, write_line
    from talentimg.repository.interface import NewTalent
    from talentimg.shapes import talent_json

    named = {
        "instagram": instagram,
        "tiktok": tiktok,
        "youtube": youtube,
        "bluesky": bluesky,
        "mastodon": mastodon,
        "github": github,
        "gravatar": gravatar,
        "website": website,
    }
    with context.of(ctx).app(create=True) as app:
        chosen = talent_id if talent_id is not None else app.roster.free_id(name)
        new = NewTalent(chosen, name, email, avatar_url, _accounts(named, accounts or []))
        talent = app.roster.add(new).talent
    if as_json:
        print_json(talent_json(talent))
        return
    write_line(f"Added {printable(talent.name)} with the id {printable(talent.id)}.")
    typer.echo(f"Next: talentimg sync {shlex.quote(printable(talent.id))}", err=True)


def _accounts(named: dict[str, str | None], others: list[str]) -> tuple[NewAccount, ...]:
    from talentimg.errors import UsageError
    from talentimg.providers.names import parse_platform
    from talentimg.repository.interface import NewAccount

    pairs = [(platform, handle) for platform, handle in named.items() if handle is not None]
    for other in others:
        platform, equals, handle = other.partition("=")
        if not equals:
            raise UsageError(
                f"--account {other!r} has no '=' in it.", hint="Like this: --account bluesky=ada.example"
            )
        pairs.append((parse_platform(platform), handle))
    return tuple(NewAccount(platform, handle) for platform, handle in pairs)
