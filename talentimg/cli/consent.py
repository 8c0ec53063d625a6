"""Asks once before something that cannot be undone."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from talentimg.errors import UsageError

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; needed where nobody can be asked.")]


def ask(question: str, *, yes: bool) -> None:
    """Go on only if the person at the terminal agrees.

    Raises:
        UsageError: there is no terminal, or they do not agree.
    """
    from talentimg.cli.terminal import printable

    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "It cannot be undone, and there is no terminal to ask.", hint="If it is right, add: --yes"
        )
    if not typer.confirm(printable(question), default=False, err=True):
        raise UsageError("Nothing was changed.")
