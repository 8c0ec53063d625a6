"""A talent as a tidy card on the terminal, with the picture beside it where that can be shown."""

from __future__ import annotations

import sys
from datetime import datetime

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from talentimg.bootstrap import App
from talentimg.cli.terminal import LONGEST_CELL, printable, shows_colour
from talentimg.errors import TalentimgError
from talentimg.models import INITIALS, State, TalentRecord
from talentimg.service.chain import Step, Verdict, explain

VERDICT_STYLES = {
    Verdict.WINS: "bold green",
    Verdict.HOLDS: "yellow",
    Verdict.WAITS: "yellow",
    Verdict.PASSES: "dim",
    None: "dim",
}


def print_card(
    app: App, record: TalentRecord, *, why: bool, picture: bool, console: Console | None = None
) -> None:
    """Print the card, and below it the chain when somebody asks why."""
    console = console or Console(highlight=False)
    facts: RenderableType = _facts(app, record)
    drawn = _picture(app, record) if picture and shows_colour(sys.stdout) else None
    body = Columns([drawn, facts], padding=(0, 2)) if drawn is not None else facts
    title = Text(printable(record.talent.name, LONGEST_CELL), style="bold")
    console.print(Panel(body, title=title, title_align="left", expand=False, padding=(1, 2)))
    if why:
        console.print(_chain(app, record))


def _facts(app: App, record: TalentRecord) -> Table:
    shown = record.selection
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    source = "initials (no picture)" if shown.source == INITIALS else shown.source
    rows = [("id", record.talent.id), ("shown from", source)]
    if shown.url:
        rows.append(("address", shown.url))
    if shown.content_hash:
        rows.append(("our copy", shown.content_hash[:16]))
    rows.append(("last look", _when(shown.synced_at)))
    rows += [(account.platform, account.handle) for account in record.talent.accounts]
    if record.policy.is_locked(app.now()) and record.policy.lock:
        rows.append(("locked", f"by {record.policy.lock.by}"))
    if record.policy.opted_out:
        rows.append(("opted out", "no picture is wanted"))
    for name, value in rows:
        table.add_row(name, Text(printable(value)))
    return table


def _picture(app: App, record: TalentRecord) -> RenderableType | None:
    """The stored picture, or the drawn initials; None when neither can be had."""
    from talentimg.cli.half_blocks import half_blocks
    from talentimg.images.initials import draw_png

    shown = record.selection
    if not shown.has_picture:
        return half_blocks(draw_png(record.talent.name, record.talent.id, size=96))
    try:
        picture = app.repository.picture(shown.content_hash) if shown.content_hash else None
        data = app.store.get(picture.rendition("webp-96").key) if picture else None
    except TalentimgError:
        return None  # the card is worth showing without its picture
    return half_blocks(data) if data else None


def _chain(app: App, record: TalentRecord) -> Group:
    table = Table(
        "",
        "Source",
        "Asked",
        "Came back",
        "Looked at",
        "Asked next",
        title="Why this picture",
        title_justify="left",
    )
    for step in explain(record, app.rules, app.now()):
        style = VERDICT_STYLES[step.verdict]
        mark = {Verdict.WINS: "●", Verdict.HOLDS: "●", Verdict.WAITS: "●"}.get(
            step.verdict or Verdict.PASSES, "○"
        )
        candidate = step.candidate
        table.add_row(
            Text(mark, style),
            Text(step.source, style),
            Text(printable((candidate.asked if candidate else None) or "-")),
            Text(printable(_came_back(step))),
            _when(candidate.checked_at if candidate else None),
            _when(app.asked_next(record, step)),
        )
    return Group(table)


def _came_back(step: Step) -> str:
    if step.candidate is None or step.candidate.state is State.FOUND or step.verdict is not None:
        return step.why
    return f"{step.why} Last time: {step.candidate.detail or step.candidate.state}"


def _when(time: datetime | None) -> str:
    return "-" if time is None else f"{time:%Y-%m-%d %H:%M} UTC"
