"""Too little memory is told as that, and never makes a wrong picture."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.images.samples import encoded, portrait, wide_gamut_profile

if TYPE_CHECKING:
    from pathlib import Path

EXIF = Image.Exif()
EXIF[0x0112] = 6
NOTES: dict[str, Any] = {"icc_profile": wide_gamut_profile(), "exif": EXIF.tobytes()}
FAST: dict[str, dict[str, Any]] = {"PNG": {"compress_level": 1}, "WEBP": {"method": 0}}
NOT_TOLD = {"PNG": [], "WEBP": [["not_image"], ["truncated"]]}
"""What is said where the decoder does not say that it lacks memory."""
SCRIPT = """
    import json, resource, sys
    from datetime import UTC, datetime
    from pathlib import Path

    from talentimg.errors import PictureError
    from talentimg.images.renditions import make_picture
    from talentimg.store.keys import key_of

    def made(data):
        try:
            made = make_picture(data, source_hash="0" * 64, now=datetime.now(UTC), key_for=key_of)
            return sorted(made.objects)
        except PictureError as error:
            return [error.reason]

    small, large = (Path(path).read_bytes() for path in sys.argv[1:])
    made(small)  # everything is loaded
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    found = []
    for more in range(0, 120, 12):
        resource.setrlimit(resource.RLIMIT_AS, (used + (more << 20), -1))
        found.append(made(large))
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    print(json.dumps([made(large), found]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
@pytest.mark.parametrize("name", FAST)
def test_with_too_little_memory_there_is_no_picture_or_the_right_one(name: str, tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(encoded(portrait(), name, **NOTES))
    image = portrait(300, 200).resize((3000, 2000))
    large.write_bytes(encoded(image, name, **FAST[name], **NOTES))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), str(small), str(large)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    right, found = json.loads(done.stdout)
    assert len(right) >= 4
    assert ["processing"] in found
    assert all(one in [right, ["processing"], *NOT_TOLD[name]] for one in found)
