"""What other encoders write comes out as libvips reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.corpus.need import Lacking, skip
from tests.corpus.recipes import ENCODERS
from tests.corpus.verdict import disagreements

if TYPE_CHECKING:
    from pathlib import Path

    from tests.corpus.encoders import Encoder

# Pillow warns of odd files, which is an error in our tests but not in the product.
pytestmark = pytest.mark.filterwarnings("default::UserWarning:PIL")


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda encoder: encoder.name)
def test_what_an_encoder_writes_is_read_as_by_libvips(encoder: Encoder, drawn: Path, tmp_path: Path) -> None:
    try:
        found = disagreements(encoder.written(drawn, tmp_path))
    except Lacking as lacking:
        skip(lacking)
    assert not found, "\n".join(found)
