"""Taking answers apart: wrong shapes are trouble, and never anything worse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ProviderError, RateLimited
from talentimg.http.interface import Reply
from talentimg.http.retry_after import DEFAULT_PAUSE
from talentimg.models import Reason
from talentimg.providers.replies import (
    Part,
    expiry_in,
    last_segment,
    peek,
    raise_for_status,
    read,
)
from talentimg.providers.tiktok import TikTok
from tests.providers.times import NOW

INFO = TikTok.info
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, body, "https://x.test/a", tries=2)


@given(documents, st.lists(st.sampled_from("abc"), min_size=1, max_size=3))
def test_a_walk_through_any_document_ends_in_a_value_or_in_trouble(document: Any, keys: list[str]) -> None:
    part = Part(document, "X")
    for walk in (
        lambda: part.at(*keys),
        lambda: part.text(keys[0]),
        lambda: part.id(keys[0]),
        lambda: part.optional_text(keys[0]),
        lambda: part.items(keys[0]),
    ):
        try:
            walk()
        except ProviderError as error:
            assert error.reason == Reason.SHAPE  # noqa: PT017  most documents raise, some do not
    part.dig(*keys, 0)


def test_the_error_names_the_place() -> None:
    part = Part({"data": {"list": [{"url": 7}]}}, "TikTok", tries=2)
    with pytest.raises(ProviderError, match=r"TikTok.*data\.list\[0\]\.url is not a text") as caught:
        part.at("data").items("list")[0].text("url")
    assert caught.value.tries == 2


def test_what_the_platform_sent_is_not_in_the_error() -> None:
    with pytest.raises(ProviderError) as caught:
        Part({"url": ["SECRET"]}, "X").text("url")
    assert "SECRET" not in str(caught.value)
    assert "SECRET" not in repr(Part("SECRET", "X"))


@pytest.mark.parametrize(("value", "identifier"), [("7", "7"), (2**60, str(2**60)), (0, "0")])
def test_an_id_is_a_text(value: object, identifier: str) -> None:
    assert Part({"id": value}, "X").id("id") == identifier


@pytest.mark.parametrize("value", [True, 1.5, None, "", []])
def test_what_is_no_id_is_trouble(value: object) -> None:
    with pytest.raises(ProviderError):
        Part({"id": value}, "X").id("id")


def test_a_broken_body_is_trouble_to_read_and_nothing_to_peek_at() -> None:
    with pytest.raises(ProviderError) as caught:
        read(reply(body=b"<p>"), INFO)
    assert caught.value.reason == Reason.BAD_JSON
    assert peek(reply(body=b"<p>"), INFO).value is None


def test_200_is_no_trouble() -> None:
    raise_for_status(reply(), INFO, NOW)


@pytest.mark.parametrize("status", [201, 204, 206, 302, 304, 400, 404, 410, 500, 503, 99])
def test_any_other_status_is_trouble(status: int) -> None:
    with pytest.raises(ProviderError) as caught:
        raise_for_status(reply(status), INFO, NOW)
    assert caught.value.reason == Reason.STATUS
    assert caught.value.tries == 2


@pytest.mark.parametrize(
    ("headers", "wait"), [({}, DEFAULT_PAUSE), ({"retry_after": "120"}, timedelta(minutes=2))]
)
def test_429_says_when_to_come_back(headers: dict[str, str], wait: timedelta) -> None:
    with pytest.raises(RateLimited) as caught:
        raise_for_status(reply(429, b"", **headers), INFO, NOW)
    assert caught.value.retry_at == NOW + wait


def test_503_may_say_when_to_come_back() -> None:
    with pytest.raises(ProviderError) as caught:
        raise_for_status(reply(503, b"", retry_after="60"), INFO, NOW)
    assert caught.value.retry_at == NOW + timedelta(minutes=1)


@given(st.text())
def test_no_address_is_too_strange_to_look_at(url: str) -> None:
    last_segment(url)
    expiry_in(url, "oe", base=16)
    expiry_in(f"https://x.test/a?oe={url}", "oe", base=16)


def test_an_end_is_read_in_its_base() -> None:
    end = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert expiry_in("https://x.test/a?oe=6B05ECC0", "oe", base=16) == end
    assert expiry_in(f"https://x.test/a?x-expires={int(end.timestamp())}", "x-expires") == end
    assert expiry_in("https://x.test/a?x-expires=6B05ECC0", "x-expires") is None


def test_a_byte_order_mark_is_read_over() -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"a": "b"}).encode()
    assert read(reply(body=body), INFO).text("a") == "b"
