"""Spreadsheets: .xlsx and .ods, read by python-calamine."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, time, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import UsageError
from talentimg.service.people.files.faults import Place
from talentimg.service.people.files.formats import column_number, shown_numbers
from talentimg.service.people.files.text import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from talentimg.service.people.files.formats import Shown

ZIP: Final = b"PK\x03\x04"
"""The beginning of a zip file, as .xlsx and .ods are."""
OLDER: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The beginning of an .xls, and of an .xlsx with a password."""
MOST_BYTES: Final = 500_000_000
"""What a file may become when it is unpacked."""
MOST_CELLS: Final = 20_000_000
CELL: Final = re.compile(rb"""\br=["']([A-Z]{1,7})([0-9]{1,9})["']""")
DIGITS_KEPT: Final = 10**15
"""From here on a spreadsheet no longer keeps every digit of a number."""


class Spoilt(str):  # noqa: SLOT000  a name among the slots cannot have a type here
    """A cell that the spreadsheet has made into something else than what was typed; `why` says what."""

    why: str

    def __new__(cls, text: str, why: str) -> Self:
        """The cell as text, and a sentence without its subject."""
        made = super().__new__(cls, text)
        made.why = why
        return made


class Number(str):  # noqa: SLOT000  a subclass of a text with slots has nothing in them
    """A cell that is a whole number, with as few digits as there can be."""


def is_workbook(data: bytes) -> bool:
    """Whether a file begins like a spreadsheet."""
    return data.startswith((ZIP, OLDER))


def sheets(data: bytes, name: str) -> list[tuple[str, list[Row]]]:
    """The visible sheets of a spreadsheet in their order, each with its rows.

    Raises:
        UsageError: it cannot be read.
    """
    if data.startswith(OLDER):
        raise UsageError(f"{name} is an old .xls, or has a password.", hint="Save it as .xlsx without one.")
    try:
        _check_size(data, name)
        return list(_visible(data))
    except UsageError:
        raise
    except Exception:  # noqa: BLE001  a damaged file brings any error of zipfile, zlib or the library
        raise UsageError(
            f"{name} is no spreadsheet that can be read.", hint="Save it as .xlsx, .ods or CSV in UTF-8."
        ) from None


def _visible(data: bytes) -> Iterator[tuple[str, list[Row]]]:
    from python_calamine import SheetVisibleEnum, load_workbook  # noqa: PLC0415  start-up time

    with load_workbook(io.BytesIO(data)) as book, zipfile.ZipFile(io.BytesIO(data)) as archive:
        shown = shown_numbers(archive)
        for sheet, numbers in zip_longest(book.sheets_metadata, shown[: len(book.sheets_metadata)]):
            if sheet.visible == SheetVisibleEnum.Visible:
                table = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                yield sheet.name, [_row(n, row, numbers or {}) for n, row in enumerate(table, 1)]


def _row(number: int, values: Sequence[Any], shown: Shown) -> Row:
    cells = [_cell(value, shown.get((number, column))) for column, value in enumerate(values, 1)]
    return Row(Place(number, "row"), cells)


def _check_size(data: bytes, name: str) -> None:
    """Raise for what would fill the memory: a sheet is held whole, with all its empty cells.

    Raises:
        UsageError: it would.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
            raise UsageError(f"{name} is too large when unpacked.", hint="Save only the roster in it.")
        for part in archive.namelist():
            if part.startswith("xl/worksheets/") and _area(archive.read(part)) > MOST_CELLS:
                raise UsageError(
                    f"{name} has a cell far away from all others.",
                    hint="Delete the empty rows and columns behind the roster, and save it.",
                )


def _area(sheet: bytes) -> int:
    """The cells up to the farthest, by their names in the XML of a sheet: `A1` to `XFD1048576`."""
    names = CELL.findall(sheet)
    rows = max((int(row) for _, row in names), default=0)
    return rows * max((column_number(column.decode()) for column, _ in names), default=0)


def _cell(value: Any, shown: str | None) -> str:  # noqa: ANN401  whatever stands in a cell
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, shown)
    if isinstance(value, date | time | timedelta):
        return Spoilt(str(value), "was made into a date or time by the spreadsheet")
    return str(value)


def _number(value: float, shown: str | None) -> str:
    text = str(int(value)) if value == int(value) else str(value)
    if abs(value) >= DIGITS_KEPT:
        return Spoilt(str(value), "was made into a number by the spreadsheet, which drops digits")
    if shown:
        return Spoilt(text, f"is a number that the spreadsheet {shown}")
    if value != int(value):
        return Spoilt(text, "was made into a number by the spreadsheet, which drops zeros at its end")
    return Number(text)
