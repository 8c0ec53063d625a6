"""An agency in which all is well: made once, copied for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.demo.server import PlatformServer
from tests.doctor.scene import Scene, agency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def platforms() -> Iterator[PlatformServer]:
    """Platforms that answer like the real ones, with everybody of the agency."""
    with PlatformServer(agency()) as server:
        yield server


@pytest.fixture(scope="session")
def original(platforms: PlatformServer, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The agency after its first night."""
    scene = Scene(tmp_path_factory.mktemp("agency"), platforms.url)
    scene.fill(platforms.world)
    return scene


@pytest.fixture
def scene(original: Scene, tmp_path: Path, few_authorities: None) -> Scene:
    """A copy of it, to be broken."""
    return original.copy_to(tmp_path / "data")
