"""Asks once before something that cannot be undone, or that somebody has to have looked at."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from talentimg.errors import UsageError

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; needed where nobody can be asked.")]


def ask(question: str, *, yes: bool, because: str = "It cannot be undone") -> None:
    """Go on only if the person at the terminal agrees.

    Args:
        question: what is asked, on stderr.
        yes: whether they have agreed already.
        because: why somebody has to be asked.

    Raises:
        UsageError: there is no terminal, or they do not agree.
    """
    from talentimg.cli.terminal import printable

    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{because}, and there is no terminal to ask.", hint="If it is right, add: --yes")
    if not typer.confirm(printable(question), default=False, err=True):
        raise UsageError("Nothing was changed.")
