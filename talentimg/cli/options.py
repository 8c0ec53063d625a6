"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

AllowLosses = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=10_000_000,
        metavar="N",
        help="Pictures that this call may take away, if that is more than the safety valve allows.",
        show_default="5, or 10 % of the pictures",
    ),
]
