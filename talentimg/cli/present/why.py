"""The chain as it was evaluated: who was asked, what came back, and what it means."""

from __future__ import annotations

from datetime import datetime

from rich.table import Table
from rich.text import Text

from talentimg.bootstrap import App
from talentimg.cli.terminal import printable
from talentimg.models import State, TalentRecord
from talentimg.service.decision.chain import Verdict
from talentimg.service.decision.explain import Step, explain

VERDICT_STYLES = {
    Verdict.WINS: "bold green",
    Verdict.HOLDS: "yellow",
    Verdict.WAITS: "yellow",
    Verdict.PASSES: "dim",
    None: "dim",
}


def chain_table(app: App, record: TalentRecord) -> Table:
    """A line for each source, in order of priority."""
    table = Table(
        "Source",
        "Asked, and what came back",
        "Looked at",
        "Asked next",
        title="Why this picture (times in UTC)",
        caption=_faces(app, record),
    )
    table.title_justify = table.caption_justify = "left"
    for column in (0, 2, 3):
        table.columns[column].no_wrap = True
    for step in explain(record, app.rules, app.now()):
        style = VERDICT_STYLES[step.verdict]
        mark = "○" if step.verdict in {None, Verdict.PASSES} else "●"
        table.add_row(
            Text(f"{mark} {step.source}", style),
            _came_back(step),
            _when(step.candidate.checked_at if step.candidate else None),
            _when(app.schedule.next_check(record, step)),
        )
    return table


def _faces(app: App, record: TalentRecord) -> str | None:
    """How many faces were found in the picture, if anybody looked."""
    content_hash = record.selection.content_hash
    picture = app.repository.picture(content_hash) if content_hash else None
    if picture is None or picture.faces is None:
        return None
    found = {0: "No face was", 1: "One face was"}.get(picture.faces, f"{picture.faces} faces were")
    return f"{found} found in the picture that is shown."


def _came_back(step: Step) -> Text:
    """What was asked, what the source said, and what that means."""
    candidate = step.candidate
    text = Text()
    if candidate is not None and candidate.asked:
        text.append(printable(candidate.asked) + "\n", "dim")
    text.append(printable(step.why))
    if candidate is not None and step.verdict is None and candidate.state is not State.FOUND:
        text.append(f" Last time: {printable(candidate.detail or candidate.state)}")
    return text


def _when(time: datetime | None) -> str:
    return "-" if time is None else f"{time:%Y-%m-%d %H:%M}"
