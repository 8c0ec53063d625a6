"""Which encoder is asked for what: one row an encoder, one line a kind of file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.corpus.recipes import avif, gif, jpeg, png, several, webp

if TYPE_CHECKING:
    from tests.corpus.encoders import Encoder

ENCODERS: tuple[Encoder, ...] = (
    *jpeg.ENCODERS,
    *png.ENCODERS,
    *webp.ENCODERS,
    *avif.ENCODERS,
    *gif.ENCODERS,
    *several.ENCODERS,
)
