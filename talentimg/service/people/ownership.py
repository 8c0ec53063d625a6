"""Whose the rows of the roster are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import Contradicted

if TYPE_CHECKING:
    from talentimg.repository.interface import Roster


def refuse_unless_own(repository: Roster, done: str, instead: str) -> None:
    """Leave rows alone that are another app's.

    Args:
        repository: the roster.
        done: what is not done with such rows, such as "edited".
        instead: what a person can do in its place.

    Raises:
        Contradicted: the rows of this roster are the app's.
    """
    if not repository.is_own():
        raise Contradicted(
            f"The talents of this roster are rows of the agency's app, and are {done} there alone.",
            hint=instead,
        )
