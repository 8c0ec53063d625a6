"""`--missing`: what becomes of talents and accounts that an app does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import completion
from talentimg.errors import UsageError

if TYPE_CHECKING:
    from talentimg.service.moving.beside import Missing

MissingOption = Annotated[
    str,
    typer.Option(
        "--missing",
        metavar="refuse|add|skip",
        help="What becomes of those whom the app there does not have.",
        autocompletion=completion.missing,
    ),
]


def missing_of(typed: str) -> Missing:
    """What was said.

    Raises:
        UsageError: it is none of them.
    """
    from talentimg.service.moving.beside import Missing
    from talentimg.suggest import did_you_mean

    if typed.lower() not in list(Missing):
        raise UsageError(
            f"--missing {typed!r} is unknown.{did_you_mean(typed.lower(), [str(one) for one in Missing])}",
            hint=f"One of: {', '.join(Missing)}.",
        )
    return Missing(typed.lower())
