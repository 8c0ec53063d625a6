"""Number formats in XML as others may write it."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree as ET

import pytest

from talentimg.service.people.files.formats import column_number, shown_numbers

RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(styles: str, cells: str) -> zipfile.ZipFile:
    """A spreadsheet with one sheet, its parts written by hand."""
    parts = {
        "xl/styles.xml": styles,
        "xl/workbook.xml": f'<x:workbook xmlns:x="m" xmlns:o="{RELS}"><x:sheets><x:sheet o:id="r1"/>'
        "</x:sheets></x:workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="p"><Relationship Id="r1" Target="/xl/s.xml"/>'
        "</Relationships>",
        "xl/s.xml": f'<worksheet xmlns="m"><sheetData><row r="2">{cells}</row></sheetData></worksheet>',
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return zipfile.ZipFile(file)


def styles(code: str) -> str:
    return (
        f'<styleSheet xmlns="m"><numFmts><numFmt numFmtId="164" formatCode={code}/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>'
        '<dxfs><dxf><numFmt numFmtId="164" formatCode="General"/></dxf></dxfs></styleSheet>'
    )


@pytest.mark.parametrize(
    ("code", "format_"),
    [
        ('"[>=100]000;00000"', "[>=100]000;00000"),  # an attribute may hold a > as it is
        ('"[&gt;=100]000;00000"', "[>=100]000;00000"),
        ("'00\"-\"00'", '00"-"00'),
        ('"&#48;&#48;&#48;&#48;&#48;"', "00000"),
    ],
)
def test_a_format_is_read_however_it_is_written(code: str, format_: str) -> None:
    cells = '<!-- <c r="A2" s="1"/> --><c s="1" r="C2"><v>7</v></c><c r="D2" s="0"><v>7</v></c>'
    assert shown_numbers(workbook(styles(code), cells)) == [{(2, 3): f"shows in the format {format_!r}"}]


def test_entities_do_not_fill_the_memory() -> None:
    """The parser stops; whoever reads a workbook then says that it cannot be read."""
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 12))
    document = f'<!DOCTYPE s [<!ENTITY e0 "{"x" * 100}">{bomb}]><s>&e11;</s>'
    with pytest.raises(ET.ParseError):
        shown_numbers(workbook(document, ""))


def test_columns_are_counted_by_their_letters() -> None:
    assert [column_number(one) for one in ("A", "Z", "AA", "XFD")] == [1, 26, 27, 16_384]
