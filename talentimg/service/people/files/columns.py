"""What the columns of a table mean, by what people call them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS: Final = {
    "id": ("id", "talentid", "externalid", "key"),
    "name": ("name", "talent", "talentname", "fullname", "displayname"),
    "first": ("firstname", "givenname", "forename"),
    "last": ("lastname", "surname", "familyname"),
    "email": ("email", "mail", "emailaddress", "mailaddress"),
    "avatar_url": ("avatar", "avatarurl", "avatarlink"),
    "profile_url": ("profileurl",),
    "talentimg": ("talentimg",),
}
"""Fields that are no platforms, by what people call them: letters and digits only."""
SYNONYMS: Final = {
    "insta": "instagram",
    "ig": "instagram",
    "yt": "youtube",
    "homepage": "website",
    "web": "website",
}
ENDINGS: Final = (
    "handle",
    "username",
    "user",
    "account",
    "profile",
    "channel",
    "url",
    "link",
    "address",
    "page",
)
"""What may follow the name of a platform: `Instagram handle`, `YouTube channel URL`.

`name` alone may not: what stands under `YouTube channel name` is mostly no handle, and could be that of
somebody else.
"""
NEARLY: Final = 0.85


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table mean, in their order: the name of a field or platform, or None."""

    titles: tuple[str, ...]
    meanings: tuple[str | None, ...]

    @property
    def known(self) -> int:
        """How many of them mean something."""
        return sum(meaning is not None for meaning in self.meanings)

    @property
    def is_header(self) -> bool:
        """Whether this can be the row that names the columns."""
        return bool({"id", "name", "first", "last"} & set(self.meanings)) and self.known > 1

    @property
    def ignored(self) -> tuple[str, ...]:
        """The titles that mean nothing to us."""
        return tuple(t for t, m in zip(self.titles, self.meanings, strict=True) if m is None and t)

    @property
    def width(self) -> int:
        """How many fields a row has at least: those up to the last column with a title."""
        return max((number for number, title in enumerate(self.titles, start=1) if title), default=0)

    def has_untitled(self, cells: Sequence[str]) -> bool:
        """Whether a value stands under a column without a title, so that the row may be shifted.

        Those before the first title are row numbers, as some programs write them.
        """
        first = next((number for number, title in enumerate(self.titles) if title), 0)
        behind = zip(self.titles[first:], cells[first:], strict=False)
        return any(cell.strip() and not title for title, cell in behind)

    @property
    def repeated(self) -> tuple[str, ...]:
        """What more than one column means."""
        found = [meaning for meaning in self.meanings if meaning]
        return tuple(sorted({meaning for meaning in found if found.count(meaning) > 1}))

    def titles_of(self, *meanings: str) -> list[str]:
        """The titles of the columns that have one of these meanings."""
        return [t for t, m in zip(self.titles, self.meanings, strict=True) if m in meanings]

    def misspelt(self, platforms: Sequence[str]) -> list[tuple[str, str]]:
        """Ignored titles that are nearly a known one, each with that one."""
        known = [*FIELDS, *platforms]
        near = (
            (title, get_close_matches(_plain(title), known, n=1, cutoff=NEARLY)) for title in self.ignored
        )
        return [(title, found[0]) for title, found in near if found]


def columns_of(cells: Sequence[str], platforms: Sequence[str]) -> Columns:
    """What the cells of a row mean, if it names the columns.

    Args:
        cells: the row.
        platforms: the names of the platforms that there are.
    """
    titles = tuple(" ".join(cell.split()) for cell in cells)
    return Columns(titles, tuple(_meaning(_plain(title), platforms) for title in titles))


def _plain(title: str) -> str:
    """`E-Mail` and `e mail` are the same."""
    return "".join(char for char in unicodedata.normalize("NFKC", title).casefold() if char.isalnum())


def _meaning(plain: str, platforms: Sequence[str]) -> str | None:
    field = next((field for field, names in FIELDS.items() if plain in names), None)
    return field or _platform(plain, platforms)


def _platform(plain: str, platforms: Sequence[str]) -> str | None:
    name = SYNONYMS.get(plain, plain)
    if name in platforms:
        return name
    ending = next((ending for ending in ENDINGS if name.endswith(ending) and name != ending), None)
    return _platform(name.removesuffix(ending), platforms) if ending else None
