"""Whether a picture is whole is found out in the time of one question, however far away it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Picture, Rendition
from talentimg.store.breaker import GuardedStore
from talentimg.store.forms import is_whole
from talentimg.store.keys import object_key
from talentimg.store.objects import ObstoreStore
from tests.store.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.network

FORMS = [b"a", b"bb", b"ccc", b"dddd"]
WRITTEN = datetime(2026, 11, 24, 2, tzinfo=UTC)
"""When the bucket says that everything was written."""


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket().running() as running:
        running.objects = {object_key(form, "webp"): form for form in FORMS}
        running.meeting = Barrier(len(FORMS))
        yield running


@pytest.fixture
def store(bucket: Bucket, tmp_path: Path) -> GuardedStore:
    return GuardedStore(ObstoreStore(bucket.backend("s3", tmp_path), "s3://pictures"))


PICTURE = Picture(
    content_hash="a" * 64,
    source_hash="b" * 64,
    width=400,
    height=400,
    renditions=tuple(
        Rendition(f"webp-{side}", object_key(form, "webp"), side, len(form), "image/webp")
        for side, form in enumerate(FORMS, 96)
    ),
    created_at=WRITTEN,
)


@pytest.mark.parametrize("seen_at", [WRITTEN - timedelta(days=1), WRITTEN + timedelta(days=1)])
def test_all_forms_are_looked_for_at_the_same_time_and_read_so(
    store: GuardedStore, seen_at: datetime
) -> None:
    """The bucket answers none of them before all were asked for."""
    assert is_whole(store, PICTURE, seen_at=seen_at)
