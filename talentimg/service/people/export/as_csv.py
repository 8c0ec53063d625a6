"""The roster as CSV: columns for people, and one of ours for what no column could tell.

What people could have typed stands in the columns, and may be edited there. What would not be read back as it
is, such as a handle that no platform would take or a name that a spreadsheet would compute, stands in our own
column as well or instead, and is read from there.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import IO, TYPE_CHECKING, Any, Final

from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.files.own import KEY, account_told, said
from talentimg.service.people.files.table import LINE_BREAK, SHORTENED, talent_of, tidy, with_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from talentimg.repository.interface.entries import EntryAccount, RosterEntry
    from talentimg.service.people.export.talents import Exported

FIELDS: Final = ("id", "name", "email", "avatar_url")
UNTYPEABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LIKE_A_NUMBER: Final = re.compile(r"[0-9.,:/+\-\seE]+")
"""What a spreadsheet may take for a number or a date, and write back as another one."""


def write_csv(
    talents: Iterable[Exported],
    file: IO[bytes],
    platforms: Sequence[str],
    checked: Callable[[NewTalent], NewTalent | None],
) -> int:
    """Write it.

    Args:
        talents: everybody.
        file: where it goes.
        platforms: the platforms that have a column.
        checked: a talent as an import would take it; None if it would not.

    Returns:
        How many talents there are.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([*FIELDS, *platforms, KEY])
        number = 0
        for number, one in enumerate(talents, start=1):  # noqa: B007  counted
            cells, ours = _typed(one.entry, platforms, checked)
            ours |= said(one.record.policy, one.disconnected)
            document = json.dumps(ours, ensure_ascii=False) if ours else ""
            row = (with_mark(cells.get(column, "")) for column in (*FIELDS, *platforms))
            writer.writerow([*row, document])
        return number
    finally:
        text.detach()


def _typed(
    entry: RosterEntry, platforms: Sequence[str], checked: Callable[[NewTalent], NewTalent | None]
) -> tuple[dict[str, str], dict[str, Any]]:
    """The cells of a talent by column, and what they do not tell exactly."""
    cells: dict[str, str] = {}
    ours: dict[str, Any] = {}
    values = {"id": entry.talent_id, "name": entry.name, "email": entry.email, "avatar_url": entry.avatar_url}
    for name, value in values.items():
        exact = value is None or _is_read_back(name, value, checked)
        shown = value if exact or name in {"id", "name"} else None
        cells[name] = UNTYPEABLE.sub(" ", shown or "") or ("?" if value else "")
        ours |= {} if exact else {name: value}
    accounts: list[dict[str, Any]] = []
    for account in entry.accounts:
        fits = account.connected and account.platform in platforms and _is_taken(account, checked)
        cells |= {account.platform: account.handle} if fits else {}
        accounts += [] if fits and account.profile_url is None else [account_told(account)]
    return cells, ours | ({"accounts": accounts} if accounts else {})


def _is_read_back(name: str, value: str, checked: Callable[[NewTalent], NewTalent | None]) -> bool:
    """Whether a cell with this value would be read as it is."""
    if UNTYPEABLE.search(value) or LINE_BREAK.search(value) or _is_spoilt(name, value):
        return False
    fields: Mapping[str, str] = {"id": "-", "name": "-", name: tidy(name, value)}
    read = checked(talent_of(dict(fields)))
    found = (
        {"id": read.id, "name": read.name, "email": read.email, "avatar_url": read.avatar_url} if read else {}
    )
    return found.get(name) == value


def _is_spoilt(name: str, value: str) -> bool:
    return name == "id" and bool(SHORTENED.fullmatch(value) or LIKE_A_NUMBER.fullmatch(value))


def _is_taken(account: EntryAccount, checked: Callable[[NewTalent], NewTalent | None]) -> bool:
    """Whether the handle in a cell would be read as this account."""
    platform, handle = account.platform, account.handle
    if UNTYPEABLE.search(handle) or LIKE_A_NUMBER.fullmatch(handle) or tidy(platform, handle) != handle:
        return False
    read = checked(NewTalent("-", "-", accounts=(NewAccount(platform, handle),)))
    return read is not None and read.accounts == (NewAccount(platform, handle),)
