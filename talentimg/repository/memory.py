"""The repository that forgets everything when closed: for tests, and for trying things out."""

# ruff: noqa: ARG002  the port tells the time of a change, and no row here keeps one

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING

from talentimg.models import Account, Policy, Selection, Talent, TalentRecord
from talentimg.repository.interface import Holder, Repository, RosterRow
from talentimg.repository.values import (
    FORGOTTEN_AFTER,
    check_new,
    is_out_of_date,
    new_id,
    next_due,
    normalise,
    normalise_talents,
    not_found,
    refused_sources,
    same_handle,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from talentimg.models import Candidate, Cooldown, HistoryEntry, Picture, Run, Suspect, Token
    from talentimg.repository.interface import Change, NewAccount, NewTalent

_NOTHING_SHOWN = Selection()
_NO_SAY = Policy()


@dataclass(slots=True)
class _Link:
    """An account as it is kept: connected or not."""

    account: Account
    connected: bool = True


@dataclass(slots=True)
class _Entry:
    """All that is kept of one talent."""

    name: str
    email: str | None = None
    avatar_url: str | None = None
    links: dict[str, _Link] = field(default_factory=dict)
    selection: Selection = _NOTHING_SHOWN
    policy: Policy = _NO_SAY
    candidates: dict[str, Candidate] = field(default_factory=dict)
    leased_until: datetime | None = None

    @property
    def accounts(self) -> tuple[Account, ...]:
        links = sorted(self.links.items())
        return tuple(link.account for _, link in links if link.connected)

    @property
    def platforms(self) -> tuple[str, ...]:
        return tuple(account.platform for account in self.accounts)

    @property
    def is_askable(self) -> bool:
        return bool(self.accounts or self.avatar_url)

    @property
    def own_times(self) -> list[datetime]:
        return [c.next_due_at for c in self.candidates.values() if c.next_due_at]

    def is_due(self, now: datetime, before: datetime | None) -> bool:
        is_leased = self.leased_until is not None and self.leased_until > now
        return self.is_askable and not is_leased and self.is_up(now, before)

    def is_up(self, now: datetime, before: datetime | None) -> bool:
        """Whether its time has come, whoever may be at work on it."""
        synced = self.selection.synced_at
        if synced is None or before is None or synced < before:
            return True
        return any(at <= now for at in self.own_times)


class MemoryRepository(Repository):
    """Keeps everything in dictionaries behind one lock."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._entries: dict[str, _Entry] = {}
        self._pictures: dict[str, Picture] = {}
        self._history: list[HistoryEntry] = []
        self._suspects: dict[tuple[str, str], Suspect] = {}
        self._cooldowns: dict[str, Cooldown] = {}
        self._quotas: dict[str, tuple[datetime, int]] = {}
        self._runs: dict[str, Run] = {}

    # -- the roster ---------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime) -> None:
        normalised = normalise_talents(talents)
        with self._lock:
            check_new(normalised, self._entries)
            for talent in normalised:
                self._write(talent)

    def update(self, talents: Sequence[NewTalent], now: datetime) -> None:
        normalised = normalise_talents(talents)
        with self._lock:
            for talent in normalised:
                self._write(talent)

    def _write(self, talent: NewTalent) -> None:
        entry = self._entries.setdefault(talent.id, _Entry(talent.name))
        entry.name = talent.name
        entry.email = entry.email if talent.email is None else talent.email or None
        entry.avatar_url = entry.avatar_url if talent.avatar_url is None else talent.avatar_url or None
        for account in talent.accounts:
            self._link(talent.id, account)

    def load(self, talent_id: str) -> TalentRecord:
        with self._lock:
            entry = self._entry(talent_id)
            return TalentRecord(
                talent=Talent(talent_id, entry.name, entry.email, entry.avatar_url, entry.accounts),
                selection=entry.selection,
                policy=entry.policy,
                candidates=dict(entry.candidates),
            )

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        with self._lock:
            return [self.load(talent_id) for talent_id in talent_ids if talent_id in self._entries]

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        with self._lock:
            page = sorted(i for i in self._entries if after is None or i > after)[:limit]
            return [self._row(talent_id) for talent_id in page]

    def _row(self, talent_id: str) -> RosterRow:
        entry = self._entries[talent_id]
        shown = entry.selection
        return RosterRow(talent_id, entry.name, entry.platforms, shown.source, shown.url, shown.synced_at)

    def count(self) -> int:
        with self._lock:
            return len(self._entries)

    def connect(self, talent_id: str, account: NewAccount, now: datetime) -> Account:
        with self._lock:
            self._entry(talent_id)
            return self._link(talent_id, normalise(account))

    def _link(self, talent_id: str, new: NewAccount) -> Account:
        entry, platform = self._entries[talent_id], new.platform.lower()
        link = entry.links.get(platform)
        old = link.account if link else Account(new_id(), talent_id, platform, new.handle)
        if not same_handle(old.handle, new.handle):
            entry.candidates.pop(platform, None)
            old = replace(old, profile_url=None, external_id=None, token=None)
        account = replace(
            old,
            handle=new.handle,
            profile_url=new.profile_url or old.profile_url,
            token=new.token or old.token,
        )
        entry.links[platform] = _Link(account)
        return account

    def disconnect(self, talent_id: str, platform: str, now: datetime) -> bool:
        with self._lock:
            entry, platform = self._entry(talent_id), platform.lower()
            link = entry.links.get(platform)
            if link is None or not link.connected:
                return False
            link.account = replace(link.account, token=None, external_id=None)
            link.connected = False
            entry.candidates.pop(platform, None)
            return True

    def save_token(self, account: Account, token: Token) -> None:
        with self._lock:
            for link in self._links(account.talent_id):
                if link.account.id == account.id and same_handle(link.account.handle, account.handle):
                    link.account = replace(link.account, token=normalise(token))

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        with self._lock:
            self._entry(talent_id).policy = normalise(policy)

    def _entry(self, talent_id: str) -> _Entry:
        if talent_id not in self._entries:
            raise not_found(talent_id)
        return self._entries[talent_id]

    def _links(self, talent_id: str) -> list[_Link]:
        entry = self._entries.get(talent_id)
        return [link for link in entry.links.values() if link.connected] if entry else []

    # -- syncing ------------------------------------------------------------

    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        with self._lock:
            return self._due(normalise(now), normalise(before))[:limit]

    def count_due(self, now: datetime, *, before: datetime | None) -> int:
        with self._lock:
            return len(self._due(normalise(now), normalise(before)))

    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        with self._lock:
            before = normalise(now - min_age)
            waiting = [
                e for e in self._entries.values() if e.is_askable and not e.is_up(normalise(now), before)
            ]
            synced = min((e.selection.synced_at for e in waiting if e.selection.synced_at), default=None)
            own = min((time for e in waiting for time in e.own_times), default=None)
        return next_due(now, min_age, synced, own)

    def claim(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> list[str]:
        with self._lock:
            due = [
                i
                for i in self._due(normalise(now), normalise(before))
                if not self._was_synced(i, unless_since)
            ]
            for talent_id in due[:limit]:
                self._entries[talent_id].leased_until = normalise(now + lease)
            return due[:limit]

    def _was_synced(self, talent_id: str, since: datetime | None) -> bool:
        synced = self._entries[talent_id].selection.synced_at
        return since is not None and synced is not None and synced >= normalise(since)

    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        with self._lock:
            for entry in (self._entries[i] for i in talent_ids if i in self._entries):
                if entry.leased_until is not None:
                    entry.leased_until = normalise(until)

    def release(self, talent_ids: Sequence[str]) -> None:
        with self._lock:
            for talent_id in talent_ids:
                if talent_id in self._entries:
                    self._entries[talent_id].leased_until = None

    def _due(self, now: datetime, before: datetime | None) -> list[str]:
        due = {i: e.selection.synced_at for i, e in self._entries.items() if e.is_due(now, before)}
        never = sorted(i for i, synced in due.items() if synced is None)
        return never + [i for _, i in sorted((synced, i) for i, synced in due.items() if synced)]

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        normalised = [normalise(change) for change in changes]
        with self._lock:
            live = [change for change in normalised if change.talent_id in self._entries]
            stale = {c.talent_id for c in live if is_out_of_date(c, self.load(c.talent_id))}
            for change in live:
                if change.talent_id not in stale:
                    self._save(change, self._entries[change.talent_id])
        return sorted(stale)

    def _save(self, change: Change, entry: _Entry) -> None:
        entry.leased_until = None
        refused = refused_sources(change, entry.accounts)
        for source in change.drop:
            entry.candidates.pop(source, None)
        entry.candidates |= {c.source: c for c in change.candidates if c.source not in refused}
        if change.picture:
            self._keep(change.picture)
        if change.selection.source not in refused:
            entry.selection = change.selection
            self._history += [change.history] if change.history else []
        self._save_accounts(change)

    def _keep(self, picture: Picture) -> None:
        first = self._pictures.get(picture.content_hash, picture)
        self._pictures[picture.content_hash] = replace(picture, created_at=first.created_at)

    def _save_accounts(self, change: Change) -> None:
        # The port has no way to read account errors: they are for the agency's app, which is not here.
        external = dict(change.external_ids)
        for link in self._links(change.talent_id):
            known = external.get(link.account.id, link.account.external_id)
            link.account = replace(link.account, external_id=known)

    def picture(self, content_hash: str) -> Picture | None:
        with self._lock:
            return self._pictures.get(content_hash)

    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        with self._lock:
            in_order = sorted(self._pictures.values(), key=lambda p: (p.created_at, p.content_hash))
            return {p.source_hash: p for p in in_order if p.source_hash in set(source_hashes)}

    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        with self._lock:
            # The sort is stable, so of two changes at one time the later written stays first.
            own = [entry for entry in reversed(self._history) if entry.talent_id == talent_id]
            return sorted(own, key=lambda entry: entry.at, reverse=True)[:limit]

    # -- the same picture for many ------------------------------------------

    def holders(self, content_hashes: Sequence[str]) -> list[Holder]:
        wanted = set(content_hashes)
        with self._lock:
            found = [
                Holder(c.source, c.content_hash, talent_id)
                for talent_id, entry in self._entries.items()
                for c in entry.candidates.values()
                if c.content_hash in wanted and c.content_hash is not None
            ]
        return sorted(found, key=lambda h: (h.source, h.content_hash, h.talent_id))

    def suspects(self) -> list[Suspect]:
        with self._lock:
            by_key = [suspect for _, suspect in sorted(self._suspects.items())]
        return sorted(by_key, key=lambda suspect: suspect.since, reverse=True)

    def save_suspect(self, suspect: Suspect) -> None:
        new = normalise(suspect)
        key = (new.source, new.source_hash)
        with self._lock:
            if (old := self._suspects.get(key)) and not new.is_allowed:
                new = replace(new, allowed_by=old.allowed_by, allowed_at=old.allowed_at)
            self._suspects[key] = new

    # -- politeness ---------------------------------------------------------

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        with self._lock:
            return [c for _, c in sorted(self._cooldowns.items()) if c.until > normalise(now) or c.failures]

    def save_cooldown(self, cooldown: Cooldown) -> None:
        new = normalise(replace(cooldown, platform=cooldown.platform.lower()))
        with self._lock:
            old = self._cooldowns.get(new.platform)
            if old is None or old.until < new.until:
                self._cooldowns[new.platform] = new
            self._forget_cooldowns(new.until - FORGOTTEN_AFTER)

    def _forget_cooldowns(self, before: datetime) -> None:
        over = [p for p, c in self._cooldowns.items() if c.until < before and p not in self._quotas]
        for platform in over:
            del self._cooldowns[platform]

    def forgive(self, platform: str) -> None:
        name = normalise(platform.lower())
        with self._lock:
            if (known := self._cooldowns.get(name)) and known.failures:
                del self._cooldowns[name]

    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        name, ends = normalise((platform.lower(), day_ends))
        with self._lock:
            known, used = self._quotas.get(name, (ends, 0))
            used = units + (used if known == ends else 0)
            if units:
                self._quotas[name] = (ends, used)
            return used

    # -- runs ---------------------------------------------------------------

    def lock_run(self) -> bool:
        """Always True: nobody else can have this repository, so nobody else has its lock."""
        return True

    def unlock_run(self) -> None:
        """Nothing is held."""

    def save_run(self, run: Run) -> None:
        # Whoever counts may go on counting in the same mappings.
        kept = deepcopy(normalise(run))
        with self._lock:
            self._runs[kept.id] = kept

    def run(self, run_id: str) -> Run | None:
        with self._lock:
            return self._runs.get(normalise(run_id))

    def runs(self, *, limit: int = 20) -> list[Run]:
        with self._lock:
            newest = sorted(self._runs.values(), key=lambda run: (run.started_at, run.id), reverse=True)
        return newest[:limit]

    # -- life ---------------------------------------------------------------

    def close(self) -> None:
        """Nothing is open."""


def open_url(url: str, *, create: bool = False, read_only: bool = False) -> MemoryRepository:
    """A new, empty repository, whatever was asked for."""
    del url, create, read_only
    return MemoryRepository()
