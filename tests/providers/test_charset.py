"""Which letters a page's bytes stand for: byte order mark, server, page, and in which order."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.providers.charset import decoder, in_content_type, in_meta
from talentimg.providers.page_scanner import PageScanner

NOBODY = "text/html"
CYRILLIC = "<meta name=a content=/портрет.jpg>"


def named(page: bytes, content_type: str = NOBODY) -> str | None:
    """What the page's only tag of interest names, read as bytes with this header."""
    scanner = PageScanner(content_type)
    scanner.feed(page)
    scanner.close()
    return (scanner.notes.head.meta | scanner.notes.body.meta).get("a")


@pytest.mark.parametrize(
    "declared",
    [
        "<meta charset=windows-1251>",
        "<META CHARSET='Windows-1251' />",
        '<meta charset=" cp1251 ">',
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        "<meta content='text/html;charset = \"windows-1251\"' http-equiv=content-type>",
        "<!-- <meta charset=koi8-r> --><meta charset=windows-1251>",
        "<script>'<meta charset=koi8-r>'</script><meta charset=windows-1251>",
        "<meta charset=klingon><meta charset=windows-1251>",
        "<meta charset=windows-1251><meta charset=koi8-r>",
        f"<!-- {'x' * 2000} --><meta charset=windows-1251>",
        f"<title>Портрет</title>{'<link>' * 2000}<meta charset=windows-1251>",
    ],
)
def test_letters_are_read_as_the_page_says_of_itself(declared: str) -> None:
    assert named((declared + CYRILLIC).encode("windows-1251")) == "/портрет.jpg"
    assert named((CYRILLIC + declared).encode("windows-1251")) == "/портрет.jpg"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=windows-1251",
        'text/html; Charset="windows-1251"',
        "text/html;charset='x-cp1251'",
        "text/html; charset = cp1251 ; x=y",
    ],
)
def test_the_server_outranks_the_page(content_type: str) -> None:
    page = f"<meta charset=koi8-r>{CYRILLIC}".encode("windows-1251")
    assert named(page, content_type) == "/портрет.jpg"


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("content_type", [NOBODY, "text/html; charset=koi8-r"])
def test_a_byte_order_mark_outranks_everybody(mark: bytes, codec: str, content_type: str) -> None:
    page = mark + f"<meta charset=koi8-r>{CYRILLIC}".encode(codec)
    assert named(page, content_type) == "/портрет.jpg"


@pytest.mark.parametrize(
    ("label", "codec", "letters"),
    [
        ("iso-8859-1", "cp1252", "é€"),
        ("ascii", "cp1252", "é€"),
        ("latin1", "cp1252", "é€"),
        ("gb2312", "gbk", "照片"),
        ("x-sjis", "cp932", "写真①"),
        ("euc-kr", "cp949", "사진"),
        ("big5", "big5hkscs", "照片"),
        ("utf8", "utf-8", "é照"),
        ("utf-16le", "utf-16-le", "é照"),
    ],
)
def test_names_mean_what_browsers_take_them_for(label: str, codec: str, letters: str) -> None:
    page = f"<meta name=a content={letters}>".encode(codec)
    assert named(page, f"text/html; charset={label}") == letters


@pytest.mark.parametrize("label", ["rot13", "base64", "klingon", "", "é", "x" * 99, "utf-7", "undefined"])
def test_a_name_that_is_none_is_passed_over(label: str) -> None:
    page = f"<meta charset={label}>{CYRILLIC}".encode()
    assert named(page) == "/портрет.jpg"
    assert named(page, f"text/html; charset={label}") == "/портрет.jpg"


def test_a_page_in_utf_16_would_not_be_read_without_being_told() -> None:
    assert named(f"<meta charset=utf-16>{CYRILLIC}".encode()) == "/портрет.jpg"


def test_where_nobody_says_anything_what_is_not_utf_8_is_windows_1252() -> None:
    assert named("<meta name=a content=/portré.jpg>".encode()) == "/portré.jpg"
    assert named("<meta name=a content=/portré.jpg>".encode("cp1252")) == "/portré.jpg"
    assert named(b"<meta name=a content=/\x81.jpg>") == "/\ufffd.jpg"


@given(content_type=st.text() | st.text().map("charset={}".format), data=st.binary())
def test_no_header_and_no_bytes_do_harm(content_type: str, data: bytes) -> None:
    decoding = decoder(in_content_type(content_type))
    assert isinstance(decoding.decode(data, final=True), str)


@given(st.dictionaries(st.sampled_from(["charset", "http-equiv", "content"]), st.text()))
def test_no_tag_does_harm(attributes: dict[str, str]) -> None:
    in_meta({"http-equiv": "content-type", **attributes})
