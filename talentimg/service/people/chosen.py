"""Pictures that a person chose elsewhere and that come with an import: checked like any other, and kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from talentimg.errors import ObjectError, PictureError
from talentimg.models import MANUAL
from talentimg.service.people.choosing import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from talentimg.models import Picture
    from talentimg.service.lookup.pictures import Pictures


@dataclass(frozen=True, slots=True)
class RefusedChoice:
    """A picture that somebody chose for a talent, and why it is not shown here."""

    talent_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The pictures that came, by talent; and those that we do not show."""

    pictures: dict[str, Picture] = field(default_factory=dict)
    refused: tuple[RefusedChoice, ...] = ()


NO_ADDRESS: Final = "The app would have no address of it: set images.public_url first."
KeepChosen: TypeAlias = "Callable[[Iterable[tuple[str, bytes]]], Kept]"
"""Keeps the pictures of talents, before any row speaks of them."""


async def keep_chosen(
    found: Iterable[tuple[str, bytes]],
    pictures: Pictures,
    now: Callable[[], datetime],
    *,
    has_address: bool = True,
) -> Kept:
    """Keep them, one after the other, so that no two are in memory.

    Args:
        found: talents with the bytes of what was chosen for them.
        pictures: checks and stores them, as it does any other.
        now: the clock.
        has_address: whether whoever shows them will have an address of them; the app's column, in which the
            address of another picture may stand, is not emptied for one.

    Raises:
        ObjectError: one could not be stored, whatever it shows.
    """
    kept: dict[str, Picture] = {}
    refused: list[RefusedChoice] = []
    for talent_id, data in found:
        if not has_address:
            refused.append(RefusedChoice(talent_id, NO_ADDRESS))
            continue
        try:
            stored = await pictures.keep(data, now(), source=MANUAL)
        except PictureError as error:
            if error.reason in OURS:
                raise ObjectError(error.message, hint=error.hint) from error
            refused.append(RefusedChoice(talent_id, error.message))
        else:
            if stored.picture is not None:
                kept[talent_id] = stored.picture
    return Kept(kept, tuple(refused))
