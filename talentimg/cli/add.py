"""`talentimg add NAME`: a new talent on the roster."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import By, Why, name_of
from talentimg.providers.registry import PROVIDERS

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.repository.interface import NewAccount

ACCOUNTS = "Accounts"
Handle = Annotated[str | None, typer.Option(metavar="HANDLE", rich_help_panel=ACCOUNTS, show_default=False)]


def _with_a_handle_for_each_platform(command: Callable[..., None]) -> Callable[..., None]:
    """Give typer an option for each platform of the registry in place of `**handles`."""
    signature = inspect.signature(command, eval_str=True)
    *own, _ = signature.parameters.values()
    handles = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Handle) for name in PROVIDERS]
    # Sorting keeps the order within a kind: the handles come where the function has its star.
    parameters = sorted([*handles, *own], key=lambda parameter: parameter.kind)
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return command


@_with_a_handle_for_each_platform
def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The talent's name.")],
    talent_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Id to use; by default it is made from the name.")
    ] = None,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The user's e-mail address.")] = None,
    avatar_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The user's own avatar, the last resort before initials."),
    ] = None,
    *,
    accounts: Annotated[
        list[str] | None,
        typer.Option(
            "--account",
            metavar="PLATFORM=HANDLE|URL",
            help="An account on any other platform, or the address of a profile.",
            rich_help_panel=ACCOUNTS,
        ),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    **handles: str | None,
) -> None:
    """Add a talent to the roster, with the accounts that are known."""
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import printable, write_line
    from talentimg.repository.interface import NewTalent
    from talentimg.shapes import talent_json

    with context.of(ctx).app(create=True) as app:
        new = NewTalent(talent_id or "", name, email, avatar_url, _accounts(app, handles, accounts or []))
        add = app.roster.add_by_name if talent_id is None else app.roster.add
        talent = add(new, by=name_of(by), why=why).talent
    if as_json:
        print_json(talent_json(talent))
        return
    write_line(f"Added {printable(talent.name)} with the id {printable(talent.id)}.")
    context.of(ctx).hint(f"Next: talentimg sync {shlex.quote(printable(talent.id))}")


def _accounts(app: App, named: Mapping[str, str | None], others: list[str]) -> tuple[NewAccount, ...]:
    from talentimg.repository.interface import NewAccount

    pairs = [(platform, handle) for platform, handle in named.items() if handle is not None]
    pairs += [_other(app, other) for other in others]
    return tuple(NewAccount(platform, handle) for platform, handle in pairs)


def _other(app: App, typed: str) -> tuple[str, str]:
    """The platform and the handle that are typed, or the address that tells both."""
    from talentimg.errors import UsageError
    from talentimg.providers.names import parse_platform

    platform, equals, handle = typed.partition("=")
    if equals and not {":", "/"} & set(platform):
        return parse_platform(platform), handle
    if not equals and not {":", "/", "@"} & set(typed):
        raise UsageError(
            f"--account {typed!r} has no '=' in it.", hint="Like this: --account bluesky=ada.example"
        )
    return app.handles.platform_of(typed), typed
