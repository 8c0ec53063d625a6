"""Where we differ from libvips: kinds of pictures, never single files.

`KEPT` is on purpose. `TO_MEND` are faults of ours that are known: a row goes when its fault does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tests.corpus import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.corpus.judge import Judged

Difference: TypeAlias = Literal["accepted", "refused", "shown otherwise"]
"""What we do: accept what libvips cannot read, refuse what it reads, or show it otherwise."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of pictures, how we differ there, and why."""

    kind: str
    difference: Difference
    why: str
    includes: Callable[[bytes, Judged | None], bool]


def is_known(data: bytes, theirs: Judged | None, difference: Difference) -> bool:
    """Whether a difference is of a kind that stands here; `theirs` is None where libvips cannot read it."""
    return any(row.difference == difference and row.includes(data, theirs) for row in (*KEPT, *TO_MEND))


def _is_png(data: bytes, *holding: bytes) -> bool:
    return data.startswith(b"\x89PNG") and all(part in data for part in holding)


def _is_faint_avif(data: bytes, theirs: Judged | None, *boxes: bytes) -> bool:
    return (
        data[4:8] == b"ftyp" and theirs is not None and theirs.has_alpha and any(box in data for box in boxes)
    )


_FAINT = 24
"""How many levels the pixels of what we take for one flat colour may differ."""


def _shows_nothing(theirs: Judged | None) -> bool:
    return theirs is not None and theirs.spread() <= _FAINT


def _moves(data: bytes) -> bool:
    return data.startswith(b"GIF8") or any(mark in data[:4096] for mark in (b"acTL", b"ANIM", b"avis"))


KEPT = (
    Kind(
        "animation that begins with nothing",
        "shown otherwise",
        "We show the first picture of it that shows anything, as people see it.",
        lambda data, theirs: _moves(data) and _shows_nothing(theirs),
    ),
    Kind(
        "white on transparent",
        "shown otherwise",
        "On white nothing could be seen of it: it is put on something dark.",
        lambda _, theirs: theirs is not None and theirs.has_alpha and _shows_nothing(theirs),
    ),
    Kind(
        "PNG that names an exponent",
        "shown otherwise",
        "libvips ignores it, browsers do not.",
        lambda data, _: _is_png(data, b"gAMA") and b"sRGB" not in data and b"iCCP" not in data,
    ),
    Kind(
        "CMYK without a profile",
        "shown otherwise",
        "Nothing says which inks these are. libvips supposes a press, Pillow and browsers convert plainly.",
        lambda _, theirs: theirs is not None and theirs.is_cmyk and not theirs.has_profile,
    ),
    Kind(
        "black and white dots as a screen",
        "shown otherwise",
        "How grey such dots become when they are made smaller depends on the filter.",
        lambda _, theirs: theirs is not None and theirs.is_black_or_white(),
    ),
    Kind(
        "AVIF, transparent in parts and turned or mirrored",
        "shown otherwise",
        "libvips turns the colours and leaves the transparency as it was.",
        lambda data, theirs: _is_faint_avif(data, theirs, b"irot", b"imir"),
    ),
    Kind(
        "AVIF whose colours are multiplied by its transparency",
        "shown otherwise",
        "libvips does not divide them again, and shows a dark picture.",
        lambda data, theirs: _is_faint_avif(data, theirs, b"prem"),
    ),
    Kind(
        "AVIF that moves",
        "accepted",
        "libvips does not read these; we show the first frame, as of everything that moves.",
        lambda data, _: data[4:12] == b"ftypavis",
    ),
    Kind(
        "JPEG that lacks nothing but its end mark",
        "accepted",
        "All its pixels are there, and browsers show it.",
        lambda data, _: data.startswith(b"\xff\xd8") and judge.is_readable(data + b"\xff\xd9"),
    ),
    Kind(
        "PNG without its end",
        "refused",
        "Its pixels are whole, but it was cut off on its way: the next look gets the whole file.",
        lambda data, _: _is_png(data) and b"IEND" not in data,
    ),
    Kind(
        "PNG with more text than anybody writes",
        "refused",
        "Text that unpacks to over a megabyte is an attack on memory.",
        lambda data, _: _is_png(data, b"zTXt"),
    ),
)

TO_MEND: tuple[Kind, ...] = ()
