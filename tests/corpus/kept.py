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


KEPT = (
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

TO_MEND = (
    Kind(
        "PNG with a colour profile that cannot be unpacked",
        "refused",
        "Browsers and libvips ignore the profile.",
        lambda data, _: _is_png(data, b"iCCP"),
    ),
    Kind(
        "PNG whose animation is not complete",
        "refused",
        "Browsers and libvips show the picture that stands before it.",
        lambda data, _: _is_png(data, b"acTL", b"IEND"),
    ),
    Kind(
        "PNG of 16 bits of grey with a transparent colour",
        "refused",
        "We show that colour, so a picture that is all shape is one flat colour.",
        lambda data, _: _is_png(data, b"tRNS") and data[24:26] == b"\x10\x00",
    ),
)
