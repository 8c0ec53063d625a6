"""A talent as a card on the terminal, with the picture beside it if the terminal can show one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from talentimg.bootstrap import App
from talentimg.cli.present.reconnect import reconnect_lines
from talentimg.cli.terminal import LONGEST_CELL, printable, shows_colour
from talentimg.errors import TalentimgError
from talentimg.models import INITIALS, Account, Policy, TalentRecord
from talentimg.repository.urls import without_userinfo
from talentimg.service.decision.said import lock_words, who_when_why
from talentimg.shapes import notes_on

LONGEST_FACT = 56
WIDE = 80
"""Columns from which there is room for a picture beside the facts."""


def print_card(
    app: App, record: TalentRecord, *, why: bool, picture: bool, console: Console | None = None
) -> None:
    """Print the card and, if asked why, the chain below it."""
    console = console or Console(highlight=False)
    facts: RenderableType = _facts(app, record)
    drawn = _picture(app, record) if picture and shows_colour(sys.stdout) else None
    body = facts if drawn is None else _with_picture(drawn, facts, console)
    title = Text(printable(record.talent.name, LONGEST_CELL), style="bold")
    console.print(Panel(body, title=title, title_align="left", expand=False, padding=(1, 2)))
    for line in reconnect_lines(app.reconnecting.of(record)):
        console.print(Text(line), soft_wrap=True)  # in a frame no link could be copied
    if why:  # which tells of the notes, too
        from talentimg.cli.present.why import print_chain

        print_chain(app, record, console)
        return
    for source, note in notes_on(record).items():
        console.print(Text(printable(f"{source}: {note}")))


def _with_picture(drawn: RenderableType, facts: RenderableType, console: Console) -> RenderableType:
    """Side by side, or one below the other where that would squeeze both."""
    if console.width < WIDE:
        return Group(drawn, "", facts)
    table = Table.grid(padding=(0, 2))
    table.add_row(drawn, facts)
    return table


def _facts(app: App, record: TalentRecord) -> Table:
    shown = record.selection
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=10)
    table.add_column(overflow="fold", max_width=LONGEST_FACT)  # what is cut cannot be copied
    source = "initials (no picture)" if shown.source == INITIALS else shown.source
    rows = [("id", record.talent.id), ("shown from", source)]
    if shown.content_hash:
        rows.append(("our copy", shown.content_hash[:16]))
    if shown.url:
        rows.append(("address", without_userinfo(shown.url)))
    standing = app.standing(record)
    rows.append(("state", f"{standing.state.replace('_', ' ')}: {standing.why}"))
    rows.append(("last look", f"{shown.synced_at:%Y-%m-%d %H:%M} UTC" if shown.synced_at else "never"))
    rows += [(account.platform, called(account)) for account in record.talent.accounts]
    rows += _decided(record.policy, app.now())
    if (waiting := record.in_review) is not None:
        rows.append(("in review", f"another picture, from {waiting.source}"))
    for name, value in rows:
        table.add_row(name, Text(printable(value)))
    return table


def _decided(policy: Policy, now: datetime) -> Iterator[tuple[str, str]]:
    """What people decided, with who, when and why."""
    if policy.is_locked(now):
        yield "locked", lock_words(policy)
    if choice := policy.choice:
        yield "chosen", who_when_why(choice.by, choice.at, choice.why)
    if order := policy.order:
        who = who_when_why(order.by, order.at, order.why)
        yield "own order", ", ".join(order.sources) + (f" ({who})" if who else "")
    for one in policy.opt_outs:
        who = who_when_why(one.by, one.at, one.why)
        what = f"of {one.platform}" if one.platform else "no picture is wanted"
        yield "opted out", f"{what} ({who})" if who else what


def called(account: Account) -> str:
    """The handle of the roster, and what the platform calls the account now, if that is another one."""
    return f"{account.handle} (now {account.renamed_to})" if account.renamed_to else account.handle


def _picture(app: App, record: TalentRecord) -> RenderableType | None:
    """The stored picture, or the drawn initials; None if neither is available."""
    from talentimg.cli.present.half_blocks import half_blocks

    shown = record.selection
    if not shown.has_picture:
        from talentimg.images.lettering import draw_png

        return half_blocks(draw_png(record.talent.name, record.talent.id, size=96))
    try:
        picture = app.repository.picture(shown.content_hash) if shown.content_hash else None
        data = app.store.get(picture.rendition("webp-96").key) if picture else None
    except TalentimgError:
        return None  # the card is worth showing without its picture
    return half_blocks(data) if data else None
