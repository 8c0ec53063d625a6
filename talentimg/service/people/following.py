"""What is written in one transaction with an import or an edit: pictures withdrawn, words kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from talentimg.models import MANUAL, Action, AuditEntry, Candidate, State
from talentimg.models.audit import ADDED
from talentimg.repository.interface.entries import Following, Import
from talentimg.repository.values import not_found
from talentimg.service.people.edition import check_edition
from talentimg.service.people.files.own import together
from talentimg.service.people.undo import FIELDS, changed_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from talentimg.models import Picture, Policy, TalentRecord
    from talentimg.repository.interface import Change
    from talentimg.repository.interface.entries import EntryChange, RosterEntry, Written
    from talentimg.service.people.accounts import Accounts
    from talentimg.service.people.edition import Editions


@dataclass(kw_only=True)
class ImportFollows:
    """What follows an import of a file of this name. What it came to is known once it was called."""

    name: str
    by: str
    why: str | None
    at: datetime
    accounts: Accounts
    policies: Mapping[str, Policy]
    """What people decided elsewhere, by talent."""
    chosen: Mapping[str, Picture]
    """The pictures that they chose, which are in the store."""
    id: str = field(init=False)
    decided: int = field(default=0, init=False)
    """About how many talents it brought a decision."""

    def __post_init__(self) -> None:
        self.id = f"{self.at:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    def __call__(self, written: Written) -> Following:
        """What is written with it."""
        changes = tuple(self._changes(written.records))
        decided = {change.talent_id for change in changes if change.policy}
        changed = tuple(changed_by(written, decided))
        self.decided = len(decided)
        about = {"file": self.name, "import": self.id}
        audit = (
            AuditEntry(
                change.after.talent_id,
                self.at,
                Action.IMPORT,
                self.by,
                self.why,
                about if change.before else {**about, ADDED: "yes"},
            )
            for change in changed
        )
        # Kept whatever it changed: whoever takes the last one back means the last one.
        return Following(changes, tuple(audit), Import(self.id, self.at, self.by, self.name, changed))

    def _changes(self, records: Mapping[str, TalentRecord]) -> Iterator[Change]:
        for record in records.values():
            if change := self._change(record):
                yield change

    def _change(self, record: TalentRecord) -> Change | None:
        """What is written of a talent, with what people decided elsewhere."""
        talent_id = record.talent.id
        brought = self.policies.get(talent_id, record.policy)
        policy = together(record.policy, brought)
        picture = self.chosen.get(talent_id) if policy.choice is None else None
        if picture is not None:
            return self._with_choice(record, replace(policy, choice=brought.choice), picture)
        after = replace(record, policy=policy) if policy != record.policy else None
        return self._what_follows(record, after)

    def _with_choice(self, record: TalentRecord, policy: Policy, picture: Picture) -> Change | None:
        """The same where a picture is chosen: a lock that comes with it holds it, so it counts after."""
        candidates = {**record.candidates, MANUAL: _candidate(record.talent.id, picture, self.at)}
        unlocked = replace(policy, lock=record.policy.lock)
        change = self._what_follows(record, replace(record, policy=unlocked, candidates=candidates))
        return change and replace(change, policy=policy, picture=picture)

    def _what_follows(self, record: TalentRecord, after: TalentRecord | None) -> Change | None:
        return self.accounts.what_follows(record, after, why="the roster was imported", by=self.by)


def _candidate(talent_id: str, picture: Picture, at: datetime) -> Candidate:
    return Candidate(
        talent_id,
        MANUAL,
        State.FOUND,
        content_hash=picture.content_hash,
        source_hash=picture.source_hash,
        checked_at=at,
        found_at=at,
        question=MANUAL,
    )


@dataclass(kw_only=True)
class EditFollows:
    """What follows an edit. `fields` are those that it changed, once it was called."""

    by: str
    why: str | None
    at: datetime
    accounts: Accounts
    editions: Editions = None
    """Those that will do, checked in the transaction: nobody else can come in between."""
    fields: tuple[str, ...] = field(default=(), init=False)

    def __call__(self, written: Written) -> Following:
        """What is written with it."""
        for talent_id in written.after.keys() - written.before.keys():
            raise not_found(talent_id)  # somebody removed the talent meanwhile, who must not come back so
        for talent_id, before in written.before.items():
            check_edition(_as_before(written.records[talent_id], before), self.editions)
        changed = tuple(change for change in changed_by(written) if change.before != change.after)
        self.fields = tuple(name for change in changed for name in _differing(change))
        changes = (
            self.accounts.what_follows(record, why="the talent was edited", by=self.by)
            for record in written.records.values()
        )
        audit = (
            AuditEntry(c.after.talent_id, self.at, Action.EDIT, self.by, self.why, _about(c)) for c in changed
        )
        return Following(tuple(filter(None, changes)), tuple(audit))


def _as_before(record: TalentRecord, before: RosterEntry) -> TalentRecord:
    """The record of somebody of whom an edit has changed nothing else than these fields."""
    fields = {name: getattr(before, name) for name in FIELDS}
    return replace(record, talent=replace(record.talent, **fields))


def _differing(change: EntryChange) -> Iterator[str]:
    yield from (name for name in FIELDS if getattr(change.before, name) != getattr(change.after, name))


def _about(change: EntryChange) -> dict[str, str]:
    """Which fields, and not what is in them: that is nobody's concern once it has left the roster."""
    return {"fields": ", ".join(_differing(change))}
