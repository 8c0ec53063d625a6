"""A repository that reads from another one and writes nothing: for dry runs.

What a run needs to know about itself, such as whom it has claimed and which platforms asked for a
pause, is remembered until it ends.
"""

# ruff: noqa: ARG002  a call that is refused does not use its arguments

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from talentimg.errors import SchemaOutdated, StoreNotFound
from talentimg.models.likeness import all_halves, has_a_half
from talentimg.repository import migrations
from talentimg.repository.app_names import AS_OURS
from talentimg.repository.dry_removals import refused
from talentimg.repository.dry_telling import DryTelling
from talentimg.repository.interface import Holder, Repository
from talentimg.repository.interface.reviews import REVIEW_PAGE
from talentimg.repository.registry import open_repository

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime, timedelta

    from talentimg.models import (
        Account,
        AuditEntry,
        Cooldown,
        Freshness,
        HistoryEntry,
        Picture,
        Policy,
        Review,
        Run,
        RunTalent,
        StopRequest,
        Suspect,
        TalentRecord,
        Token,
    )
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface import (
        Change,
        Claims,
        Disconnected,
        NewAccount,
        NewTalent,
        PictureInUse,
        RosterRow,
    )
    from talentimg.repository.interface.entries import Follow, Import, Plan, Present, RosterEntry


def open_dry(url: str, names: AppNames = AS_OURS, *, create: bool = False) -> DryRepository:
    """Open the repository that a database URL names, to read from it and write nothing.

    Args:
        url: where it is.
        names: what the app calls its tables and columns.
        create: whether a roster that does not exist yet is read as an empty one.

    Raises:
        SchemaOutdated: opening it would bring an embedded store up to date.
        ConfigError: see `open_repository`.
        TalentimgError: the store cannot be opened.
    """
    found = migrations.status(url, names)
    if found.current is not None and found.pending and not migrations.is_readable(url, names):
        state = f"is at schema {found.current} and this version wants {found.head}"
        if found.current == found.head:
            state = "lacks a column that somebody has taken away"
        raise SchemaOutdated(
            f"The store {state}: a dry run does not change that.",
            hint="Bring it up to date first: talentimg migrate",
        )
    try:
        return DryRepository(open_repository(url, read_only=True, names=names))
    except StoreNotFound:
        if not create:
            raise
        from talentimg.repository.memory import MemoryRepository  # noqa: PLC0415  seldom needed

        return DryRepository(MemoryRepository())


class DryRepository(DryTelling, Repository):
    """Reads from another repository, leaves it as it is, and refuses what no dry run does."""

    def __init__(self, inner: Repository) -> None:
        super().__init__(inner)
        self._due: list[str] | None = None
        self._cooldowns: dict[str, Cooldown] = {}
        self._suspects: dict[tuple[str, str], Suspect] = {}
        self._holders: dict[tuple[str, str], Holder] = {}
        self._history: dict[str, HistoryEntry] = {}
        self._in_use: dict[str, tuple[str, ...]] = {}
        self._spent: Counter[str] = Counter()
        self._turns: dict[str, float] = {}

    # -- the roster -----------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime, *, said: Sequence[AuditEntry] = ()) -> None:
        raise refused()

    def update(self, talents: Sequence[NewTalent], now: datetime, *, follow: Follow | None = None) -> None:
        raise refused()

    def is_own(self) -> bool:
        return self._inner.is_own()

    def records(self, *, after: str | None = None, limit: int = 500) -> list[TalentRecord]:
        return self._inner.records(after=after, limit=limit)

    def entries(self, talent_ids: Sequence[str]) -> dict[str, RosterEntry]:
        return self._inner.entries(talent_ids)

    def present(self, talent_ids: Sequence[str]) -> Present:
        return self._inner.present(talent_ids)

    def imports(self) -> list[Import]:
        return self._inner.imports()

    def take_back(self, import_id: str, now: datetime, plan: Plan, follow: Follow) -> None:
        raise refused()

    def load(self, talent_id: str) -> TalentRecord:
        return self._inner.load(talent_id)

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        return self._inner.load_many(talent_ids)

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        return self._inner.roster(after=after, limit=limit)

    def count(self) -> int:
        return self._inner.count()

    def connect(
        self, talent_id: str, account: NewAccount, now: datetime, *, said: AuditEntry | None = None
    ) -> Account:
        raise refused()

    def disconnect(
        self, talent_id: str, platform: str, now: datetime, *, said: AuditEntry | None = None
    ) -> bool:
        raise refused()

    def disconnected(self, talent_ids: Sequence[str]) -> set[Disconnected]:
        return self._inner.disconnected(talent_ids)

    def save_token(self, account: Account, token: Token) -> Token | None:
        """Refused: a token that cannot be kept must not be refreshed."""
        raise refused()

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        raise refused()

    def save_audit(self, entries: Sequence[AuditEntry]) -> None:
        raise refused()

    def audit(self, talent_id: str, *, limit: int = 50) -> list[AuditEntry]:
        return self._inner.audit(talent_id, limit=limit)

    def said_of(self, talent_ids: Collection[str], actions: Collection[str]) -> dict[str, list[AuditEntry]]:
        return self._inner.said_of(talent_ids, actions)

    def keep_disconnected(self, account: Disconnected, at: datetime) -> bool:
        raise refused()

    def waiting(self, *, after: str | None = None, limit: int = REVIEW_PAGE) -> list[Review]:
        return self._inner.waiting(after=after, limit=limit)

    # -- syncing --------------------------------------------------------------

    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        return self._inner.due(now, before=before, limit=limit)

    def claim(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> list[str]:
        """The next page of the talents who were due at the first call."""
        if self._due is None:
            self._due = self._inner.due(now, before=before, limit=None)
        page, self._due = self._due[:limit], self._due[limit:]
        return page

    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        """Nothing was taken."""

    def release(self, talent_ids: Sequence[str]) -> None:
        """Nothing was taken."""

    def release_of(self, processes: Collection[tuple[str, int]]) -> int:
        """A dry run takes nobody's work over."""
        return 0

    def count_due(self, now: datetime, *, before: datetime | None, at_most: int | None = None) -> int:
        return self._inner.count_due(now, before=before, at_most=at_most)

    def claims(self, now: datetime) -> list[Claims]:
        return self._inner.claims(now)

    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        return self._inner.next_due(now, min_age=min_age)

    def freshness(self, now: datetime, *, at_most: int) -> Freshness:
        return self._inner.freshness(now, at_most=at_most)

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        """Only remember who is offered which picture for the first time, and what would be shown."""
        for change in changes:
            if change.history is not None:
                self._history[change.talent_id] = change.history
            known = change.read.candidates if change.read else {}
            for one in change.candidates:
                before = known.get(one.source)
                if not one.content_hash:
                    self._holders.pop((one.source, one.talent_id), None)
                elif before is None or before.content_hash != one.content_hash:
                    likeness = self._likeness(one.content_hash, change)
                    self._holders[one.source, one.talent_id] = Holder(one, likeness)
        return []

    def _likeness(self, content_hash: str, change: Change) -> str | None:
        ours = change.picture is not None and change.picture.content_hash == content_hash
        picture = change.picture if ours else self._inner.picture(content_hash)
        return picture.likeness if picture else None

    def picture(self, content_hash: str) -> Picture | None:
        return self._inner.picture(content_hash)

    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        return self._inner.pictures_by_source(source_hashes)

    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        ours = [self._history[talent_id]] if talent_id in self._history else []
        return [*ours, *self._inner.history(talent_id, limit=limit)][:limit]

    # -- the same picture, cut otherwise --------------------------------------

    def to_recut(
        self, crop: str, now: datetime, *, after: str | None = None, limit: int = 100
    ) -> list[PictureInUse]:
        page = self._inner.to_recut(crop, now, after=after, limit=limit)
        self._in_use |= {one.picture.content_hash: one.talent_ids for one in page}
        return page

    def recut(self, old: Picture, new: Picture, now: datetime, *, why: str, by: str) -> list[str]:
        """The talents whose picture it was when its page was read."""
        return list(self._in_use.get(old.content_hash, ()))

    # -- whether all fits together ----------------------------------------------

    def pictures_in_use(self, *, after: str | None, limit: int) -> list[PictureInUse]:
        return self._inner.pictures_in_use(after=after, limit=limit)

    def known_pictures(self, content_hashes: Collection[str]) -> set[str]:
        return self._inner.known_pictures(content_hashes)

    def latest_changes(self, talent_ids: Collection[str]) -> dict[str, HistoryEntry]:
        return self._inner.latest_changes(talent_ids) | {
            i: self._history[i] for i in talent_ids if i in self._history
        }

    def database_time(self) -> datetime | None:
        return self._inner.database_time()

    # -- the same picture for many --------------------------------------------

    def holders(self, content_hashes: Sequence[str], likenesses: Sequence[str | None] = ()) -> list[Holder]:
        """As the other repository tells it, and this dry run found it since."""
        wanted = all_halves(likenesses)
        known = self._inner.holders(content_hashes, likenesses)
        inner = {(h.candidate.source, h.candidate.talent_id): h for h in known}
        ours = {
            key: h
            for key, h in self._holders.items()
            if h.candidate.content_hash in content_hashes or has_a_half(h.likeness, wanted)
        }
        found = {key: h for key, h in inner.items() if key not in self._holders} | ours
        return sorted(found.values(), key=lambda holder: holder.order)

    def absences(self, sources: Sequence[str], since: datetime) -> dict[str, tuple[int, int]]:
        """As it was before this dry run."""
        return self._inner.absences(sources, since)

    def suspects(self) -> list[Suspect]:
        known = {(suspect.source, suspect.source_hash): suspect for suspect in self._inner.suspects()}
        return list((self._suspects | known).values())

    def save_suspect(self, suspect: Suspect, said: AuditEntry | None = None) -> None:
        """Remember it until this dry run ends; a run says nothing of it that would be kept."""
        del said
        self._suspects[suspect.source, suspect.source_hash] = suspect

    def forget_suspects(self, suspects: Sequence[Suspect], said: Sequence[AuditEntry] = ()) -> None:
        raise refused()

    # -- politeness -----------------------------------------------------------

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        known = {cooldown.platform: cooldown for cooldown in self._inner.cooldowns(now)}
        for platform, cooldown in self._cooldowns.items():
            if platform not in known or known[platform].until < cooldown.until:
                known[platform] = cooldown
        return list(known.values())

    def save_cooldown(self, cooldown: Cooldown) -> None:
        """Remember it until this dry run ends."""
        self._cooldowns[cooldown.platform.lower()] = cooldown

    def forgive(self, platform: str) -> None:
        """Forget the failures for this dry run only."""
        self._cooldowns.pop(platform.lower(), None)

    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        """The units that were used before this dry run, and those that it has used itself."""
        self._spent[platform] += units
        return self._inner.spend(platform, 0, day_ends) + self._spent[platform]

    def take_turns(
        self, platform: str, number: int, now: datetime, *, gap_s: float, behind_s: float
    ) -> float:
        """The next ones that nobody else has taken so far, and this dry run has not."""
        theirs = self._inner.take_turns(platform, 0, now, gap_s=gap_s, behind_s=behind_s)
        first = max(now.timestamp() + theirs, self._turns.get(platform, float("-inf")))
        self._turns[platform] = first + number * gap_s
        return first - now.timestamp()

    # -- runs -----------------------------------------------------------------

    def lock_run(self) -> bool:
        """Always True: what writes nothing needs no lock."""
        return True

    def unlock_run(self) -> None:
        """No lock is held."""

    def save_run(self, run: Run) -> None:
        """A dry run leaves no record."""

    def write_progress(self, run: Run) -> StopRequest | None:
        """Nobody can follow it."""

    def allot(self, run_id: str, talents: int) -> None:
        """A dry run shares its work with nobody."""

    def draw(self, run_id: str, wanted: int) -> int:
        """As many as are wanted."""
        del run_id
        return wanted

    def note_talents(
        self, run_id: str, talents: Sequence[RunTalent], *, settled: Collection[str] = ()
    ) -> None:
        """A dry run leaves no record."""

    def noted_talents(self, run_ids: Collection[str]) -> list[RunTalent]:
        return self._inner.noted_talents(run_ids)

    def request_stop(self, run_id: str, request: StopRequest) -> None:
        raise refused()

    def taking_part(self, run_id: str) -> list[Run]:
        return self._inner.taking_part(run_id)

    def run(self, run_id: str) -> Run | None:
        return self._inner.run(run_id)

    def runs(self, *, limit: int = 20, before: str | None = None) -> list[Run]:
        return self._inner.runs(limit=limit, before=before)

    def runs_in_progress(self) -> list[Run]:
        """None that a dry run would wait for, or share its work with."""
        return []

    def close(self) -> None:
        self._inner.close()
