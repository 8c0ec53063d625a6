"""Links as no honest person writes them, with a password in many of them."""

from __future__ import annotations

import traceback
from typing import Final

from hypothesis import strategies as st

SECRET: Final = "S3CRET"
GOOD: Final = f"https://ada:{SECRET}@cdn.test:443/a/b.png?s=1&oe=6a&x-expires=17#part"

PIECES: Final = (
    *"htps:/.@#?%[]\\0127aX;-_~&= \0\n\r\t\x7f\x85",
    "\u200b",  # cannot be seen
    "\u2100",  # becomes a/c, with a slash, when it is normalised
    "\u3002",  # a full stop to IDNA
    "\uff0f",  # a slash, likewise
    "\u0660",  # a digit
    "\u00df",
    "\U0001f600",
    "\ud800",  # a lone surrogate, as JSON can hold it
    "\udcff",  # what becomes of a byte that is no UTF-8
    "xn--",
    "xn--0",
    "[::1",
    "[::1]",
    "[fe80::1%\uff0f]",
    "[v1.x]",
    "%00",
    "%zz",
    "..",
    ":99999",
    ":-1",
    ":\u0663",
    "a" * 64,
    "b." * 130,
    f"ada:{SECRET}@",
    "gravatar.com/avatar/",
    "=s88-c",
)

KNOWN: Final = (
    "https://[",
    f"https://ada:{SECRET}@[",
    f"https://ada:{SECRET}@\u2100.test/",
    "https://[fe80::1%\uff0f]/",
    f"https://{SECRET}:{SECRET}/",
    "https://cdn.test:99999/",
    "https://cdn.test:\u0663/",
    "https://xn--0/",
    f"https://{'a' * 64}.test/",
    "https://cdn.test/\0",
    "https://cdn.test/?a=\ud800",
    "//[",
    "http:",
)

_made_up = st.builds(
    "{}{}".format,
    st.sampled_from(("https://", "http://", "HTTPS:", "//", "/", "")),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
)
_spoilt = st.builds(
    lambda at, piece: GOOD[:at] + piece + GOOD[at:], st.integers(0, len(GOOD)), st.sampled_from(PIECES)
)
nasty_links = st.sampled_from(KNOWN) | _made_up | _spoilt | st.text(max_size=20)


def assert_untold(error: BaseException) -> None:
    """No password stands in an error, nor in what its traceback shows."""
    assert SECRET not in "".join(traceback.format_exception(error)) + repr(vars(error))
