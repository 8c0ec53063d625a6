"""How a spreadsheet shows its numbers: what is shown as `00007`, `T-012` or `50%` is kept as 7, 12 or 0.5.

The library that reads spreadsheets tells values only, so that this is looked up beside it.
"""

from __future__ import annotations

import posixpath
import re
from functools import reduce
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Mapping, Sequence

Shown: TypeAlias = "Mapping[tuple[int, int], str]"
"""By row and column, from 1: how a number is shown, as the end of a sentence."""
CONTENT: Final = "content.xml"
STYLES: Final = "xl/styles.xml"
ATTRIBUTE: Final = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
NAME: Final = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
BUILT_IN: Final = {2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 48: "##0.0E+0"}
"""Number formats that no file names: ECMA-376, part 1, 18.8.30."""
AS_IT_IS: Final = frozenset({"", "general", "standard", "0", "#", "@"})
"""Formats, in lower case, in which a whole number is shown as it is kept."""
KEPT: Final = frozenset({0, 1, 49})
"""Of the built-in ones, those."""
ANNOTATION: Final = re.compile(rb"<office:annotation\b.*?</office:annotation>", re.DOTALL)
ODS: Final = re.compile(rb"</?table:(table|table-row|(?:covered-)?table-cell)(?=[\s>/])([^>]*)>")
MOST_COLUMNS: Final = 16_384


def shown_numbers(archive: zipfile.ZipFile) -> Sequence[Shown]:
    """The numbers that are not shown as they are kept, for each sheet in its order; none if none is found."""
    parts = set(archive.namelist())
    if CONTENT in parts:
        return _of_ods(archive.read(CONTENT))
    formats = _formats(archive.read(STYLES)) if STYLES in parts else []
    if not any(formats):
        return []
    return [_of_sheet(archive.read(part), formats) if part in parts else {} for part in _sheets(archive)]


# -- Office Open XML ------------------------------------------------------------------------------------


def _formats(styles: bytes) -> list[str]:
    """The number format of each style of a cell; empty for one that shows a number as it is."""
    named = {
        found.get("numFmtId"): unescape(found.get("formatCode", "")) for found in _elements(styles, b"numFmt")
    }
    section = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    cells = _elements(section[0], b"xf") if section else ()
    return [_format(found.get("numFmtId", "0"), named) for found in cells]


def _format(number: str, named: Mapping[str | None, str]) -> str:
    if number in named:
        return "" if named[number].lower() in AS_IT_IS else named[number]
    plain = not number.isdecimal() or int(number) in KEPT
    return "" if plain else BUILT_IN.get(int(number), f"number {number}")


def _sheets(archive: zipfile.ZipFile) -> Iterator[str]:
    """The parts with the sheets, in their order."""
    links = _elements(archive.read("xl/_rels/workbook.xml.rels"), b"Relationship")
    targets = {link.get("Id"): posixpath.join("/xl", unescape(link.get("Target", ""))) for link in links}
    for sheet in _elements(archive.read("xl/workbook.xml"), b"sheet"):
        link = next((value for name, value in sheet.items() if name.endswith(":id")), None)
        yield posixpath.normpath(targets.get(link, "/")).lstrip("/")


def _of_sheet(sheet: bytes, formats: list[str]) -> Shown:
    return {
        place: f"shows in the format {formats[style]!r}"
        for cell in _elements(sheet, b"c")
        if (style := int(cell.get("s", "0"))) < len(formats) and formats[style]
        if (place := _place(cell.get("r", "").encode()))
    }


def _place(name: bytes) -> tuple[int, int] | None:
    """The row and column of a cell by its name, such as `A1`."""
    found = NAME.fullmatch(name)
    return (
        (int(found[2]), reduce(lambda number, letter: 26 * number + letter - 64, found[1], 0))
        if found
        else None
    )


def _elements(part: bytes, name: bytes) -> Iterator[dict[str, str]]:
    """The attributes of each element with this name."""
    for found in re.finditer(rb"<(?:\w+:)?" + name + rb"\s([^>]*)>", part):
        yield _attributes(found[1])


def _attributes(text: bytes) -> dict[str, str]:
    return {
        name.decode(): (one or other).decode("utf-8", "replace")
        for name, one, other in ATTRIBUTE.findall(text)
    }


# -- OpenDocument ---------------------------------------------------------------------------------------


def _of_ods(content: bytes) -> Sequence[Shown]:
    """The same for OpenDocument, which keeps what is shown as text beside the number.

    Of rows that are repeated the first one is told: the others have its id, which is a fault anyway.
    """
    sheets: list[dict[tuple[int, int], str]] = []
    row = column = following = 1
    for tag, after in pairwise([*ODS.finditer(content), None]):
        if tag is None or tag[0].startswith(b"</"):
            continue
        element = _attributes(tag[2])
        if tag[1] == b"table":
            sheets.append({})
            following = 1
        elif tag[1] == b"table-row":
            row, column = following, 1
            following = row + _repeated(element, "table:number-rows-repeated")
        elif sheets:
            end = column + _repeated(element, "table:number-columns-repeated")
            if how := _how(element, content[tag.end() : after.start() if after else tag.end()]):
                sheets[-1].update({(row, at): how for at in range(column, min(end, MOST_COLUMNS))})
            column = end
    return sheets


def _repeated(element: Mapping[str, str], name: str) -> int:
    number = element.get(name, "1")
    return int(number) if number.isdecimal() else 1


def _how(cell: Mapping[str, str], inside: bytes) -> str:
    if not (value := cell.get("office:value")):
        return ""
    shown = re.sub(rb"<[^>]*>", b"", ANNOTATION.sub(b"", inside))
    text = unescape(shown.decode("utf-8", "replace")).strip()
    return f"shows as {text!r}" if text not in {"", value, value.removesuffix(".0")} else ""
