"""`talentimg connect ID PLATFORM HANDLE`, or `ID URL`: connect an account, and look at once."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.person import By, Why, name_of
from talentimg.cli.sync import exit_code_of
from talentimg.errors import TalentimgError, UsageError
from talentimg.models import Outcome
from talentimg.service.run.events import TalentSynced

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.models import Token
    from talentimg.service.people.accounts import AccountEvent


def command(
    ctx: typer.Context,
    talent_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The talent whose account it is.", autocompletion=completion.talent_ids
        ),
    ],
    platform: Annotated[
        str,
        typer.Argument(
            metavar="PLATFORM",
            help="For example instagram or bluesky; or, in place of both, the address of the profile.",
            autocompletion=completion.platforms,
        ),
    ],
    handle: Annotated[
        str | None,
        typer.Argument(metavar="[HANDLE]", help="The account's name there, or the address of its profile."),
    ] = None,
    profile_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Address of the profile page, if one is needed.")
    ] = None,
    token_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The talent's own token, plain or as JSON (access_token, refresh_token, ...); - for stdin.",
        ),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Connect an account, and look at the talent straight away.

    It replaces the account that was connected on the same platform, if there was one.
    """
    from talentimg.cli.outcomes import notes, sentence
    from talentimg.cli.present.output import print_json
    from talentimg.cli.running import run
    from talentimg.cli.terminal import printable, write_line
    from talentimg.repository.interface import NewAccount
    from talentimg.shapes import outcome_json

    with context.of(ctx).app() as app:
        account = NewAccount(*_named(app, platform, handle), profile_url, _token(token_file))
        outcome = run(last_outcome(app.accounts.connect(talent_id, account, by=name_of(by), why=why)))
    if as_json:
        print_json(outcome_json(outcome))
    else:
        for line in (sentence(outcome), *_about_this(account.platform, outcome), *notes(outcome)):
            write_line(printable(line))
    raise typer.Exit(exit_code_of([outcome]))


async def last_outcome(events: AsyncGenerator[AccountEvent, None]) -> Outcome:
    """The outcome of the look that ends a change of accounts; the change is told even if that fails."""
    from talentimg.service.people.accounts import AccountConnected

    outcomes: list[Outcome] = []
    changed = ""
    try:
        async for event in events:
            if isinstance(event, TalentSynced):
                outcomes.append(event.outcome)
            else:
                changed = "connected" if isinstance(event, AccountConnected) else "disconnected"
    except TalentimgError:
        if changed and not outcomes:
            typer.echo(
                f"The account is {changed}, but the picture could not be brought up to date.", err=True
            )
        raise
    return outcomes[-1]


def _named(app: App, platform: str, handle: str | None) -> tuple[str, str]:
    """The platform and the handle, both of which the address of a profile tells.

    Raises:
        UsageError: there is no such platform, or a handle is missing.
    """
    from talentimg.providers.names import parse_platform
    from talentimg.providers.registry import platform_names

    if handle is not None:
        return parse_platform(platform), handle
    if platform.strip().lower() in platform_names():
        raise UsageError(
            f"Which account on {platform.strip().lower()}?",
            hint="Give the handle after the platform, or the address of the profile in place of both.",
        )
    return app.handles.platform_of(platform), platform


def _about_this(platform: str, outcome: Outcome) -> list[str]:
    """What came of the account just connected, unless the picture already shows it."""
    if outcome.source == platform:
        return []
    attempt = next((a for a in outcome.attempts if a.source == platform), None)
    if attempt is None:
        return [f"{platform} was not asked: {outcome.source} comes before it."]
    from talentimg.models import State

    is_told = attempt.state is State.FOUND or attempt.detail == outcome.detail
    return [] if is_told else [f"{platform}: {attempt.detail}"]


def _token(file: str | None) -> Token | None:
    """The token in a file. Never on the command line: other users could read it there."""
    if file is None:
        return None
    from talentimg.service.people.files.token import parse_token

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"The token file {file} cannot be read.", hint="Check its path and permissions."
        ) from None
    return parse_token(text)
