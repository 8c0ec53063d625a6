"""`talentimg changes`: what happened, for a site or another program that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context

if TYPE_CHECKING:
    from talentimg.repository.interface.feed import FeedPage


def command(
    ctx: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="CURSOR",
            help="What happened after this: next of the page before, or latest to begin now.",
            show_default="the beginning",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="How much a page tells, at most.")
    ] = 200,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object: a page, and the cursor to go on with.")
    ] = False,
) -> None:
    """Tell what happened, oldest first: other pictures, lost ones, accounts to connect again, ended runs.

    Nothing is ever skipped: whoever keeps next and asks with it is told everything once.
    """
    with context.of(ctx).app() as app:
        page = app.feed.page(since, limit=limit)
        link = app.reconnecting.link
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import feed_page_json

        print_json(feed_page_json(page, link))
        return
    _print(page)


def _print(page: FeedPage) -> None:
    from talentimg.cli.present.feed import print_feed

    print_feed(page)
