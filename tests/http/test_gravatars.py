"""A Gravatar is asked for such that people without a picture get none, wherever its address stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.http.gravatars import without_drawing
from talentimg.http.links import host_in, query_in
from tests.nasty import nasty_links

DIGEST = "0123456789abcdef0123456789abcdef"
HOSTS = ["gravatar.com", "www.gravatar.com", "s.gravatar.com", "2.gravatar.com", "cdn.libravatar.org"]
DRAWINGS = ["mp", "identicon", "https%3A%2F%2Fapp.example%2Ffallback.png", "", "404"]


@given(nasty_links)
def test_no_address_ends_in_an_error_or_changes_twice(link: str) -> None:
    once = without_drawing(link)
    assert without_drawing(once) == once
    if not host_in(link).endswith(("gravatar.com", "libravatar.org", "wp.com")):
        assert once == link


@given(
    st.sampled_from(["https", "http"]),
    st.sampled_from(HOSTS),
    st.sampled_from(["", ".jpg", ".png", "/"]),
    st.lists(st.sampled_from(["s=80", "f=y", "r=x", *(f"d={d}" for d in DRAWINGS)]), max_size=4),
)
def test_no_gravatar_is_ever_asked_for_with_its_drawing(
    scheme: str, host: str, end: str, query: list[str]
) -> None:
    asked = without_drawing(f"{scheme}://{host}/avatar/{DIGEST}{end}?{'&'.join(query)}")
    assert asked.startswith(f"{scheme}://{host}/avatar/{DIGEST}{end}?")
    assert query_in(asked) == {"s": "512", "d": "404", "r": "x" if "r=x" in query else "pg"}


@pytest.mark.parametrize(
    ("query", "rating"),
    [
        ("{}&default=identicon&size=80", "pg"),
        ("{}", "pg"),
        ("rating=G&{}", "pg"),
        ("rating=X&{}", "x"),
        ("r=PG&amp;s=48&{}", "pg"),
        ("r=any&{}", "pg"),
    ],
)
def test_the_old_form_of_a_gravatar_is_asked_for_in_the_new_one(query: str, rating: str) -> None:
    link = f"http://www.gravatar.com/avatar.php?{query.format(f'gravatar_id={DIGEST}')}"
    assert without_drawing(link) == f"http://www.gravatar.com/avatar/{DIGEST}?s=512&d=404&r={rating}"


@pytest.mark.parametrize(
    "link",
    [
        "https://www.gravatar.com/ada",
        "https://www.gravatar.com/avatar.php",
        "https://www.gravatar.com/avatar.php?gravatar_id=",
        "https://www.gravatar.com/avatar.php?gravatar_id=..%2Fx%3Fd%3Dmp",
        f"https://app.example/avatar.php?gravatar_id={DIGEST}",
        "https://www.gravatar.com/userimage/1/c0ffee.jpg?size=original",
        "https://notgravatar.com/avatar/c0ffee?d=mp",
        "https://gravatar.com.app.example/avatar/c0ffee",
        "https://app.example/www.gravatar.com/avatar/c0ffee",
        "https://i0.wp.com/app.example/avatar/c0ffee",
    ],
)
def test_whatever_else_is_there_stays_as_it_is(link: str) -> None:
    assert without_drawing(link) == link
