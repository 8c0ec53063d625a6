"""An import with chosen pictures, and a forget of one, by SIGKILL at statements and files."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import EXAMPLES
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

EVERY = max(1, 1300 // EXAMPLES)
"""One step in so many is tried; all of them take minutes."""


@pytest.mark.parametrize("what", ["import", "forget"])
def test_whatever_was_killed_is_whole_or_not_there_and_is_completed_by_the_next(
    what: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.service.killing_words", what, str(tmp_path), str(EVERY)],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30, "each statement is a step"
