"""How many heads our squares cut: tall portraits of public packages, held against another detector.

    uv run --isolated --extra faces --with faceie==0.0.5 python -m tests.bench.portraits [--json] [--each]

Where a head is, MTCNN says (the package faceie, in numpy), which shares nothing with the detector of the
extra `faces`: from the eyes and the mouth, by the proportions that drawing teaches. The eyes are half-way
between crown and chin, and a head is 3.2 times as high as what is between them and the mouth. Hair above the
crown is not counted. A head is cut if more than a twentieth of what the picture shows of it is outside the
square. Where there are several, the one that loses most counts, and those of less than half the size of the
largest do not.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from faceie.mtcnn import detect_faces

from talentimg.errors import PictureError
from talentimg.images.decode import decode
from talentimg.images.faces import installed_finder
from talentimg.images.square import Square, portrait_square
from tests.bench.portrait_files import portraits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

    from talentimg.images.faces import FaceFinder
    from tests.bench.portrait_files import Kind

TALL: Final = 1.1
"""Height over width from which a picture is tall."""
JUDGED_AT: Final = 640
SURE: Final = 0.85
"""What the judge has to be sure of, of 1."""
HEAD: Final = 3.2
"""The height of a head, in distances from the eyes to the mouth."""
CUT: Final = 0.05
RULES: Final = ("centre", "default", "faces")
AT_MOST: Final = {"default": 0.10, "faces": 0.05}
"""The share of heads that may be cut."""


class Head(NamedTuple):
    """From where to where a head reaches, downwards, in pixels of the judged picture."""

    top: float
    bottom: float

    @property
    def size(self) -> float:
        """Its height."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Portrait:
    """What became of one portrait: the share of its head that is outside the square, by the rule's name."""

    name: str
    kind: Kind
    lost: Mapping[str, float]
    faces: int

    def is_cut(self, rule: str) -> bool:
        """Whether that rule cuts the head."""
        return self.lost[rule] > CUT


def heads_in(image: Image.Image) -> list[Head]:
    """The heads in a picture, according to the judge."""
    small = image.convert("RGB")
    small.thumbnail((JUDGED_AT, JUDGED_AT))
    scale = image.height / small.height
    found = detect_faces(small, rotations=np.array([0.0]), extract_images=None)
    heads = [
        _head(np.ravel(landmarks).tolist(), scale)
        for sure, landmarks in zip(found.probabilities, found.landmarks, strict=True)
        if sure >= SURE
    ]
    return [head for head in heads if head.size >= max(other.size for other in heads) / 2]


def _head(landmarks: Sequence[float], scale: float) -> Head:
    left_eye, right_eye, _, left_mouth, right_mouth = (
        complex(*landmarks[i : i + 2]) for i in range(0, 10, 2)
    )
    eyes, mouth = (left_eye + right_eye) / 2, (left_mouth + right_mouth) / 2
    half = abs(mouth - eyes) * HEAD / 2
    return Head((eyes.imag - half) * scale, (eyes.imag + half) * scale)


def lost(heads: Sequence[Head], square: Square, height: int) -> float:
    """The share of a head that is outside the square, of the one that loses most."""
    return max(_lost(max(head.top, 0), min(head.bottom, height), square) for head in heads)


def _lost(top: float, bottom: float, square: Square) -> float:
    return max(0.0, square.top - top, bottom - square.bottom) / (bottom - top)


def judged(name: str, kind: Kind, body: bytes, find: FaceFinder) -> Portrait | None:
    """What our squares do to a portrait; None if it is none of ours: not tall, refused, or without a head."""
    try:
        image = decode(body).image
    except PictureError:
        return None
    if image.height < TALL * image.width or not (heads := heads_in(image)):
        return None
    faces = list(find(image))
    top = (image.height - image.width) // 2
    squares = {
        "centre": Square(0, top, image.width, top + image.width),
        "default": portrait_square(*image.size),
        "faces": portrait_square(*image.size, faces),
    }
    shares = {rule: lost(heads, square, image.height) for rule, square in squares.items()}
    return Portrait(name, kind, shares, len(faces))


def measure() -> list[Portrait]:
    """Every tall portrait in which the judge sees a head."""
    find = installed_finder()
    if find is None:
        raise SystemExit("This needs the extra `faces`; the command stands at the top of this file.")
    found = (judged(f"{source.name}:{path}", source.kind, body, find) for source, path, body in portraits())
    return [portrait for portrait in found if portrait is not None]


def summary(found: Sequence[Portrait]) -> dict[str, dict[str, Any]]:
    """How many there are of each kind, and how many heads each rule cuts."""
    kinds: dict[str, list[Portrait]] = defaultdict(list)
    for portrait in found:
        kinds[f"{portrait.kind}s"].append(portrait)
    return {
        name: {
            "portraits": len(ones),
            "without_a_face": sum(not one.faces for one in ones),
            **{rule: sum(one.is_cut(rule) for one in ones) for rule in RULES},
        }
        for name, ones in {**kinds, "all": list(found)}.items()
    }


def table(counts: Mapping[str, Mapping[str, int]]) -> str:
    """For people."""
    lines = [f"{'heads cut':<14}{'portraits':>10}" + "".join(f"{rule:>14}" for rule in RULES)]
    for name, row in counts.items():
        cells = "".join(
            f"{row[rule]:>5} ({row[rule] / row['portraits']:>6.1%})"
            for rule in ("centre", "default", "faces")
        )
        lines.append(f"{name:<14}{row['portraits']:>10}{cells}")
    bounds = "".join(f"{f'at most {AT_MOST[rule]:.0%}':>14}" for rule in ("default", "faces"))
    return "\n".join([*lines, f"{'':<38}{bounds}"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--each", action="store_true", help="what became of each portrait that is cut")
    arguments = parser.parse_args()
    found = measure()
    counts = summary(found)
    if arguments.json:
        print(json.dumps({**counts, "at_most": AT_MOST}, indent=2))
        return
    print(table(counts))
    for portrait in found if arguments.each else ():
        if any(portrait.is_cut(rule) for rule in portrait.lost):
            shares = "  ".join(f"{rule} {share:.2f}" for rule, share in portrait.lost.items())
            print(f"{shares}  {portrait.name}")


if __name__ == "__main__":
    main()
