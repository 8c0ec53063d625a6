"""Forgetting and merging in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from talentimg.models import Policy
from talentimg.repository import tombstones
from talentimg.repository.in_use import Entry
from talentimg.repository.interface import Disconnected, Removals, Tombstones
from talentimg.repository.interface.entries import EntryChange
from talentimg.repository.interface.values import Dropped, Erased, ErasedTalents, Forgotten, Merged
from talentimg.repository.memory.leftovers import MemoryLeftovers
from talentimg.repository.memory.reviews import MemoryReviews
from talentimg.repository.merging import (
    MERGED,
    Tally,
    buried,
    counted_words,
    merged_details,
    merged_policy,
    moved_sources,
    step_between,
    without_stand_ins,
)
from talentimg.repository.redacting import names, redacted, redacted_about
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry, HistoryEntry
    from talentimg.repository.interface.entries import RosterEntry
    from talentimg.repository.memory.talents import StoredTalent

T = TypeVar("T")


class MemoryRemovals(MemoryReviews, MemoryLeftovers, Tombstones, Removals):
    """Takes away from the dictionaries. The roster is always our own."""

    # -- tombstones -------------------------------------------------------------

    def forgotten(self, what: Iterable[tuple[str, str | None]]) -> list[Forgotten]:
        with self._lock:
            return self._forgotten(what)

    def remember(
        self, what: Iterable[tuple[str, str | None]], now: datetime, entry: AuditEntry
    ) -> list[Forgotten]:
        del now
        with self._lock:
            found = self._forgotten(what)
            for one in found:
                del self._tombstones[one.talent_id, one.platform]
                if talent := self._talents.get(one.talent_id):
                    talent.policy = tombstones.untold(talent.policy, [one])
            self._audit += [normalise(entry)] if found else []
            return found

    # -- removals -----------------------------------------------------------------

    def erase(
        self, talent_id: str, now: datetime, *, platform: str | None = None, forgotten_by: str | None = None
    ) -> Erased:
        with self._lock:
            talent = self._talents.get(normalise(talent_id))
            words = _words_of(talent, platform.lower() if platform else None) if talent else frozenset()
            return self._erase(talent_id, now, words, platform=platform, forgotten_by=forgotten_by)

    def _erase(
        self,
        talent_id: str,
        now: datetime,
        words: frozenset[str],
        *,
        platform: str | None = None,
        forgotten_by: str | None = None,
    ) -> Erased:
        wanted, at = normalise((talent_id, now))
        place = platform.lower() if platform else None
        with self._lock:
            talent = self._talents.get(wanted)
            hashes = self._hashes_of(wanted, talent, place)
            rows = self._drop_rows(wanted, talent, place)
            self._scrub_runs(wanted, place, words)
            self._redact(wanted, place, words)
            if forgotten_by is not None:
                self._bury(Forgotten(wanted, place or "", at, normalise(forgotten_by)))
            dropped = self._drop_unused(hashes, at)
            shared = len(hashes & self._pictures.keys())
            name = talent.name if talent else None
            return Erased(name, {t: n for t, n in rows.items() if n}, dropped, shared, words)

    def erase_missing(self, talent_ids: Sequence[str], now: datetime) -> ErasedTalents:
        with self._lock:
            missing = [talent_id for talent_id in talent_ids if talent_id not in self._talents]
            dropped = [self.erase(talent_id, now).dropped for talent_id in missing]
        keys = tuple(key for one in dropped for key in one.keys)
        return ErasedTalents(len(missing), Dropped(sum(one.pictures for one in dropped), keys))

    def _bury(self, one: Forgotten) -> None:
        self._tombstones.setdefault((one.talent_id, one.platform), one)
        if one.platform and (talent := self._talents.get(one.talent_id)):
            talent.policy = tombstones.told(talent.policy, one.platform, one.at)

    def _hashes_of(self, talent_id: str, talent: StoredTalent | None, platform: str | None) -> set[str]:
        found: set[str | None] = set()
        if talent:
            found |= {c.content_hash for c in talent.candidates.values() if platform in {None, c.source}}
            found |= {talent.selection.content_hash} if platform is None else set()
        found |= {r.content_hash for r in self._reviews_of(talent_id) if platform in {None, r.source}}
        for entry in self._history:
            if entry.talent_id == talent_id:
                found |= {entry.from_hash} if platform in {None, entry.from_source} else set()
                found |= {entry.to_hash} if platform in {None, entry.to_source} else set()
        return {name for name in found if name is not None}

    def _drop_rows(self, talent_id: str, talent: StoredTalent | None, platform: str | None) -> dict[str, int]:
        if platform is not None:
            return self._drop_platform(talent_id, talent, platform)
        kept_history = [entry for entry in self._history if entry.talent_id != talent_id]
        kept_audit = [entry for entry in self._audit if entry.talent_id != talent_id]
        rows = {
            "history": len(self._history) - len(kept_history),
            "audit": len(self._audit) - len(kept_audit),
            "candidates": len(talent.candidates) if talent else 0,
            "SocialAccountConnection": len(talent.stored_accounts) if talent else 0,
            "Talent": 1 if self._talents.pop(talent_id, None) else 0,
        }
        for one in self._reviews_of(talent_id):
            del self._reviews[one.talent_id, *one.key]
        self._scrub_imports(talent_id, None)
        self._history, self._audit = kept_history, kept_audit
        for kind in ("talent", "reached:talents"):
            self._noted.pop((kind, talent_id), None)
        return rows

    def _drop_platform(self, talent_id: str, talent: StoredTalent | None, platform: str) -> dict[str, int]:
        blanked = self._blank_history(talent_id, platform)
        if talent is None:
            return {"history": blanked}
        talent.disconnected = {one for one in talent.disconnected if one.platform != platform}
        for one in self._reviews_of(talent_id):
            if one.source == platform:
                del self._reviews[one.talent_id, *one.key]
        self._scrub_imports(talent_id, platform)
        return {
            "history": blanked,
            "candidates": 1 if talent.candidates.pop(platform, None) else 0,
            "SocialAccountConnection": 1 if talent.stored_accounts.pop(platform, None) else 0,
        }

    def _blank_history(self, talent_id: str, platform: str) -> int:
        ours = [
            e for e in self._history if e.talent_id == talent_id and platform in {e.from_source, e.to_source}
        ]
        self._history = [_blanked(e, platform) if any(e is o for o in ours) else e for e in self._history]
        return len(ours)

    def _scrub_imports(self, talent_id: str, platform: str | None) -> None:
        for name, one in self._imports.items():
            changed = (
                _without_platform(change, platform) if change.after.talent_id == talent_id else change
                for change in one.changed
                if platform is not None or change.after.talent_id != talent_id
            )
            self._imports[name] = replace(one, changed=tuple(changed))

    def _redact(self, talent_id: str, platform: str | None, words: frozenset[str]) -> None:
        """Take the words out of what people wrote in other rows."""
        known = words if platform else words | {talent_id}
        of_it = [e for e in self._audit if _is_of(e, talent_id, platform)]
        self._audit = [
            _redacted(entry, words, known if _may_name(entry, talent_id, platform) else frozenset())
            for entry in self._audit
            if not any(entry is one for one in of_it)
        ]
        self._history = [replace(e, why=redacted(e.why, words)) for e in self._history]
        for key, review in self._reviews.items():
            self._reviews[key] = replace(review, why=review.why and redacted(review.why, words))
        for name, one in self._imports.items():
            self._imports[name] = replace(one, name=redacted(one.name, words))
        for found, suspect in self._suspects.items():
            called = None if suspect.name in words else suspect.name and redacted(suspect.name, words)
            self._suspects[found] = replace(suspect, name=called)
        for talent in self._talents.values():
            talent.policy = _redacted_policy(talent.policy, words)

    def _scrub_runs(self, talent_id: str, platform: str | None, of_them: frozenset[str]) -> None:
        words = of_them if platform else of_them | {talent_id}
        self._run_talents = {
            key: replace(one, detail=one.detail and redacted(one.detail, words))
            for key, one in self._run_talents.items()
            if one.talent_id != talent_id or platform not in {None, one.source, one.previous_source}
        }
        if platform is None:
            told = self._deliveries.items()
            self._deliveries = {number: one for number, one in told if one.talent_id != talent_id}
        self._reconnects = {
            number: replace(one, detail=one.detail and redacted(one.detail, words))
            for number, one in self._reconnects.items()
            if one.talent_id != talent_id or platform not in {None, one.platform}
        }
        for run_id, run in self._runs.items():
            kept = (s for s in run.slowest if s.talent_id != talent_id or platform not in {None, s.source})
            note = None if any(names(run.note or "", word) for word in words) else run.note
            self._runs[run_id] = replace(run, slowest=tuple(kept), note=note)

    def traces(
        self, talent_id: str, platform: str | None = None, *, words: Collection[str] = ()
    ) -> Mapping[str, int]:
        with self._lock:
            talent = self._talents.get(talent_id)
            hashes = self._hashes_of(talent_id, talent, platform)
            named = sum(any(names(entry.why or "", word) for word in words) for entry in self._audit)
            found = {"pictures": len(hashes), "remarks": named}
            if platform is not None:
                found["audit"] = sum(_is_of(entry, talent_id, platform.lower()) for entry in self._audit)
            if platform is None:
                found |= {
                    "history": sum(entry.talent_id == talent_id for entry in self._history),
                    "audit": sum(entry.talent_id == talent_id for entry in self._audit),
                    "candidates": len(talent.candidates) if talent else 0,
                }
            return {table: number for table, number in found.items() if number}

    def merge(self, talent_id: str, into: str, now: datetime, entry: AuditEntry) -> Merged:
        with self._lock:
            gone, stays = self._talent(talent_id), self._talent(into)
            tally = Tally()
            before = stays.policy
            details = merged_details(stays, gone, tally, are_ours=True)
            stays.email, stays.avatar_url = details[0] or stays.email, details[1] or stays.avatar_url
            shunned = self._move_tombstones(talent_id, into, tally)
            known = stays.stored_accounts.keys() | shunned
            moved = [p for p in sorted(gone.stored_accounts) if p not in known]
            for platform in sorted(gone.stored_accounts):
                tally.add(f"the {platform} account", moved=platform in moved)
            stays.policy = merged_policy(stays.policy, gone.policy, tally)
            self._move_disconnects(gone, stays, into, known, tally)
            for platform in moved:
                stored = gone.stored_accounts.pop(platform)
                stored.account = replace(stored.account, talent_id=into)
                stays.stored_accounts[platform] = stored
            for source in moved_sources(moved, before, stays.policy, details):
                if source in gone.candidates and source not in stays.candidates:
                    stays.candidates[source] = replace(gone.candidates.pop(source), talent_id=into)
            for platform in shunned:
                self._blank_history(talent_id, platform)
            step = step_between(
                gone.selection, stays.selection, shunned, Entry(normalise(now), MERGED, normalise(entry.by))
            )
            self._move_words(talent_id, into, replace(step, talent_id=into) if step else None, tally)
            erased = self._erase(talent_id, now, frozenset())
            self._audit.append(normalise(entry))
            return Merged(gone.name, stays.name, tuple(tally.moved), tuple(tally.left), erased)

    def _move_tombstones(self, talent_id: str, into: str, tally: Tally) -> set[str]:
        """Keep forgotten what was; returns the platforms of which nothing may be moved."""
        gone, stays = self._talents[talent_id], self._talents[into]
        of = {
            whose: [one for one in self._tombstones.values() if one.talent_id == whose and one.platform]
            for whose in (talent_id, into)
        }
        own = {one.platform for one in of[into]}
        for one in buried(of[talent_id], stays.stored_accounts.keys() | own, tally):
            self._tombstones[into, one.platform] = replace(one, talent_id=into)
        left = {one.platform for one in of[talent_id]} & stays.stored_accounts.keys()
        gone.policy = without_stand_ins(gone.policy, left)
        return own | {one.platform for one in of[talent_id]}

    def _move_disconnects(
        self, gone: StoredTalent, stays: StoredTalent, into: str, known: set[str], tally: Tally
    ) -> None:
        known = known | {one.platform for one in stays.disconnected}
        for one in sorted(gone.disconnected, key=lambda one: (one.platform, one.handle)):
            is_free = one.platform not in known
            if is_free:
                stays.disconnected.add(Disconnected(into, one.platform, one.handle))
            tally.add(f"that {one.platform} was disconnected", moved=is_free)

    def _move_words(self, talent_id: str, into: str, step: HistoryEntry | None, tally: Tally) -> None:
        if any(entry.talent_id == talent_id for entry in self._history):
            is_free = not any(entry.talent_id == into for entry in self._history)
            if is_free:
                self._history = [_moved(entry, talent_id, into) for entry in self._history]
                self._history += [step] if step else []
            tally.add("the history", moved=is_free)
        if said := sum(entry.talent_id == talent_id for entry in self._audit):
            self._audit = [replace(e, talent_id=into) if e.talent_id == talent_id else e for e in self._audit]
            tally.add(counted_words(said), moved=True)

    def owes_wipe(self) -> bool:
        return False

    def wipe_free_space(self) -> None:
        """Nothing is written anywhere."""


def _moved(entry: HistoryEntry, talent_id: str, into: str) -> HistoryEntry:
    return replace(entry, talent_id=into) if entry.talent_id == talent_id else entry


def _words_of(talent: StoredTalent, platform: str | None) -> frozenset[str]:
    accounts = [one.account for name, one in talent.stored_accounts.items() if platform in {None, name}]
    found = {account.handle for account in accounts} | {account.profile_url for account in accounts}
    if platform is None:
        found |= {talent.name, talent.email, talent.avatar_url}
    return frozenset(word for word in found if word)


def _is_of(entry: AuditEntry, talent_id: str, platform: str | None) -> bool:
    return entry.talent_id == talent_id and platform in {None, entry.about.get("platform", "").lower()}


def _may_name(entry: AuditEntry, talent_id: str, platform: str | None) -> bool:
    return platform is None or entry.talent_id != talent_id or "platform" not in entry.about


def _redacted(entry: AuditEntry, words: frozenset[str], about: frozenset[str]) -> AuditEntry:
    why = entry.why and redacted(entry.why, words)
    return replace(entry, why=why, about=redacted_about(entry.about, about))


def _redacted_policy(policy: Policy, words: frozenset[str]) -> Policy:
    def without(one: T) -> T:
        why = getattr(one, "why", None)
        return replace(one, why=redacted(why, words)) if why else one  # type: ignore[type-var]

    return Policy(
        without(policy.lock),
        without(policy.choice),
        without(policy.order),
        tuple(without(one) for one in policy.opt_outs),
        policy.note and redacted(policy.note, words),
    )


def _without_platform(change: EntryChange, platform: str | None) -> EntryChange:
    def kept(entry: RosterEntry) -> RosterEntry:
        return replace(entry, accounts=tuple(a for a in entry.accounts if a.platform != platform))

    return EntryChange(change.before and kept(change.before), kept(change.after))


def _blanked(entry: HistoryEntry, platform: str) -> HistoryEntry:
    if entry.from_source == platform:
        entry = replace(entry, from_hash=None, from_url=None, from_question=None, why="forgotten")
    if entry.to_source == platform:
        entry = replace(entry, to_hash=None, why="forgotten")
    return entry
