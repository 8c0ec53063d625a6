"""Reading a page as it streams: what is noted, where the head ends, and that pieces make no difference."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from time import process_time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from talentimg.providers.page_scanner import MOST_BYTES, MOST_JSON, PageScanner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.providers.page_scanner import PageNotes

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


def read(pieces: Iterable[bytes], content_type: str = "text/html") -> PageNotes:
    scanner = PageScanner(content_type)
    for piece in pieces:
        scanner.feed(piece)
    scanner.close()
    return scanner.notes


def scanned(page: bytes, sizes: int = 1 << 16, content_type: str = "text/html") -> PageNotes:
    return read((page[at : at + sizes] for at in range(0, len(page), sizes)), content_type)


def meta_of(page: bytes, content_type: str = "text/html") -> dict[str, str]:
    """What the tags of a whole page name."""
    notes = scanned(page, content_type=content_type)
    return notes.body.meta | notes.head.meta


def test_what_counts_is_noted_and_all_else_skipped() -> None:
    notes = scanned(PAGE)
    head = notes.head
    assert head.meta == {
        "og:image": "/a.png?x=1&copy=2&y=3",
        "twitter:image": "it's > that",
        "d": "yes",
    }
    assert head.title == "Ada & Co"
    assert head.base == "/b/"
    assert head.json_ld == ['{"a": "<\\/script>"}']
    assert head.script_sources == ["/x.js?a=b"]
    assert notes.body.meta == {"e": "no"}
    assert notes.has_tags


@pytest.mark.parametrize("end", [b"</head>", b"<body class=x>", b"<div>", b"<p>", b"</HEAD >", b"<main\n>"])
def test_it_says_when_the_head_is_over(end: bytes) -> None:
    scanner = PageScanner()
    assert not scanner.feed(b"<meta name=a content=1>")
    assert scanner.feed(end)
    assert not scanner.feed(b"<meta name=b content=2>")
    assert scanner.notes.head.meta == {"a": "1"}
    assert scanner.notes.body.meta == {"b": "2"}


@pytest.mark.parametrize(
    "inside",
    [
        b"<noscript><img src=x><p></noscript>",
        b"<template></head><body><p></template>",
        b"<script>'</head><body>'</script>",
        b"<!-- </head> -->",
        b"<link title='</head>'>",
    ],
)
def test_the_head_goes_on_after_what_only_looks_like_its_end(inside: bytes) -> None:
    assert scanned(inside + b"<meta name=a content=1>").head.meta == {"a": "1"}


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
        b"<noscript>%s</noscript>",
        b"<iframe>%s</iframe>",
        b"<template><template></template>%s</template>",
        b"<body><div><textarea>%s</textarea>",
        b"<plaintext>%s",
    ],
)
def test_what_looks_like_a_tag_inside_something_else_is_none(inside: bytes) -> None:
    assert meta_of(inside % b"<meta name=a content=1>") == {}


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
    assert meta_of(before + b"<meta name=a content=1>") == {"a": "1"}


def test_bytes_that_are_no_letters_do_no_harm() -> None:
    assert meta_of(b"\xff\xfd<meta name=a content=1 x=\xc3>") == {"a": "1"}


def test_endless_numbers_are_one_letter_that_does_not_exist() -> None:
    endless = b"&#" + b"9" * 5000 + b";"
    assert meta_of(b"<meta name=a content='%s'>" % endless) == {"a": "\ufffd"}


def test_no_more_than_so_many_bytes_are_looked_at() -> None:
    meta = b"<meta name=a content=1>"
    filling = b" " * (MOST_BYTES - len(meta))
    assert meta_of(filling + meta) == {"a": "1"}
    assert meta_of(filling + b" " + meta) == {}


def test_no_more_than_so_much_linked_data_is_kept() -> None:
    script = b'<script type="application/ld+json">%s</script>'
    notes = scanned(script % (b"1" * MOST_JSON) + b"<body>" + script % b"2")
    assert [len(kept) for kept in notes.head.json_ld] == [MOST_JSON]
    assert notes.body.json_ld == []
    assert scanned(script % (b"1" * (MOST_JSON + 1)) + script % b"2").head.json_ld == ["2"]


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
    "styles": b"<b a=%d><p>",
    "lists": b"<li><i a=%d>",
    "roots": b"<html a%d>",
    "attributes that differ": b"a%d=b ",
    "references": b"&CounterClockwiseContour",
    "charsets": b"<meta charset=koi8-r>",
}
"""Numbered, each piece differs from the others: the tree of such a page may grow with the square."""


@pytest.mark.parametrize(
    "start", [b"", b"<meta ", b"<!--", b"<script>", b"<script type=application/ld+json>"]
)
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_page_takes_long(start: bytes, piece: bytes) -> None:
    """Each takes some tenths of a second; work that grew with the square would take minutes."""
    times = MOST_BYTES // len(piece)
    numbered = b"".join(piece % number for number in range(times)) if b"%d" in piece else piece * times
    began = process_time()
    scanned(start + numbered, sizes=1000)
    assert process_time() - began < 20


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
        b"<template>",
        b"</template>",
        b"<meta charset=windows-1251>",
        b"<meta charset=utf-8>",
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
    whole = findings(scanned(page, content_type=content_type))
    places = [0, *sorted(min(cut, len(page)) for cut in cuts), len(page)]
    assert findings(read((page[a:b] for a, b in pairwise(places)), content_type)) == whole
    assert findings(scanned(page, sizes=1, content_type=content_type)) == whole


def findings(notes: PageNotes) -> tuple[object, ...]:
    return notes.head, notes.body, notes.is_in_head, notes.has_tags


@given(page=PAGES, cut=st.integers(0, 400))
@example(page=PAGE, cut=PAGE.index(b"/a.png") + 3)
@example(page=PAGE, cut=PAGE.index(b'{"a"') + 3)
def test_what_an_end_in_the_middle_cuts_in_half_is_never_taken(page: bytes, cut: int) -> None:
    """Whatever a page's first part names, the whole page names too."""
    told = "text/html; charset=utf-8"
    part, whole = scanned(page[:cut], content_type=told), scanned(page, content_type=told)
    assert part.head.meta.items() <= whole.head.meta.items()
    assert part.body.meta.items() <= whole.body.meta.items()
    assert whole.head.json_ld[: len(part.head.json_ld)] == part.head.json_ld
    assert part.head.title in {None, whole.head.title}
    assert part.head.base in {None, whole.head.base}


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
    assert meta_of(markup.encode()) == reference.meta
