"""A store that does not work says so in words, is found at once, and is not waited for by everybody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from obstore.store import S3Store

from talentimg.errors import CannotCreate, ConfigError, ObjectError, StoreUnavailable
from talentimg.store import open_store
from talentimg.store.breaker import FAILURES, PAUSE_S, GuardedStore
from talentimg.store.dry import DryObjectStore
from talentimg.store.keys import object_key
from talentimg.store.memory import MemoryObjectStore
from talentimg.store.objects import PROBE_HOLDS_S, PROBE_KEY, TROUBLE_WAITS, ObstoreStore
from talentimg.store.trouble import trouble_in
from tests.store.bucket import CONFLICT, Bucket
from tests.store.faulty import CLOSED, CLOSED_AFTER, CUT, RESET, RESET_AFTER, FaultyProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.errors import TalentimgError
    from talentimg.store.interface import ObjectStore

pytestmark = pytest.mark.network

DATA = b"picture"
KEY = object_key(DATA, "webp")
WEBP = "image/webp"
SLOW_DOWN = (503, "SlowDown")
DENIED = (403, "AccessDenied")


class Time:
    """Waiting takes none."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waited: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket().running() as running:
        yield running


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store(bucket: Bucket, time: Time, tmp_path: Path) -> ObstoreStore:
    backend = bucket.backend("s3", tmp_path)
    return ObstoreStore(backend, "s3://pictures", sleep=time.sleep, clock=time.clock)


@pytest.fixture
def guarded(store: ObstoreStore, time: Time) -> GuardedStore:
    return GuardedStore(store, time.clock)


# -- in words ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        (DENIED, ConfigError, "refuses our credentials (AccessDenied)", "s3:ListBucket"),
        ((403, "InvalidAccessKeyId"), ConfigError, "(InvalidAccessKeyId)", "AWS_ACCESS_KEY_ID"),
        ((403, "SignatureDoesNotMatch"), ConfigError, "signature", "AWS_SECRET_ACCESS_KEY"),
        ((403, "RequestTimeTooSkewed"), ConfigError, "our clock is wrong (RequestTimeTooSkewed)", "clock"),
        ((400, "ExpiredToken"), ConfigError, "expired", "AWS_SESSION_TOKEN"),
        ((400, "AuthorizationHeaderMalformed"), ConfigError, "another region", "AWS_REGION"),
        ((301, "PermanentRedirect"), ConfigError, "another region", "AWS_REGION"),
        ((404, "NoSuchBucket"), ConfigError, "does not exist (NoSuchBucket)", "images.store"),
        ((501, "NotImplemented"), ConfigError, "cannot do what is asked", "conditional"),
        (SLOW_DOWN, StoreUnavailable, "slow down (SlowDown)", "later"),
        ((500, "InternalError"), StoreUnavailable, "trouble of its own (InternalError)", "later"),
        ((520, "OriginError"), StoreUnavailable, "trouble of its own (OriginError)", "later"),
        ((503, "SlowDownWrite"), StoreUnavailable, "slow down (SlowDownWrite)", "later"),
        ((507, "XMinioStorageFull"), StoreUnavailable, "is full", "room"),
        ((418, "Teapot"), StoreUnavailable, "(Teapot)", "address"),
    ],
)
def test_a_check_tells_what_the_store_says_and_what_to_do(
    store: ObstoreStore, bucket: Bucket, told: tuple[tuple[int, str], type[TalentimgError], str, str]
) -> None:
    bucket.broken, kind, says, hint = told
    with pytest.raises(kind) as caught:
        store.check()
    assert "s3://pictures" in caught.value.message
    assert says in caught.value.message
    assert hint in (caught.value.hint or "")
    with pytest.raises(ObjectError) as one:
        store.put(KEY, DATA, WEBP)
    assert says in one.value.message


def s3(endpoint: str, **options: str) -> ObstoreStore:
    config = {"endpoint": endpoint, "access_key_id": "key", "secret_access_key": "hush-hush", **options}
    config = {name: value for name, value in config.items() if value}
    config |= {"connect_timeout": "1s", "timeout": "1s"}
    retry = timedelta(seconds=1)
    backend = S3Store("pictures", config=config, retry_config={"max_retries": 0, "retry_timeout": retry})  # type: ignore[arg-type]  # a plain dictionary
    return ObstoreStore(backend, "s3://pictures", sleep=lambda _: None)


def test_an_address_without_tls_names_the_setting(bucket: Bucket) -> None:
    with pytest.raises(ConfigError, match="without TLS") as caught:
        s3(bucket.url).check()
    assert "AWS_ALLOW_HTTP" in (caught.value.hint or "")


def test_nobody_there_is_told_apart_from_nobody_who_answers(bucket: Bucket) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        s3("http://127.0.0.1:9", allow_http="true").check()


# -- found at once -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "ours", "passes"),
    [
        ("Name or service not known", True, False),
        ("nodename nor servname provided, or not known", True, False),
        ("Temporary failure in name resolution", False, True),
    ],
)
def test_a_host_name_that_nobody_has_is_a_setting_and_a_resolver_that_is_away_passes(
    said: str, ours: bool, passes: bool
) -> None:
    found = trouble_in(Exception(f'kind: Connect, "dns error", error: "failed to lookup address: {said}"'))
    assert (found.ours, found.passes) == (ours, passes)


def test_a_store_that_works_passes_again_and_again(store: ObstoreStore, bucket: Bucket, time: Time) -> None:
    """Even one that takes a single write a second to a name, and forbids to write over what is there."""
    bucket.clock = time.clock
    store.check()
    assert time.waited == []
    store.check()
    assert set(bucket.objects) == {PROBE_KEY}
    assert bucket.overwritten == 0


def test_a_store_that_lets_nobody_look_is_found(store: ObstoreStore, bucket: Bucket) -> None:
    bucket.unreadable = True
    with pytest.raises(ConfigError, match="credentials") as caught:
        store.check()
    assert "s3:GetObject" in (caught.value.hint or "")


def test_a_folder_is_checked_without_a_trace(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    store = open_store(folder.as_uri())
    store.check()
    assert list(folder.iterdir()) == []
    folder.rmdir()
    folder.write_text("a file")
    with pytest.raises(CannotCreate, match="cannot be written"):
        store.check()


def test_a_dry_run_checks_and_writes_nothing(bucket: Bucket, tmp_path: Path) -> None:
    backend = bucket.backend("s3", tmp_path)
    dry = DryObjectStore(ObstoreStore(backend, "s3://pictures", read_only=True))
    dry.check()
    assert dry.put(KEY, DATA, WEBP) is True
    assert dry.put(KEY, DATA, WEBP) is False
    found = dry.find(KEY)
    assert found is not None
    assert found.size == len(DATA)
    bucket.hides = True
    with pytest.raises(ConfigError, match="credentials"):
        dry.check()
    assert bucket.puts == 0
    missing = tmp_path / "none"
    DryObjectStore(open_store(missing.as_uri(), make=False)).check()
    assert not missing.exists()


# -- what is not there, where one may not list ------------------------------------------


def test_a_lost_object_is_lost_although_the_store_says_forbidden(store: ObstoreStore, bucket: Bucket) -> None:
    bucket.hides = True
    assert store.find(KEY) is None
    assert store.get(KEY) is None
    assert PROBE_KEY in bucket.objects


def test_forbidden_is_forbidden_where_nothing_can_be_found(store: ObstoreStore, bucket: Bucket) -> None:
    store.put(KEY, DATA, WEBP)
    bucket.unreadable = True
    with pytest.raises(ConfigError, match="refuses our credentials"):
        store.find(KEY)


def test_a_probe_explains_many_losses_but_not_for_ever(
    store: ObstoreStore, bucket: Bucket, time: Time
) -> None:
    bucket.hides = True
    for _ in range(5):
        assert store.find(KEY) is None
    assert bucket.puts == 1
    time.now += PROBE_HOLDS_S
    bucket.unreadable = True
    with pytest.raises(ConfigError):
        store.find(KEY)


# -- patience, and its end -----------------------------------------------------------------


def test_a_storm_of_slow_downs_is_waited_out(store: ObstoreStore, bucket: Bucket, time: Time) -> None:
    bucket.refusals = [SLOW_DOWN] * len(TROUBLE_WAITS)
    assert store.put(KEY, DATA, WEBP) is True
    assert time.waited == list(TROUBLE_WAITS)
    assert bucket.objects == {KEY: DATA}


@pytest.mark.parametrize("answer", [(400, "RequestTimeout"), (400, "IncompleteBody"), (408, ""), (520, "")])
def test_an_upload_that_was_cut_off_or_met_a_gateway_in_trouble_is_tried_again(
    store: ObstoreStore, bucket: Bucket, answer: tuple[int, str]
) -> None:
    bucket.refusals = [answer] * len(TROUBLE_WAITS)
    assert store.put(KEY, DATA, WEBP) is True
    assert bucket.objects == {KEY: DATA}


@pytest.mark.parametrize("fault", [RESET, RESET_AFTER, CLOSED, CLOSED_AFTER, CUT])
def test_what_breaks_off_is_tried_again(bucket: Bucket, time: Time, tmp_path: Path, fault: str) -> None:
    """Whether it had been done or not, and however the connection ends."""
    with FaultyProxy(bucket.url).running() as proxy:
        bucket.url = proxy.url
        store = ObstoreStore(bucket.backend("s3", tmp_path), "s3://pictures", sleep=time.sleep)
        for n in range(3):
            data = bytes([n]) * 1000
            key = object_key(data, "webp")
            proxy.next_faults = [fault]
            store.put(key, data, WEBP)
            assert bucket.objects[key] == data
            proxy.next_faults = [fault]
            assert store.find(key) is not None
            proxy.next_faults = [fault]
            assert store.get(key) == data
            proxy.next_faults = []


def test_a_store_that_always_breaks_off_is_called_that(bucket: Bucket, time: Time, tmp_path: Path) -> None:
    with FaultyProxy(bucket.url).running() as proxy:
        bucket.url = proxy.url
        store = ObstoreStore(bucket.backend("s3", tmp_path), "s3://pictures", sleep=time.sleep)
        for fault in (RESET, CLOSED):
            proxy.storm((fault,), share=1, seed=0)
            with pytest.raises(ObjectError, match="broke the connection off"):
                store.put(KEY, DATA, WEBP)


def test_slow_downs_and_conflicts_in_turn_are_too(store: ObstoreStore, bucket: Bucket) -> None:
    bucket.refusals = [SLOW_DOWN, CONFLICT, SLOW_DOWN, CONFLICT]
    assert store.put(KEY, DATA, WEBP) is True
    assert bucket.objects == {KEY: DATA}


def test_many_who_put_the_same_picture_at_once_get_it_where_a_name_takes_one_write_a_second(
    store: ObstoreStore, bucket: Bucket, time: Time
) -> None:
    """Names are made of bytes, so whoever has the same picture writes to the same name."""
    bucket.clock = time.clock
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda _: store.put(KEY, DATA, WEBP), range(16)))
    assert written.count(True) == 1
    assert bucket.objects == {KEY: DATA}


def test_what_waiting_does_not_mend_is_not_waited_for(
    store: ObstoreStore, bucket: Bucket, time: Time
) -> None:
    bucket.broken = DENIED
    with pytest.raises(ObjectError):
        store.put(KEY, DATA, WEBP)
    assert time.waited == []


@pytest.mark.parametrize("answer", [SLOW_DOWN, DENIED])
def test_a_store_that_keeps_failing_is_left_alone(
    guarded: GuardedStore, bucket: Bucket, time: Time, answer: tuple[int, str]
) -> None:
    bucket.broken = answer
    for _ in range(FAILURES):
        with pytest.raises(ObjectError):
            guarded.put(KEY, DATA, WEBP)
    asked = bucket.puts
    with pytest.raises(StoreUnavailable, match="in a row") as caught:
        guarded.put(KEY, DATA, WEBP)
    assert answer[1] in caught.value.message
    assert bucket.puts == asked
    time.now += PAUSE_S
    bucket.broken = None
    assert guarded.put(KEY, DATA, WEBP) is True


def test_a_store_that_is_still_broken_after_the_pause_is_left_alone_again(
    guarded: GuardedStore, bucket: Bucket, time: Time
) -> None:
    bucket.broken = DENIED
    for _ in range(FAILURES):
        with pytest.raises(ObjectError):
            guarded.put(KEY, DATA, WEBP)
    time.now += PAUSE_S
    with pytest.raises(ObjectError):
        guarded.put(KEY, DATA, WEBP)
    with pytest.raises(StoreUnavailable):
        guarded.put(KEY, DATA, WEBP)


def test_one_success_is_enough_to_go_on(guarded: GuardedStore, bucket: Bucket) -> None:
    for _ in range(2):
        bucket.broken = DENIED
        for _ in range(FAILURES - 1):
            with pytest.raises(ObjectError):
                guarded.put(KEY, DATA, WEBP)
        bucket.broken = None
        guarded.put(KEY, DATA, WEBP, anew=True)


def test_what_is_there_can_be_looked_for_while_nothing_can_be_written(
    guarded: GuardedStore, bucket: Bucket
) -> None:
    """A bucket that is full takes nobody's unchanged picture away from us."""
    guarded.put(KEY, DATA, WEBP)
    bucket.refusals = [(507, "XMinioStorageFull")] * 100
    for _ in range(FAILURES):
        with pytest.raises(ObjectError):
            guarded.put(KEY, DATA, WEBP, anew=True)
    assert guarded.find(KEY) is not None


def test_a_folder_that_keeps_failing_is_left_alone_too(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    in_the_way = tmp_path / KEY[:2]
    in_the_way.write_text("a file where a folder has to be")
    for _ in range(FAILURES):
        with pytest.raises(ObjectError):
            store.put(KEY, DATA, WEBP)
    with pytest.raises(StoreUnavailable, match="in a row") as caught:
        store.put(KEY, DATA, WEBP)
    assert caught.value.hint
    in_the_way.unlink()
    store.check()
    assert store.put(KEY, DATA, WEBP) is True


def test_names_that_no_object_can_have_are_not_held_against_a_store() -> None:
    store = GuardedStore(MemoryObjectStore())
    for _ in range(FAILURES):
        with pytest.raises(ObjectError):
            store.find("nonsense")
    assert store.find(KEY) is None


@pytest.mark.parametrize("open_it", [MemoryObjectStore, lambda: open_store("memory://")])
def test_memory_always_works(open_it: type[ObjectStore]) -> None:
    open_it().check()
