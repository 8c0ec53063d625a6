"""What happened since a time, put together for people: new pictures, lost ones, who is needed, the runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.models import INITIALS, FeedKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from talentimg.models import FeedEntry, HistoryEntry, Reconnect, Run
    from talentimg.repository.interface import Repository
    from talentimg.store.interface import ObjectStore

MOST_TOLD: Final = 50
"""How many talents are told of by name in each part; the others are counted."""
MOST_READ: Final = 20_000
"""How much of what happened is read."""
SIDE: Final = 96
_PAGE: Final = 1000
_FORM: Final = "webp-96"


@dataclass(frozen=True, slots=True)
class Changed:
    """A talent for whom something else is shown than before."""

    talent_id: str
    name: str
    at: datetime
    source: str
    previous_source: str
    content_hash: str | None
    previous_hash: str | None
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Needed:
    """A talent who has to connect an account again; `link` is where, if the agency has named a page."""

    talent_id: str
    name: str
    platform: str
    since: datetime
    detail: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Digest:
    """What happened. Of `changed`, `lost` and `needed` there may be more than are named: see the counts."""

    since: datetime
    until: datetime
    changed: tuple[Changed, ...] = ()
    changed_count: int = 0
    lost: tuple[Changed, ...] = ()
    lost_count: int = 0
    needed: tuple[Needed, ...] = ()
    needed_count: int = 0
    runs: tuple[Run, ...] = ()
    tripped: int = 0
    is_cut: bool = False
    """Whether more happened than was read."""

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.changed_count or self.lost_count or self.needed_count or self.runs)


@dataclass(slots=True)
class _Found:
    steps: dict[str, HistoryEntry] = field(default_factory=dict)
    """By talent: from what was shown first to what is shown now."""
    runs: list[Run] = field(default_factory=list)
    tripped: int = 0
    read: int = 0

    def add(self, entry: FeedEntry) -> None:
        self.read += 1
        if entry.step is not None:
            self._step(entry.step)
        if entry.run is not None and entry.kind is FeedKind.RUN_FINISHED:
            self.runs.append(entry.run)
        self.tripped += entry.kind is FeedKind.RUN_TRIPPED

    def _step(self, step: HistoryEntry) -> None:
        first = self.steps.pop(step.talent_id, step)
        self.steps[step.talent_id] = replace(step, from_source=first.from_source, from_hash=first.from_hash)

    def steps_to(self, *, lost: bool) -> Iterator[HistoryEntry]:
        for step in reversed(self.steps.values()):  # the latest first
            is_back = (step.from_source, step.from_hash) == (step.to_source, step.to_hash)
            if (step.to_source == INITIALS) == lost and not is_back:
                yield step


class Digests:
    """Puts digests together."""

    def __init__(
        self,
        *,
        repository: Repository,
        store: Callable[[], ObjectStore],
        link: Callable[[str, str], str | None],
        now: Callable[[], datetime],
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where it stands what happened.
            store: opens where pictures are.
            link: where a talent connects an account again.
            now: the clock.
        """
        self._repository = repository
        self._store = store
        self._link = link
        self._now = now

    def since(self, since: datetime) -> Digest:
        """What happened since a time.

        Raises:
            TalentimgError: the store cannot be read.
        """
        found = self._read(since)
        changed, lost = list(found.steps_to(lost=False)), list(found.steps_to(lost=True))
        needed = self._repository.reconnects_needed(limit=_PAGE)
        names = self._names([*changed[:MOST_TOLD], *lost[:MOST_TOLD], *needed[:MOST_TOLD]])
        return Digest(
            since=since,
            until=self._now(),
            changed=tuple(_changed(step, names) for step in changed[:MOST_TOLD]),
            changed_count=len(changed),
            lost=tuple(_changed(step, names) for step in lost[:MOST_TOLD]),
            lost_count=len(lost),
            needed=tuple(self._needed(one, names) for one in needed[:MOST_TOLD]),
            needed_count=len(needed),
            runs=tuple(found.runs),
            tripped=found.tripped,
            is_cut=found.read >= MOST_READ,
        )

    def pictures(self, digest: Digest) -> dict[str, bytes]:
        """Small JPEGs of what was shown before and is shown now, by content hash, if they can be read."""
        told = (*digest.changed, *digest.lost)
        hashes = {name for one in told for name in (one.content_hash, one.previous_hash) if name}
        found = {name: self._small(name) for name in sorted(hashes)}
        return {name: data for name, data in found.items() if data is not None}

    def _read(self, since: datetime) -> _Found:
        found, reached = _Found(), self._repository.feed_start(since)
        while found.read < MOST_READ:
            page = self._repository.feed_page(reached, limit=_PAGE)
            for entry in page.entries:
                if entry.at >= since:
                    found.add(entry)
            reached = page.reached
            if not page.is_more:
                break
        return found

    def _names(self, told: list[HistoryEntry | Reconnect]) -> dict[str, str]:
        records = self._repository.load_many(list(dict.fromkeys(one.talent_id for one in told)))
        return {record.talent.id: record.talent.name for record in records}

    def _needed(self, one: Reconnect, names: dict[str, str]) -> Needed:
        name, link = names.get(one.talent_id, one.talent_id), self._link(one.talent_id, one.platform)
        return Needed(one.talent_id, name, one.platform, one.since, one.detail, link)

    def _small(self, content_hash: str) -> bytes | None:
        from talentimg.images.thumbnails import thumbnail  # noqa: PLC0415  start-up time

        picture = self._repository.picture(content_hash)
        form = next((f for f in picture.renditions if f.name == _FORM), None) if picture else None
        try:
            data = self._store().get(form.key) if form else None
        except TalentimgError:
            return None
        return thumbnail(data, SIDE) if data else None


def _changed(step: HistoryEntry, names: dict[str, str]) -> Changed:
    return Changed(
        talent_id=step.talent_id,
        name=names.get(step.talent_id, step.talent_id),
        at=step.at,
        source=step.to_source,
        previous_source=step.from_source,
        content_hash=step.to_hash,
        previous_hash=step.from_hash,
        why=step.why,
        by=step.by,
    )
