"""Reads a roster from a file of any form that people bring. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from talentimg.errors import NobodyInFile
from talentimg.service.people.files.archive import opened, picture_in, roster_in
from talentimg.service.people.files.records import from_json, is_json
from talentimg.service.people.files.table import from_csv, from_workbook
from talentimg.service.people.files.text import decoded
from talentimg.service.people.files.workbook import is_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from talentimg.repository.interface import NewTalent
    from talentimg.service.people.files.faults import Fault, Place
    from talentimg.service.people.files.own import Word
    from talentimg.service.people.files.table import Found


def no_picture(_: str) -> None:
    """What comes with a file that has no pictures."""


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a file says of the roster: talents with their places, faults, and remarks for whoever imports it.

    `name` is what the file is called in messages.
    """

    name: str
    talents: tuple[tuple[Place, NewTalent], ...]
    faults: tuple[Fault, ...] = ()
    remarks: tuple[str, ...] = ()
    words: Mapping[Place, Word] = field(default_factory=dict)
    """What an export of ours says exactly, beside what could have been typed."""
    chosen: Callable[[str], bytes | None] = no_picture
    """The picture that a person chose for a talent, by id, if it came with the file."""


def read_roster(
    data: bytes,
    name: str,
    platforms: Sequence[str],
    *,
    encoding: str | None = None,
    sheet: str | None = None,
) -> RosterFile:
    """Read a roster: CSV in any dialect, a spreadsheet, JSON (lines), or a ZIP of ours, whatever its name.

    Args:
        data: the whole file.
        name: what it is called in messages.
        platforms: the names of the platforms that there are.
        encoding: of a text, if a person says so; else it is found out.
        sheet: of a spreadsheet, if a person names it.

    Raises:
        NobodyInFile: it has no talents, which cannot be intended.
        UsageError: it cannot be read at all.
    """
    archive = opened(data, name)
    if archive is not None:
        found = _from_text(roster_in(archive, name), name, platforms, "utf-8")
    elif is_workbook(data):
        found = from_workbook(data, name, platforms, sheet)
    else:
        found = _from_text(data, name, platforms, encoding)
    if not found.talents and not found.faults:
        raise NobodyInFile(
            f"{name} has no talents.", hint="Nothing was changed. An import never removes talents."
        )
    chosen = partial(picture_in, archive) if archive is not None else no_picture
    return RosterFile(
        name, tuple(found.talents), tuple(found.faults), tuple(found.remarks), found.words, chosen
    )


def _from_text(data: bytes, name: str, platforms: Sequence[str], encoding: str | None) -> Found:
    text, remark = decoded(data, name, encoding)
    found = from_json(text, platforms) if is_json(text) else from_csv(text, name, platforms)
    found.remarks[:0] = [remark] if remark else []
    return found
