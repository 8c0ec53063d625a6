"""Friendly illustrated portraits of the demo's people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.demo.drawing.clothes import paint_bust
from talentimg.demo.drawing.easel import Easel
from talentimg.demo.drawing.face import paint_face, paint_glasses
from talentimg.demo.drawing.hair import paint_back_hair, paint_front_hair
from talentimg.demo.drawing.look import look

if TYPE_CHECKING:
    from PIL import Image


def portrait(seed: int) -> Image.Image:
    """One picture of one face: RGB, square, the same for the same seed.

    Ten consecutive seeds (such as 70 to 79) are ten pictures of one person.
    """
    easel = Easel(look(seed))
    easel.backdrop()
    paint_back_hair(easel)
    paint_bust(easel)
    paint_face(easel)
    paint_front_hair(easel)
    if easel.look.glasses:
        paint_glasses(easel)
    return easel.finish()
