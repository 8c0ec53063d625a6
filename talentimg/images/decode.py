"""Bytes to a checked picture, or a refusal with its reason.

Several threads may decode at once: nothing here switches a global on and off. What Pillow's
handbook asks for untrusted files (https://pillow.readthedocs.io/en/stable/handbook/security.html) is done:
an allow-list of decoders, a pixel limit before anything is loaded, and no metadata goes on.
"""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageChops,
    ImageCms,
    ImageStat,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
    features,
)

from talentimg.errors import PictureError
from talentimg.images import jpeg, sniff, structure
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.ImageFile import ImageFile

MAX_PIXELS = 25_000_000
"""More than this is refused before it is decoded."""
MIN_SIDE = 16
"""A picture with a shorter side is a tracking pixel or a bullet, no portrait."""
MAX_ASPECT = 4
"""A picture longer than this many times its other side is a banner."""
ENOUGH = 800
"""Pictures are shrunk by whole factors while no side falls below this: twice what is kept."""
_JPEG_ENOUGH = 400
"""A JPEG shrinks while it is decoded, which loses nothing at this size."""

# Their decoders hold three to four copies of the picture: 25 MP would take some 400 MB.
_MAX_PIXELS_OF = {"WEBP": 12_000_000, "AVIF": 12_000_000}
_STRIP_PIXELS = 500_000
_BLOCK_BYTES = 1 << 20
_KEPT_BLOCKS = 8
_WHITE = 255
_ORIENTATION = 0x0112
_UPRIGHT: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})

# The only decoders that can be reached, whatever the bytes say. A build of Pillow may lack some.
_DECODERS: dict[str, Callable[[io.BytesIO], ImageFile]] = {
    name: decoder
    for name, feature, decoder in (
        ("JPEG", "jpg", JpegImagePlugin.JpegImageFile),
        ("PNG", "zlib", PngImagePlugin.PngImageFile),
        ("GIF", "pil", GifImagePlugin.GifImageFile),
        ("WEBP", "webp", WebPImagePlugin.WebPImageFile),
        ("AVIF", "avif", AvifImagePlugin.AvifImageFile),
    )
    if features.check(feature)
}

# The memory of a few pictures is kept for the next ones: to ask the system for it each time is a tenth of
# what a picture costs. https://pillow.readthedocs.io/en/stable/reference/block_allocator.html
Image.core.set_block_size(_BLOCK_BYTES)  # type: ignore[attr-defined]  # not in the types
Image.core.set_blocks_max(_KEPT_BLOCKS)  # type: ignore[attr-defined]  # likewise

# Once for the process, since switching filters for one call is not safe between threads. Our own
# limit comes first; this is the second bolt, for sizes that a decoder meets later.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A checked picture: RGB in the sRGB colour space, upright, on white, its first frame only.

    `image` may have been shrunk towards what we keep; `width` and `height` are those of the
    upright original. `opacity` is that of its most visible pixel before it was put on white, 0 to 255.
    """

    image: Image.Image
    width: int
    height: int
    opacity: int


def decode(data: bytes) -> Decoded:
    """Decode a picture of an accepted format.

    Raises:
        PictureError: refused: `format`, `not_image`, `pixels`, `too_small`, `too_thin` or `truncated`.
    """
    name = sniff.accepted_format(data)
    if name not in _DECODERS:
        raise sniff.refused_format(f"a {name} picture, which this installation cannot decode")
    if name == "WEBP" and (size := structure.webp_size(data)) is not None:
        _check_pixels(name, *size)
    parts = jpeg.take_apart(data) if name == "JPEG" else None
    image = _open(name, parts.body if parts else data)
    _check_size(name, *image.size)
    if not structure.is_complete(name, data):
        raise structure.truncated()
    return _finish(image, parts)


def _open(name: str, data: bytes) -> ImageFile:
    try:
        return _DECODERS[name](io.BytesIO(data))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # a frame beyond its screen
        raise _too_many_pixels(name) from None
    except Exception:  # noqa: BLE001  Pillow raises OSError, ValueError, SyntaxError and more for broken files
        if not structure.is_complete(name, data):
            raise structure.truncated() from None
        raise PictureError(
            f"What the address gives begins like a {name} picture and is none.", reason=Reason.NOT_IMAGE
        ) from None


def _finish(image: ImageFile, parts: jpeg.Jpeg | None) -> Decoded:
    width, height = image.size
    try:
        if parts and parts.can_shrink:
            image.draft(None, (_JPEG_ENOUGH, _JPEG_ENOUGH))  # before anything is loaded
        image.load()
        opacity, flat = _shrunk_on_white(image)
    except Exception:  # noqa: BLE001  likewise; the header was sound, so the rest is cut or damaged
        raise structure.truncated() from None
    picture = _as_srgb(flat, image.info.get("icc_profile"))
    orientation = _orientation(image, parts.exif if parts else None)
    if orientation in _UPRIGHT:
        picture = picture.transpose(_UPRIGHT[orientation])
    if orientation in _ON_ITS_SIDE:
        width, height = height, width
    return Decoded(picture, width, height, opacity)


def _check_size(name: str, width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise PictureError("The picture has no pixels.", reason=Reason.NOT_IMAGE)
    _check_pixels(name, width, height)
    short, long = sorted((width, height))
    if long > MAX_ASPECT * short:
        raise PictureError(
            f"The picture is {width} by {height} pixels: a strip, not a portrait.", reason=Reason.TOO_THIN
        )
    if short < MIN_SIDE:
        raise PictureError(f"The picture is only {width} by {height} pixels.", reason=Reason.TOO_SMALL)


def _check_pixels(name: str, width: int, height: int) -> None:
    if width * height > _MAX_PIXELS_OF.get(name, MAX_PIXELS):
        raise _too_many_pixels(name)


def _too_many_pixels(name: str) -> PictureError:
    limit = _MAX_PIXELS_OF.get(name, MAX_PIXELS) // 1_000_000
    return PictureError(f"The picture has more than {limit} million pixels.", reason=Reason.PIXELS)


def _shrunk_on_white(image: Image.Image) -> tuple[int, Image.Image]:
    """Shrink a large picture by a whole factor and put it on white, strip by strip to spare memory."""
    factor = min(image.size) // ENOUGH
    if factor <= 1:
        return _on_white(image)
    width, height = image.size
    step = max(1, _STRIP_PIXELS // (width * factor)) * factor
    opacity, canvas = 0, None
    for top in range(0, height, step):
        visible, strip = _on_white(image.crop((0, top, width, min(top + step, height))))
        opacity = max(opacity, visible)
        if canvas is None:
            canvas = Image.new(strip.mode, (-(-width // factor), -(-height // factor)))
        canvas.paste(strip.reduce(factor), (0, top // factor))
    assert canvas is not None
    return opacity, canvas


def _on_white(image: Image.Image) -> tuple[int, Image.Image]:
    """The highest opacity, and the picture as opaque grey, RGB or CMYK."""
    if image.mode.startswith("I"):  # 16-bit grey, which a plain convert() would clip to white
        return _WHITE, image.point(lambda level: level * (1 / 257) + 0.5).convert("L")
    if not image.has_transparency_data:
        mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")
        return _WHITE, image if image.mode == mode else image.convert(mode)
    layered = image if image.mode in {"LA", "RGBA"} else image.convert("RGBA")
    alpha = layered.getchannel("A")
    base = layered.convert("L" if layered.mode == "LA" else "RGB")
    base.paste((_WHITE,) * len(base.getbands()), None, ImageChops.invert(alpha))
    return ImageStat.Stat(alpha).extrema[0][1], base


def _as_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert through the embedded colour profile; one that makes no sense is passed over."""
    if profile:
        with suppress(Exception):  # PyCMSError mostly; no fault of a profile is worth a picture
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if converted is not None:
                return converted
    return image if image.mode == "RGB" else image.convert("RGB")


def _orientation(image: Image.Image, exif: bytes | None) -> int:
    """The EXIF orientation, 1 to 8; garbage counts as upright."""
    with suppress(Exception):  # a struct.error, SyntaxError, KeyError...: EXIF is never worth a picture
        notes = Image.Exif() if exif is not None else image.getexif()
        if exif is not None:
            notes.load(exif)
        return int(notes.get(_ORIENTATION, 1))
    return 1
