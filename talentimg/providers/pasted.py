"""Handles and addresses as people paste them, taken apart. Pure; nothing here raises."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from urllib.parse import unquote

from talentimg.providers.patterns import HOST_NAME

# Default_Ignorable_Code_Point of https://www.unicode.org/reports/tr44/, annotations, the empty Braille cell.
UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
# What Thai and Lao keyboards type as one letter, and NFKC takes apart.
LETTERS_AM: Final = frozenset("\u0e33\u0eb3")
# https://www.unicode.org/reports/tr44/#Character_Decomposition_Mappings
APART: Final = frozenset({"<super>", "<sub>", "<circle>", "<square>", "<fraction>"})
OTHER: Final = frozenset({"<compat>", "<isolated>"})
SIGNS: Final = frozenset({"So", "No", "Sc", "Po"})
WRAPPED: Final = re.compile(r"""<(.*)>|"(.*)"|'(.*)'|“(.*)”|«(.*)»|`(.*)`""", re.DOTALL)
SCHEME: Final = re.compile(r"(?:(https?):/{0,3}|(acct|mailto):|([a-z][a-z0-9+.-]{1,20})://)", re.IGNORECASE)
AUTHORITY: Final = re.compile(r"([^/?#\\\s]*)([/?#].*)?", re.DOTALL)
WEB: Final = frozenset({"http", "https"})
# After a scheme or a user's name, however an address is mistyped. After `acct:` and `mailto:` there is none.
CREDENTIALS: Final = re.compile(
    r"""((?<=:)(?<!acct:)(?<!mailto:)[/\\]*|^[/\\]{2})
    (?:[^/?#\s\\]{0,200}  # before the host
    | (?<=:)(?![/\\\s]|\d*[/?#]).{0,200}  # a password that holds what no address may
    )[@\uff20](?:.{0,200}[@\uff20])?""",
    re.IGNORECASE | re.VERBOSE,
)
AFTER_PATH: Final = re.compile("[?\uff1f]|(?<=.)#")
LONGEST_QUOTE: Final = 80


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was pasted: a name, or an address with its parts.

    `text` is all of it, tidied. `scheme` and `host` are in lower case, empty where there is none, `host` also
    where it holds a user or a port that is none. `segments` are the parts of the path, decoded. What follows
    them (`?`, `#`) says nothing of a person.
    """

    text: str
    scheme: str = ""
    host: str = ""
    segments: tuple[str, ...] = ()

    @property
    def is_address(self) -> bool:
        """Whether it claims to be more than a name."""
        return bool(self.scheme or self.segments)

    @property
    def path(self) -> str:
        """The path, with a slash before each part."""
        return "".join(f"/{segment}" for segment in self.segments)

    def is_at(self, host: str) -> bool:
        """Whether it leads to a host or to one below it."""
        return self.host == host or self.host.endswith(f".{host}")


def take_apart(typed: str) -> Pasted:
    """Take what was typed or pasted apart."""
    text = tidied(typed)
    scheme = SCHEME.match(text.lstrip("@"))
    if scheme is None:
        return _without_scheme(text)
    name = next(filter(None, scheme.groups())).lower()
    return _with_parts(text, name, text.lstrip("@")[scheme.end() :])


def tidied(typed: str) -> str:
    """The text without what cannot be seen and without quotes around it, in Unicode's form NFKC."""
    text = compatible(seen(typed)).strip()
    wrapped = WRAPPED.fullmatch(text)
    return next(filter(None, wrapped.groups()), "").strip() if wrapped else text


def seen(typed: str) -> str:
    """The text without characters that nobody sees. Such come along when a name is copied."""
    return typed if typed.isascii() else UNSEEN.sub("", typed)


def compatible(text: str) -> str:
    """Unicode's form NFKC, in which full-width letters are plain ones, but for two kinds of characters.

    Thai and Lao keep their vowel am. Signs (`™`, `²`, `①`, `№`, `…`) do not become letters, digits and dots:
    with them the name would be somebody else's.
    """
    if text.isascii():
        return text
    runs = groupby(text, key=_is_kept)
    return "".join(
        "".join(run) if kept else unicodedata.normalize("NFKC", "".join(run)) for kept, run in runs
    )


def sign_in(name: str) -> str | None:
    """The first sign that is neither letter nor digit, but that `re` and NFKC may take for one; else None."""
    return next((char for char in name if _is_set_apart(char) and not char.isalpha()), None)


def ascii_host(name: str) -> str:
    """A host name, or the one after `@`, as DNS has it: with `xn--` for what is not ASCII.

    It is unchanged if it can be none, or if signs in it would become letters: see `compatible`.
    """
    user, at, host = name.rpartition("@")
    if host.isascii() or any(map(_is_set_apart, host)):
        return name
    import idna  # noqa: PLC0415  it takes 10 ms to load, and most host names do not need it

    try:
        return user + at + idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return name


def quoted(typed: str) -> str:
    """What was typed, for a message: cut, with neither a password nor what may follow an address's path."""
    typed = AFTER_PATH.split(CREDENTIALS.sub(r"\1...@", typed), maxsplit=1)[0]
    return repr(typed if len(typed) <= LONGEST_QUOTE else f"{typed[: LONGEST_QUOTE - 1]}…")


def look_alike(name: str) -> str:
    """The end of a message that names the first sign or letter of another alphabet among plain letters."""
    if sign := sign_in(name):
        return f": one of its characters is {_called(sign)}"
    odd = next((char for char in name if not char.isascii() and char.isalpha()), None)
    return f": one of its letters is {_called(odd)}" if odd and re.search("[a-z]", name) else ""


def _called(char: str) -> str:
    return unicodedata.name(char, "unknown").lower()


def _is_kept(char: str) -> bool:
    return char in LETTERS_AM or _is_set_apart(char)


def _is_set_apart(char: str) -> bool:
    """Whether it is letters, digits or dots in another role, or several in one sign."""
    form = unicodedata.decomposition(char).partition(" ")[0]
    return form in APART or (form in OTHER and unicodedata.category(char) in SIGNS)


def _without_scheme(text: str) -> Pasted:
    """A host with a path is an address; a host alone may be a name, and is judged by who knows it."""
    parts = _with_parts(text, "", text.lstrip("@").removeprefix("//"))
    if not re.fullmatch(HOST_NAME, parts.host):
        return Pasted(text)
    return parts


def _with_parts(text: str, scheme: str, rest: str) -> Pasted:
    found = AUTHORITY.fullmatch(rest)
    if found is None:
        return Pasted(text, scheme)
    path = re.split("[?#]", found[2] or "", maxsplit=1)[0]
    segments = tuple(compatible(seen(unquote(part))).strip() for part in path.split("/") if part)
    return Pasted(text, scheme, _host(found[1]), tuple(filter(None, segments)))


def _host(authority: str) -> str:
    host, _, port = authority.rstrip(".").lower().partition(":")
    return ascii_host(host).rstrip(".") if "@" not in host and (not port or port.isdecimal()) else ""
