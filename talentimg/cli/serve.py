"""`talentimg serve`: answer browsers and programs over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from talentimg.cli import context
from talentimg.cli.errors import Stopped
from talentimg.cli.person import name_of
from talentimg.cli.terminal import say, warn
from talentimg.errors import ConfigError, UsageError
from talentimg.models import Scope
from talentimg.settings import Settings

if TYPE_CHECKING:
    from talentimg.cli.context import Cli
    from talentimg.service.people.access import AccessTokens

FIRST: Final = "first"
"""The name of the token that is made if there is none."""
EXTRA: Final = {"fastapi", "jwt", "starlette", "uvicorn"}
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


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
    """Serve pictures and what the app's own pages ask for over HTTP, and tell how well all is."""
    from talentimg.cli.logs import set_up_logging
    from talentimg.store import open_store

    cli = context.of(ctx)
    flags = {"serve.host": host, "serve.port": port, "serve.root_path": root_path, "serve.workers": workers}
    cli.flags.update({key: value for key, value in flags.items() if value is not None})
    settings = cli.settings
    check_workers(settings)
    server = _server()
    with cli.app() as app:
        app.profiles.check()
        open_store(settings.images_store, make=False)  # whether its address will do
        is_first = not app.access.valid()
    host = _loopback(settings.serve_host) if is_first else settings.serve_host
    place = server.Place(host, settings.serve_port, settings.serve_root_path, settings.serve_workers)
    with server.listen(place) as listening:
        address = server.address_of(listening, place)
        set_up = partial(set_up_logging, settings.log_format, verbose=cli.verbose, quiet=cli.quiet)
        tell = partial(_tell, cli, address, is_first=is_first)
        number = server.run(settings, place, listening, set_up, tell)
    if number is not None:
        raise Stopped(number)


def _tell(cli: Cli, address: str, *, is_first: bool) -> None:
    cli.hint(f"Serving at {address}; Ctrl-C ends it.")
    if is_first:
        with cli.app() as app:
            tell_first_token(app.access, address)


def tell_first_token(access: AccessTokens, address: str) -> None:
    """Make a token and tell it, unless another server that starts now has; none stays that was not told."""
    try:
        first = access.make(FIRST, Scope.ADMIN, by=name_of(None))
    except UsageError:
        if not access.valid():
            raise
        return
    try:
        say(f"A first token, which is told this once: {first}")
        say(f"Log in with it: {address}/login?token={first}")
    except BaseException:
        access.revoke(FIRST)
        raise


def _loopback(host: str) -> str:
    """Where it listens the first time: nobody else should be there before whoever reads the token."""
    if host in LOOPBACK:
        return host
    warn(f"Before there were any tokens nobody else may ask: not {host} but {LOOPBACK[0]}. Start it again.")
    return LOOPBACK[0]


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
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise ConfigError(
            "What serves is not installed.", hint="Install it with: pip install 'talentimg[serve]'"
        ) from None
    return server
