"""What was shown and what people said, one below the other, with a thumbnail of each version."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from talentimg.cli.person import picture_of
from talentimg.cli.terminal import printable, shows_colour
from talentimg.errors import TalentimgError
from talentimg.models import Action
from talentimg.service.decision.versions import BY_NOBODY

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.service.decision.versions import Version
    from talentimg.service.people.history import Event

THUMBNAIL: Final = 12
"""Columns of one; it has half as many rows."""
NARROWEST: Final = 50
"""Columns below which there is no room beside a thumbnail."""
SAID: Final[Mapping[str, str]] = {
    Action.ADD: "added the talent",
    Action.SET: "chose a picture: {picture}",
    Action.UNSET: "took the choice back",
    Action.LOCK: "locked it until {until}",
    Action.UNLOCK: "unlocked it",
    Action.ORDER: "set the order of sources: {sources}",
    Action.OPT_OUT: "noted the opt-out of {platform}",
    Action.OPT_IN: "took back the opt-out of {platform}",
    Action.ROLLBACK: "went back to version {version} and locked it",
    Action.CONNECT: "connected {platform}: {handle}",
    Action.DISCONNECT: "disconnected {platform}: {handle}",
    Action.EDIT: "edited {fields}",
    Action.MERGE: "merged {from} into this talent",
    Action.IMPORT: "imported {file}",
    Action.ACCEPT: "accepted who answers on {platform} now",
    Action.APPROVE: "approved the picture from {platform}",
    Action.REJECT: "rejected the picture from {platform}",
    Action.RECONSIDER: "took back what was said of the picture from {platform}",
    Action.REMEMBER: "let the talent come back",
    Action.PLACEHOLDER_ADD: "named a picture a placeholder",
    Action.PLACEHOLDER_REMOVE: "took back that a picture is a placeholder",
    Action.PLACEHOLDER_ALLOW: "said that a picture is no placeholder",
    Action.RENAMED: "saw that {platform} calls the account {to} now",
}
"""What a person did, in words, by the name of the action."""
_UNSAID: Final = {
    "until": "somebody unlocks it",
    "platform": "every picture",
    "from": "another talent",
    "file": "a file",
}
"""What is meant where an entry does not name it."""


def print_history(
    app: App, events: Sequence[Event], *, pictures: bool, console: Console | None = None
) -> None:
    """Print each event in lines, and beside each version a thumbnail, if the terminal shows one."""
    console = console or Console(highlight=False)
    draws = pictures and shows_colour(sys.stdout) and console.width >= NARROWEST
    for number, event in enumerate(events):
        drawn = _thumbnail(app, event.version) if draws and event.version else None
        if number:
            console.print()
        console.print(_beside(drawn, _words(event)) if draws else _words(event))
    if not events:
        console.print("Nothing has been shown yet, and nobody has said anything.")


def _beside(drawn: RenderableType | None, words: Text) -> RenderableType:
    if drawn is None:
        return Padding(words, (0, 0, 0, THUMBNAIL + 2), expand=False)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(overflow="fold")
    table.add_row(drawn, words)
    return table


def _words(event: Event) -> Text:
    text = Text()
    if event.version:
        text.append(_title(event.version), "bold")
        text.append("  shown now" if event.version.is_shown else "", "green")
        text.append("\n")
    if event.by == BY_NOBODY:
        text.append("before the first picture", "dim")
        return text
    text.append(f"{event.at:%Y-%m-%d %H:%M} UTC" if event.at else "at a time that is not known", "dim")
    text.append(f"  {printable(event.by)} {printable(told(event))}".rstrip())
    if event.why:
        text.append(f"\n{printable(event.why)}" if event.action else f": {printable(event.why)}", "italic")
    return text


def _title(version: Version) -> str:
    number = f"{version.number}  " if version.number is not None else ""
    short = f" ({version.content_hash[:12]})" if version.content_hash else ""
    return f"{number}{printable(picture_of(version.source))}{short}"


def told(event: Event) -> str:
    """What a person did; nothing where nobody said anything."""
    if event.action is None:
        return ""
    known = {**_UNSAID, **event.about}
    if until := event.about.get("until"):
        known["until"] = f"{until[:16].replace('T', ' ')} UTC"
    if "taken_back" in event.about:
        return "took an import back"
    try:
        return SAID[event.action].format_map(known)
    except KeyError:  # a word of a newer version, or an entry that tells less
        more = ", ".join(event.about.values())
        return event.action.replace("_", " ") + (f" ({more})" if more else "")


def _thumbnail(app: App, version: Version) -> RenderableType | None:
    """The picture of a version, if it is still stored."""
    from talentimg.cli.present.half_blocks import half_blocks

    try:
        picture = app.repository.picture(version.content_hash) if version.content_hash else None
        data = app.store.get(picture.rendition("webp-96").key) if picture else None
    except TalentimgError:
        return None  # what was said is worth reading without it
    return half_blocks(data, THUMBNAIL) if data else None
