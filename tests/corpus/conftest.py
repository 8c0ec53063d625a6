"""The sources of the encoders, drawn once in a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.corpus.drawn import draw_into
from tests.corpus.need import Lacking, skip

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all sources. Where an encoder is lacking, its tests are skipped, or fail in CI."""
    folder = tmp_path_factory.mktemp("drawn")
    try:
        draw_into(folder)
    except Lacking as lacking:
        skip(lacking)
    return folder
