"""A store that says "it is there" is believed once that is seen: obstore says so of mere conflicts, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ObjectError
from talentimg.store.keys import object_key
from talentimg.store.objects import CONFLICT_WAITS, ObstoreStore
from tests.store.bucket import CONFLICT, Bucket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.network

DATA = b"picture"
KEY = object_key(DATA, "webp")
WEBP = "image/webp"
TRIES = len(CONFLICT_WAITS) + 1


class Waited(list[float]):
    """In place of sleeping."""


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket().running() as running:
        yield running


@pytest.fixture
def waited() -> Waited:
    return Waited()


@pytest.fixture(params=["s3", "gs", "az"])
def store(request: pytest.FixtureRequest, bucket: Bucket, waited: Waited, tmp_path: Path) -> ObstoreStore:
    name = f"{request.param}://pictures"
    return ObstoreStore(bucket.backend(request.param, tmp_path), name, sleep=waited.append)


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bucket, ObstoreStore]]:
    """One bucket for many examples, and its store."""
    with Bucket().running() as running:
        backend = running.backend("s3", tmp_path_factory.mktemp("bucket"))
        yield running, ObstoreStore(backend, "s3://pictures", sleep=lambda _: None)


@pytest.mark.parametrize("conflicts", range(1, TRIES))
def test_an_upload_that_met_another_is_tried_again(
    store: ObstoreStore, bucket: Bucket, waited: Waited, conflicts: int
) -> None:
    bucket.refusals = [CONFLICT] * conflicts
    assert store.put(KEY, DATA, WEBP) is True
    assert bucket.objects == {KEY: DATA}
    assert waited == list(CONFLICT_WAITS[:conflicts])


@pytest.mark.parametrize("refusal", [CONFLICT, (409, "OperationAborted"), (412, "PreconditionFailed")])
def test_what_is_said_to_be_there_and_is_not_is_trouble(
    store: ObstoreStore, bucket: Bucket, waited: Waited, refusal: tuple[int, str]
) -> None:
    bucket.refusals = [refusal] * 100
    with pytest.raises(ObjectError, match="cannot be found"):
        store.put(KEY, DATA, WEBP)
    assert bucket.puts == TRIES
    assert waited == list(CONFLICT_WAITS)
    assert not store.exists(KEY)


def test_the_upload_that_was_in_the_way_will_do(store: ObstoreStore, bucket: Bucket, waited: Waited) -> None:
    bucket.objects[KEY] = DATA
    bucket.refusals = [CONFLICT]
    assert store.put(KEY, DATA, WEBP) is False
    assert (bucket.puts, waited) == (1, [])


def test_what_is_there_is_not_written_again(store: ObstoreStore, bucket: Bucket, waited: Waited) -> None:
    assert store.put(KEY, DATA, WEBP) is True
    assert store.put(KEY, DATA, WEBP) is False
    assert (bucket.puts, waited) == (2, [])


@pytest.mark.parametrize("there", [DATA, b""])
def test_a_server_that_says_not_modified_of_an_upload_means_that_it_is_there(
    bucket: Bucket, tmp_path: Path, there: bytes
) -> None:
    """MinIO once took `If-None-Match` for a question, as it is one in a GET."""
    store = ObstoreStore(bucket.backend("s3", tmp_path), "s3://pictures")
    bucket.objects[KEY] = there
    bucket.refusals = [(304, "NotModified")]
    assert store.put(KEY, DATA, WEBP) is (there != DATA)
    assert bucket.objects == {KEY: DATA}


def test_what_is_there_and_cut_is_replaced(store: ObstoreStore, bucket: Bucket) -> None:
    bucket.objects[KEY] = DATA[:3]
    bucket.refusals = [CONFLICT, CONFLICT]
    assert store.put(KEY, DATA, WEBP) is True
    assert bucket.objects == {KEY: DATA}


def test_who_may_not_list_may_write_all_the_same(store: ObstoreStore, bucket: Bucket) -> None:
    bucket.hides = True
    bucket.refusals = [CONFLICT, CONFLICT]
    assert store.put(KEY, DATA, WEBP) is True
    assert store.put(KEY, DATA, WEBP) is False


def test_a_refusal_after_a_conflict_is_trouble(store: ObstoreStore, bucket: Bucket) -> None:
    bucket.refusals = [CONFLICT, (400, "InvalidRequest")]
    with pytest.raises(ObjectError):
        store.put(KEY, DATA, WEBP)


ANSWERS = st.sampled_from(
    [
        CONFLICT,
        (412, "PreconditionFailed"),
        (304, "NotModified"),
        (400, "RequestTimeout"),
        (403, "AccessDenied"),
        (404, "NoSuchBucket"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (501, "NotImplemented"),
        (503, "SlowDown"),
        (520, ""),
        (599, "Nonsense"),
    ]
)


@given(
    there=st.sampled_from([None, b"", DATA[:3], DATA]),
    answers=st.lists(ANSWERS, max_size=12),
    anew=st.booleans(),
    hides=st.booleans(),
)
def test_whatever_a_bucket_answers_an_upload_that_is_called_done_is_there_and_whole(
    answering: tuple[Bucket, ObstoreStore],
    there: bytes | None,
    answers: list[tuple[int, str]],
    anew: bool,
    hides: bool,
) -> None:
    bucket, store = answering
    bucket.objects = {} if there is None else {KEY: there}
    bucket.refusals, bucket.hides = list(answers), hides
    try:
        written = store.put(KEY, DATA, WEBP, anew=anew)
    except ObjectError:
        assert answers, "without trouble it is never refused"
        return
    assert bucket.objects == {KEY: DATA}
    assert written or (there == DATA and not anew)
