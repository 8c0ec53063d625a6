"""`talentimg serve`: answer browsers and programs over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import typer

from talentimg.cli import context
from talentimg.cli.errors import Stopped
from talentimg.errors import ConfigError, UsageError
from talentimg.settings import Settings


def command(
    ctx: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Where to listen.", show_default="serve.host: 127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, metavar="N", help="At which port.", show_default="serve.port: 8000"),
    ] = None,
    root_path: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="The path that a proxy in front takes away."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, metavar="N", help="Processes; more than one only on Postgres.", show_default="1"
        ),
    ] = None,
) -> None:
    """Serve pictures, and how well all is, over HTTP."""
    from talentimg.cli.logs import set_up_logging

    cli = context.of(ctx)
    flags = {"serve.host": host, "serve.port": port, "serve.root_path": root_path, "serve.workers": workers}
    cli.flags.update({key: value for key, value in flags.items() if value is not None})
    settings = cli.settings
    check_workers(settings)
    server = _server()
    place = server.Place(
        settings.serve_host, settings.serve_port, settings.serve_root_path, settings.serve_workers
    )
    with cli.app() as app:
        app.profiles.check()
    with server.listen(place) as listening:
        cli.hint(f"Serving at {server.address_of(listening, place)}; Ctrl-C ends it.")
        set_up = partial(set_up_logging, settings.log_format, verbose=cli.verbose, quiet=cli.quiet)
        number = server.run(settings, place, listening, set_up)
    if number is not None:
        raise Stopped(number)


def check_workers(settings: Settings) -> None:
    """Several processes are of use where the store answers several at once.

    Raises:
        UsageError: this one does not.
    """
    from talentimg.repository.urls import POSTGRES, kind_of

    if settings.serve_workers > 1 and kind_of(settings.database_url) != POSTGRES:
        raise UsageError(
            "Several workers need the roster on Postgres: a SQLite file is served by one.",
            hint="Leave --workers out.",
        )


def _server() -> Any:  # noqa: ANN401  the module
    try:
        from talentimg.web import server
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in {"fastapi", "starlette", "uvicorn"}:
            raise
        raise ConfigError(
            "What serves is not installed.", hint="Install it with: pip install 'talentimg[serve]'"
        ) from None
    return server
