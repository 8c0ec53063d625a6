"""People who speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.api.speaking import spoken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.web.api.speaking import Spoken
    from tests.web.conftest import Site


@pytest.fixture
async def people(site: Site) -> AsyncIterator[Spoken]:
    """On SQLite."""
    async with spoken(site) as made:
        yield made
