"""Decodes the bytes of a picture and checks it, or refuses it with a reason.

Several threads may decode at once: nothing here switches a global setting on and off. It follows Pillow's
advice for untrusted files (https://pillow.readthedocs.io/en/stable/handbook/security.html): only a few
decoders are allowed, the number of pixels is limited before anything is loaded, and metadata is dropped.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
    features,
)

from talentimg.errors import PictureError
from talentimg.images import frames, jpeg, jpeg_pixels, png, sniff, structure
from talentimg.images.decoded import Decoded
from talentimg.images.ground import DARK, shrunk_on
from talentimg.images.limits import (
    MAX_SHRUNK_PIXELS,
    check_pixels,
    check_samples,
    check_size,
    max_pixels,
    too_many_pixels,
)
from talentimg.images.orientation import ON_ITS_SIDE, orientation_in, upright
from talentimg.images.parts import ENOUGH, enough_for, lying_part
from talentimg.images.placeholders import is_flat, shows_nothing
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.ImageFile import ImageFile

    from talentimg.models import Part

_OUT_OF_MEMORY = "out of memory"
"""How Pillow begins the `OSError` of a decoder that has too little memory."""
_BLOCK_BYTES = 1 << 20
_KEPT_BLOCKS = 8
# No other decoder is ever run, whatever the bytes claim to be. Some builds of Pillow lack one of these.
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

# Keep the memory of a few pictures for the next ones: getting it from the system each time makes up a tenth
# of the cost of a picture. https://pillow.readthedocs.io/en/stable/reference/block_allocator.html
Image.core.set_block_size(_BLOCK_BYTES)  # type: ignore[attr-defined]  # not in the type stubs
Image.core.set_blocks_max(_KEPT_BLOCKS)  # type: ignore[attr-defined]  # same
# Decoders and encoders have theirs from malloc. That of glibc asks the system anew for all above 128 kB until
# something larger was once given back to it. This is that. Nobody touches it, so it takes no memory, and with
# another malloc it does nothing: "M_MMAP_THRESHOLD", https://man7.org/linux/man-pages/man3/mallopt.3.html.
bytes(_KEPT_BLOCKS * _BLOCK_BYTES)

# Set once for the whole process, because changing warning filters per call is not thread-safe. Our own
# limit is checked first; this one catches sizes that a decoder only finds out later.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# Of what else Pillow warns, such as metadata that is broken, nothing is used. It goes to standard error.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class _Source:
    """A file as its decoder gets it. Where `exif` is None, the decoder knows.

    `animated` is the same with all its pictures, if the decoder gets only the first of them.
    """

    name: str
    data: bytes
    max_pixels: int
    is_complete: bool
    exif: bytes | None = None
    jpeg: jpeg.Jpeg | None = None
    animated: bytes | None = None


def decode(data: bytes, part: Part | None = None, least: int = ENOUGH) -> Decoded:
    """Decode a picture of an accepted format, or a square of it.

    Args:
        data: the bytes.
        part: the square that a person has marked in the upright picture, if one has.
        least: a JPEG that has more pixels on both edges may be shrunk while it is decoded, down to this.

    Raises:
        PictureError: the reason is `format`, `not_image`, `pixels`, `too_small`, `too_thin` or `truncated`.
        MemoryError: there is too little memory, whatever the picture is like.
    """
    name = sniff.accepted_format(data)
    if name not in _DECODERS:
        raise sniff.refused_format(f"of the format {name}, which this installation cannot decode")
    if name == "WEBP" and (size := structure.webp_size(data)) is not None:
        check_pixels(*size, max_pixels(name))
    source = _source(name, data)
    image = _open(source)
    check_size(*image.size, source.max_pixels)
    if not source.is_complete:
        raise structure.truncated()
    return _finish(image, source, part, least)


def _source(name: str, data: bytes) -> _Source:
    limit = max_pixels(name)
    if name == "JPEG":
        parts = jpeg.take_apart(data)
        check_samples(parts.held)
        limit = MAX_SHRUNK_PIXELS if parts.can_shrink else limit
        return _Source(name, parts.pieces[0], limit, is_complete=True, exif=parts.exif, jpeg=parts)
    if name == "PNG":
        chunks = png.take_apart(data)
        return _Source(
            name,
            chunks.body,
            limit,
            is_complete=chunks.is_complete,
            exif=chunks.exif,
            animated=data if chunks.is_animated else None,
        )
    return _Source(name, data, limit, is_complete=structure.is_complete(name, data))


def _open(source: _Source) -> ImageFile:
    try:
        return _DECODERS[source.name](io.BytesIO(source.data))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # a frame larger than its canvas
        raise too_many_pixels(source.max_pixels) from None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  Pillow raises OSError, ValueError, SyntaxError and others for broken files
        if not source.is_complete:
            raise structure.truncated() from None
        raise PictureError(
            f"The file claims to be {source.name} but cannot be read.", reason=Reason.NOT_IMAGE
        ) from None


def _finish(image: ImageFile, source: _Source, part: Part | None, least: int) -> Decoded:
    size = image.size  # of a JPEG, it is another after loading
    try:
        _load(image, source.jpeg, enough_for(part, *size, least))
        first = _seen(image, size, source, part)
    except (MemoryError, PictureError):
        raise
    except Exception as error:
        if _OUT_OF_MEMORY in str(error):
            raise MemoryError from error
        raise structure.truncated() from None
    if not shows_nothing(first):
        return first
    pictures = (_seen(later, size, source, part) for later in frames.later(_moving(image, source)))
    return next((picture for picture in pictures if not shows_nothing(picture)), first)


def _moving(image: ImageFile, source: _Source) -> ImageFile:
    """The same file with all its pictures; if these cannot be read, the first is all there is."""
    if source.animated is None:
        return image
    try:
        return _open(replace(source, data=source.animated))
    except PictureError:
        return image


def _seen(image: Image.Image, size: tuple[int, int], source: _Source, part: Part | None) -> Decoded:
    """A loaded picture as people see it, or the part of it that is wanted."""
    # AVIF says how it is to be turned in its own way, which Pillow puts into its EXIF.
    orientation = orientation_in(image.info.get("exif", b"") if source.exif is None else source.exif)
    if part is not None:
        image, size = lying_part(image, size, part, orientation), (part.side, part.side)
    opacity, flat = shrunk_on(image)
    if image.has_transparency_data and is_flat(flat):
        opacity, flat = shrunk_on(image, DARK)
    width, height = reversed(size) if orientation in ON_ITS_SIDE else size
    profile = image.info.get("icc_profile") or b""
    gamma = None if profile or "srgb" in image.info else image.info.get("gamma")
    return Decoded(upright(flat, orientation), width, height, opacity, profile, gamma)


def _load(image: ImageFile, parts: jpeg.Jpeg | None, enough: tuple[int, int]) -> None:
    if parts and parts.can_shrink:
        image.draft(None, enough)
    if parts:
        jpeg_pixels.load(image, parts)
    image.load()
