"""Which encoding a page is in, as the HTML standard determines it.

A byte order mark outranks the Content-Type header, which outranks what the page declares:
https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

import webencodings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webencodings import Encoding, IncrementalDecoder

BYTE_ORDER_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([a-z0-9_:.-]{1,40})", re.IGNORECASE | re.ASCII)
_LENIENT: Final = "talentimg.windows-1252"


def in_content_type(content_type: str) -> Encoding | None:
    """The encoding that a Content-Type names, or None if it names no known one."""
    named = _CHARSET.search(content_type)
    return webencodings.lookup(named[1]) if named else None


def in_meta(attributes: Mapping[str, str]) -> Encoding | None:
    """The encoding that a `<meta>` names, or None if it names no known one."""
    if "charset" in attributes:
        named = webencodings.lookup(attributes["charset"])
    elif attributes.get("http-equiv", "").strip().lower() == "content-type":
        named = in_content_type(attributes.get("content", ""))
    else:
        return None
    if named is not None and named.name.startswith("utf-16"):
        return webencodings.UTF8  # if it were UTF-16, this tag would not have been readable
    return named


def decoder(encoding: Encoding | None) -> IncrementalDecoder:
    """Decodes chunk by chunk and never fails. A byte order mark outranks `encoding`.

    None stands for UTF-8 in which invalid bytes are read as windows-1252.
    """
    if encoding is None:
        return webencodings.IncrementalDecoder(webencodings.UTF8, _LENIENT)
    return webencodings.IncrementalDecoder(encoding)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_LENIENT, _as_windows_1252)
