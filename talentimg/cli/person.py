"""The person at the keyboard: who says it, and why; and what they are told of what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from talentimg.cli import completion

if TYPE_CHECKING:
    from talentimg.models import Outcome

NOBODY_KNOWN: Final = "operator"

By = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="NAME", help="Who says so; by default the name that you are logged in with."
    ),
]
TalentId = Annotated[
    str, typer.Argument(metavar="ID", help="The talent.", autocompletion=completion.talent_ids)
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="Why; kept in the history.")]

ByInProof = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="NAME",
        help="Who says so, told with the proof; by default the name that you are logged in with.",
    ),
]
WhyInProof = Annotated[
    str | None, typer.Option("--why", metavar="TEXT", help="Why; told with the proof, and kept nowhere.")
]


def name_of(by: str | None) -> str:
    """Who says it: the name that was given, or that of the person at the keyboard, if the system knows it."""
    return (by or "").strip() or _logged_in()


def tell(outcome: Outcome, sentence: str, *, as_json: bool) -> None:
    """Print what came of a decision: the outcome for a program, or a sentence for a person."""
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import outcome_json

        print_json(outcome_json(outcome))
    else:
        from talentimg.cli.terminal import printable, write_line

        write_line(printable(sentence))


def shown_now(outcome: Outcome) -> str:
    """What is shown from now on, as a sentence."""
    return f"Shown now: {picture_of(outcome.source)}."


def picture_of(source: str) -> str:
    """What is shown, by its source."""
    from talentimg.models import INITIALS, MANUAL

    names = {INITIALS: "initials", MANUAL: "the picture that was chosen", "user": "the user's own avatar"}
    return names.get(source, f"the picture from {source}")


def _logged_in() -> str:
    import getpass

    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user often has no name
        return NOBODY_KNOWN
    return name.encode(errors="replace").decode() or NOBODY_KNOWN
