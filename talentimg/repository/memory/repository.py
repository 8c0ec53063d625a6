"""The roster in memory, gone when the process ends: for tests, and for trying things out."""

# ruff: noqa: ARG002  the port passes the time of each change, and nothing here keeps it

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models import Freshness, State, Talent
from talentimg.models.likeness import all_halves, has_a_half
from talentimg.repository import in_use, tombstones
from talentimg.repository.app_names import AS_OURS
from talentimg.repository.interface import Disconnected, Holder, Repository, RosterRow
from talentimg.repository.memory.feed import MemoryFeed
from talentimg.repository.memory.policies import MemoryPolicies
from talentimg.repository.memory.politeness import MemoryPoliteness
from talentimg.repository.memory.profiles import MemoryProfiles
from talentimg.repository.memory.removals import MemoryRemovals
from talentimg.repository.memory.renewals import MemoryRenewals
from talentimg.repository.memory.soundness import MemorySoundness
from talentimg.repository.memory.webhooks import MemoryWebhooks
from talentimg.repository.records import record_of
from talentimg.repository.values import (
    A_DAY,
    CLOCKS_DIFFER,
    check_new,
    grant_of,
    is_out_of_date,
    next_due,
    normalise,
    normalise_change,
    normalise_talents,
    refused_sources,
    same_handle,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime, timedelta

    from talentimg.models import (
        Account,
        AuditEntry,
        Candidate,
        HistoryEntry,
        Picture,
        Suspect,
        TalentRecord,
        Token,
    )
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface import Change, Claims, NewAccount, NewTalent, PictureInUse
    from talentimg.repository.memory.talents import StoredAccount, StoredTalent


class MemoryRepository(
    MemorySoundness,
    MemoryPolicies,
    MemoryPoliteness,
    MemoryRemovals,
    MemoryRenewals,
    MemoryFeed,
    MemoryWebhooks,
    MemoryProfiles,
    Repository,
):
    """Keeps everything in dictionaries behind one lock."""

    # -- the roster ---------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime, *, said: Sequence[AuditEntry] = ()) -> None:
        normalised = normalise_talents(talents)
        with self._lock:
            check_new(normalised, self._talents)
            tombstones.refuse(self._forgotten(tombstones.asked_of(normalised)))
            for talent in normalised:
                self._write(talent)
            self._audit += map(normalise, said)

    def load(self, talent_id: str) -> TalentRecord:
        with self._lock:
            talent = self._talent(talent_id)
            known = Talent(talent_id, talent.name, talent.email, talent.avatar_url, talent.accounts)
            shown, kept = talent.selection, talent.candidates
            reviews, rows = self._reviews_of(talent_id), self._pictures_of(talent)
            looks = {name: row.likeness for name, row in rows.items()}
            return record_of(known, shown, talent.policy, kept, reviews=reviews, looks=looks, pictures=rows)

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        with self._lock:
            return [self.load(talent_id) for talent_id in talent_ids if talent_id in self._talents]

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        with self._lock:
            page = sorted(i for i in self._talents if after is None or i > after)[:limit]
            return [self._row(talent_id) for talent_id in page]

    def _row(self, talent_id: str) -> RosterRow:
        talent = self._talents[talent_id]
        shown = talent.selection
        return RosterRow(
            talent_id,
            talent.name,
            talent.platforms,
            shown.source,
            shown.url,
            shown.synced_at,
            talent.accounts,
            talent.policy,
        )

    def count(self) -> int:
        with self._lock:
            return len(self._talents)

    def connect(
        self, talent_id: str, account: NewAccount, now: datetime, *, said: AuditEntry | None = None
    ) -> Account:
        with self._lock:
            self._talent(talent_id)
            tombstones.refuse(self._forgotten([(talent_id, None), (talent_id, account.platform)]))
            connected = self._connect(talent_id, normalise(account))
            if account.token:
                self.reconnected([talent_id], connected.platform, now)
            one = Disconnected.of(talent_id, connected.platform, connected.handle)
            self._talents[talent_id].disconnected.discard(one)
            self._audit += [normalise(said)] if said else []
            return connected

    def disconnect(
        self, talent_id: str, platform: str, now: datetime, *, said: AuditEntry | None = None
    ) -> bool:
        with self._lock:
            talent, platform = self._talent(talent_id), platform.lower()
            stored = talent.stored_accounts.get(platform)
            if stored is None or not stored.connected:
                return False
            stored.account = replace(stored.account, token=None, external_id=None, renamed_to=None)
            stored.connected = False
            talent.disconnected.add(Disconnected.of(talent_id, platform, stored.account.handle))
            talent.candidates.pop(platform, None)
            self.reconnected([talent_id], platform, now)
            self._audit += [normalise(said)] if said else []
            return True

    def disconnected(self, talent_ids: Sequence[str]) -> set[Disconnected]:
        with self._lock:
            known = (self._talents[talent_id] for talent_id in talent_ids if talent_id in self._talents)
            return {one for talent in known for one in talent.disconnected}

    def save_token(self, account: Account, token: Token) -> Token | None:
        with self._lock:
            for stored in self._connected(account.talent_id):
                if stored.account.id == account.id and same_handle(stored.account.handle, account.handle):
                    if grant_of(stored.account.token) == grant_of(account.token):
                        stored.account = replace(stored.account, token=normalise(token))
                    return stored.account.token
        return None

    def _connected(self, talent_id: str) -> list[StoredAccount]:
        talent = self._talents.get(talent_id)
        return [stored for stored in talent.stored_accounts.values() if stored.connected] if talent else []

    # -- syncing ------------------------------------------------------------

    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        with self._lock:
            return self._due(normalise(now), normalise(before))[:limit]

    def release_of(self, processes: Collection[tuple[str, int]]) -> int:
        """None: no other process can open this repository."""
        return 0

    def count_due(self, now: datetime, *, before: datetime | None, at_most: int | None = None) -> int:
        with self._lock:
            return len(self._due(normalise(now), normalise(before))[:at_most])

    def claims(self, now: datetime) -> list[Claims]:
        """None: no other process can open this repository."""
        return []

    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        with self._lock:
            at, before = normalise(now), normalise(now - min_age)
            waiting = [t for t in self._talents.values() if t.is_askable and not t.is_past_due(at, before)]
            synced = min((t.selection.synced_at for t in waiting if t.selection.synced_at), default=None)
            own = min((time for t in waiting for time in t.due_times), default=None)
        return next_due(now, min_age, synced, own)

    def freshness(self, now: datetime, *, at_most: int) -> Freshness:
        since, ahead = normalise(now - A_DAY), normalise(now + CLOCKS_DIFFER)
        with self._lock:
            looks = [one.selection.synced_at for one in self._talents.values() if one.is_askable]
        looked = [at for at in looks if at and at < ahead]
        fresh = sum(at >= since for at in looked)
        return Freshness(min(fresh, at_most), min(len(looks) - fresh, at_most), min(looked, default=None))

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
            found = self._due(normalise(now), normalise(before))
            due = [talent_id for talent_id in found if not self._was_synced(talent_id, unless_since, now)]
            for talent_id in due[:limit]:
                self._talents[talent_id].leased_until = normalise(now + lease)
            return due[:limit]

    def _was_synced(self, talent_id: str, since: datetime | None, now: datetime) -> bool:
        synced = self._talents[talent_id].selection.synced_at
        if since is None or synced is None:
            return False
        return normalise(since) <= synced < normalise(now) + CLOCKS_DIFFER

    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        with self._lock:
            for talent in (self._talents[i] for i in talent_ids if i in self._talents):
                if talent.leased_until is not None:
                    talent.leased_until = normalise(until)

    def release(self, talent_ids: Sequence[str]) -> None:
        with self._lock:
            for talent_id in talent_ids:
                if talent_id in self._talents:
                    self._talents[talent_id].leased_until = None

    def _due(self, now: datetime, before: datetime | None) -> list[str]:
        due = [(t.place(now, before), i) for i, t in self._talents.items() if t.is_due(now, before)]
        return [talent_id for _, talent_id in sorted(due)]

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        normalised = [normalise_change(change) for change in changes]
        with self._lock:
            live = [change for change in normalised if change.talent_id in self._talents]
            stale = {c.talent_id for c in live if is_out_of_date(c, self.load(c.talent_id))}
            going = self._in_the_way([c.picture for c in live if c.picture], normalise(now))
            stale |= {c.talent_id for c in live if c.picture and c.picture.content_hash in going}
            fresh = [change for change in live if change.talent_id not in stale]
            for change in fresh:
                self._save(change, self._talents[change.talent_id])
            self._follow_reconnects(fresh, now)
        return sorted(stale)

    def _save(self, change: Change, talent: StoredTalent) -> None:
        talent.leased_until = None
        refused = refused_sources(change, talent.accounts)
        for source in change.drop:
            talent.candidates.pop(source, None)
        talent.candidates |= {c.source: c for c in change.candidates if c.source not in refused}
        if change.picture:
            self._keep(change.picture)
        if change.selection.source not in refused:
            talent.selection = change.selection
            self._history += [change.history] if change.history else []
        self._save_accounts(change)
        talent.policy = change.policy or talent.policy
        self._audit += change.audit
        self._save_reviews(change)

    def _keep(self, picture: Picture) -> None:
        first = self._pictures.get(picture.content_hash, picture)
        self._pictures[picture.content_hash] = replace(picture, created_at=first.created_at)

    def _save_accounts(self, change: Change) -> None:
        # Account errors are for the agency's app, which cannot read them here; the port does not read them.
        external, names = dict(change.external_ids), dict(change.renamed)
        for stored in self._connected(change.talent_id):
            known = external.get(stored.account.id, stored.account.external_id)
            is_new = stored.account.id in external
            name = names.get(stored.account.id, None if is_new else stored.account.renamed_to)
            stored.account = replace(stored.account, external_id=known, renamed_to=name if known else None)

    def _pictures_of(self, talent: StoredTalent) -> dict[str, Picture]:
        hashes = (talent.selection.content_hash, *(c.content_hash for c in talent.candidates.values()))
        kept = (self._pictures.get(content_hash or "") for content_hash in hashes)
        return {picture.content_hash: picture for picture in kept if picture}

    def picture(self, content_hash: str) -> Picture | None:
        with self._lock:
            return self._pictures.get(content_hash)

    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        with self._lock:
            in_order = sorted(self._pictures.values(), key=lambda p: (p.created_at, p.content_hash))
            return {p.source_hash: p for p in in_order if p.source_hash in set(source_hashes)}

    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        with self._lock:
            # The sort is stable: of two changes at the same time, the one written later stays first.
            numbered = [replace(entry, number=i) for i, entry in enumerate(self._history, start=1)]
            own = [entry for entry in reversed(numbered) if entry.talent_id == talent_id]
            return sorted(own, key=lambda entry: entry.at, reverse=True)[:limit]

    # -- the same picture, cut otherwise ------------------------------------

    def to_recut(
        self, crop: str, now: datetime, *, after: str | None = None, limit: int = 100
    ) -> list[PictureInUse]:
        with self._lock:
            used = {use.content_hash for use in self._uses()} & self._pictures.keys()
            others = (self._pictures[h] for h in sorted(used) if after is None or h > after)
            page = [p for p in others if p.crop != crop and p.width != p.height][:limit]
            return in_use.with_users(page, self._users(now))

    def recut(self, old: Picture, new: Picture, now: datetime, *, why: str, by: str) -> list[str]:
        made, before = normalise(new), old.content_hash
        with self._lock:
            if self._in_the_way([made], normalise(now)):
                return []
            users = sorted(self._users(now).get(before, ()))
            self._pictures[made.content_hash] = made
            for talent_id in users:
                self._talents[talent_id].recut(before, made.content_hash)
            for key, suspect in self._suspects.items():
                if suspect.content_hash == before:
                    cut = replace(suspect, content_hash=made.content_hash, likeness=made.likeness)
                    self._suspects[key] = cut
            for about, review in self._reviews.items():
                if review.content_hash == before and review.talent_id in users:
                    cut_review = replace(review, content_hash=made.content_hash, likeness=made.likeness)
                    self._reviews[about] = cut_review
            records = [self.load(talent_id) for talent_id in users]
            for change in in_use.recut_changes(old, made, records, in_use.Entry(normalise(now), why, by)):
                self._talents[change.talent_id].selection = change.selection
                self._history += [change.history] if change.history else []
        return users

    # -- the same picture for many ------------------------------------------

    def holders(self, content_hashes: Sequence[str], likenesses: Sequence[str | None] = ()) -> list[Holder]:
        halves = all_halves(likenesses)
        with self._lock:
            looks = {picture.content_hash: picture.likeness for picture in self._pictures.values()}
            same = {name for name, likeness in looks.items() if has_a_half(likeness, halves)}
            offered = [c for talent in self._talents.values() for c in talent.candidates.values()]
        wanted = same | set(content_hashes)
        found = [c for c in offered if c.content_hash in wanted and c.content_hash is not None]
        holders = [Holder(c, looks.get(c.content_hash or "")) for c in found]
        return sorted(holders, key=lambda holder: holder.order)

    def absences(self, sources: Sequence[str], since: datetime) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        with self._lock:
            for talent in self._talents.values():
                source = talent.selection.source
                if talent.selection.has_picture and source in sources:
                    of, gone = found.get(source, (0, 0))
                    found[source] = of + 1, gone + _is_gone(talent.candidates.get(source), since)
        return found

    def suspects(self) -> list[Suspect]:
        with self._lock:
            by_key = [suspect for _, suspect in sorted(self._suspects.items())]
        return sorted(by_key, key=lambda suspect: suspect.since, reverse=True)

    def save_suspect(self, suspect: Suspect, said: AuditEntry | None = None) -> None:
        new = normalise(suspect)
        key = (new.source, new.source_hash)
        with self._lock:
            if (old := self._suspects.get(key)) and not new.is_allowed:
                new = replace(new, allowed_by=old.allowed_by, allowed_at=old.allowed_at)
            self._suspects[key] = new
            self._audit += [normalise(said)] if said else []

    def forget_suspects(self, suspects: Sequence[Suspect], said: Sequence[AuditEntry] = ()) -> None:
        with self._lock:
            self._audit += map(normalise, said)
            for suspect in map(normalise, suspects):
                self._suspects.pop((suspect.source, suspect.source_hash), None)

    # -- life ---------------------------------------------------------------

    def close(self) -> None:
        """Nothing to close."""


def open_url(
    url: str, *, create: bool = False, read_only: bool = False, names: AppNames = AS_OURS
) -> MemoryRepository:
    """A new, empty repository, whatever the arguments."""
    del url, create, read_only, names
    return MemoryRepository()


def _is_gone(candidate: Candidate | None, since: datetime) -> bool:
    if candidate is None or candidate.checked_at is None:
        return False
    return candidate.state is State.ABSENT and candidate.checked_at >= since
