"""What holds for every object store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.clock import utc_now
from talentimg.errors import ObjectError
from talentimg.store.interface import NewObject
from talentimg.store.keys import object_key

if TYPE_CHECKING:
    from talentimg.store.interface import ObjectStore

DATA = b"RIFF not really a picture" * 800
KEY = object_key(DATA, "webp")
WEBP = "image/webp"


def test_what_was_put_is_there(store: ObjectStore) -> None:
    assert not store.exists(KEY)
    assert store.get(KEY) is None
    assert store.put(KEY, DATA, WEBP) is True
    assert store.exists(KEY)
    assert store.get(KEY) == DATA


def test_the_bytes_come_back_as_bytes(store: ObjectStore) -> None:
    store.put(KEY, DATA, WEBP)
    assert type(store.get(KEY)) is bytes


def test_a_second_put_writes_nothing(store: ObjectStore) -> None:
    store.put(KEY, DATA, WEBP)
    assert store.put(KEY, DATA, WEBP) is False
    assert store.get(KEY) == DATA


DAMAGED = pytest.mark.parametrize(
    "damaged",
    [b"", DATA[:100], DATA + b"x", DATA[:-1] + b"!"],
    ids=["emptied", "cut", "longer", "changed"],
)


@DAMAGED
def test_an_object_of_other_bytes_is_damaged_and_replaced(store: ObjectStore, damaged: bytes) -> None:
    store.put(KEY, damaged, WEBP)
    assert store.put(KEY, DATA, WEBP) is True
    assert store.get(KEY) == DATA
    assert store.put(KEY, DATA, WEBP) is False


@DAMAGED
def test_what_is_put_anew_is_written_whatever_is_there(store: ObjectStore, damaged: bytes) -> None:
    for before in (damaged, DATA):
        store.put(KEY, before, WEBP, anew=True)
        assert store.put(KEY, DATA, WEBP, anew=True) is True
        assert store.get(KEY) == DATA


def test_the_store_knows_how_long_an_object_is_and_when_it_was_written(store: ObjectStore) -> None:
    began = utc_now() - timedelta(seconds=2)
    assert store.find(KEY) is None
    store.put(KEY, DATA, WEBP)
    first = store.find(KEY)
    assert first is not None
    assert first.size == len(DATA)
    assert began < first.changed_at < utc_now() + timedelta(seconds=2)
    store.put(KEY, b"", WEBP)
    emptied = store.find(KEY)
    assert emptied is not None
    assert emptied.size == 0
    assert emptied.changed_at >= first.changed_at


def test_several_are_asked_for_in_their_order(store: ObjectStore) -> None:
    data = {object_key(bytes([n]), "webp"): bytes([n]) for n in range(40)}
    for key in list(data)[::2]:
        store.put(key, data[key], WEBP)
    assert store.each(store.get, list(data)) == [
        d if n % 2 == 0 else None for n, d in enumerate(data.values())
    ]
    assert [found is not None for found in store.each(store.find, list(data))] == [True, False] * 20
    with pytest.raises(ObjectError):
        store.each(store.find, [KEY, "nonsense"])


def test_several_are_kept_at_once(store: ObjectStore) -> None:
    new = [NewObject(object_key(bytes([n]), "webp"), bytes([n]), WEBP) for n in range(5)]
    store.put(new[0].key, b"damaged", WEBP)
    store.put(*new[1])
    written = store.find(new[1].key)
    store.put_all(new)
    assert store.each(store.get, [one.key for one in new]) == [one.data for one in new]
    assert store.find(new[1].key) == written
    store.put_all([])


def test_several_are_written_although_they_are_there(store: ObjectStore) -> None:
    new = [NewObject(object_key(bytes([n]), "webp"), bytes([n]), WEBP) for n in range(3)]
    store.put(new[0].key, b"damaged", WEBP)
    store.put_all(new, anew=True)
    store.put_all(new, anew=True)
    assert store.each(store.get, [one.key for one in new]) == [one.data for one in new]


def test_several_of_which_one_cannot_be_kept_are_not_said_to_be_kept(store: ObjectStore) -> None:
    with pytest.raises(ObjectError):
        store.put_all([NewObject(KEY, DATA, WEBP), NewObject("nonsense", DATA, WEBP)])


def test_delete_removes_and_can_be_repeated(store: ObjectStore) -> None:
    store.put(KEY, DATA, WEBP)
    store.delete(KEY)
    store.delete(KEY)
    assert not store.exists(KEY)
    assert store.put(KEY, DATA, WEBP) is True


def test_objects_do_not_disturb_one_another(store: ObjectStore) -> None:
    other = b"another"
    store.put(KEY, DATA, WEBP)
    store.put(object_key(other, "jpg"), other, "image/jpeg")
    store.delete(object_key(other, "jpg"))
    assert store.get(KEY) == DATA


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "..",
        "../../etc/passwd",
        "a/b",
        "a\\b",
        "%2e%2e%2f",
        "/etc/passwd",
        f"../{KEY}",
        f"{KEY}/../x",
        f"{KEY}\n",
        f"{KEY}#1",
        KEY.upper(),
        KEY[3:],
        KEY.removesuffix(".webp"),
        f"{KEY}\0",
    ],
)
def test_a_key_of_any_other_shape_is_refused(store: ObjectStore, key: str) -> None:
    """D02."""
    with pytest.raises(ObjectError):
        store.put(key, DATA, WEBP)
    with pytest.raises(ObjectError):
        store.get(key)
    with pytest.raises(ObjectError):
        store.find(key)
    with pytest.raises(ObjectError):
        store.delete(key)


def test_several_threads_that_put_the_same_object_leave_one(store: ObjectStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda _: store.put(KEY, DATA, WEBP), range(16)))
    assert any(written)
    assert keys_in(store) == [KEY]
    assert store.get(KEY) == DATA


def keys_in(store: ObjectStore, after: str = "") -> list[str]:
    return [one.key for one in store.listing(after)]


def test_everything_that_was_put_is_listed_in_order(store: ObjectStore) -> None:
    assert keys_in(store) == []
    put = sorted(object_key(f"{number}".encode(), "webp") for number in range(30))
    for number in range(30):
        store.put(object_key(f"{number}".encode(), "webp"), f"{number}".encode(), WEBP)
    assert keys_in(store) == put
    for place in (0, 7, 28, 29):
        assert keys_in(store, put[place]) == put[place + 1 :]
    for one in store.listing():
        assert one.held == store.find(one.key)


def test_what_is_removed_is_no_longer_listed(store: ObjectStore) -> None:
    store.put(KEY, DATA, WEBP)
    store.delete(KEY)
    store.delete(KEY)
    assert keys_in(store) == []


def test_objects_may_go_while_they_are_listed(store: ObjectStore) -> None:
    keys = [object_key(f"{number}".encode(), "webp") for number in range(5)]
    for number, key in enumerate(keys):
        store.put(key, f"{number}".encode(), WEBP)
    for one in store.listing():
        store.delete(one.key)
    assert keys_in(store) == []


def test_the_probe_is_no_picture(store: ObjectStore) -> None:
    store.check()
    assert keys_in(store) == []


def test_a_probe_goes_in_and_out_and_leaves_nothing(store: ObjectStore) -> None:
    assert store.is_made()
    assert store.probe()
    assert store.probe()
    assert list(store.listing()) == []


def test_what_is_listed_goes_on_over_pages(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talentimg.store.objects.LISTED", 2)
    keys = sorted(object_key(f"{number}".encode(), "webp") for number in range(7))
    for number in range(7):
        store.put(object_key(f"{number}".encode(), "webp"), f"{number}".encode(), WEBP)
    assert keys_in(store) == keys
    assert keys_in(store, keys[2]) == keys[3:]


def test_nothing_is_tidied_up_where_nothing_was_interrupted(store: ObjectStore) -> None:
    store.put(KEY, DATA, WEBP)
    assert store.tidy(utc_now() + timedelta(days=1)) == 0
    assert store.get(KEY) == DATA
