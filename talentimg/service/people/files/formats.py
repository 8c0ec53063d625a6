"""How a spreadsheet shows its numbers: what is shown as `00007`, `T-012` or `50%` is kept as 7, 12 or 0.5.

The library that reads spreadsheets tells values only, so that this is looked up beside it.
"""

from __future__ import annotations

import posixpath
import re
from functools import reduce
from typing import TYPE_CHECKING, Final, TypeAlias
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

Shown: TypeAlias = "Mapping[tuple[int, int], str]"
"""By row and column, from 1: how a number is shown, as the end of a sentence."""
CONTENT: Final = "content.xml"
STYLES: Final = "xl/styles.xml"
NAME: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
BUILT_IN: Final = {2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 48: "##0.0E+0"}
"""Number formats that no file names: ECMA-376, part 1, 18.8.30."""
AS_IT_IS: Final = frozenset({"", "general", "standard", "0", "#", "@"})
"""Formats, in lower case, in which a whole number is shown as it is kept."""
KEPT: Final = frozenset({0, 1, 49})
"""Of the built-in ones, those."""
RELATIONSHIP: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONSHIP: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships"
OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
ODS_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CELLS: Final = frozenset({f"{TABLE}table-cell", f"{TABLE}covered-table-cell"})
MOST_COLUMNS: Final = 16_384


def shown_numbers(archive: zipfile.ZipFile) -> Sequence[Shown]:
    """The numbers that are not shown as they are kept, for each sheet in its order; none if none is found."""
    parts = set(archive.namelist())
    if CONTENT in parts:
        return _of_ods(archive, CONTENT)
    formats = _formats(archive, STYLES) if STYLES in parts else []
    if not any(formats):
        return []
    return [_of_sheet(archive, part, formats) if part in parts else {} for part in _sheets(archive)]


def column_number(letters: str) -> int:
    """The number of a column, from 1, by its letters: `A`, `XFD`."""
    return reduce(lambda number, letter: 26 * number + ord(letter) - 64, letters, 0)


def _elements(archive: zipfile.ZipFile, part: str, *names: str) -> Iterator[Element]:
    """The elements of a part that have one of these names, in any namespace; each is emptied afterwards."""
    with archive.open(part) as file:
        for _, element in ET.iterparse(file):  # noqa: S314  see docs/decisions/python-calamine.md
            if element.tag.rpartition("}")[2] in names:
                yield element
                element.clear()


# -- Office Open XML ------------------------------------------------------------------------------------


def _formats(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The number format of each style of a cell; empty for one that shows a number as it is."""
    named: dict[str, str] = {}
    styles: list[str] = []
    for element in _elements(archive, part, "numFmts", "cellXfs"):
        if element.tag.endswith("numFmts"):
            named = {one.get("numFmtId", ""): one.get("formatCode", "") for one in element}
        else:
            styles = [one.get("numFmtId", "0") for one in element]
    return [_format(number, named) for number in styles]


def _format(number: str, named: Mapping[str, str]) -> str:
    if number in named:
        return "" if named[number].lower() in AS_IT_IS else named[number]
    plain = not number.isdecimal() or int(number) in KEPT
    return "" if plain else BUILT_IN.get(int(number), f"number {number}")


def _sheets(archive: zipfile.ZipFile) -> Iterator[str]:
    """The parts with the sheets, in their order."""
    links = _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    targets = {link.get("Id"): posixpath.join("/xl", link.get("Target", "")) for link in links}
    for sheet in _elements(archive, "xl/workbook.xml", "sheet"):
        link = sheet.get(f"{{{RELATIONSHIP}}}id") or sheet.get(f"{{{STRICT_RELATIONSHIP}}}id")
        yield posixpath.normpath(targets.get(link, "/")).lstrip("/")


def _of_sheet(archive: zipfile.ZipFile, part: str, formats: list[str]) -> Shown:
    return {
        (int(name[2]), column_number(name[1])): f"shows in the format {formats[style]!r}"
        for cell in _elements(archive, part, "c")
        if (style := int(cell.get("s", "0"))) < len(formats) and formats[style]
        if (name := NAME.fullmatch(cell.get("r", "")))
    }


# -- OpenDocument ---------------------------------------------------------------------------------------


def _of_ods(archive: zipfile.ZipFile, part: str) -> Sequence[Shown]:
    """The same for OpenDocument, which keeps what is shown as text beside the number.

    Of rows that are repeated the first one is told: the others have its id, which is a fault anyway.
    """
    sheets: list[dict[tuple[int, int], str]] = []
    numbers: dict[tuple[int, int], str] = {}
    row = 1
    for element in _elements(archive, part, "table-row", "table"):
        if element.tag == f"{TABLE}table":
            sheets.append(numbers)
            row, numbers = 1, {}
        elif element.tag == f"{TABLE}table-row":
            numbers |= {(row, column): how for column, how in _in_row(element)}
            row += _repeated(element, f"{TABLE}number-rows-repeated")
    return sheets


def _in_row(row: Element) -> Iterator[tuple[int, str]]:
    """The columns of a row with such a number, and how it is shown."""
    column = 1
    for cell in row:
        if cell.tag in CELLS:
            end = column + _repeated(cell, f"{TABLE}number-columns-repeated")
            if how := _how(cell):
                yield from ((at, how) for at in range(column, min(end, MOST_COLUMNS)))
            column = end


def _repeated(element: Element, name: str) -> int:
    number = element.get(name, "1")
    return int(number) if number.isdecimal() else 1


def _how(cell: Element) -> str:
    if not (value := cell.get(f"{OFFICE}value")):
        return ""
    # Of its own paragraphs alone: those of a note stand in an element of theirs.
    text = "".join("".join(one.itertext()) for one in cell if one.tag == f"{ODS_TEXT}p").strip()
    return f"shows as {text!r}" if text not in {"", value, value.removesuffix(".0")} else ""
