"""Spreadsheets: .xlsx, .xls, .xlsb and .ods, read by python-calamine."""

from __future__ import annotations

import io
import zipfile
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import UsageError
from talentimg.service.people.files.faults import Place
from talentimg.service.people.files.text import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

BEGINNINGS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""Of a zip file, as .xlsx and .ods are, and of the older .xls."""
MOST_BYTES: Final = 500_000_000
"""What a file may become when it is unpacked."""
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


def is_workbook(data: bytes) -> bool:
    """Whether a file begins like a spreadsheet."""
    return data.startswith(BEGINNINGS)


def sheets(data: bytes, name: str) -> Iterator[tuple[str, list[Row]]]:
    """The visible sheets of a spreadsheet in their order, each with its rows.

    Raises:
        UsageError: it cannot be read.
    """
    from python_calamine import CalamineError, PasswordError, SheetVisibleEnum, load_workbook  # noqa: PLC0415  start-up time

    try:
        if _unpacked(data) > MOST_BYTES:
            raise UsageError(f"{name} is too large when unpacked.", hint="Save only the roster in it.")
        with load_workbook(io.BytesIO(data)) as book:
            for sheet in book.sheets_metadata:
                if sheet.visible == SheetVisibleEnum.Visible:
                    table = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                    yield (
                        sheet.name,
                        [Row(Place(n, "row"), [_cell(v) for v in row]) for n, row in enumerate(table, 1)],
                    )
    except PasswordError:
        raise UsageError(f"{name} is protected by a password.", hint="Save it without one.") from None
    except (CalamineError, zipfile.BadZipFile, OSError):
        raise UsageError(
            f"{name} is no spreadsheet that can be read.", hint="Save it as .xlsx, .ods or CSV in UTF-8."
        ) from None


def _unpacked(data: bytes) -> int:
    if not data.startswith(b"PK"):
        return len(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(part.file_size for part in archive.infolist())


def _cell(value: Any) -> str:  # noqa: ANN401  whatever stands in a cell
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, date | time | timedelta):
        return Spoilt(str(value), "was made into a date or time by the spreadsheet")
    return str(value)


def _number(value: float) -> str:
    if abs(value) >= DIGITS_KEPT:
        return Spoilt(str(value), "was made into a number by the spreadsheet, which drops digits")
    return str(int(value)) if value == int(value) else str(value)
