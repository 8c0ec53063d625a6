"""Reading a head as it streams: what is noted, where it stops, and that pieces make no difference."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from time import process_time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from talentimg.providers.page_head import MOST_BYTES, MOST_JSON, HeadScanner

if TYPE_CHECKING:
    from talentimg.providers.page_head import Head

PAGE = b"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">
<HTML><!-- <meta name="a" content="no"> --><?xml version="1.0"?><![CDATA[ x ]]><>< b </ b>
<head prefix="og: https://ogp.me/ns#"><title>Ada &amp; Co</title><title>Second</title>
<base target=_blank><base href='/b/'><base href="/late/">
<META Property=OG:Image Content=/a.png?x=1&copy=2&amp;y=3><meta property="og:image" content="/second.png">
<meta name='twitter:image' content="it's > that" / ><meta content><meta name=empty content="  ">
<script src="/x.js?a&#61;b"></script><script>"</scriptx>" < '<meta name=b content=no>'</script >
<style>a > b { } /* <meta name=c content=no> */</style><noscript><div><img src=x></div></noscript>
<script type="application/LD+json; charset=utf-8">{"a": "<\\/script>"}</script>
<meta name=d content=yes></head><meta name=e content=no>"""


def scanned(page: bytes, sizes: int = 1 << 16, content_type: str = "text/html") -> Head:
    scanner = HeadScanner(content_type)
    for start in range(0, len(page), sizes):
        if scanner.feed(page[start : start + sizes]):
            break
    return scanner.head()


def test_what_counts_is_noted_and_all_else_skipped() -> None:
    head = scanned(PAGE)
    assert head.meta == {
        "og:image": "/a.png?x=1&copy=2&y=3",
        "twitter:image": "it's > that",
        "d": "yes",
    }
    assert head.title == "Ada & Co"
    assert head.base == "/b/"
    assert head.json_ld == ['{"a": "<\\/script>"}']
    assert head.script_sources == ["/x.js?a=b"]
    assert head.has_tags


@pytest.mark.parametrize("end", [b"</head>", b"<body class=x>", b"<div>", b"<p>", b"</HEAD >", b"<main\n>"])
def test_it_stops_at_the_end_of_the_head(end: bytes) -> None:
    scanner = HeadScanner()
    assert not scanner.feed(b"<meta name=a content=1>")
    assert scanner.feed(end)
    assert scanner.feed(b"<meta name=b content=2>")
    assert scanner.head().meta == {"a": "1"}


@pytest.mark.parametrize(
    "inside",
    [
        b"<!-- %s -->",
        b"<!--%s--!>",
        b"<style>%s</style>",
        b"<template>%s</template>",
        b"<title>%s</title>",
        b"<script>%s</script>",
        b"<SCRIPT\n>%s</ScRiPt\n>",
        b"<a title='%s'>",
        b'<a title = "%s">',
        b"<!--%s",
        b"<script>%s",
        b"<script>%s</script",
        b"<a title='%s",
        b"<textarea>%s</textarea>",
        b"<xmp>%s</xmp>",
    ],
)
def test_what_looks_like_a_tag_inside_something_else_is_none(inside: bytes) -> None:
    assert scanned(inside % b"<meta name=a content=1>").meta == {}


@pytest.mark.parametrize(
    "before",
    [
        b"<!-->",
        b"<!--->",
        b"<!doctype html>",
        b"<?php ?>",
        b"</>",
        b"</ x>",
        b"<",
        b"<<",
        b"<1",
        b"< meta>",
        b"<\xc3\xa9",
        b"<a b'>",
        b"<a b=c'>",
        b"<a b=''c>",
        b"<a =>",
        b"<a ==>",
        b'<a ="x>',
        b"<a/>",
        b"<a / b / = >",
        b"</a b='>'>",
    ],
)
def test_markup_is_cut_as_browsers_do(before: bytes) -> None:
    assert scanned(before + b"<meta name=a content=1>").meta == {"a": "1"}


@pytest.mark.parametrize(
    ("content_type", "page"),
    [
        ("text/html; charset=utf-8", "é".encode()),
        ("text/html", "é".encode()),
        ("text/html; charset=ISO-8859-1", "é".encode("latin-1")),
        ('text/html; charset="windows-1252"', "é".encode("cp1252")),
        ("text/html; charset=utf-16le", "é".encode("utf-16-le")),
        ("text/html; charset=rot13", "é".encode()),
        ("text/html; charset=no-such-thing", "é".encode()),
        ("text/html; charset=", "é".encode()),
    ],
)
def test_letters_are_read_as_the_server_says(content_type: str, page: bytes) -> None:
    codec = "utf-16-le" if "utf-16" in content_type else "ascii"
    start, end = ("<meta name=a content=".encode(codec), ">".encode(codec))
    assert scanned(start + page + end, content_type=content_type).meta == {"a": "é"}


def test_bytes_that_are_no_letters_do_no_harm() -> None:
    assert scanned(b"\xff\xfe<meta name=a content=1 x=\xc3>").meta == {"a": "1"}


def test_endless_numbers_are_left_as_they_are() -> None:
    endless = b"&#" + b"9" * 5000 + b";"
    assert scanned(b"<meta name=a content='%s'>" % endless).meta == {"a": endless.decode()}


def test_no_more_than_so_many_bytes_are_looked_at() -> None:
    meta = b"<meta name=a content=1>"
    filling = b" " * (MOST_BYTES - len(meta))
    assert scanned(filling + meta).meta == {"a": "1"}
    assert scanned(filling + b" " + meta).meta == {}
    assert HeadScanner().feed(filling + meta)


def test_no_more_than_so_much_linked_data_is_kept() -> None:
    script = b'<script type="application/ld+json">%s</script>'
    head = scanned(script % (b"1" * MOST_JSON) + script % b"2")
    assert [len(kept) for kept in head.json_ld] == [MOST_JSON]
    assert scanned(script % (b"1" * (MOST_JSON + 1)) + script % b"2").json_ld == ["2"]


HOSTILE = {
    "signs": b"<",
    "open": b"<a ",
    "tags": b"<a>",
    "attributes": b"a=b ",
    "dashes": b"-",
    "ends": b"</",
    "script ends": b"</scrip",
    "quotes": b'<a a="',
    "spaces": b" ",
    "bangs": b"<!",
    "equals": b"=",
}


@pytest.mark.parametrize(
    "start", [b"", b"<meta ", b"<!--", b"<script>", b"<script type=application/ld+json>"]
)
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_page_takes_long(start: bytes, piece: bytes) -> None:
    """Each takes some hundredths of a second; work that grew with the square would take minutes."""
    began = process_time()
    scanned(start + piece * (MOST_BYTES // len(piece)), sizes=1000)
    assert process_time() - began < 5


# -- pieces ----------------------------------------------------------------------------

SCRAPS = st.sampled_from(
    [
        b"<",
        b">",
        b"/",
        b"!",
        b"--",
        b"'",
        b'"',
        b"=",
        b" ",
        b"a",
        b"</",
        b"<!--",
        b"-->",
        b"--!>",
        b"<![CDATA[",
        b"<meta ",
        b"property=",
        b"name=a ",
        b"content=",
        b"og:image",
        b"&amp;",
        b"&#",
        b"&copy",
        b";",
        b"\xc3\xa9",
        b"<script>",
        b"<script type='application/ld+json'>",
        b"</script>",
        b"</script",
        b"<title>",
        b"</title>",
        b"<base href=",
        b"</head>",
        b"<body>",
        b"<noscript>",
        b"</noscript>",
        b"<div>",
        b"<?",
        b"\x00",
        b"\xff",
        b"\n",
    ]
)
PAGES = st.lists(SCRAPS | st.binary(max_size=5), max_size=60).map(b"".join) | st.binary(max_size=300)


@given(
    page=PAGES,
    cuts=st.lists(st.integers(0, 400)),
    content_type=st.sampled_from(["", "text/html; charset=utf-16"]),
)
@example(page=PAGE, cuts=list(range(0, 400, 7)), content_type="")
@settings(max_examples=500)
def test_no_bytes_do_harm_and_pieces_make_no_difference(
    page: bytes, cuts: list[int], content_type: str
) -> None:
    whole = scanned(page, content_type=content_type)
    scanner = HeadScanner(content_type)
    for start, end in pairwise([0, *sorted(min(cut, len(page)) for cut in cuts), len(page)]):
        if scanner.feed(page[start:end]):
            break
    assert scanner.head() == whole
    assert scanned(page, sizes=1, content_type=content_type) == whole


class Reference(HTMLParser):
    """The standard library's parser, noting what the scanner notes, in pages without oddities."""

    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(reversed(attrs))
        name, content = given.get("name"), (given.get("content") or "").strip()
        if tag == "meta" and name and content:
            self.meta.setdefault(name, content)


ATTRIBUTE = st.tuples(
    st.sampled_from(["name", "content", "class", "data-x"]),
    st.sampled_from(["=a", "='b c'", '="d>e"', " = f", "", '="&lt;g&gt;"', "='\"'", "=h/i"]),
).map("".join)
MARKUP = st.one_of(
    st.lists(ATTRIBUTE, max_size=4).map(lambda attributes: f"<meta {' '.join(attributes)}>"),
    st.sampled_from(
        [
            "<!-- <meta name=x content=y> -->",
            "text",
            "<link rel=a>",
            "<script>a<b</script>",
            "<!doctype html>",
        ]
    ),
)


@given(markup=st.lists(MARKUP, max_size=12).map("".join))
def test_it_reads_what_the_standard_parser_reads(markup: str) -> None:
    reference = Reference()
    reference.feed(markup)
    assert scanned(markup.encode()).meta == reference.meta
