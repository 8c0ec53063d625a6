"""Spreadsheets written part by part, without the library that the product reads them with."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAY: Final = date(2026, 3, 1)
EPOCH: Final = date(1899, 12, 30)
"""Day 0 of Excel."""
FORMATS: Final = ("00000", '"T-"000', "#,##0", "0")
"""Number formats that the styles of a workbook name, from style 2 on."""
PERCENT: Final = "0%"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class Shown:
    """A number in a number format, and what a person sees of it."""

    number: float
    code: str
    text: str

    @property
    def style(self) -> int:
        """Its style in `xlsx`."""
        return 2 + (*FORMATS, PERCENT).index(self.code)


def xlsx(sheets: Mapping[str, Sequence[Sequence[object]]], *, far: tuple[str, int] | None = None) -> bytes:
    """An Office Open XML workbook (ECMA-376) with these sheets, and maybe a cell far away in each."""
    stray = f'<row r="{far[1]}"><c r="{far[0]}{far[1]}"><v>1</v></c></row>' if far else ""
    names = list(sheets)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
        f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}'
        f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _styles(),
    }
    for number, rows in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{_xlsx_rows(rows)}{stray}</sheetData></worksheet>'
        )
    return _zipped(parts)


def _styles() -> str:
    """Style 1 is a date, number format 14; the last one a percentage, number format 9."""
    codes = "".join(f"<numFmt numFmtId='{n}' formatCode={quoteattr(c)}/>" for n, c in enumerate(FORMATS, 164))
    numbers = (0, 14, *range(164, 164 + len(FORMATS)), 9)
    styles = "".join(f'<xf numFmtId="{number}" applyNumberFormat="1"/>' for number in numbers)
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>'
    )


def _xlsx_rows(rows: Sequence[Sequence[object]]) -> str:
    return "".join(
        f'<row r="{n}">' + "".join(_xlsx_cell(v, f"{chr(65 + i)}{n}") for i, v in enumerate(row)) + "</row>"
        for n, row in enumerate(rows, start=1)
    )


def _xlsx_cell(value: object, where: str) -> str:
    if isinstance(value, date):
        return f'<c r="{where}" s="1"><v>{(value - EPOCH).days}</v></c>'
    if isinstance(value, Shown):
        return f'<c r="{where}" s="{value.style}"><v>{value.number}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{where}"><v>{value}</v></c>'
    return f'<c r="{where}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>' if value else ""


def ods(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """An OpenDocument spreadsheet (ISO 26300) with these sheets."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{_ods_rows(rows)}</table:table>"
        for name, rows in sheets.items()
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return _zipped(
        {
            "mimetype": kind,
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
            "content.xml": f'<office:document-content xmlns:office="{space}:office:1.0"'
            f' xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0"><office:body>'
            f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        }
    )


def _ods_rows(rows: Sequence[Sequence[object]]) -> str:
    return "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)


def _ods_cell(value: object) -> str:
    if isinstance(value, Shown):
        kind = "percentage" if value.code == PERCENT else "float"
        note = "<office:annotation><text:p>really?</text:p></office:annotation>"
        return (
            f'<table:table-cell office:value-type="{kind}" office:value="{value.number}">{note}'
            f"<text:p>{value.text}</text:p></table:table-cell>"
        )
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n") if value)
    return (
        f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
        if lines
        else "<table:table-cell/>"
    )


def bomb() -> bytes:
    """A small zip file that says it becomes large."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/big.xml", "w") as part,
    ):
        for _ in range(60):
            part.write(b"0" * 10_000_000)
    return packed.getvalue()


def _zipped(parts: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return packed.getvalue()
