"""Which square of a picture is shown."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

RULE: Final = "upper-eighth"
"""The name of the rule of today, which is kept with every picture.

Another rule needs another name, and `known_square` has to go on knowing what this one cut.
"""
FACES_RULE: Final = "faces"
"""Its name where faces were looked for."""

ABOVE: Final = 1 / 8
"""The share of a tall picture's surplus that is taken from above, the rest from below: heads are at the top.

Of 191 tall portraits the centre square cuts the heads of 138, a fifth from above of 24, and an eighth of 7:
`tests/bench/portraits.py`.
"""
FACES_AT: Final = 0.45
"""Where the middle of the faces comes in a tall picture's square, from above: a little above its middle."""


class Square(NamedTuple):
    """A square part of a picture, in pixels from its top left corner."""

    left: int
    top: int
    right: int
    bottom: int


class Face(NamedTuple):
    """A face from brow to chin, in pixels from the picture's top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """How much of the picture it takes."""
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def head(self) -> Face:
        """The head that it belongs to: with hair, ears and chin."""
        width, height = self.right - self.left, self.bottom - self.top
        return Face(
            self.left - width / 4,
            self.top - height * 0.4,
            self.right + width / 4,
            self.bottom + height * 0.05,
        )


def rule_for(faces: Sequence[Face] | None) -> str:
    """The name of the rule by which a square is cut. Faces are None where nobody looked for them."""
    return RULE if faces is None else FACES_RULE


def portrait_square(width: int, height: int, faces: Sequence[Face] | None = None) -> Square:
    """The largest square of an upright picture.

    It holds the heads of all faces if they fit, else that of the largest face, a little above its middle.
    Without a face, it is taken above the middle of a tall picture, and in the centre of a wide one.
    """
    side = min(width, height)
    left, top = (width - side) // 2, round((height - side) * ABOVE)
    if faces and width > height:
        left = _begin([_across(face) for face in faces], side, width, at=0.5)
    elif faces:
        top = _begin([_down(face) for face in faces], side, height, at=FACES_AT)
    return Square(left, top, left + side, top + side)


def known_square(width: int, height: int, rule: str | None, faces: int | None) -> Square | None:
    """The square that a rule has cut, or None if that cannot be told from what is kept of it.

    Args:
        width: of the picture.
        height: of the picture.
        rule: the name that was kept.
        faces: how many faces were found then; where they were is not kept.
    """
    if rule == RULE or (rule == FACES_RULE and faces == 0):
        return portrait_square(width, height)
    return None


class _Stretch(NamedTuple):
    """From where to where something reaches on the longer edge."""

    begin: float
    end: float


class _Person(NamedTuple):
    """What somebody takes of the longer edge."""

    face: _Stretch
    head: _Stretch
    area: float


def _across(face: Face) -> _Person:
    return _Person(_Stretch(face.left, face.right), _Stretch(face.head.left, face.head.right), face.area)


def _down(face: Face) -> _Person:
    return _Person(_Stretch(face.top, face.bottom), _Stretch(face.head.top, face.head.bottom), face.area)


def _begin(people: list[_Person], side: int, length: int, *, at: float) -> int:
    """Where the square begins on the longer edge."""
    largest = max(people, key=lambda person: person.area)
    for shown in people, [largest]:
        begin, end = _outer([person.head for person in shown], length)
        if end - begin <= side:
            return _within(begin, end, side, length, wanted=round(_middle(shown) - side * at))
    return _amid(largest, side, length)


def _amid(person: _Person, side: int, length: int) -> int:
    """Where it begins in a head that is too large: as much is lost at either end, but no face that fits."""
    head, face = _outer([person.head], length), _outer([person.face], length)
    kept = face if face[1] - face[0] <= side else head
    return _within(*kept, side, length, wanted=(sum(head) - side) // 2)


def _within(begin: int, end: int, side: int, length: int, *, wanted: int) -> int:
    """The place nearest to the wanted one where a square holds a stretch, or lies in a longer one."""
    first, last = sorted((end - side, begin))
    return min(max(wanted, first, 0), last, length - side)


def _outer(stretches: list[_Stretch], length: int) -> tuple[int, int]:
    """From where to where all of them reach, within the picture."""
    begin = min(stretch.begin for stretch in stretches)
    end = max(stretch.end for stretch in stretches)
    return min(max(floor(begin), 0), length), min(max(ceil(end), 0), length)


def _middle(people: list[_Person]) -> float:
    """The middle of their faces, where a larger one counts more."""
    middles = sum((person.face.begin + person.face.end) / 2 * person.area for person in people)
    return middles / sum(person.area for person in people)
