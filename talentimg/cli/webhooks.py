"""`talentimg webhooks`: who is told what happens, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Final

import typer

from talentimg.cli import completion, context
from talentimg.cli.person import By, name_of
from talentimg.models import FeedKind

if TYPE_CHECKING:
    from talentimg.models import Webhook

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
WebhookId = Annotated[
    str, typer.Argument(metavar="ID", help="As the list tells it.", autocompletion=completion.webhook_ids)
]


def command(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List who is told what happens, as it happens: other programs, at their addresses."""
    if ctx.invoked_subcommand is None:
        list_all(ctx, as_json=as_json)


def list_all(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List them. Their secrets are never told again."""
    with context.of(ctx).app(read_only=True) as app:
        webhooks = app.webhook_desk.all()
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import webhook_json

        for webhook in webhooks:
            print_json(webhook_json(webhook), indent=None)
        return
    from talentimg.cli.present.webhooks import print_webhooks

    print_webhooks(webhooks)


def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to post to.")],
    event: Annotated[
        list[FeedKind] | None,
        typer.Option(help="Tell of this alone; may be given several times.", show_default="everything"),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Tell an address what happens from now on, signed with a secret that is printed this once."""
    cli = context.of(ctx)
    with cli.app() as app:
        webhook = app.webhook_desk.add(url, event or (), by=name_of(by))
    _print_secret(webhook, as_json=as_json)
    cli.hint(f"The secret of {webhook.id} is told only now. A worker delivers, and so does sync-all.")


def remove(ctx: typer.Context, webhook_id: WebhookId) -> None:
    """Tell an address nothing any more, not even what waits."""
    cli = context.of(ctx)
    with cli.app() as app:
        app.webhook_desk.remove(webhook_id)
    cli.hint(f"{webhook_id} is told nothing any more.")


def rotate(ctx: typer.Context, webhook_id: WebhookId, as_json: AsJson = False) -> None:
    """Make another secret. For 24 hours is signed with both, so that the receiver can change in peace."""
    cli = context.of(ctx)
    with cli.app() as app:
        webhook = app.webhook_desk.rotate(webhook_id)
    _print_secret(webhook, as_json=as_json)
    cli.hint(f"The secret before counts until {webhook.old_until:%Y-%m-%d %H:%M} UTC.")


def log(
    ctx: typer.Context,
    webhook_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Of one webhook alone.", autocompletion=completion.webhook_ids),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Tell what became of deliveries, newest first. Those that are over are told for 30 days."""
    with context.of(ctx).app(read_only=True) as app:
        deliveries = app.webhook_desk.log(webhook_id, limit=limit)
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import delivery_json

        for delivery in deliveries:
            print_json(delivery_json(delivery), indent=None)
        return
    from talentimg.cli.present.webhooks import print_log

    print_log(deliveries)


def deliver(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False
) -> None:
    """Deliver what is due now, as a worker does all the time and sync-all at its end."""
    import asyncio

    with context.of(ctx).app() as app:
        found = asyncio.run(app.delivering.round())
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import delivered_json

        print_json(delivered_json(found))
        return
    from talentimg.cli.terminal import write_line

    failed = f", {found.failed} to be tried again" if found.failed else ""
    write_line(f"{found.delivered} delivered{failed}, {found.given_up} given up.")


def _print_secret(webhook: Webhook, *, as_json: bool) -> None:
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import new_webhook_json

        print_json(new_webhook_json(webhook), indent=None)
        return
    from talentimg.cli.terminal import write_data

    write_data(webhook.secret)


WORDS: Final[Mapping[str, Callable[..., None]]] = {
    "list": list_all,
    "add": add,
    "remove": remove,
    "rotate": rotate,
    "log": log,
    "deliver": deliver,
}
