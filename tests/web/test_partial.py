"""Conditions and ranges: what a browser, a cache or a player may ask of bytes that are there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.web.partial import Content, answer

BODY = bytes(range(100))
CONTENT = Content(BODY, "image/webp", "abc")


def ask(method: str = "GET", **asked: str) -> tuple[int, bytes, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in asked.items()}
    response = answer(CONTENT, method=method, asked=named, headers={"Cache-Control": "public"})
    return response.status_code, bytes(response.body), dict(response.headers)


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ('"abc"', 304),
        ('W/"abc"', 304),
        ('"x", "abc"', 304),
        ('W/"x",W/"abc"', 304),
        ("*", 304),
        ('"ab"', 200),
        ("abc", 200),
        ('"abc', 200),
        ('"x,abc"', 200),
        ("", 200),
    ],
)
def test_what_is_known_already_is_not_sent_again(tags: str, status: int) -> None:
    got, body, headers = ask(if_none_match=tags)
    assert got == status
    assert body == (BODY if status == 200 else b"")
    assert headers["etag"] == '"abc"'
    assert headers["cache-control"] == "public"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=99-99", (99, 100)),
    ],
)
def test_a_part_is_sent_alone(asked: str, part: tuple[int, int]) -> None:
    status, body, headers = ask(range=asked)
    assert (status, body) == (206, BODY[slice(*part)])
    assert headers["content-range"] == f"bytes {part[0]}-{part[1] - 1}/100"
    assert headers["content-length"] == str(part[1] - part[0])
    assert headers["content-type"] == "image/webp"


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999-"])
def test_a_part_that_there_is_none_of(asked: str) -> None:
    status, body, headers = ask(range=asked)
    assert (status, body) == (416, b"")
    assert headers["content-range"] == "bytes */100"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=0-1,5-6",
        "items=0-1",
        "bytes 0-1",
        "bytes=٣-٤",
        "bytes=1--2",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_a_range_that_makes_no_sense_counts_as_none(asked: str) -> None:
    assert ask(range=asked)[:2] == (200, BODY)


def test_a_part_of_other_bytes_is_not_sent() -> None:
    assert ask(range="bytes=0-9", if_range='"abc"')[0] == 206
    for old in ('"old"', 'W/"abc"', "Tue, 24 Nov 2026 02:00:00 GMT"):
        assert ask(range="bytes=0-9", if_range=old)[:2] == (200, BODY)


def test_whoever_knows_it_gets_no_part_either() -> None:
    assert ask(range="bytes=0-9", if_none_match='"abc"')[0] == 304


def test_a_head_tells_the_whole_length_whatever_the_range() -> None:
    status, body, headers = ask("HEAD", range="bytes=0-9")
    assert (status, body, headers["content-length"]) == (200, b"", "100")
    assert headers["accept-ranges"] == "bytes"
    assert ask("HEAD", if_none_match='"abc"')[0] == 304


@given(st.from_regex(r"(bytes=)?[0-9]{0,4}-?[0-9]{0,4}(,[0-9]*-?)?", fullmatch=True), st.booleans())
def test_never_other_bytes_than_are_said(asked: str, knows: bool) -> None:
    status, body, headers = ask(range=asked, **({"if_range": '"abc"'} if knows else {}))
    assert status in {200, 206, 416}
    if status == 206:
        first, _, rest = headers["content-range"].removeprefix("bytes ").partition("-")
        last = int(rest.removesuffix("/100"))
        assert 0 <= int(first) <= last < 100
        assert body == BODY[int(first) : last + 1]
    else:
        assert body == (BODY if status == 200 else b"")
