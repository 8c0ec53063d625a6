"""Rosters to be moved."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from talentimg.repository.registry import open_tables
from tests.moving.filling import fill, of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from talentimg.repository.moving.shapes import Shape
    from tests.postgres import Databases


@pytest.fixture(scope="session")
def kinds(_postgres_or_none: Databases | None) -> Mapping[str, Shape]:
    """What every column holds, as Postgres tells it."""
    from tests import postgres

    databases = postgres.need(_postgres_or_none)
    with closing(open_tables(databases.url(databases.migrated()), read_only=True)) as tables:
        return tables.shapes()


@pytest.fixture(scope="session")
def full_template(
    store_template: Path, kinds: Mapping[str, Shape], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A file with 40 rows in every table that is part of a roster."""
    path = tmp_path_factory.mktemp("full") / "roster.db"
    shutil.copy(store_template, path)
    fill(of(path), 40, kinds)
    return path


@pytest.fixture
def full(full_template: Path, tmp_path: Path) -> Path:
    """The same, of this test's own."""
    path = tmp_path / "full.db"
    shutil.copy(full_template, path)
    return path
