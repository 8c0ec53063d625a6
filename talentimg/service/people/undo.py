"""Takes an import back: field by field, and only where nobody has changed it since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from talentimg.errors import Contradicted
from talentimg.models import Action, AuditEntry
from talentimg.repository.interface.entries import EntryChange, Following, Restored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from talentimg.repository.interface import Roster as RosterPort
    from talentimg.repository.interface.entries import (
        Import,
        Present,
        RosterEntry,
        Written,
    )
    from talentimg.service.people.accounts import Accounts

FIELDS: Final = ("name", "email", "avatar_url")
OF_THE_APP: Final = "rows of the app's are never deleted"
SPOKEN_OF: Final = "somebody has decided about them since"
MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Staying:
    """Somebody whom the import added and who stays, and why."""

    talent_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Undo:
    """What taking an import back does: `restored` are as before again, `removed` no longer on the roster."""

    id: str
    name: str
    at: datetime
    restored: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    stay: tuple[Staying, ...] = ()
    gone: tuple[str, ...] = ()
    """Whom somebody else has removed since."""
    conflicts: tuple[str, ...] = ()
    """What somebody has changed since, such as `ada (name)`: with one of these nothing is taken back."""
    decided: tuple[str, ...] = ()
    """About whom it brought decisions, such as a lock: these stay."""
    steps: tuple[Restored, ...] = field(default=(), repr=False)


def undo_of(one: Import, present: Present) -> Undo:
    """What taking an import back would do. Pure.

    Args:
        one: the import.
        present: how the talents stand now.
    """
    steps: list[Restored] = []
    stay: list[Staying] = []
    gone: list[str] = []
    conflicts: list[str] = []
    for change in one.changed:
        talent_id = change.after.talent_id
        now = present.entries.get(talent_id)
        if now is None:
            gone.append(talent_id)
        elif change.before is not None:
            steps += _restored(change.before, change.after, now)
            conflicts += (f"{talent_id} ({what})" for what in _conflicts(change.before, change.after, now))
        elif why := _reason_to_stay(talent_id, present):
            stay.append(Staying(talent_id, why))
        elif now != change.after:
            conflicts.append(talent_id)
        else:
            steps.append(Restored(talent_id, remove=True))
    return Undo(
        one.id,
        one.name,
        one.at,
        restored=tuple(step.talent_id for step in steps if not step.remove),
        removed=tuple(step.talent_id for step in steps if step.remove),
        stay=tuple(stay),
        gone=tuple(gone),
        conflicts=tuple(conflicts),
        decided=tuple(_still_decided(one, [*gone, *(step.talent_id for step in steps if step.remove)])),
        steps=tuple(steps),
    )


def _still_decided(one: Import, left: Collection[str]) -> Iterator[str]:
    return (c.after.talent_id for c in one.changed if c.decided and c.after.talent_id not in left)


def _reason_to_stay(talent_id: str, present: Present) -> str | None:
    if not present.is_own:
        return OF_THE_APP
    return SPOKEN_OF if talent_id in present.spoken_of else None


def _restored(before: RosterEntry, after: RosterEntry, now: RosterEntry) -> Iterator[Restored]:
    def back(name: str) -> str | None:
        was, made, found = (getattr(entry, name) for entry in (before, after, now))
        return was or "" if was != made == found else None

    name, email, avatar_url = map(back, FIELDS)
    if before.names != after.names == now.names:  # the one that is not shown may have been another
        name = before.name
    platforms = [
        p for p in _platforms(before, after) if before.account(p) != after.account(p) == now.account(p)
    ]
    accounts = tuple(account for p in platforms if (account := before.account(p)) is not None)
    absent = tuple(p for p in platforms if before.account(p) is None)
    restored = Restored(before.talent_id, name, email, avatar_url, accounts, absent, columns=before.columns)
    if restored != Restored(before.talent_id):
        yield restored


def _conflicts(before: RosterEntry, after: RosterEntry, now: RosterEntry) -> Iterator[str]:
    """What the import changed and is now neither as it left it nor as it was."""
    for name in FIELDS:
        was, made, found = (getattr(entry, name) for entry in (before, after, now))
        if was != made and found not in {was, made}:
            yield name.replace("_", " ")
    for platform in _platforms(before, after):
        was, made, found = (entry.account(platform) for entry in (before, after, now))
        if was != made and found not in {was, made}:
            yield platform


def _platforms(before: RosterEntry, after: RosterEntry) -> list[str]:
    return sorted({account.platform for entry in (before, after) for account in entry.accounts})


class Imports:
    """The latest imports, each of which can be taken back, the last one first."""

    def __init__(self, repository: RosterPort, accounts: Accounts, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._accounts = accounts
        self._now = now

    def last(self) -> Import:
        """The last import that was not taken back: after it was, the one before it.

        Raises:
            Contradicted: there is none.
        """
        found = next((one for one in self._repository.imports() if one.undone_at is None), None)
        if found is None:
            raise Contradicted("There is no import left that could be taken back.")
        return found

    def preview(self) -> Undo:
        """What `take_back` would do. Nothing is written."""
        one = self.last()
        return undo_of(one, self._repository.present([change.after.talent_id for change in one.changed]))

    def take_back(self, *, by: str, why: str | None = None) -> Undo:
        """Undo the last import; pictures of accounts and avatars that it brought go at once.

        Raises:
            Contradicted: there is none, or somebody has changed since what it changed; nothing is taken back.
        """
        one = self.last()
        done: list[Undo] = []

        def plan(present: Present) -> tuple[Restored, ...]:
            done[:] = [undo_of(one, present)]
            refuse_conflicts(done[0])
            return done[0].steps

        self._repository.take_back(one.id, self._now(), plan, lambda w: self._following(w, one, by, why))
        return done[0]

    def _following(self, written: Written, one: Import, by: str, why: str | None) -> Following:
        changes = (
            self._accounts.what_follows(record, why="an import was taken back", by=by)
            for record in written.records.values()
        )
        at = self._now()
        audit = (AuditEntry(i, at, Action.IMPORT, by, why, {"taken_back": one.id}) for i in written.after)
        return Following(tuple(filter(None, changes)), tuple(audit))


def refuse_conflicts(undo: Undo) -> None:
    """Raise if somebody has changed since what the import changed.

    Raises:
        Contradicted: names them.
    """
    if undo.conflicts:
        more = len(undo.conflicts) - MOST_NAMED
        named = ", ".join(undo.conflicts[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        raise Contradicted(
            f"The import of {undo.name} cannot be taken back, as somebody has changed since: {named}.",
            hint="Nothing was changed. Put these right with edit, connect or disconnect, or by an import.",
        )


def changed_by(written: Written, decided: Collection[str] = ()) -> Iterator[EntryChange]:
    """Those of whom the rows are no longer what they were, or about whom decisions came with it."""
    for talent_id, after in sorted(written.after.items()):
        before = written.before.get(talent_id)
        if before != after or before.names != after.names or talent_id in decided:
            yield EntryChange(before, after, talent_id in decided)
