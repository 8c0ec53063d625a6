"""Webhooks and their deliveries, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentimg.cli.present.fitting import print_fitting
from talentimg.cli.terminal import LONGEST_CELL, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.models import Delivery, Webhook


def print_webhooks(webhooks: Sequence[Webhook]) -> None:
    """All of them."""
    console = Console(highlight=False)
    if not webhooks:
        console.print("Nobody is told. Begin with: talentimg webhooks add URL")
        return
    table = Table("Id", "Address", "Told of", "Made", "State")
    table.columns[0].no_wrap = table.columns[3].no_wrap = True
    for one in webhooks:
        state = f"stopped {one.stopped_at:%Y-%m-%d}: {one.stopped_why}" if one.stopped_at else "told"
        table.add_row(
            one.id,
            Text(printable(one.url, LONGEST_CELL)),
            ", ".join(kind.value for kind in one.kinds) or "everything",
            f"{one.made_at:%Y-%m-%d}",
            Text(printable(state, LONGEST_CELL)),
        )
    print_fitting(table, console)


def print_log(deliveries: Sequence[Delivery]) -> None:
    """The latest deliveries."""
    console = Console(highlight=False)
    if not deliveries:
        console.print("Nothing was delivered yet, and nothing waits.")
        return
    table = Table("Webhook", "What", "Whom", "State", "Tries", "When", "Answer")
    table.columns[0].no_wrap = table.columns[1].no_wrap = table.columns[5].no_wrap = True
    for one in deliveries:
        at = one.tried_at or one.due_at
        table.add_row(
            one.webhook_id,
            one.kind.value,
            Text(printable(one.talent_id or "", LONGEST_CELL)),
            one.state.value,
            str(one.tries),
            f"{at:%m-%d %H:%M}",
            Text(printable(one.detail or str(one.status or ""), LONGEST_CELL)),
        )
    print_fitting(table, console)
