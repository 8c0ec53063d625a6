"""Whose a picture is, and what changes for them when it is cut otherwise. Alike for every backend."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from talentimg.models import HistoryEntry
from talentimg.repository.interface import Change, PictureInUse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from talentimg.models import Picture, Selection, TalentRecord


class Use(NamedTuple):
    """A row that names a picture: a candidate if `is_offered`, otherwise what was last written as shown."""

    content_hash: str
    talent_id: str
    is_offered: bool


class Entry(NamedTuple):
    """What the history says: when, why, and by whom."""

    at: datetime
    why: str
    by: str


def users(
    uses: Iterable[Use], records: Mapping[str, TalentRecord], now: datetime | None
) -> dict[str, frozenset[str]]:
    """Whose each picture is, by content hash, without talents who have a lock at that time.

    Args:
        uses: the rows that name the pictures.
        records: these talents as far as they are on the roster.
        now: when a lock has to hold; None: nobody is left out for one.
    """
    found: dict[str, set[str]] = {}
    for use in uses:
        record = records.get(use.talent_id)
        if record is None or (now is not None and record.policy.is_locked(now)):
            continue
        if use.is_offered or record.selection.content_hash == use.content_hash:
            found.setdefault(use.content_hash, set()).add(use.talent_id)
    return {content_hash: frozenset(ids) for content_hash, ids in found.items()}


def with_users(pictures: Iterable[Picture], users: Mapping[str, frozenset[str]]) -> list[PictureInUse]:
    """Each picture with its talents."""
    return [PictureInUse(p, tuple(sorted(users.get(p.content_hash, ())))) for p in pictures]


def recut_changes(old: Picture, new: Picture, records: Iterable[TalentRecord], entry: Entry) -> list[Change]:
    """What is shown from now on for those of these talents who show the old cut.

    Args:
        old: the picture as it was cut before.
        new: the picture as it is cut now.
        records: its talents.
        entry: what the history says of it.
    """
    if old.content_hash == new.content_hash:
        return []
    return [
        _change(record, _recut(record.selection, old, new), entry)
        for record in records
        if record.selection.content_hash == old.content_hash
    ]


def _recut(shown: Selection, old: Picture, new: Picture) -> Selection:
    """The new cut, at the address of our copy of it if the app was given that of the old one."""
    url, before = shown.url, f"/{old.shown.key}"
    if url is not None and url.endswith(before):
        url = f"{url.removesuffix(before)}/{new.shown.key}"
    return replace(shown, content_hash=new.content_hash, url=url)


def _change(record: TalentRecord, selection: Selection, entry: Entry) -> Change:
    before = record.selection
    history = HistoryEntry(
        talent_id=record.talent.id,
        at=entry.at,
        from_source=before.source,
        from_hash=before.content_hash,
        to_source=selection.source,
        to_hash=selection.content_hash,
        why=entry.why,
        by=entry.by,
        from_url=before.kept_url,
        from_question=before.question,
    )
    return Change(record.talent.id, selection, history=history)
