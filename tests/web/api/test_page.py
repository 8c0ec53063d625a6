"""What `docs/how-to/say-it-over-the-api.md` shows is said by curl, which nobody here wrote, to a server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.service.world import picture_bytes
from tests.waiting import TIME_LIMIT
from tests.web.test_process import serving

if TYPE_CHECKING:
    from tests.web.conftest import Site

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "say-it-over-the-api.md"
EXAMPLE = "http://127.0.0.1:8000"


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="there is no curl here")
def test_each_line_of_the_page_does_what_it_says(site: Site, tmp_path: Path) -> None:
    site.add("ada", "Ada Lovelace")
    token = site.token()
    for name in ("portrait.jpg", "logo.jpg"):
        (tmp_path / name).write_bytes(picture_bytes(1 if name == "logo.jpg" else 2))
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
    env = {**site.environment, "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    with serving(**env) as (_, address):
        script = f"set -euo pipefail\n{lines.replace(EXAMPLE, address)}"
        done = subprocess.run(
            ["bash", "-c", script],
            env={**env, "TOKEN": token},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert '"holds":true' in done.stdout
