"""The test pictures of other people's packages come out as libvips reads them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from tests.corpus.need import Lacking, skip
from tests.corpus.packages import PACKAGES, pictures
from tests.corpus.verdict import disagreements

if TYPE_CHECKING:
    from tests.corpus.packages import Package

# Pillow warns of odd files, which is an error in our tests but not in the product.
pytestmark = pytest.mark.filterwarnings("default::UserWarning:PIL")

BATCH = 50


def _batches(package: Package) -> int:
    return -(-package.pictures // BATCH)


@pytest.mark.parametrize(
    ("package", "at"),
    [pytest.param(p, at, id=f"{p.name}-{at}") for p in PACKAGES for at in range(_batches(p))],
)
def test_test_pictures_of_a_package_are_read_as_by_libvips(package: Package, at: int) -> None:
    try:
        all_of_them = pictures(package)
    except Lacking as lacking:
        skip(lacking)
    assert len(all_of_them) == package.pictures
    found = disagreements(islice(sorted(all_of_them.items()), at, None, _batches(package)))
    assert not found, "\n".join(found)
