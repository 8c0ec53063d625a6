"""Pictures that are too large, too small or too thin are refused, before they are decoded."""

from __future__ import annotations

import struct
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from talentimg.models import Reason
from tests.images.samples import corners, decode, encoded, needs_avif, png, portrait, refusal

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: png(65535, 65535, [])[:69], id="I01 a header of 65535 x 65535"),
        pytest.param(lambda: png(12000, 12000, [bytes(36000)] * 4), id="I02 12000 x 12000"),
        pytest.param(lambda: png(5001, 5000, []), id="just over 25 MP"),
        pytest.param(
            lambda: b"RIFF\xff\xff\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + b"\xfe\x3f\x00\xcf\x07\x00",
            id="I03 an extended WebP of 16383 x 2000",
        ),
        pytest.param(
            lambda: (
                b"RIFF\xff\xff\x00\x00WEBPVP8L\xff\x00\x00\x00\x2f" + struct.pack("<I", 16382 | 1999 << 14)
            ),
            id="I03 a lossless WebP of 16383 x 2000",
        ),
        pytest.param(
            lambda: b"RIFF\xff\xff\x00\x00WEBPVP8 \xff\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\xff\x3f\xd0\x07",
            id="I03 a plain WebP of 16383 x 2000",
        ),
        pytest.param(
            lambda: b"GIF89a\xff\xff\xff\xff\x00\x00\x00" + encoded(corners(), "GIF")[13:], id="a GIF screen"
        ),
        pytest.param(
            lambda: encoded(corners(6000, 5600), quality=5, progressive=True, subsampling=0),
            id="a JPEG of which too much would have to be held",
        ),
        pytest.param(lambda: encoded(corners(8200, 8000), quality=5), id="a JPEG of just over 65 MP"),
        pytest.param(
            lambda: (
                encoded(portrait(), progressive=True)[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 200
            ),
            id="a JPEG of hundreds of passes",
        ),
    ],
)
def test_too_many_pixels_are_refused_before_they_are_decoded(make: Callable[[], bytes]) -> None:
    data = make()  # not while tests are collected: some take long
    started = time.monotonic()
    assert refusal(data) is Reason.PIXELS
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("side", [12_000, 65_535])
def test_a_first_frame_far_larger_than_its_screen_is_refused(side: int) -> None:
    whole = encoded(portrait(100, 100), "GIF")
    frame = b"," + struct.pack("<HHHH", 0, 0, 100, 100)
    assert whole.count(frame) == 1
    assert refusal(whole.replace(frame, b"," + struct.pack("<HHHH", 0, 0, side, side))) is Reason.PIXELS


@needs_avif
def test_an_avif_of_too_many_pixels_is_refused() -> None:
    """I03."""
    assert refusal(encoded(Image.new("L", (8000, 5000)), "AVIF", speed=10)) is Reason.PIXELS


def test_a_size_check_holds_whatever_pillows_own_limit_says() -> None:
    """Pillow itself would only warn here, and pytest would turn that into an error."""
    script = "from talentimg.images.decode import decode; import sys; decode(sys.stdin.buffer.read())"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        input=png(9000, 9000, [bytes(27000)]),
        capture_output=True,
        check=False,
    )
    assert b"more than 25 million pixels" in done.stderr


@pytest.mark.parametrize("side", [1, 2, 15])
@pytest.mark.parametrize("name", ["GIF", "PNG", "JPEG"])
def test_tiny_pictures_are_too_small(side: int, name: str) -> None:
    """I06."""
    assert refusal(encoded(Image.new("RGB", (side, side), "red"), name)) is Reason.TOO_SMALL


@pytest.mark.parametrize("size", [(30000, 1), (1, 30000), (401, 100), (100, 401)])
def test_strips_are_too_thin(size: tuple[int, int]) -> None:
    """I07."""
    assert refusal(encoded(Image.new("RGB", size), "PNG")) is Reason.TOO_THIN


def test_the_smallest_and_the_longest_that_are_accepted() -> None:
    assert decode(encoded(Image.new("RGB", (16, 16)), "PNG")).width == 16
    assert decode(encoded(Image.new("RGB", (400, 100)), "PNG")).width == 400


@pytest.mark.parametrize("name", ["WEBP", pytest.param("AVIF", marks=needs_avif)])
def test_the_picture_of_a_phone_is_accepted_in_every_format(name: str) -> None:
    data = encoded(corners(4032, 3024), name, quality=10, **FAST[name])
    assert decode(data).width == 4032


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["row by row", "in scans"])
def test_a_jpeg_that_is_shrunk_while_it_is_decoded_may_have_48_megapixels(options: dict[str, Any]) -> None:
    decoded = decode(encoded(corners(8064, 6048), quality=10, subsampling=2, **options))
    assert (decoded.width, decoded.height) == (8064, 6048)
    assert min(decoded.image.size) < 1000


FAST: dict[str, dict[str, Any]] = {"WEBP": {"method": 0}, "AVIF": {"speed": 10}}
BIGGEST: list[Any] = [
    pytest.param("PNG", "RGBA", 5000, {"compress_level": 1}, id="PNG"),
    pytest.param("GIF", "P", 5000, {}, id="GIF"),
    pytest.param("JPEG", "RGB", 8062, {"quality": 50}, id="JPEG row by row"),
    pytest.param("JPEG", "RGB", 5773, {"progressive": True, "subsampling": 0}, id="JPEG in scans"),
    pytest.param("WEBP", "RGBA", 3549, FAST["WEBP"], id="WEBP"),
    pytest.param("AVIF", "RGBA", 3549, FAST["AVIF"], id="AVIF", marks=needs_avif),
]


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measures memory as Linux tells it")
@pytest.mark.parametrize(("name", "mode", "side", "options"), BIGGEST)
def test_the_largest_picture_accepted_takes_less_than_256_mib(
    name: str, mode: str, side: int, options: dict[str, Any], tmp_path: Path
) -> None:
    small = portrait(500, 500).convert("RGBA")
    small.putalpha(Image.linear_gradient("L").resize(small.size))
    path = tmp_path / "picture"
    image = small.resize((side, side)).convert("RGB").convert(mode) if mode == "P" else small.convert(mode)
    path.write_bytes(encoded(image.resize((side, side)), name, **options))
    script = """
        import sys
        from pathlib import Path
        from talentimg.images.decode import decode

        def peak():
            lines = Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

        data = Path(sys.argv[1]).read_bytes()
        Path("/proc/self/clear_refs").write_text("5")
        before = peak()
        decoded = decode(data)
        print(decoded.width, (peak() - before) // 1024)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)], capture_output=True, text=True, check=True
    )
    width, mebibytes = map(int, done.stdout.split())
    assert width == side
    assert mebibytes < 256
