"""One name for an object, wherever it is put together."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ObjectError
from talentimg.store.keys import check_key, key_of, object_key, public_address


@given(st.binary(max_size=20), st.sampled_from(["webp", "jpg"]))
def test_bytes_and_their_hash_have_one_name(data: bytes, suffix: str) -> None:
    key = object_key(data, suffix)
    assert key == key_of(hashlib.sha256(data).hexdigest(), suffix)
    check_key(key)


def test_the_address_ends_in_the_key_of_the_form_that_is_shown() -> None:
    digest = "c0ffee" + "0" * 58
    assert key_of(digest) == f"c0/{digest}.webp"
    address = public_address("https://pictures.test/x", digest, "ada")
    assert address == f"https://pictures.test/x/c0/{digest}.webp"


@pytest.mark.parametrize(
    ("talent_id", "name"), [("ada", "ada"), ("a/b c?#%", "a%2Fb%20c%3F%23%25"), ("\u00e4", "%C3%A4")]
)
def test_where_talents_are_shown_the_address_is_the_talents(talent_id: str, name: str) -> None:
    for digest in ("c0ffee", "feed"):
        address = public_address("https://app.test/avatars", digest, talent_id)
        assert address == f"https://app.test/avatars/{name}"


@given(st.text(max_size=80))
def test_any_other_name_is_refused(key: str) -> None:
    with pytest.raises(ObjectError):
        check_key(key)
