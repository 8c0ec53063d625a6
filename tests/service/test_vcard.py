"""Cards that a reader of others understands, whatever people are called."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

import vobject  # type: ignore[import-untyped]  # its stubs are a distribution of their own
from hypothesis import given
from hypothesis import strategies as st

from talentimg.models import Policy
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.people.export.as_vcard import LONGEST, folded, text
from talentimg.service.people.export.exporter import Form
from talentimg.store.memory import MemoryObjectStore
from tests.service.test_export import NASTY, PEOPLE, exported, filled, with_choice

TEXTS = st.sampled_from(NASTY) | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=90)


def read(data: bytes) -> list[Any]:
    return list(vobject.readComponents(data.decode()))


def visible(value: str) -> str:
    """A text as a card can hold it: its line breaks are all alike, and it has no other control character."""
    broken = value.replace("\r\n", "\n")
    for mark in "\r\x85\u2028\u2029":
        broken = broken.replace(mark, "\n")
    return "".join(char for char in broken if char in "\n\t" or not (char < " " or char == "\x7f"))


@given(TEXTS)
def test_a_name_is_read_back(name: str) -> None:
    lines = ("BEGIN:VCARD", "VERSION:4.0", f"FN:{text(name)}x", "END:VCARD")
    (card,) = read(b"".join(map(folded, lines)))
    assert card.fn.value == f"{visible(name)}x"


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_no_line_is_too_long_and_no_character_is_torn(value: str) -> None:
    line = text(value)
    data = folded(line)
    assert all(len(part) <= LONGEST for part in data.split(b"\r\n"))
    assert data.decode().replace("\r\n ", "") == f"{line}\r\n"


def test_a_card_has_photo_address_and_accounts() -> None:
    repository, store = filled(MemoryRepository(), PEOPLE), MemoryObjectStore()
    with_choice(repository, store)
    data = exported(repository, Form.VCARD, store)
    ada, bob = read(data)
    assert (ada.version.value, ada.uid.value, ada.fn.value) == ("4.0", "ada", "=Ada")
    assert ada.email.value == "ada@example.org"
    (account,) = ada.socialprofile_list
    assert (account.value, account.params["SERVICE-TYPE"]) == ("ada.example", ["bluesky"])
    # This reader ends an address at its first comma, which RFC 6350 leaves as it is.
    assert ada.photo.value == "data:image/jpeg;base64"
    photo = re.search(rb"PHOTO:data:image/jpeg;base64,([^\r]+)", data.replace(b"\r\n ", b""))
    assert photo is not None
    assert b64decode(photo[1])[-2:] == b"\xff\xd9"
    assert bob.fn.value == "Bob\nthe builder"
    assert "photo" not in bob.contents


def test_addresses_are_told_as_such_only_where_they_are() -> None:
    accounts = (
        NewAccount("bluesky", 'a "b"\nc;d', "https://b.example/ada?x=1;2"),
        NewAccount("github", "ada", 'javascript:"x"'),
        NewAccount("website", "ada.example", "https://ada.example/me"),
    )
    people = [(NewTalent("ada", "Ada", accounts=accounts), Policy())]
    data = exported(filled(MemoryRepository(), people), Form.VCARD)
    (card,) = read(data)
    assert card.url.value == "https://ada.example/me"
    bluesky, github = card.socialprofile_list
    assert (bluesky.value, bluesky.params["USERNAME"]) == ("https://b.example/ada?x=1;2", ["a ^'b^' c;d"])
    assert (github.value, github.params["VALUE"]) == ("ada", ["text"])
    assert data.endswith(b"END:VCARD\r\n")
