"""Reads a web page's head as it streams: a few tags are noted, all else is skipped, no tree is built.

The text is cut as browsers do (https://html.spec.whatwg.org/multipage/parsing.html), as far
as a head needs it. The work is bounded whatever a page sends: at most `MOST_BYTES` are looked
at and `MOST_TOKENS` cut, and text that ends in the middle of something is not looked at
again before it has doubled, so that a page in tiny pieces costs no more than one in big ones.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from codecs import IncrementalDecoder

MOST_BYTES: Final = 1024 * 1024
MOST_TOKENS: Final = 20_000
MOST_JSON: Final = 256 * 1024
"""Characters of JSON-LD that are kept, all scripts together."""
LONGEST_TITLE: Final = 300

_WS: Final = r"[ \t\n\f\r]"
_NAME: Final = r"(?:=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)"
# A value that is not closed yet runs to the end of what is there; then no tag matches, and more is awaited.
_VALUE: Final = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|(?!["'])[^ \t\n\f\r>]*+)"""
_TAG: Final = re.compile(
    r"<(/?)([a-zA-Z][^ \t\n\f\r/>]*+)"
    rf"((?:[ \t\n\f\r/]*+{_NAME}(?:{_WS}*+={_WS}*+{_VALUE})?+)*+)[ \t\n\f\r/]*+>"
)
_ATTRIBUTE: Final = re.compile(rf"[ \t\n\f\r/]*+({_NAME})(?:{_WS}*+={_WS}*+({_VALUE}))?+")
_TAG_START: Final = re.compile(r"</?(?:[a-zA-Z].?)?", re.DOTALL)
_COMMENT: Final = "<!--"
_COMMENT_END: Final = re.compile(r"--!?>")
# A name without its semicolon may be part of an address: `?a=1&copy=2`.
_REFERENCE: Final = re.compile(
    r"&(?:(?:#[0-9]{1,8}+|#[xX][0-9a-fA-F]{1,8}+)(?:;|(?![0-9a-fA-F]))|[a-zA-Z][a-zA-Z0-9]{0,40};)"
)
_MOST_ATTRIBUTES: Final = 64
_RAW_END: Final = {
    name: re.compile(rf"</(?i:{name})(?=[ \t\n\f\r/>])")
    for name in ("script", "style", "title", "textarea", "template", "iframe", "noframes", "xmp")
}
"""Elements whose content is no markup, and what ends them."""
_BODY: Final = frozenset(
    {"body", "article", "div", "form", "h1", "header", "main", "nav", "p", "section", "table"}
)
"""What ends a head whose own end is left out, as it may be."""
_CHARSET: Final = re.compile(r"charset[ \t]*=[ \t]*[\"']?([a-z0-9_:.-]{1,40})", re.IGNORECASE)
_DECODERS: Final = re.compile(
    r"utf-8|utf-16-[lb]e|iso8859-\d+|cp125\d|koi8-[ru]|shift_jis|euc_(?:jp|kr)|gb(?:k|2312|18030)|big5"
)


@dataclass(slots=True)
class Head:
    """What a page's head says that a picture could be found by. Of each kind, the first counts."""

    meta: dict[str, str] = field(default_factory=dict)
    """By `property` or `name`, in lower case."""
    json_ld: list[str] = field(default_factory=list)
    script_sources: list[str] = field(default_factory=list)
    base: str | None = None
    title: str | None = None
    has_tags: bool = False
    """Whether there was any tag at all: if not, this is no HTML."""


class HeadScanner:
    """Takes a page piece by piece. How it is cut into pieces makes no difference to the result."""

    def __init__(self, content_type: str = "") -> None:
        self._decoder = _decoder(content_type)
        self._bytes_left = MOST_BYTES
        self._tokens_left = MOST_TOKENS
        self._json_left = MOST_JSON
        self._pieces: list[str] = []
        self._length = 0
        self._awaited = 1
        self._inside: str | None = None
        self._keeps = False
        self._in_noscript = False
        self._is_over = False
        self._head = Head()

    def feed(self, data: bytes) -> bool:
        """Take the next piece; True once nothing more needs to come."""
        if self._is_over:
            return True
        text = self._decoder.decode(data[: self._bytes_left])
        self._bytes_left -= min(len(data), self._bytes_left)
        self._pieces.append(text)
        self._length += len(text)
        if self._length >= self._awaited:
            self._scan()
        return not self._bytes_left or self._is_over

    def head(self) -> Head:
        """What was found, once the page or its head is at its end."""
        self._scan()
        return self._head

    def _scan(self) -> None:
        """Cut all that is complete, and keep the rest for later."""
        text = "".join(self._pieces)
        at = 0
        while (end := self._step(text, at)) is not None:
            at = end
        if self._inside is not None and not self._keeps:
            at = max(at, len(text) - len(self._inside) - 2)  # where its end may have begun
        rest = "" if self._is_over else text[at:]
        self._pieces, self._length, self._awaited = [rest], len(rest), max(1, 2 * len(rest))

    def _step(self, text: str, at: int) -> int | None:
        """Where the next complete thing ends; None if there is no more, or nothing more is wanted."""
        if self._is_over:
            return None
        if self._inside is not None:
            end = self._leave(text, at, self._inside)
        elif text.startswith("<", at):
            end = self._cut(text, at)
        else:  # mere text
            start = text.find("<", at)
            return start if start > at else len(text) if at < len(text) else None
        if end is not None:
            self._tokens_left -= 1
            self._is_over |= not self._tokens_left
        return end

    def _cut(self, text: str, at: int) -> int | None:
        """Where the markup that begins here ends; None if that is not to be seen yet."""
        tag = _TAG.match(text, at)
        if tag is None:
            return _end_of_no_tag(text, at)
        name = tag[2].lower()
        if name == "noscript":  # pages put pictures and frames for counting visitors there
            self._in_noscript = not tag[1]
        if tag[1]:
            self._is_over = name == "head"
        else:
            self._note(name, tag[3])
        return tag.end()

    def _note(self, name: str, attributes: str) -> None:
        """Take from a start tag what counts."""
        head = self._head
        head.has_tags = True
        self._is_over = name in _BODY and not self._in_noscript
        self._inside = name if name in _RAW_END else None
        self._keeps = name == "title" and head.title is None
        if name == "meta":
            _note_meta(head, _attributes(attributes))
        elif name == "base" and head.base is None:
            head.base = _attributes(attributes).get("href")
        elif name == "script":
            given = _attributes(attributes)
            self._keeps = given.get("type", "").strip().lower().startswith("application/ld+json")
            if given.get("src"):
                head.script_sources.append(given["src"])

    def _leave(self, text: str, at: int, name: str) -> int | None:
        """Where the content of a script, title or the like ends; None if that is not to be seen yet."""
        end = _RAW_END[name].search(text, at)
        if end is None:
            return None
        if self._keeps:
            self._keep(name, text[at : end.start()])
        self._inside, self._keeps = None, False
        return end.start()

    def _keep(self, name: str, content: str) -> None:
        if name == "title":
            self._head.title = _plain(content[:LONGEST_TITLE]).strip()
        elif len(content) <= self._json_left:
            self._json_left -= len(content)
            self._head.json_ld.append(content)


def _end_of_no_tag(text: str, at: int) -> int | None:
    """Where a comment, a declaration, or a mere `<` ends; None for what may yet become a tag."""
    if text.startswith(_COMMENT, at):
        end = _COMMENT_END.search(text, at + 2)  # `<!-->` is one already
        return end.end() if end else None
    start = text[at : at + 3]
    if _COMMENT.startswith(start) or _TAG_START.fullmatch(start):
        return None
    if start[1] in "!?/":
        return text.find(">", at) + 1 or None
    return at + 1


def _note_meta(head: Head, given: dict[str, str]) -> None:
    name = (given.get("property") or given.get("name") or "").strip().lower()
    content = given.get("content", "").strip()
    if name and content:
        head.meta.setdefault(name, content)


def _attributes(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for match in islice(_ATTRIBUTE.finditer(text), _MOST_ATTRIBUTES):
        value = match[2] or ""
        given.setdefault(match[1].lower(), _plain(value[1:-1] if value[:1] in {'"', "'"} else value))
    return given


def _plain(text: str) -> str:
    return _REFERENCE.sub(lambda match: unescape(match[0]), text) if "&" in text else text


def _decoder(content_type: str) -> IncrementalDecoder:
    named = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(named[1]).name if named else "utf-8"
    except LookupError:
        name = "utf-8"
    if name == "utf-16":  # which Python takes only with a byte order mark
        name = "utf-16-le"
    # Python's table has more in it than character sets.
    return codecs.getincrementaldecoder(name if _DECODERS.fullmatch(name) else "utf-8")(errors="replace")
