"""Pictures for the tests: portraits with light and noise, and files built byte by byte."""

from __future__ import annotations

import io
import random
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps, features

from talentimg.errors import PictureError
from talentimg.images import decode as decoding
from talentimg.images.colours import as_srgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.images.decoded import Decoded
    from talentimg.models import Reason

Colour = tuple[int, int, int]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def portrait(
    width: int = 320,
    height: int = 400,
    *,
    wall: Colour = (120, 150, 180),
    skin: Colour = (205, 160, 130),
    light: float = 1.0,
) -> Image.Image:
    """Somebody in front of a wall: a lit head and shoulders, with the grain of a camera."""
    image = Image.new("RGB", (width, height), wall)
    pen = ImageDraw.Draw(image)
    pen.ellipse((width * 0.1, height * 0.7, width * 0.9, height * 1.4), fill=(60, 60, 90))
    pen.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.72), fill=skin)
    pen.ellipse((width * 0.3, height * 0.15, width * 0.7, height * 0.38), fill=(70, 45, 30))
    image = image.filter(ImageFilter.GaussianBlur(max(1, width / 80)))
    small = (max(1, width // 2), max(1, height // 2))
    grain = Image.frombytes("L", small, random.Random(7).randbytes(small[0] * small[1]))
    grainy = Image.blend(image, grain.resize(image.size).convert("RGB"), 0.06)
    shade = Image.linear_gradient("L").resize(image.size)
    lit = Image.blend(grainy, ImageOps.colorize(shade, (255, 255, 255), (0, 0, 0)), 0.08)
    return lit.point(lambda level: level * light)


def noisy(width: int, height: int) -> Image.Image:
    """Nothing but noise: what is missing of it is missed."""
    return Image.frombytes("RGB", (width, height), random.Random(3).randbytes(width * height * 3))


def corners(width: int = 120, height: int = 80) -> Image.Image:
    """Red, green, blue and white quarters, from the top left in reading order: shows how it is turned."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((220, 20, 20), (0, 0, width // 2, height // 2))
    image.paste((20, 200, 20), (width // 2, 0, width, height // 2))
    image.paste((20, 20, 220), (0, height // 2, width // 2, height))
    return image


def encoded(image: Image.Image, name: str = "JPEG", **options: Any) -> bytes:
    """The image as a file of this format; a PNG is packed quickly, unless asked otherwise."""
    buffer = io.BytesIO()
    if name == "PNG":
        options.setdefault("compress_level", 1)
    image.save(buffer, name, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int,
    height: int,
    rows: Sequence[bytes],
    *,
    depth: int = 8,
    colour: int = 2,
    extra: bytes = b"",
) -> bytes:
    """A PNG whose header says what it likes, whatever the rows hold."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + row for row in rows))
    return PNG_SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def noisy_rows(width: int, height: int) -> list[bytes]:
    """RGB rows that are no placeholder."""
    source = random.Random(3)
    return [source.randbytes(width * 3) for _ in range(height)]


def segment(marker: int, body: bytes) -> bytes:
    """A JPEG segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with these segments in front of all others."""
    return data[:2] + b"".join(segments) + data[2:]


def grey_jpeg(width: int, height: int, *, restarts: bool = False, apart: bool = False) -> list[bytes]:
    """An even grey JPEG put together by hand, as its pieces from start to end mark, to be joined.

    Every code is one bit long, so that each block is two zero bits. `restarts` puts a restart mark
    behind every block; `apart` gives each of the three colours a scan of its own.
    """
    one_code = b"\x01" + bytes(15) + b"\x00"
    parts = 3 if apart else 1
    blocks = -(-width // 8) * -(-height // 8)
    frame = struct.pack(">BHHB", 8, height, width, parts)
    marks = [bytes((0x3F, 0xFF, 0xD0 + i % 8)) for i in range(blocks - 1)]
    scan = b"".join((*marks, b"\x3f")) if restarts else bytes(-(-blocks // 4))
    return [
        b"\xff\xd8",
        segment(0xDB, b"\x00" + b"\xff" * 64),
        segment(0xC0, frame + b"".join(bytes((i, 0x11, 0)) for i in range(1, parts + 1))),
        segment(0xC4, b"\x00" + one_code),
        segment(0xC4, b"\x10" + one_code),
        segment(0xDD, bytes((0, restarts))),
        *(segment(0xDA, bytes((1, i, 0, 0, 63, 0))) + scan for i in range(1, parts + 1)),
        b"\xff\xd9",
    ]


def wide_gamut_profile() -> bytes:
    """An ICC profile with the primaries of Display P3 and a plain gamma of 2.2."""

    def fixed(*numbers: float) -> bytes:
        return b"XYZ \x00\x00\x00\x00" + b"".join(struct.pack(">i", round(n * 65536)) for n in numbers)

    curve = b"curv\x00\x00\x00\x00" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\x00\x00"
    name = b"Test wide gamut\x00"
    description = b"desc\x00\x00\x00\x00" + struct.pack(">I", len(name)) + name + bytes(78)
    tags = {
        b"desc": description + bytes(-len(description) % 4),
        b"cprt": b"text\x00\x00\x00\x00none\x00\x00\x00\x00",
        b"wtpt": fixed(0.9642, 1.0, 0.8249),
        b"rXYZ": fixed(0.5151, 0.2412, -0.0011),
        b"gXYZ": fixed(0.2920, 0.6922, 0.0419),
        b"bXYZ": fixed(0.1571, 0.0666, 0.7841),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    start = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for tag, body in tags.items():
        table += tag + struct.pack(">II", start + len(bodies), len(body))
        bodies += body
    header = struct.pack(">I4sI4s4s4s", start + len(bodies), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 11, 24, 0, 0, 0, b"acsp") + bytes(28)
    header += b"".join(struct.pack(">i", round(n * 65536)) for n in (0.9642, 1.0, 0.8249))
    return header.ljust(128, b"\x00") + table + bodies


def quarters(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours of the four quarters, in reading order."""
    width, height = image.size
    spots = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    found = [image.getpixel((int(width * x), int(height * y))) for x, y in spots]
    return [pixel for pixel in found if isinstance(pixel, tuple)]


def close(one: tuple[int, ...], other: tuple[int, ...], *, within: int = 12) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


def looks_like(image: Image.Image, expected: Image.Image, *, within: int = 12) -> bool:
    pairs = zip(quarters(image), quarters(expected), strict=True)
    return all(close(one, other, within=within) for one, other in pairs)


needs_avif = pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")


def decode(data: bytes) -> Decoded:
    """The picture, in colours that can be compared."""
    found = decoding.decode(data)
    return replace(found, image=as_srgb(found.image, found.profile, found.gamma))


def refusal(data: bytes) -> Reason:
    """Why a picture is refused."""
    with pytest.raises(PictureError) as caught:
        decode(data)
    return caught.value.reason
