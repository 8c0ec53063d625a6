"""`talentimg migrate`: bring the store's schema to this version, or see what that would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from talentimg.cli import context
from talentimg.errors import UsageError

if TYPE_CHECKING:
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.migrations.store import MigrationStatus


def command(
    ctx: typer.Context,
    status: Annotated[
        bool, typer.Option("--status", help="Show the state of the store, and change nothing.")
    ] = False,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL that would run, and change nothing.")
    ] = False,
    to: Annotated[
        str | None, typer.Option("--to", metavar="VERSION", help="Schema version to stop at.")
    ] = None,
    down: Annotated[
        bool, typer.Option("--down", help="Go down instead: remove what talentimg added, and nothing else.")
    ] = False,
    keep_columns: Annotated[
        bool,
        typer.Option("--keep-columns", help="With --down: leave the columns that the app has taken over."),
    ] = False,
    new_roster: Annotated[
        bool,
        typer.Option("--new-roster", help="Make a roster in a Postgres database without any table."),
    ] = False,
    no_triggers: Annotated[
        bool,
        typer.Option(
            "--no-triggers",
            help="Leave the app's tables without triggers, or take them away: workers compare then.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --status: one JSON object.")] = False,
) -> None:
    """Bring the store's schema to this version. Safe to run twice, and by two processes at once."""
    from talentimg.providers.registry import platform_names
    from talentimg.repository import migrations
    from talentimg.repository.app_names import names_in

    settings = context.of(ctx).settings
    names = names_in(settings)
    asked = _Asked(
        settings.database_url, names, platform_names(), to, down, keep_columns, new_roster, not no_triggers
    )
    _refuse_contradictions(asked, status=status, sql=sql, as_json=as_json)
    if status:
        _print_status(migrations.status(asked.url, names, platforms=asked.platforms), as_json=as_json)
    elif sql:
        _print_sql(asked)
    else:
        _migrate(asked)
        found = migrations.status(asked.url, names, platforms=asked.platforms)
        _say_where(found)
        if asked.triggers and found.triggers and found.triggers.grant:
            _say_triggers(found)


class _Asked(NamedTuple):
    """What is to be done to which store."""

    url: str
    names: AppNames
    platforms: tuple[str, ...]
    to: str | None
    down: bool
    keep_columns: bool
    new_roster: bool
    triggers: bool


def _migrate(asked: _Asked) -> None:
    from talentimg.repository.migrations import BASE, downgrade, upgrade

    if asked.down:
        downgrade(asked.url, asked.to or BASE, asked.names, keep_columns=asked.keep_columns)
    else:
        upgrade(
            asked.url,
            asked.to or "head",
            asked.names,
            new_roster=asked.new_roster,
            platforms=asked.platforms,
            triggers=asked.triggers,
        )


def _print_sql(asked: _Asked) -> None:
    from talentimg.repository.migrations import BASE, downgrade_sql, upgrade_sql

    if asked.down:
        text = downgrade_sql(asked.url, asked.to or BASE, asked.names, keep_columns=asked.keep_columns)
    else:
        text = upgrade_sql(
            asked.url,
            asked.to or "head",
            asked.names,
            new_roster=asked.new_roster,
            platforms=asked.platforms,
            triggers=asked.triggers,
        )
    typer.echo(text.rstrip() or "-- Nothing to do.")


def _refuse_contradictions(asked: _Asked, *, status: bool, sql: bool, as_json: bool) -> None:
    if asked.new_roster and (status or asked.down):
        raise UsageError("--new-roster makes tables, and the other option does not.", hint="Leave one out.")
    if asked.keep_columns and not asked.down:
        raise UsageError("--keep-columns works only with --down.", hint="Add --down, or leave it out.")
    if not asked.triggers and (status or asked.down):
        raise UsageError(
            "--no-triggers is about migrating up, and the other option is not.", hint="Leave one out."
        )
    if status and (sql or asked.down or asked.to):
        raise UsageError("--status can be combined only with --json.", hint="Ask for one thing at a time.")
    if as_json and not status:
        raise UsageError("--json works only with --status.", hint="Add --status, or leave out --json.")


def _print_status(found: MigrationStatus, *, as_json: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import printable

    if as_json:
        print_json(found)
        return
    _say_where(found)
    _say_triggers(found)
    for step in found.pending:
        typer.echo(f"  to do: {printable(step)}")
    for problem in found.problems:
        typer.echo(f"  in the way: {printable(problem)}")


def _say_where(found: MigrationStatus) -> None:
    here = found.current or "no schema yet"
    if not found.pending:
        typer.echo(f"The store is up to date (schema {here}).")
    elif found.current == found.head:
        typer.echo(f"The store is at {here}, but somebody has taken away a part of it.")
    else:
        typer.echo(f"The store is at {here}; this version needs {found.head}.")


def _say_triggers(found: MigrationStatus) -> None:
    from talentimg.cli.terminal import printable
    from talentimg.repository.migrations.store import TriggerState

    if found.triggers is None:
        return
    if found.triggers.state is TriggerState.MADE:
        typer.echo("Triggers tell workers at once what the app has changed.")
    elif found.triggers.grant:
        typer.echo(
            "Workers find what the app has changed by comparing, as this role may not make triggers; "
            f"whoever owns the tables can let it: {printable(found.triggers.grant)} Then: talentimg migrate"
        )
    else:
        typer.echo(
            "Workers find what the app has changed by comparing; with triggers they know: talentimg migrate"
        )
