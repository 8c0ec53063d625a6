"""What nobody needs any more, in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.models import NOBODY, RunState
from talentimg.repository.interface import Leftovers
from talentimg.repository.interface.values import REMOVED_WITHIN, Aged, Dropped, NamedPage, Page
from talentimg.repository.memory.runs import MemoryRunLog
from talentimg.repository.values import lease_holder, normalise, process_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Picture

REMOVING: Final = "removing"
REMOVED: Final = "removed"
_LONGEST_LOOK: Final = timedelta(days=1)


class MemoryLeftovers(MemoryRunLog, Leftovers):
    """Finds and removes it in the dictionaries."""

    def missing_talents(self, now: datetime, *, after: str | None, limit: int) -> Page:
        with self._lock:
            named = {entry.talent_id for entry in self._history}
            named |= {entry.talent_id for entry in self._audit}
            names = sorted(name for name in named if name > (after or ""))[:limit]
            return self._page("talent", names, set(self._talents), normalise(now))

    def unused_pictures(self, now: datetime, *, after: str | None, limit: int) -> Page:
        with self._lock:
            names = sorted(name for name in self._pictures if name > (after or ""))[:limit]
            return self._page("picture", names, self._used(), normalise(now))

    def _used(self) -> set[str]:
        used = {entry.from_hash for entry in self._history} | {entry.to_hash for entry in self._history}
        for talent in self._talents.values():
            used |= {candidate.content_hash for candidate in talent.candidates.values()}
            used.add(talent.selection.content_hash)
        used |= {review.content_hash for review in self._reviews.values()}
        return {name for name in used if name is not None}

    def _page(self, kind: str, names: Sequence[str], needed: set[str], now: datetime) -> Page:
        unneeded: dict[str, datetime] = {}
        for name in names:
            if name in needed:
                self._noted.pop((kind, name), None)
            else:
                unneeded[name] = min(self._noted.setdefault((kind, name), now), now)
        return Page(len(names), names[-1] if names else None, unneeded)

    def drop_stray_accounts(self, *, after: str | None, limit: int) -> Page:
        """None: what was learnt of an account is kept with it."""
        del after, limit
        return Page(0, None)

    def drop_pictures(self, content_hashes: Sequence[str], now: datetime) -> Dropped:
        with self._lock:
            return self._drop_unused(content_hashes, normalise(now))

    def _drop_unused(self, content_hashes: Iterable[str], now: datetime) -> Dropped:
        unused = sorted(set(content_hashes) - self._used())
        dropped = [self._pictures.pop(name) for name in unused if name in self._pictures]
        for name in unused:
            self._noted.pop(("picture", name), None)
        keys = sorted({form.key for picture in dropped for form in picture.renditions})
        self._noted |= {(REMOVING, key): now for key in keys}
        return Dropped(len(dropped), tuple(keys))

    def named_objects(self, *, after: str | None, limit: int) -> NamedPage:
        with self._lock:
            names = sorted(name for name in self._pictures if name > (after or ""))[:limit]
            keys = tuple(form.key for name in names for form in self._pictures[name].renditions)
        return NamedPage(len(names), names[-1] if names else None, keys)

    def still_named(self, keys: Collection[str]) -> set[str]:
        with self._lock:
            named = {form.key for picture in self._pictures.values() for form in picture.renditions}
        return named & set(keys)

    def announce(self, keys: Iterable[str], now: datetime) -> list[str]:
        with self._lock:
            wanted = sorted(set(keys))
            self._noted |= {(REMOVING, key): normalise(now) for key in wanted}
            return wanted

    def announced(self) -> list[str]:
        with self._lock:
            return sorted(name for kind, name in self._noted if kind == REMOVING)

    def removers(self) -> list[tuple[str, int]]:
        """None but us: no other process can open this repository."""
        return [process_of(lease_holder())] if self.announced() else []

    def take_over(self, processes: Collection[tuple[str, int]], now: datetime) -> list[str]:
        """All of them, as they are ours."""
        del processes
        with self._lock:
            return self.announce([name for kind, name in self._noted if kind == REMOVING], now)

    def removed(self, keys: Collection[str], spared: Collection[str], now: datetime) -> None:
        with self._lock:
            for key in (*keys, *spared):
                self._noted.pop((REMOVING, key), None)
            self._noted |= {(REMOVED, key): normalise(now) for key in keys}

    def _in_the_way(self, pictures: Sequence[Picture], now: datetime) -> set[str]:
        noted = {name for kind, name in self._noted if kind in {REMOVING, REMOVED}}
        going = {p.content_hash for p in pictures if any(form.key in noted for form in p.renditions)}
        dead = now - 2 * REMOVED_WITHIN
        for picture in pictures:
            for form in picture.renditions:
                self._noted.pop((REMOVED, form.key), None)
                if self._noted.get((REMOVING, form.key), now) < dead:
                    del self._noted[REMOVING, form.key]
        return going

    def drop_aged(
        self, now: datetime, *, runs_before: datetime, history_before: datetime, limit: int
    ) -> Aged:
        with self._lock:
            self._noted = {
                (kind, name): since
                for (kind, name), since in self._noted.items()
                if kind != REMOVED or since >= normalise(now) - _LONGEST_LOOK
            }
            runs = [run.id for run in self._runs.values() if self._is_over(run.id, normalise(runs_before))]
            for run_id in runs[:limit]:
                del self._runs[run_id]
            kept = self._run_talents.items()
            self._run_talents = {key: one for key, one in kept if key[0] in self._runs}
            latest = {entry.talent_id: entry for entry in sorted(self._history, key=lambda e: e.at)}
            old = [e for e in self._history if e.at < history_before and latest[e.talent_id] is not e][:limit]
            said = [e for e in self._audit if e.at < history_before and e.talent_id != NOBODY][:limit]
            self._history = [e for e in self._history if not any(e is one for one in old)]
            self._audit = [e for e in self._audit if not any(e is one for one in said)]
        return Aged(len(runs[:limit]), len(old), len(said))

    def _is_over(self, run_id: str, before: datetime) -> bool:
        run = self._runs[run_id]
        return run.state is not RunState.RUNNING and run.started_at < before

    def reached(self, parts: Collection[str]) -> Mapping[str, str]:
        with self._lock:
            places = dict(self._noted.keys())
        return {part: places[f"reached:{part}"] for part in parts if f"reached:{part}" in places}

    def save_reached(self, part: str, place: str | None, now: datetime) -> None:
        with self._lock:
            self._noted = {key: since for key, since in self._noted.items() if key[0] != f"reached:{part}"}
            if place is not None:
                self._noted[f"reached:{part}", place] = normalise(now)
