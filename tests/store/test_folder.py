"""What is written to a folder is on the disk before anybody is told, and is seen whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from talentimg.errors import ObjectError, StoreUnavailable
from talentimg.store.folder import FolderStore
from talentimg.store.interface import NewObject
from talentimg.store.keys import object_key

DATA = b"picture" * 1000
KEY = object_key(DATA, "webp")
NAMED = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="asks Linux for the names of open files"
)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What is flushed to the disk: its name then, and for a file its length."""
    calls: list[tuple[str, int]] = []
    flush = os.fsync

    def record(handle: int) -> None:
        flush(handle)
        facts = os.fstat(handle)
        size = facts.st_size if stat.S_ISREG(facts.st_mode) else -1
        calls.append((str(Path(f"/proc/self/fd/{handle}").readlink()), size))

    monkeypatch.setattr(os, "fsync", record)
    return calls


@NAMED
@pytest.mark.parametrize("anew", [False, True])
def test_bytes_then_name_then_folder_are_on_the_disk_when_a_put_returns(
    tmp_path: Path, synced: list[tuple[str, int]], *, anew: bool
) -> None:
    folder = tmp_path / "pictures"
    store = FolderStore(folder)
    store.create()
    store.put(KEY, DATA, "image/webp", anew=anew)
    parent, root, (beside, size), prefix = synced[0], synced[1], synced[2], synced[3]
    assert (parent[0], root[0], prefix[0]) == (str(tmp_path), str(folder), str(folder / KEY[:2]))
    assert beside.startswith(f"{folder / KEY}#")
    assert size == len(DATA)


@NAMED
def test_bytes_then_all_names_then_folders_are_on_the_disk_when_several_are_put(
    tmp_path: Path, synced: list[tuple[str, int]]
) -> None:
    new = [NewObject(object_key(data, "webp"), data, "image/webp") for data in (b"a", b"bb", b"ccc")]
    store = FolderStore(tmp_path)
    store.put(new[0].key, b"damaged", "image/webp")
    synced.clear()
    store.put_all(new)
    files = [size for _, size in synced if size >= 0]
    folders = [path for path, _ in synced[-3:]]
    assert files == [1, 2, 3]
    assert sorted(folders) == sorted(str(tmp_path / one.key[:2]) for one in new)


@NAMED
def test_a_name_that_somebody_else_wrote_is_on_the_disk_too(
    tmp_path: Path, synced: list[tuple[str, int]]
) -> None:
    store = FolderStore(tmp_path)
    store.put(KEY, DATA, "image/webp")
    synced.clear()
    assert store.put(KEY, DATA, "image/webp") is False
    assert synced == [(str(tmp_path / KEY[:2]), -1)]


def test_a_disk_that_cannot_keep_what_was_written_is_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    store = FolderStore(tmp_path)
    with pytest.raises(ObjectError):
        store.put(KEY, DATA, "image/webp")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_is_called_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def fail(_: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", fail)
    store = FolderStore(tmp_path)
    with pytest.raises(StoreUnavailable, match="is full"):
        store.check()
    with pytest.raises(ObjectError, match="is full"):
        store.put(KEY, DATA, "image/webp")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_disk_that_takes_a_part_at_a_time_gets_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:1000]))
    store = FolderStore(tmp_path)
    store.put(KEY, DATA, "image/webp")
    assert store.get(KEY) == DATA


def test_a_damaged_object_is_replaced_under_the_eyes_of_readers(tmp_path: Path) -> None:
    """A web server reads the same folder: it gets the old bytes or the new, and never half of them."""
    store = FolderStore(tmp_path)
    store.put(KEY, b"damaged", "image/webp")
    seen: set[bytes | None] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(store.get(KEY))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        store.put(KEY, DATA, "image/webp", anew=True)
    done.set()
    reader.join()
    assert seen <= {b"damaged", DATA}


def test_something_else_of_that_name_is_no_object(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / KEY).mkdir(parents=True)
    store = FolderStore(folder)
    with pytest.raises(ObjectError):
        store.find(KEY)
    with pytest.raises(ObjectError):
        store.put(KEY, DATA, "image/webp", anew=True)
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*")] == [KEY[:2], KEY]


def test_what_a_killed_process_left_behind_is_tidied_up_when_it_is_old(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put(KEY, DATA, "image/webp")
    old, young = (tmp_path / f"{KEY}#{name}" for name in ("0ld", "y0ung"))
    for path in (old, young, tmp_path / KEY[:2] / "somebody's #notes"):
        path.write_bytes(DATA)
    os.utime(old, (1_000_000, 1_000_000))
    assert [one.key for one in store.listing()] == [KEY]
    assert store.tidy(datetime.fromtimestamp(2_000_000, UTC)) == 1
    assert not old.exists()
    assert young.exists()
    assert store.get(KEY) == DATA
