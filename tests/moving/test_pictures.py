"""Pictures that are copied are in the other store, and whole."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ObjectError
from talentimg.service.moving.objects import PictureCopy, new_object
from talentimg.store import open_store
from talentimg.store.folder import FolderStore
from talentimg.store.keys import object_key
from talentimg.store.memory import MemoryObjectStore
from tests.store.conftest import s3_endpoint, s3_environment
from tests.store.s3_server import BUCKET

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.store.interface import ObjectStore

__all__ = ["s3_endpoint", "s3_environment"]

MANY = 200


def filled(store: ObjectStore, count: int = MANY) -> dict[str, bytes]:
    """Puts so many pictures into a store."""
    found = {object_key(data, "webp"): data for data in (b"picture %d" % n for n in range(count))}
    store.put_all([new_object(key, data) for key, data in found.items()])
    return found


def held(store: ObjectStore) -> dict[str, bytes | None]:
    return {one.key: store.get(one.key) for one in store.listing()}


def folder(path: Path) -> FolderStore:
    store = FolderStore(path)
    store.create()
    return store


def copied(work: PictureCopy, steps: int | None = None) -> PictureCopy:
    for _ in islice(work.run(), steps):
        pass
    return work


def test_a_folder_goes_into_a_bucket_and_back(s3_environment: None, tmp_path: Path) -> None:
    """Over the protocol of S3, spoken by moto."""
    source = folder(tmp_path / "one")
    pictures = filled(source)
    bucket = open_store(f"s3://{BUCKET}/moving/{tmp_path.name}")
    assert copied(PictureCopy(source, bucket)).done.written == MANY
    again = copied(PictureCopy(source, bucket)).done
    assert (again.files, again.written) == (MANY, 0)
    copied(PictureCopy(bucket, folder(tmp_path / "two")))
    assert held(folder(tmp_path / "two")) == pictures


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_copy_that_was_killed_is_gone_on_with(steps: int) -> None:
    source, target = MemoryObjectStore(), MemoryObjectStore()
    pictures = filled(source)
    begun = copied(PictureCopy(source, target), steps).done.written
    assert copied(PictureCopy(source, target)).done.written == MANY - begun
    assert held(target) == pictures


def test_what_is_damaged_stays_behind_and_what_is_damaged_there_is_mended(tmp_path: Path) -> None:
    source, target = folder(tmp_path / "one"), folder(tmp_path / "two")
    first, second, *_ = pictures = filled(source, 10)
    (tmp_path / "one" / first).write_bytes(b"damaged")
    copied(PictureCopy(source, target))
    (tmp_path / "two" / second).write_bytes(b"pictura 1")
    done = copied(PictureCopy(source, target)).done
    assert (done.files, done.written, done.damaged) == (9, 1, 1)
    assert held(target) == {key: data for key, data in pictures.items() if key != first}


def test_what_a_sync_stores_meanwhile_comes_along_and_what_is_nowhere_is_told() -> None:
    source, target = MemoryObjectStore(), MemoryObjectStore()
    filled(source, 5)
    late, lost = b"stored meanwhile", b"never stored"

    def named() -> list[str]:
        source.put_all([new_object(object_key(late, "webp"), late)])
        return [object_key(late, "webp"), object_key(lost, "webp")]

    done = copied(PictureCopy(source, target, named)).done
    assert (done.files, done.lacking) == (6, 1)
    assert target.get(object_key(late, "webp")) == late


def test_what_a_sweep_removes_meanwhile_is_no_fault() -> None:
    source, target = MemoryObjectStore(), MemoryObjectStore()
    keys = list(filled(source, 100))
    work = PictureCopy(source, target)
    for _ in work.run():
        source.delete(max(keys))
    assert (work.done.files, work.done.damaged, work.done.lacking) in {(99, 0, 0), (100, 0, 0)}


class _Forgetful(MemoryObjectStore):
    """Takes everything and gives something else back."""

    def get(self, key: str) -> bytes | None:
        return b"?" if super().get(key) else None


def test_a_store_that_gives_back_something_else_is_not_believed() -> None:
    source = MemoryObjectStore()
    filled(source, 3)
    with pytest.raises(ObjectError, match="does not give back"):
        copied(PictureCopy(source, _Forgetful()))
