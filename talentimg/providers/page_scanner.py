"""Reads a web page's metadata for search engines and for sharing while the page streams in.

turbohtml tokenises the page as browsers do. No tree is built: the tree of a one-megabyte page can take
gigabytes (docs/decisions/turbohtml.md). So the cost depends on the page's length alone. At most
`MOST_BYTES` are read; a tag that is incomplete at that point is ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from turbohtml import Tokenizer, TokenType
from webencodings import UTF8

from talentimg.providers.charset import BYTE_ORDER_MARKS, decoder, in_content_type, in_meta

if TYPE_CHECKING:
    from turbohtml import Token
    from webencodings import Encoding

MOST_BYTES: Final = 1024 * 1024
MOST_JSON: Final = 256 * 1024
"""Characters of JSON-LD that are kept, in all scripts together."""
LONGEST_TITLE: Final = 300
MOST_PICTURES: Final = 20
_PICTURE: Final = frozenset(
    {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"}
)
_SIDES: Final = {"og:image:width": "width", "og:image:height": "height"}

_IN_BODY: Final = frozenset({"meta", "base", "link", "title", "script", "template", "input"})
_ENDS_HEAD: Final = frozenset(
    {"body", "article", "div", "form", "h1", "header", "main", "nav", "p", "section", "table"}
)
"""Tags that end a head whose end tag is omitted, which is allowed."""
_IN_HEAD: Final = _IN_BODY | _ENDS_HEAD | {"head"}


@dataclass(slots=True)
class PagePicture:
    """A picture that a page names for sharing, by the name of the tag, with its size if that is stated."""

    name: str
    url: str
    width: int | None = None
    height: int | None = None


@dataclass(slots=True)
class PagePart:
    """What is useful for finding a picture in a page's head or body. The first of each kind counts."""

    meta: dict[str, str] = field(default_factory=dict)
    """By `property` or `name`, in lower case."""
    pictures: list[PagePicture] = field(default_factory=list)
    """All of them, in the order of the page, up to `MOST_PICTURES`."""
    json_ld: list[str] = field(default_factory=list)
    script_sources: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    """The address of the first `<link>` of each relation (`canonical`, `me`), in lower case."""
    base: str | None = None
    title: str | None = None
    refreshes: bool = False
    """Whether the page sends browsers on to another one."""
    asks_password: bool = False


class PageScanner:
    """Reads a page chunk by chunk. Where the chunks begin and end makes no difference to the result."""

    def __init__(self, content_type: str = "") -> None:
        self._bytes_left = MOST_BYTES
        self._seen = bytearray()
        encoding = in_content_type(content_type)
        self._is_settled = encoding is not None
        self._begin(encoding)

    def _begin(self, encoding: Encoding | None) -> None:
        self.notes = PageNotes()
        self._decoder = decoder(encoding)
        self._tokenizer = Tokenizer()

    def feed(self, data: bytes) -> bool:
        """Read the next chunk; True if the head ended in it."""
        was_in_head = self.notes.is_in_head
        data = data[: self._bytes_left]
        self._bytes_left -= len(data)
        if not self._is_settled:
            self._seen += data
        self._read(self._decoder.decode(data))
        return was_in_head and not self.notes.is_in_head

    def close(self) -> None:
        """Process what is left at the end of the page."""
        self._read(self._decoder.decode(b"", final=True))
        for token in self._tokenizer.close():
            self.notes.take(token)

    def _read(self, text: str) -> None:
        """Process all complete tokens; start again if the page declares a different encoding."""
        for token in self._tokenizer.feed(text):
            if not self._is_settled and token.tag == "meta" and (encoding := self._corrected(token)):
                self._begin(encoding)
                self._read(self._decoder.decode(bytes(self._seen)))
                return
            self.notes.take(token)

    def _corrected(self, meta: Token) -> Encoding | None:
        """The encoding that a `<meta>` declares, if the page has to be read again in it."""
        encoding = in_meta(dict(meta.attrs or ()))
        self._is_settled = encoding is not None
        is_right = encoding is UTF8 or self._seen.startswith(BYTE_ORDER_MARKS)
        return None if is_right else encoding


class PageNotes:
    """What has been found in a page so far."""

    def __init__(self) -> None:
        self.head, self.body = PagePart(), PagePart()
        self.is_in_head = True
        self.has_tags = False
        """Whether there was any tag at all: if not, this is not HTML."""
        self._wanted = _IN_HEAD
        self._templates = 0
        self._json_left = MOST_JSON
        self._kept: list[str] | None = None

    def take(self, token: Token) -> None:
        """Record what is useful in a tag or text."""
        name = token.tag
        if name is None:
            if self._kept is not None and token.type is TokenType.TEXT:
                self._kept.append(token.data or "")
        elif name in self._wanted or not self.has_tags:
            if token.type is TokenType.START_TAG:
                self._enter(name, token)
            else:
                self._leave(name)

    @property
    def _part(self) -> PagePart:
        return self.head if self.is_in_head else self.body

    def _enter(self, name: str, tag: Token) -> None:
        self.has_tags = True
        if name == "template":
            self._templates += 1
        if self._templates:  # inert content, for scripts to use
            return
        if self.is_in_head and name in _ENDS_HEAD:
            self._end_head()
        part = self._part
        if name == "meta":
            _note_meta(part, tag)
        elif name == "base" and part.base is None:
            part.base = tag.attr("href")
        elif name == "link":
            _note_link(part, tag)
        elif name == "input":
            part.asks_password = part.asks_password or (tag.attr("type") or "").strip().lower() == "password"
        elif name == "title" and part.title is None:
            self._kept = []
        elif name == "script":
            self._note_script(tag)

    def _end_head(self) -> None:
        self.is_in_head, self._wanted = False, _IN_BODY

    def _note_script(self, tag: Token) -> None:
        if (tag.attr("type") or "").strip().lower().startswith("application/ld+json"):
            self._kept = []
        if source := tag.attr("src"):
            self._part.script_sources.append(source)

    def _leave(self, name: str) -> None:
        if name == "template":
            self._templates = max(0, self._templates - 1)
        elif name == "head" and not self._templates:
            self._end_head()
        if self._kept is not None:
            self._keep(name, "".join(self._kept))
            self._kept = None

    def _keep(self, name: str, content: str) -> None:
        """Record the content of a title or script."""
        if name == "title":
            self._part.title = content[:LONGEST_TITLE].strip()
        elif len(content) <= self._json_left:
            self._json_left -= len(content)
            self._part.json_ld.append(content)


def _note_link(part: PagePart, tag: Token) -> None:
    href = (tag.attr("href") or "").strip()
    for relation in (tag.attr("rel") or "").lower().split():
        part.links.setdefault(relation, href)


def _note_meta(part: PagePart, tag: Token) -> None:
    content = (tag.attr("content") or "").strip()
    if (tag.attr("http-equiv") or "").strip().lower() == "refresh" and "url" in content.lower():
        part.refreshes = True
    name = (tag.attr("property") or tag.attr("name") or "").strip().lower()
    if not name or not content:
        return
    part.meta.setdefault(name, content)
    if name in _PICTURE and len(part.pictures) < MOST_PICTURES:
        part.pictures.append(PagePicture(name, content))
    elif name in _SIDES and part.pictures and re.fullmatch("[0-9]{1,6}", content, re.ASCII):
        # A size belongs to the picture before it: https://ogp.me/#structured
        setattr(part.pictures[-1], _SIDES[name], int(content))
