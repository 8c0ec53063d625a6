"""Placeholders as a table, and what people said of them, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from talentimg.cli.present.fitting import print_fitting
from talentimg.cli.terminal import LONGEST_CELL, printable
from talentimg.models import ANY_SOURCE, Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from talentimg.models import AuditEntry, Suspect

SHOWN_OF_HASH: Final = 12
SAID: Final[Mapping[str, str]] = {
    Action.PLACEHOLDER_ADD: "named a placeholder",
    Action.PLACEHOLDER_REMOVE: "took back that a placeholder is one",
    Action.PLACEHOLDER_ALLOW: "allowed a picture",
}
"""What a person did, in words, by the name of the action."""


def print_placeholders(suspects: Sequence[Suspect], reasons: Mapping[tuple[str, str], str | None]) -> None:
    """Print each with who said what of it, and why."""
    console = Console(highlight=False)
    if not suspects:
        console.print("No picture is treated as a placeholder.")
        return
    table = Table("Source", "Hash", "Since (UTC)", "Talents", "State")
    table.columns[1].no_wrap = True  # a hash that is cut cannot be copied
    table.columns[2].no_wrap = True
    table.columns[3].justify = "right"
    for suspect in suspects:
        why = reasons.get((suspect.source, suspect.source_hash))
        table.add_row(
            Text(printable(source_of(suspect.source), LONGEST_CELL)),
            Text(printable(suspect.source_hash[:SHOWN_OF_HASH])),
            f"{suspect.since:%Y-%m-%d %H:%M}",
            str(suspect.talents),
            Text(state_of(suspect, why), "" if suspect.is_allowed else "yellow"),
        )
    print_fitting(table, console)


def print_words(words: Sequence[AuditEntry]) -> None:
    """Print what people said: when, who, of which picture, from where, and why."""
    console = Console(highlight=False)
    for word in words:
        source, name = word.about.get("source", ""), word.about.get("name")
        short = word.about.get("source_hash", "")[:SHOWN_OF_HASH]
        did = SAID.get(word.action, word.action.replace("_", " "))
        which = printable(f"{name} ({short})" if name else short)
        console.print(
            Text.assemble(
                (f"{word.at:%Y-%m-%d %H:%M} UTC", "dim"),
                f"  {printable(word.by)} {printable(did)}: {which} from {printable(source_of(source))}",
            )
        )
        if word.why:
            console.print(Padding(Text(printable(word.why), "italic"), (0, 0, 0, 2), expand=False))
    if not words:
        console.print("Nobody has said anything of a placeholder.")


def state_of(suspect: Suspect, why: str | None = None) -> str:
    """Whether it is refused, who said so, and why."""
    reason = f": {printable(why.rstrip('. '))}" if why else ""
    if suspect.allowed_at is None and suspect.named_by:
        name = f"{printable(suspect.name, LONGEST_CELL)}, " if suspect.name else ""
        return f"{name}named by {printable(suspect.named_by, LONGEST_CELL)}{reason}"
    if suspect.allowed_at is None:
        return "treated as a placeholder"
    who = printable(suspect.allowed_by or "somebody", LONGEST_CELL)
    return f"allowed by {who} on {suspect.allowed_at:%Y-%m-%d}{reason}"


def source_of(source: str) -> str:
    """Where it comes from, in words."""
    return "any source" if source == ANY_SOURCE else source
