"""What libvips makes of a picture.

It shares no code with Pillow but the codecs below both (libjpeg, libpng, libwebp, aom), of which the wheel
pyvips-binary has builds of its own: https://www.libvips.org/API/current/.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass

import pyvips  # type: ignore[import-untyped]  # its stubs are not marked as such
from PIL import Image

_QUALITY = {"Q": 80, "effort": 0}
"""How the product writes WebP (docs/reference/files.md), so that what WebP loses is lost on both sides."""
_WHITE = [255, 255, 255]


class Refused(Exception):
    """libvips cannot read the file, or not to its end."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A picture as libvips reads it: the first frame, upright. Its pixels are only read when asked for."""

    image: pyvips.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        return self.image.width, self.image.height

    @property
    def is_cmyk(self) -> bool:
        """Whether these are inks."""
        return str(self.image.interpretation) == "cmyk"

    @property
    def has_profile(self) -> bool:
        """Whether it says what its colours mean."""
        return bool(self.image.get_typeof("icc-profile-data"))

    @property
    def has_alpha(self) -> bool:
        """Whether it is transparent in parts, or could be."""
        return bool(self.image.hasalpha())

    def is_black_or_white(self) -> bool:
        """Whether hardly a pixel is grey or coloured, and there are many of both."""
        counts = self.on_white().colourspace("b-w").hist_find().write_to_memory()
        pixels = [int.from_bytes(counts[at : at + 4], sys.byteorder) for at in range(0, len(counts), 4)]
        pixels += [0] * (256 - len(pixels))
        few = sum(pixels) / 20
        return sum(pixels[64:192]) < few < min(sum(pixels[:64]), sum(pixels[192:]))

    def spread(self) -> float:
        """The largest difference between two pixels in any band, on white: nought for one flat colour."""
        flat = self.on_white()
        return max(float(flat[band].max() - flat[band].min()) for band in range(flat.bands))

    def is_invisible(self) -> bool:
        """Whether no pixel of it can be seen."""
        if not self.has_alpha:
            return False
        return float(self.image.colourspace("srgb").cast("uchar")[-1].max()) < 8

    def on_white(self) -> pyvips.Image:
        """In sRGB, with white behind transparent parts."""
        image = self._in_srgb()
        if image.hasalpha():
            image = image.flatten(background=_WHITE)
        image = image.cast("uchar")
        return image if image.bands == 3 else image.bandjoin([image, image])

    def square(self, side: int, *, from_above: float) -> Image.Image:
        """The square of it that is shown, as it comes out of the same WebP.

        Args:
            side: of the square, in pixels.
            from_above: which share of what a tall picture loses is taken off above.
        """
        flat = self.on_white()
        edge = min(self.size)
        left, top = (flat.width - edge) // 2, round((flat.height - edge) * from_above)
        cut = flat.crop(left, top, edge, edge).resize(side / edge)
        written = cut.gravity("centre", side, side, extend="copy").webpsave_buffer(**_QUALITY)
        return Image.open(io.BytesIO(written)).convert("RGB")

    def _in_srgb(self) -> pyvips.Image:
        if self.has_profile:
            try:
                image = self.image.icc_transform("srgb", embedded=True, intent="perceptual", depth=8)
                image.avg()  # a profile that makes no sense only shows when pixels are asked for
            except pyvips.Error:
                pass
            else:
                return image
        return self.image.colourspace("srgb")


def judge(data: bytes) -> Judged:
    """Read the header of a picture; its pixels are read later, and may then raise `pyvips.Error`.

    Raises:
        Refused: this is no picture.
    """
    try:
        return Judged(pyvips.Image.new_from_buffer(data, "", fail_on="error").autorot())
    except pyvips.Error as error:
        raise Refused(str(error)) from None


def is_readable(data: bytes) -> bool:
    """Whether libvips reads all of a picture without a complaint."""
    try:
        judge(data).image.avg()
    except (Refused, pyvips.Error):
        return False
    return True
