"""The rows of the roster in memory, as people keep them, and what imports made of them."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models import Account, Action
from talentimg.models.question import account_question
from talentimg.repository import tombstones
from talentimg.repository.interface import Disconnected, NewAccount
from talentimg.repository.interface.entries import EntryAccount, Present, RosterEntry, Written
from talentimg.repository.interface.keeping import MOST_IMPORTS, Keeping
from talentimg.repository.memory.state import MemoryState
from talentimg.repository.memory.talents import StoredAccount, StoredTalent
from talentimg.repository.values import (
    check_current,
    new_id,
    normalise,
    normalise_talents,
    nothing_to_undo,
    same_handle,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Change, NewTalent
    from talentimg.repository.interface.entries import Follow, Import, Plan, Restored


class MemoryKeeping(MemoryState, Keeping):
    """Keeps the rows with their talents, and imports in a dictionary."""

    @abstractmethod
    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        """As the port has it."""

    @abstractmethod
    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        """As the port has it."""

    def is_own(self) -> bool:
        """Always True: no app can reach it."""
        return True

    def records(self, *, after: str | None = None, limit: int = 500) -> list[TalentRecord]:
        with self._lock:
            page = sorted(i for i in self._talents if after is None or i > after)[:limit]
            return self.load_many(page)

    def update(self, talents: Sequence[NewTalent], now: datetime, *, follow: Follow | None = None) -> None:
        normalised = normalise_talents(talents)
        with self._lock, self._followed([talent.id for talent in normalised], now, follow):
            found = self._forgotten(tombstones.asked_of(normalised))
            for talent in tombstones.without(normalised, found):
                self._write(talent)

    @contextmanager
    def _followed(self, talent_ids: Sequence[str], now: datetime, follow: Follow | None) -> Iterator[None]:
        """What is written about these talents meanwhile, and what follows from it: all of it, or nothing."""
        kept = {talent_id: deepcopy(self._talents.get(talent_id)) for talent_id in talent_ids if follow}
        before = self.entries(talent_ids) if follow else {}
        try:
            yield
            if follow:
                records = {record.talent.id: record for record in self.load_many(talent_ids)}
                self._follow(Written(before, self.entries(talent_ids), records), now, follow)
        except BaseException:
            for talent_id, talent in kept.items():
                self._talents.pop(talent_id, None)
                self._talents |= {talent_id: talent} if talent else {}
            raise

    def _follow(self, written: Written, now: datetime, follow: Follow) -> None:
        following = normalise(follow(written))
        check_current(following.changes, self.save(following.changes, now))
        self._audit += following.audit
        if following.imported:
            self._imports[following.imported.id] = following.imported
            self._imports = {one.id: one for one in self.imports()[:MOST_IMPORTS]}

    def _write(self, new: NewTalent) -> None:
        is_new = new.id not in self._talents
        talent = self._talents.setdefault(new.id, StoredTalent(new.name))
        self._set_details(talent, new.name, new.email, new.avatar_url)
        for account in new.accounts:
            one = Disconnected.of(new.id, account.platform, account.handle)
            if is_new or (account.connected and (one not in talent.disconnected or one in talent.connected)):
                self._connect(new.id, account)
        talent.disconnected |= {one for one in new.disconnected if is_new or one not in talent.connected}

    def _set_details(
        self, talent: StoredTalent, name: str | None, email: str | None, avatar_url: str | None
    ) -> None:
        talent.name = name or talent.name
        talent.email = talent.email if email is None else email or None
        talent.avatar_url = talent.avatar_url if avatar_url is None else avatar_url or None

    def _connect(self, talent_id: str, new: NewAccount) -> Account:
        talent, platform = self._talent(talent_id), new.platform.lower()
        stored = talent.stored_accounts.get(platform)
        old = stored.account if stored else Account(new_id(), talent_id, platform, new.handle)
        if not same_handle(old.handle, new.handle):
            talent.mark_shown(platform, account_question(platform, old.handle, old.profile_url))
            talent.candidates.pop(platform, None)
            old = replace(old, profile_url=None, external_id=None, token=None, renamed_to=None)
        account = replace(
            old,
            handle=new.handle,
            profile_url=new.profile_url or old.profile_url,
            token=(new.token or old.token) if new.connected else None,
        )
        talent.stored_accounts[platform] = StoredAccount(account, new.connected)
        return account

    def entries(self, talent_ids: Sequence[str]) -> dict[str, RosterEntry]:
        with self._lock:
            return {i: self._entry(i, self._talents[i]) for i in talent_ids if i in self._talents}

    def _entry(self, talent_id: str, talent: StoredTalent) -> RosterEntry:
        accounts = tuple(
            EntryAccount(platform, one.account.handle, one.account.profile_url, one.connected)
            for platform, one in sorted(talent.stored_accounts.items())
        )
        return RosterEntry(talent_id, talent.name, talent.email or None, talent.avatar_url or None, accounts)

    def present(self, talent_ids: Sequence[str]) -> Present:
        with self._lock:
            spoken_of = {entry.talent_id for entry in self._audit if entry.action != Action.IMPORT}
            return Present(self.entries(talent_ids), frozenset(spoken_of & set(talent_ids)), is_own=True)

    def imports(self) -> list[Import]:
        with self._lock:
            return sorted(self._imports.values(), key=lambda one: (one.at, one.id), reverse=True)

    def take_back(self, import_id: str, now: datetime, plan: Plan, follow: Follow) -> None:
        with self._lock:
            one = self._imports.get(normalise(import_id))
            if one is None or one.undone_at is not None:
                raise nothing_to_undo()
            ids = [change.after.talent_id for change in one.changed]
            restored = plan(self.present(ids))
            with self._followed([each.talent_id for each in restored], now, follow):
                for each in restored:
                    self._restore(each)
            self._imports[one.id] = replace(one, undone_at=normalise(now))

    def _restore(self, one: Restored) -> None:
        if one.remove:
            del self._talents[one.talent_id]
            self._history = [entry for entry in self._history if entry.talent_id != one.talent_id]
            self._audit = [entry for entry in self._audit if entry.talent_id != one.talent_id]
            return
        talent = self._talents[one.talent_id]
        self._set_details(talent, one.name, one.email, one.avatar_url)
        for platform in one.gone:
            talent.stored_accounts.pop(platform, None)
            talent.candidates.pop(platform, None)
        for account in one.accounts:
            self._put(talent, one.talent_id, account)

    def _put(self, talent: StoredTalent, talent_id: str, account: EntryAccount) -> None:
        self._connect(talent_id, NewAccount(account.platform, account.handle))
        stored = talent.stored_accounts[account.platform]
        stored.connected = account.connected
        stored.account = replace(stored.account, profile_url=account.profile_url)
        if not account.connected:
            stored.account = replace(stored.account, token=None, external_id=None)
            talent.candidates.pop(account.platform, None)
