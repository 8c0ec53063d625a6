"""What is peculiar to folders, to buckets, and to the addresses of both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
from obstore.exceptions import GenericError, PermissionDeniedError, UnauthenticatedError
from obstore.store import MemoryStore, S3Store

from talentimg.errors import CannotCreate, ConfigError, ObjectError, StoreUnavailable, TalentimgError
from talentimg.store import open_store
from talentimg.store.interface import ObjectStore
from talentimg.store.keys import object_key
from talentimg.store.objects import ObstoreStore
from tests.store.s3_server import BUCKET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA = b"picture"
KEY = object_key(DATA, "webp")
EVERY_CALL: list[Callable[[ObjectStore], object]] = [
    lambda store: store.put(KEY, DATA, "image/webp"),
    lambda store: store.get(KEY),
    lambda store: store.find(KEY),
    lambda store: store.delete(KEY),
    lambda store: store.check(),
    lambda store: store.probe(),
]


# -- folders ---------------------------------------------------------------------


def test_a_folder_is_made_with_its_parents_and_holds_plain_files(tmp_path: Path) -> None:
    folder = tmp_path / "with space" / "ü" / "pictures"
    open_store(folder.as_uri()).put(KEY, DATA, "image/webp")
    assert [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()] == [KEY]
    assert (folder / KEY).read_bytes() == DATA


def test_files_are_as_readable_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        open_store(tmp_path.as_uri()).put(KEY, DATA, "image/webp")
    finally:
        os.umask(before)
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o644


def test_what_a_killed_writer_left_behind_is_no_object(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    half = tmp_path / f"{KEY}#1"
    half.parent.mkdir()
    half.write_bytes(DATA[:3])
    assert not store.exists(KEY)
    assert store.put(KEY, DATA, "image/webp") is True
    assert store.get(KEY) == DATA


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """D21: a limit on the size of files stands for the full disk."""
    script = f"""
import resource, signal
from pathlib import Path
from talentimg.errors import ObjectError
from talentimg.store import open_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = open_store({tmp_path.as_uri()!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    store.put({KEY!r}, bytes(100_000), "image/webp")
except ObjectError as error:
    print(error, store.exists({KEY!r}))
finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"A picture could not be written in the folder {tmp_path}. False"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("obstacle", ["file", "file above", "dangling link"])
def test_a_folder_that_cannot_be_made_is_named(obstacle: str, tmp_path: Path) -> None:
    """D12."""
    folder = tmp_path / "pictures"
    if obstacle == "dangling link":
        folder.symlink_to(tmp_path / "nowhere")
    elif obstacle == "file":
        folder.write_text("a file")
    else:
        folder.write_text("a file")
        folder = folder / "below"
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CannotCreate) as caught:
        open_store(folder.as_uri())
    assert str(folder) in caught.value.message
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    store = open_store(folder.as_uri())
    folder.rmdir()
    folder.write_text("somebody put a file here")
    folder.chmod(0o444)
    with pytest.raises(CannotCreate) as caught:
        store.put(KEY, DATA, "image/webp")
    assert str(folder) in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_named(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(CannotCreate, match="cannot be written"):
            store.put(KEY, DATA, "image/webp")
    finally:
        tmp_path.chmod(0o755)


def test_something_in_the_place_of_an_object_is_our_error(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    (tmp_path / KEY[:2]).write_text("a file where a folder should be")
    for call in EVERY_CALL[:3]:
        with pytest.raises(ObjectError):
            call(store)


def test_a_folder_that_is_gone_again_is_simply_empty(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    store = open_store(folder.as_uri())
    store.put(KEY, DATA, "image/webp")
    shutil.rmtree(folder)
    assert store.get(KEY) is None


# -- addresses -------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pictures",
        "/var/lib/pictures",
        "ftp://host/pictures",
        "http://host/pictures",
        "file://pictures",
        "file:pictures",
        "file://host/pictures",
        "file:///pictures%00",
        "file:///pictures?x=1",
        "s3://",
        "s3:///prefix",
        "s3:bucket",
        "s3://bucket:9000/x",
        "s3://[bucket",
        "s3://bu cket",
        "gs://",
        "az://",
        "s3://key:hush-hush@bucket",
        "s3://bucket?secret=hush-hush",
    ],
)
def test_an_address_that_makes_no_sense_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_store(url)
    assert caught.value.hint
    assert "hush-hush" not in f"{caught.value} {caught.value.hint}"


def test_options_and_settings_that_make_no_sense_are_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in list(os.environ):
        if variable.startswith("AZURE_"):
            monkeypatch.delenv(variable)
    with pytest.raises(ConfigError, match=r"az://container"):
        open_store("az://container/folder")
    with pytest.raises(ConfigError, match=r"s3://bucket"):
        open_store("s3://bucket", {"nonsense": "hush-hush"})


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/a/b/", "gs://bucket/a", "az://container"])
def test_opening_a_bucket_asks_nobody(url: str) -> None:
    options = {"account_name": "agency"} if url.startswith("az") else {}
    assert isinstance(open_store(url, options), ObjectStore)


def test_naming_the_package_loads_no_obstore() -> None:
    script = "import sys, talentimg.store, talentimg.store.memory; assert 'obstore' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


# -- buckets ---------------------------------------------------------------------


@pytest.mark.network
def test_a_bucket_keeps_the_media_type_and_lets_caches_keep_the_picture(
    s3_environment: None, tmp_path: Path
) -> None:
    open_store(f"s3://{BUCKET}/{tmp_path.name}").put(KEY, DATA, "image/webp")
    seen = S3Store(BUCKET, prefix=tmp_path.name).get(KEY).attributes
    assert seen["Content-Type"] == "image/webp"
    assert seen["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.network
def test_options_outrank_the_environment(
    s3_environment: None, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    store = open_store(f"s3://{BUCKET}/options", {"endpoint": s3_endpoint})
    assert store.put(KEY, DATA, "image/webp") is True


@pytest.mark.network
def test_a_bucket_that_does_not_exist_is_named(s3_environment: None) -> None:
    with pytest.raises(ObjectError, match="s3://nobodys does not exist"):
        open_store("s3://nobodys").put(KEY, DATA, "image/webp")


@pytest.mark.network
@pytest.mark.parametrize("call", EVERY_CALL)
def test_a_store_that_is_away_is_our_error_without_its_words(
    call: Callable[[ObjectStore], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
    away = S3Store("pictures", retry_config={"max_retries": 0})
    store = ObstoreStore(away, "s3://pictures", sleep=lambda _: None)
    with pytest.raises((ObjectError, StoreUnavailable)) as caught:
        call(store)
    assert caught.value.__cause__ is None
    assert "s3://pictures" in caught.value.message
    assert "127.0.0.1" not in caught.value.message


class Refusing:
    """A backend that fails every call alike."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def fail(self, *args: object, **options: object) -> Any:
        raise self.error

    put = get = head = delete = fail


class Keeping:
    """A bucket in which nothing may be removed."""

    def __init__(self) -> None:
        self.inner = MemoryStore()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def delete(self, path: str) -> None:
        raise PermissionDeniedError(f"DELETE {path}")


def test_where_nothing_may_be_removed_one_probe_is_left_however_often(tmp_path: Path) -> None:
    backend = Keeping()
    store = ObstoreStore(cast("Any", backend), "s3://pictures")
    assert (store.probe(), store.probe()) == (False, False)
    assert len(list(backend.inner.list().collect())) == 1


@pytest.mark.parametrize("call", EVERY_CALL)
@pytest.mark.parametrize(
    "error", [PermissionDeniedError, UnauthenticatedError, GenericError, OSError, ValueError]
)
def test_no_error_of_obstores_gets_through(
    call: Callable[[ObjectStore], object], error: type[Exception]
) -> None:
    backend = cast("Any", Refusing(error("GET https://bucket/?X-Amz-Signature=hush-hush")))
    with pytest.raises(TalentimgError) as caught:
        call(ObstoreStore(backend, "s3://pictures"))
    assert "hush-hush" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__cause__ is None
    refused = error in {PermissionDeniedError, UnauthenticatedError}
    assert ("credentials" in caught.value.message) is refused
