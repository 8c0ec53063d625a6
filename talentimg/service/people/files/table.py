"""A table becomes talents: one row each, under a row that names the columns."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import UsageError
from talentimg.providers.pasted import seen
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.files.columns import columns_of
from talentimg.service.people.files.faults import Fault
from talentimg.service.people.files.own import KEY, NOT_OURS, Word, word_in
from talentimg.service.people.files.text import BadRow, dialects, rows
from talentimg.service.people.files.workbook import Number, Spoilt, sheets
from talentimg.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from talentimg.service.people.files.columns import Columns
    from talentimg.service.people.files.faults import Place
    from talentimg.service.people.files.text import Row

MOST_ROWS_BEFORE: Final = 20
"""How many rows may stand before the one that names the columns: titles, empty ones."""
NOTHING: Final = frozenset(
    {
        "",
        "-",
        "--",
        "\u2013",
        "\u2014",
        "?",
        "n/a",
        "na",
        "n.a.",
        "#n/a",
        "#nv",
        "none",
        "null",
        "nil",
        "nan",
        "tbd",
    }
)
"""What people write where there is nothing. A handle that is one of these is written with `@`."""
SHORTENED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
"""A long number as Excel shows and saves it: its last digits are gone."""
AS_FORMULA: Final = re.compile(r'="(.*)"', re.DOTALL)
"""How people keep Excel from changing a value."""
LIKE_A_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]")
"""What a spreadsheet would compute, also in the wide letters of East Asia; and what was marked already."""
LINE_BREAK: Final = re.compile(r"[\r\n]")
HALF_A_NAME: Final = "Call them first name and last name, or leave one of them out."
WEBSITE: Final = "website"
MOST_LISTED: Final = 8


@dataclass(slots=True)
class Found:
    """What was found in a file: talents with their places, faults, and remarks for whoever imports it.

    Also a talent without an id or a name that will do is among them, as more can be wrong with it; the fault
    is told here.
    """

    talents: list[tuple[Place, NewTalent]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    """Ids that are numbers in a spreadsheet."""
    words: dict[Place, Word] = field(default_factory=dict)
    """What an export of ours says exactly."""

    def add(self, place: Place, talent: NewTalent, word: Word | None = None) -> None:
        """Add a talent, and the faults of its id and its name, unless an export of ours tells them."""
        said = word or Word()
        talent = replace(talent, id=said.id or talent.id, name=said.name or talent.name)
        self.talents.append((place, talent))
        if word:
            self.words[place] = word
        typed = (("id", talent.id, said.id), ("name", talent.name, said.name))
        faults = (_fault_in(place, what, value) for what, value, exact in typed if exact is None)
        self.faults += filter(None, faults)


def _fault_in(place: Place, what: str, value: str) -> Fault | None:
    if not value:
        return Fault(place, f"there is no {what}.", "Every talent needs an id and a name.")
    if LINE_BREAK.search(value):
        hint = "If the next line got into it, a quotation mark is not closed."
        return Fault(place, f"there is a line break in the {what}.", hint)
    return None


def from_csv(text: str, name: str, platforms: Sequence[str]) -> Found:
    """The talents of a CSV text, in whatever dialect."""
    delimiter, quote = max(dialects(text), key=lambda dialect: _known(text, dialect, platforms))
    table: list[Row] = []
    broken: list[Fault] = []
    try:
        table.extend(rows(text, delimiter, quote))
    except BadRow as error:
        broken.append(error.fault)
    found = _talents(table, platforms, delimiter)
    if found is None:
        return Found(faults=broken or _no_header(name, table))
    found.faults += broken
    return found


def from_workbook(data: bytes, name: str, platforms: Sequence[str], sheet: str | None = None) -> Found:
    """The talents of a spreadsheet: those of the only visible sheet that names the columns.

    Args:
        data: the whole file.
        name: what it is called in messages.
        platforms: the names of the platforms that there are.
        sheet: the sheet, if a person names it; needed if several are rosters.

    Raises:
        UsageError: it cannot be read.
    """
    tables = {title: table for title, table in sheets(data, name) if not all(r.is_empty for r in table)}
    if sheet is not None and sheet not in tables:
        near = did_you_mean(sheet, tables)
        return Found(faults=[Fault(None, f"has no sheet {sheet!r}.{near}", f"It has {_quoted(tables)}.")])
    rosters = {title: found for title in tables if (found := _talents(tables[title], platforms))}
    chosen = [sheet] if sheet in rosters else [] if sheet else list(rosters)
    if len(chosen) > 1:
        what = f"has more than one sheet with a roster: {_quoted(chosen)}."
        return Found(faults=[Fault(None, what, f"Name the one to read: --sheet {shlex.quote(chosen[0])}")])
    if not chosen:
        return Found(faults=[fault for table in tables.values() for fault in _no_header(name, table)][:1])
    found = rosters[chosen[0]]
    others = [title for title in tables if title != chosen[0]]
    found.remarks += [f"Only the sheet {chosen[0]!r} was read, not {_quoted(others)}."] if others else []
    found.remarks += _numbers(found.numbers)
    return found


def _numbers(ids: Sequence[str]) -> list[str]:
    told = "Ids that are numbers in the spreadsheet, so that zeros typed before them are gone"
    return [f"{told}: {_quoted(ids)}."] if ids else []


def is_nothing(value: str) -> bool:
    """Whether this says that there is nothing."""
    return value.strip().casefold() in NOTHING


def _known(text: str, dialect: tuple[str, str], platforms: Sequence[str]) -> int:
    """How many columns one dialect makes us understand."""
    best = 0
    try:
        for number, row in enumerate(rows(text, *dialect)):
            columns = columns_of(row.cells, platforms)
            best = max(best, columns.known * (1 + columns.is_header))
            if columns.is_header or number > MOST_ROWS_BEFORE:
                break
    except BadRow:
        return best
    return best


def _talents(table: Iterable[Row], platforms: Sequence[str], delimiter: str = "") -> Found | None:
    """The talents of a table, or None if no row names the columns."""
    remaining = iter(table)
    header = next(
        (row for row, _ in zip(remaining, range(MOST_ROWS_BEFORE), strict=False) if _names(row, platforms)),
        None,
    )
    if header is None:
        return None
    columns = columns_of(header.cells, platforms)
    found = Found(faults=list(_faults_of(header, columns, platforms)), remarks=_remarks(columns))
    if found.faults:
        return found
    for row in remaining:
        if not row.is_empty:
            _read(row, columns, delimiter, found)
    return found


def _names(row: Row, platforms: Sequence[str]) -> bool:
    return columns_of(row.cells, platforms).is_header


def _no_header(name: str, table: Sequence[Row]) -> list[Fault]:
    what, hint = (
        "no column called name was found.",
        f"A row of {name} names the columns: id, name, instagram, ...",
    )
    return [Fault(row.place, what, hint) for row in table if not row.is_empty][:1]


def _faults_of(header: Row, columns: Columns, platforms: Sequence[str]) -> Iterable[Fault]:
    meanings = set(columns.meanings)
    for column, others in (("id", ()), ("name", ("first", "last"))):
        if not meanings & {column, *others}:
            yield Fault(
                header.place, f"no column called {column} was found.", "Every talent needs an id and a name."
            )
    for title, meant in columns.misspelt(platforms):
        yield unknown(header.place, "column", title, meant)
    if half := half_a_name(columns):
        yield Fault(header.place, f"the column {half[0]!r} stands beside {half[1]!r}.", HALF_A_NAME)
    for meaning in columns.repeated:
        yield Fault(header.place, f"two columns mean {meaning}.", "Leave one of them out.")


def half_a_name(columns: Columns) -> list[str]:
    """The title of a first or last name whose other half is called name, and that title; else nothing."""
    parts, name = columns.titles_of("first", "last"), columns.titles_of("name")
    return [parts[0], name[0]] if len(parts) == 1 and name else []


def _remarks(columns: Columns) -> list[str]:
    parts, name = columns.titles_of("first", "last"), columns.titles_of("name")
    remarks = not_read("Columns", columns)
    if parts and name:
        remarks.append(
            f"The name was read from {name[0]!r}, not from {_quoted(parts)}, where both are given."
        )
    return remarks


def unknown(place: Place, what: str, title: str, meant: str) -> Fault:
    """A column or key that is nearly one of ours."""
    return Fault(place, f"the {what} {title!r} is unknown.", f"Did you mean {meant!r}? If not, rename it.")


def not_read(what: str, columns: Columns) -> list[str]:
    """A remark that names the columns or keys that mean nothing, if there are any."""
    titles = columns.ignored
    return [f"{what} that were not read, as they are none of ours: {_quoted(titles)}."] if titles else []


def _quoted(names: Iterable[str]) -> str:
    known = list(map(repr, names))
    more = len(known) - MOST_LISTED
    return ", ".join(known[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _read(row: Row, columns: Columns, delimiter: str, found: Found) -> None:
    fields = {meaning: cell for meaning, cell in zip(columns.meanings, row.cells, strict=False) if meaning}
    faults = list(_shifted(row, columns, delimiter))
    try:
        word = _word(fields.pop(KEY)) if KEY in fields else None
    except UsageError as error:
        word = None
        faults = faults or [Fault.of(row.place, error)]
    if word:
        fields = {k: without_mark(v) for k, v in fields.items() if k != "id" or word.id is None}
    faults = faults or list(_spoilt(row, fields))
    found.numbers += [cell for key, cell in fields.items() if key == "id" and isinstance(cell, Number)]
    found.faults += faults
    if faults:
        return
    try:
        found.add(row.place, talent_of({k: tidy(k, v) for k, v in fields.items()}), word)
    except UsageError as error:
        found.faults.append(Fault.of(row.place, error))


def _word(cell: str) -> Word:
    """What our own column says of a talent.

    Raises:
        UsageError: it is not as we wrote it.
    """
    try:
        fields = json.loads(cell) if cell.strip() else {}
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise UsageError(NOT_OURS, hint="Export it anew, or take it out.")
    return word_in(fields)


def with_mark(value: str) -> str:
    """A value as a spreadsheet takes it for text: what begins like a formula has an apostrophe before it."""
    return f"'{value}" if LIKE_A_FORMULA.match(value) else value


def without_mark(value: str) -> str:
    """The value without that apostrophe. What the spreadsheet has spoilt stays marked as that."""
    return value[1:] if value.startswith("'") and LIKE_A_FORMULA.match(value) else value


def _shifted(row: Row, columns: Columns, delimiter: str) -> Iterable[Fault]:
    """What shows that values of a row may stand under columns that are not theirs.

    Of CSV empty fields count as well: with an unquoted comma before it, an empty field is one too many.
    """
    quote = f"A value with {delimiter!r} in it stands in quotation marks." if delimiter else None
    if delimiter and len(row.cells) > len(columns.titles):
        hint = f"{quote} No {delimiter!r} follows the last column."
        yield Fault(row.place, "there are more fields than the header has columns.", hint)
    elif delimiter and len(row.cells) < columns.width:
        hint = "A value with a line break in it stands in quotation marks. Empty fields are written, too."
        yield Fault(row.place, "there are fewer fields than the header has columns.", hint)
    elif columns.has_untitled(row.cells):
        hint = f"{quote or ''} Else give the column a title.".strip()
        yield Fault(row.place, "a value stands under a column without a title.", hint)


def _spoilt(row: Row, fields: dict[str, str]) -> Iterable[Fault]:
    hint = "Format the column as text in the spreadsheet, and type the value again."
    for column, cell in fields.items():
        why = cell.why if isinstance(cell, Spoilt) else None
        if why is None and column == "id" and SHORTENED.fullmatch(cell.strip()):
            why = "was shortened by the spreadsheet"
        if why:
            yield Fault(row.place, f"the {column} {str(cell)!r} {why}.", hint)


def tidy(column: str, cell: str) -> str:
    """What stands in a cell, without what is around it."""
    value = (seen(cell) if column in {"id", "email"} else cell).strip()
    if formula := AS_FORMULA.fullmatch(value):
        value = formula[1].strip()
    return "" if column != "name" and is_nothing(value) else value


def talent_of(fields: dict[str, str], more: tuple[NewAccount, ...] = ()) -> NewTalent:
    """The talent of a row's fields, by name of field or platform. Empty ones are nothing.

    Args:
        fields: the fields that have a value, and maybe others.
        more: accounts that no field names.

    Raises:
        UsageError: there is an address of a profile and no account that it goes with.
    """
    values = dict(fields)
    first, last = values.pop("first", ""), values.pop("last", "")
    name = values.pop("name", "") or f"{first} {last}".strip()
    talent_id = values.pop("id", "")
    email, avatar, profile = (values.pop(key, "") or None for key in ("email", "avatar_url", "profile_url"))
    if profile and not values.get(WEBSITE):
        raise UsageError(
            "there is a profile_url and no website that it goes with.",
            hint="An address of a page stands in the column website; that of an account in its platform's.",
        )
    accounts = tuple(
        NewAccount(platform, handle, profile if platform == WEBSITE else None)
        for platform, handle in values.items()
        if handle
    )
    return NewTalent(talent_id, name, email, avatar, accounts + more)
