"""The person at the keyboard: who says it, and why."""

from __future__ import annotations

from typing import Annotated, Final

import typer

NOBODY_KNOWN: Final = "operator"

By = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="NAME", help="Who says so; by default the name that you are logged in with."
    ),
]
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="Why; kept in the history.")]


def name_of(by: str | None) -> str:
    """Who says it: the name that was given, or that of the person at the keyboard, if the system knows it."""
    return (by or "").strip() or _logged_in()


def _logged_in() -> str:
    import getpass

    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user often has no name
        return NOBODY_KNOWN
    return name.encode(errors="replace").decode() or NOBODY_KNOWN
