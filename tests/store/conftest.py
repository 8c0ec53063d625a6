"""Every kind of object store that the contract runs against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.store import open_store
from talentimg.store.memory import MemoryObjectStore
from tests.store.s3_server import BUCKET, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.store.interface import ObjectStore

BACKENDS = [
    "dictionary",
    "memory",
    "folder",
    pytest.param("s3", marks=pytest.mark.network),
]


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A real S3 protocol server, in a process of its own."""
    with serving() as address:
        yield address


@pytest.fixture
def s3_environment(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator would set to use the server."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """One store of each kind, empty of what the tests put into it."""
    if request.param == "dictionary":
        return MemoryObjectStore()
    if request.param == "memory":
        return open_store("memory://")
    if request.param == "folder":
        return open_store((tmp_path / "a folder" / "pictures").as_uri())
    request.getfixturevalue("s3_environment")
    return open_store(f"s3://{BUCKET}/{tmp_path.name}")
