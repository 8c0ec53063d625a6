"""What the corpus needs from the machine: a visible skip where it is lacking, and a failure in CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


class Lacking(Exception):
    """The machine lacks an encoder, or the package index cannot be reached."""


def skip(lacking: Lacking) -> NoReturn:
    """Skip the test, or fail it where CI runs."""
    if os.environ.get("CI"):
        pytest.fail(str(lacking))
    pytest.skip(str(lacking))
