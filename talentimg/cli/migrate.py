"""`talentimg migrate`: bring the store's schema to this version, or see what that would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    new_roster: Annotated[
        bool,
        typer.Option("--new-roster", help="Make a roster in a Postgres database without any table."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --status: one JSON object.")] = False,
) -> None:
    """Bring the store's schema to this version. Safe to run twice, and by two processes at once."""
    from talentimg.repository import migrations
    from talentimg.repository.app_names import names_in

    _refuse_contradictions(status=status, sql=sql, down=down, to=to, new_roster=new_roster, as_json=as_json)
    settings = context.of(ctx).settings
    url, names = settings.database_url, names_in(settings)
    if status:
        _print_status(migrations.status(url, names), as_json=as_json)
    elif sql:
        _print_sql(url, to, names, down=down, new_roster=new_roster)
    elif down:
        migrations.downgrade(url, to or migrations.BASE, names)
        _say_where(migrations.status(url, names))
    else:
        migrations.upgrade(url, to or "head", names, new_roster=new_roster)
        _say_where(migrations.status(url, names))


def _print_sql(url: str, to: str | None, names: AppNames, *, down: bool, new_roster: bool) -> None:
    from talentimg.repository import migrations

    if down:
        text = migrations.downgrade_sql(url, to or migrations.BASE, names)
    else:
        text = migrations.upgrade_sql(url, to or "head", names, new_roster=new_roster)
    typer.echo(text.rstrip() or "-- Nothing to do.")


def _refuse_contradictions(
    *, status: bool, sql: bool, down: bool, to: str | None, new_roster: bool, as_json: bool
) -> None:
    if new_roster and (status or down):
        raise UsageError("--new-roster makes tables, and the other option does not.", hint="Leave one out.")
    if status and (sql or down or to):
        raise UsageError("--status can be combined only with --json.", hint="Ask for one thing at a time.")
    if as_json and not status:
        raise UsageError("--json works only with --status.", hint="Add --status, or leave out --json.")


def _print_status(found: MigrationStatus, *, as_json: bool) -> None:
    from talentimg.cli.present.output import print_json

    if as_json:
        print_json(found)
        return
    _say_where(found)
    for step in found.pending:
        typer.echo(f"  to do: {step}")
    for problem in found.problems:
        typer.echo(f"  in the way: {problem}")


def _say_where(found: MigrationStatus) -> None:
    here = found.current or "no schema yet"
    if not found.pending:
        typer.echo(f"The store is up to date (schema {here}).")
    else:
        typer.echo(f"The store is at {here}; this version needs {found.head}.")
