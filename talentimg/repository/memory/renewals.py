"""Whose turn it is to renew a token, and who has to connect again, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from talentimg.models import Reconnect
from talentimg.repository.interface.renewals import Renewals, Turn
from talentimg.repository.memory.state import MemoryState
from talentimg.repository.renewals import ROUND, told_by
from talentimg.repository.values import LONGEST_AHEAD, grant_of, normalise, same_handle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Token
    from talentimg.repository.interface import Change


@dataclass
class _Renewal:
    holder: str | None = None
    until: datetime | None = None
    failed_at: datetime | None = None

    def is_free(self, holder: str, now: datetime, dead: Collection[str]) -> bool:
        is_over = self.until is not None and not now < self.until <= now + LONGEST_AHEAD
        return self.holder is None or self.holder == holder or self.holder in dead or is_over


class MemoryRenewals(MemoryState, Renewals):
    """Keeps it in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._renewals: dict[str, _Renewal] = {}

    def begin_renewal(
        self, account: Account, holder: str, now: datetime, until: datetime, *, dead: Collection[str] = ()
    ) -> Turn:
        with self._lock:
            token = self._token_of(account)
            if grant_of(token) != grant_of(account.token):
                self.end_renewal(account, holder)
                return Turn(token, is_ours=False)
            turn = self._renewals.setdefault(account.id, _Renewal())
            if not turn.is_free(holder, normalise(now), dead):
                return Turn(token, False, turn.holder)
            turn.holder, turn.until = holder, normalise(until)
            return Turn(token, is_ours=True)

    def _token_of(self, account: Account) -> Token | None:
        talent = self._talents.get(account.talent_id)
        for known in talent.accounts if talent else ():
            if known.id == account.id and same_handle(known.handle, account.handle):
                return known.token
        return None

    def end_renewal(self, account: Account, holder: str, *, failed_at: datetime | None = None) -> None:
        with self._lock:
            turn = self._renewals.get(account.id)
            if turn is None or turn.holder != holder:
                return
            if failed_at is None:
                del self._renewals[account.id]
            else:
                self._renewals[account.id] = _Renewal(failed_at=normalise(failed_at))

    def begin_round(self, now: datetime, until: datetime) -> bool:
        with self._lock:
            before = self._renewals.get(ROUND)
            if before and before.until and normalise(now) < before.until <= now + LONGEST_AHEAD:
                return False
            self._renewals[ROUND] = _Renewal(until=normalise(until))
            return True

    def ending(
        self, before: Mapping[str, datetime], *, tried_before: datetime, limit: int
    ) -> Mapping[str, Sequence[str]]:
        with self._lock:
            return {
                platform: self._ending(platform, end, tried_before)[:limit]
                for platform, end in before.items()
            }

    def _ending(self, platform: str, before: datetime, tried_before: datetime) -> list[str]:
        found = sorted(
            (account.token.expires_at, account.id, account.talent_id)
            for account in self._accounts_on(platform)
            if account.token and account.token.expires_at and account.token.expires_at <= before
            if not self._has_failed(account.id, tried_before)
        )
        return [talent_id for _, _, talent_id in found]

    def _accounts_on(self, platform: str) -> Iterator[Account]:
        for talent in self._talents.values():
            yield from (account for account in talent.accounts if account.platform == platform)

    def _has_failed(self, account_id: str, since: datetime) -> bool:
        failed_at = self._renewals.get(account_id, _Renewal()).failed_at
        return failed_at is not None and failed_at >= since

    def need_reconnect(self, talent_id: str, platform: str, now: datetime, detail: str | None) -> bool:
        said = Reconnect(talent_id, platform, now, detail=detail)
        with self._lock:
            for one in self._reconnects.values():
                if (one.talent_id, one.platform, one.ended_at) == (talent_id, platform, None):
                    return False
            self._reconnects[next(self._numbers)] = normalise(said)
            return True

    def reconnected(self, talent_ids: Sequence[str], platform: str, now: datetime) -> None:
        with self._lock:
            for number, one in self._reconnects.items():
                if one.talent_id in talent_ids and one.platform == platform and one.ended_at is None:
                    self._reconnects[number] = replace(one, ended_at=normalise(now))

    def reconnects_needed(self, *, limit: int) -> list[Reconnect]:
        with self._lock:
            open_ones = [one for one in self._reconnects.values() if one.ended_at is None]
            return sorted(open_ones, key=lambda one: one.since)[:limit]

    def _follow_reconnects(self, changes: Iterable[Change], now: datetime) -> None:
        found = told_by(changes)
        for (talent_id, platform), detail in found.needed.items():
            self.need_reconnect(talent_id, platform, now, detail)
        for platform, talent_ids in found.over.items():
            self.reconnected(sorted(talent_ids), platform, now)
