"""Links of strangers are taken apart, or are none."""

from __future__ import annotations

import pytest
from hypothesis import given

from talentimg.http.links import host_in, joined, path_in, query_in, split, with_query, without_secrets
from tests.nasty import nasty_links

PAGE = "https://ada.test/about/me"


@given(nasty_links, nasty_links)
def test_no_link_ever_ends_in_an_error(link: str, other: str) -> None:
    assert isinstance(host_in(link) + path_in(link), str)
    assert isinstance(query_in(link), dict)
    assert without_secrets(without_secrets(link)) == without_secrets(link)
    assert isinstance(with_query(link, "s", "1"), str)
    for base in (PAGE, other):
        url = joined(base, link)
        assert url is None or host_in(url)
    parts = split(link)
    if parts is not None:
        assert parts.port is None or parts.port < 65536
        assert split(parts._replace(scheme="https").geturl()) or "[" in link


@pytest.mark.parametrize("link", ["https://[", "https://\u2100.test/x", "https://a.test:99999/x", "//[/x"])
def test_what_cannot_be_an_address_has_no_parts(link: str) -> None:
    assert split(link) is None
    assert (host_in(link), path_in(link), query_in(link)) == ("", "", {})
    assert with_query(link, "s", "1") == link
    assert joined(PAGE, link) is None


def test_a_link_is_read() -> None:
    link = "HTTPS://CDN.test/a/b.png?x=1&x=2&empty=&oe=6A#part"
    assert host_in(link) == "cdn.test"
    assert path_in(link) == "/a/b.png"
    assert query_in(link) == {"x": "1", "oe": "6A"}


@pytest.mark.parametrize(
    ("link", "changed"),
    [
        ("https://a.test/u/1?v=4", "https://a.test/u/1?v=4&s=460"),
        ("https://a.test/u/1?s=40&v=4&empty=", "https://a.test/u/1?v=4&empty=&s=460"),
        ("https://a.test/u/1", "https://a.test/u/1?s=460"),
    ],
)
def test_one_value_of_a_query_is_replaced(link: str, changed: str) -> None:
    assert with_query(link, "s", "460") == changed


@pytest.mark.parametrize(
    ("link", "where"),
    [
        ("a.png", "https://ada.test/about/a.png"),
        ("//cdn.test/a.png", "https://cdn.test/a.png"),
        ("http://cdn.test/a.png", "http://cdn.test/a.png"),
        ("data:image/png;base64,AA", None),
        ("mailto:ada@ada.test", None),
    ],
)
def test_a_link_leads_to_an_address_of_the_web_or_nowhere(link: str, where: str | None) -> None:
    assert joined(PAGE, link) == where


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("https://ada:pw@pictures.example:8443/a/b.jpg?key=1#x", "https://pictures.example:8443/a/b.jpg"),
        ("https://pictures.example/a.jpg", "https://pictures.example/a.jpg"),
        ("HTTPS://pictures.example", "https://pictures.example"),
        ("https://[bad", ""),
    ],
)
def test_without_its_secrets_an_address_is_scheme_host_and_path(link: str, told: str) -> None:
    assert without_secrets(link) == told
