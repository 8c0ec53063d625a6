"""Takes talents away: forgotten for good, off the roster, or into another one. No platform is asked.

Each is a transaction that removes the rows and announces the files, then the files, then what deleted rows
have left in the database's own files. Whatever ends it in between, the same call completes it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import StoreLocked, TalentForgotten, TalentNotFound, UsageError
from talentimg.models import NOBODY, Action, AuditEntry, OptOut
from talentimg.models.talent import FORGOTTEN
from talentimg.providers.names import parse_platform
from talentimg.repository.interface.values import Erased
from talentimg.repository.values import not_found
from talentimg.service.people.edition import check_edition
from talentimg.service.people.insisting import insist
from talentimg.service.people.ownership import refuse_unless_own

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Policy, TalentRecord
    from talentimg.repository.interface import Forgotten, Merged, Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.people.edition import Editions
    from talentimg.service.results import SyncResult
    from talentimg.service.run.removing import Remover
    from talentimg.store.interface import ObjectStore

_FROM: Final = "from"
"""What the record of a merge calls the id that is gone."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was removed of a talent, and what was looked for afterwards.

    `rows` are by table, `files` objects in the store of pictures. `left` are rows that were found afterwards,
    by table, and `files_left` objects: none, unless something went wrong. `shared` pictures stay, as others
    use them.
    """

    talent_id: str
    name: str | None
    platform: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    pictures: int = 0
    files: int = 0
    shared: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    files_left: int = 0
    before: datetime | None = None
    """Since when they have been forgotten, if they were already."""
    is_own: bool = True
    """Whether the roster is talentimg's own, so that the talent's row went as well."""
    free_space: str | None = None
    """Why free space in the database's files could not be overwritten yet; None: it is."""
    by: str | None = None
    """Who said it, and `why`: told here, as nothing is kept of whoever is gone."""
    why: str | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was found afterwards."""
        return not self.left and not self.files_left and self.free_space is None

    @property
    def unfinished(self) -> StoreLocked | None:
        """What is left to do, if anything."""
        if self.free_space is not None:
            return StoreLocked(self.free_space, hint="Say the same again when nothing else runs.")
        if self.files_left:
            return StoreLocked(
                "Somebody else has begun to remove files, and they are still there.",
                hint="Say the same again; ten minutes after they began, they are not waited for any more.",
            )
        if not self.left:
            return None
        return StoreLocked(
            "Something was written while it was removed.",
            hint="Say the same again, or see what runs beside it.",
        )


@dataclass(frozen=True, slots=True)
class MergedTalents:
    """Two talents who are one now, and what went with the first of them.

    `merged` is None if that was done before, so that only what was left of it was finished now.
    """

    merged: Merged | None
    proof: Proof


class Forgetting:
    """Forgets, remembers, removes and merges talents."""

    def __init__(
        self,
        repository: Repository,
        store: ObjectStore,
        remover: Remover,
        resolver: Resolver,
        now: Callable[[], datetime],
        *,
        platforms: Sequence[str],
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: the rows.
            store: the pictures.
            remover: removes pictures.
            resolver: decides what is shown without a platform.
            now: the clock.
            platforms: every platform that somebody may have been forgotten on.
        """
        self._repository = repository
        self._store = store
        self._remover = remover
        self._resolver = resolver
        self._now = now
        self._platforms = tuple(platforms)

    # -- forgetting -----------------------------------------------------------

    def forget(
        self,
        talent_id: str,
        platform: str | None = None,
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Proof:
        """Remove everything about a talent, or about one platform of theirs, and keep it from coming back.

        What was forgotten before is looked for once more, and what is found removed. Who said it is kept; why
        is in the proof alone, as it may name the talent.

        Raises:
            TalentNotFound: nobody has the id, nothing is kept about it, and nobody was forgotten by it.
            EditedMeanwhile: the talent is in none of the editions that the person may have seen.
            UsageError: the platform is unknown.
        """
        place = None if platform is None else parse_platform(platform)
        before = self._forgotten_since(talent_id, place)
        if before is None:
            self._check_known(talent_id, place, editions)
        if place is not None:
            self._withdraw(talent_id, place, by, editions if before is None else None)
        proof = self._erased(talent_id, self._remover.finish().gone, place, forgotten_by=by)
        return replace(proof, before=before, free_space=self._wiped(), by=by, why=why)

    def _forgotten_since(self, talent_id: str, platform: str | None) -> datetime | None:
        found = self._repository.forgotten([(talent_id, None), (talent_id, platform)])
        return next((one.at for one in found if one.platform in {"", platform}), None)

    def _check_known(self, talent_id: str, platform: str | None, editions: Editions = None) -> None:
        """Whether there is anything to forget: the app may have removed the talent already."""
        if talent_id == NOBODY:  # whose words are about everybody
            raise not_found(talent_id)
        try:
            check_edition(self._repository.load(talent_id), editions)
        except TalentForgotten:  # only as a whole; the platform goes without saying
            pass
        except TalentNotFound:
            if platform is not None or not self._repository.traces(talent_id):
                raise

    def _withdraw(self, talent_id: str, platform: str, by: str, editions: Editions) -> None:
        """Stop asking the platform, and stop showing its picture; a lock of that picture goes with it."""

        def withdrawn(record: TalentRecord) -> SyncResult:
            check_edition(record, editions)
            now = self._now()
            after = replace(record, policy=_without(record, platform, now))
            result = self._resolver.without_account(after, platform, why=FORGOTTEN, by=by)
            is_unlocked = record.policy.lock is not None and after.policy.lock is None
            said = (AuditEntry(talent_id, now, Action.UNLOCK, by, FORGOTTEN),) if is_unlocked else ()
            change = replace(result.change, policy=after.policy, audit=said, read=record)
            return replace(result, change=change)

        with suppress(TalentNotFound):  # the app may have removed them already
            insist(self._repository, talent_id, withdrawn, self._now)

    def _erased(
        self, talent_id: str, files: int, platform: str | None = None, *, forgotten_by: str | None
    ) -> Proof:
        """Remove rows, then files, and look for both."""
        erased = self._repository.erase(talent_id, self._now(), platform=platform, forgotten_by=forgotten_by)
        return self._purged(talent_id, platform, erased, files)

    def _purged(self, talent_id: str, platform: str | None, erased: Erased, files: int) -> Proof:
        """The proof, but for free space."""
        keys = erased.dropped.keys
        files += self._remover.remove(keys).gone
        return Proof(
            talent_id,
            erased.name,
            platform,
            erased.rows,
            pictures=erased.dropped.pictures,
            files=files,
            shared=erased.shared,
            left=self._repository.traces(talent_id, platform, words=erased.words),
            files_left=self._files_left(keys),
            is_own=self._repository.is_own(),
        )

    def _files_left(self, keys: Sequence[str]) -> int:
        """How many of these objects, and of those that anybody else should have removed, are there."""
        gone = sorted({*keys, *self._repository.announced()})
        named = self._repository.still_named(gone)
        return sum(self._store.each(self._store.exists, [key for key in gone if key not in named]))

    def _wiped(self) -> str | None:
        try:
            self._repository.wipe_free_space()
        except StoreLocked as error:
            return error.message
        return None

    def remember(self, talent_id: str, *, by: str, why: str | None = None) -> list[Forgotten]:
        """Let somebody who was forgotten come back, with every platform. Nothing comes back by itself.

        Raises:
            UsageError: nothing of them was forgotten.
        """
        what = [(talent_id, None), *((talent_id, platform) for platform in self._platforms)]
        entry = AuditEntry(talent_id, self._now(), Action.REMEMBER, by, why)
        found = self._repository.remember(what, self._now(), entry)
        if not found:
            raise UsageError(f"Nothing of {talent_id!r} was forgotten.", hint="Check the spelling of the id.")
        return found

    # -- the roster -----------------------------------------------------------

    def remove(
        self, talent_ids: Sequence[str], *, by: str | None = None, why: str | None = None
    ) -> list[Proof]:
        """Take talents off a roster of our own, with everything about them. An import may bring them again.

        What an earlier removal has left is finished first. Then nobody has to have an id, as whoever says the
        same again names those who are gone.

        Who said it, and why, is in the proof alone.

        Raises:
            TalentNotFound: nobody has one of the ids, and nothing is kept about it. Nobody was removed.
            UsageError: the roster is another app's.
        """
        self.check_own("removed")
        finished = self._remover.finish().gone
        if not finished and not self._repository.owes_wipe() and not self._files_left(()):
            for talent_id in talent_ids:
                self._check_known(talent_id, None)
        files = [finished, *(0 for _ in talent_ids)]  # of the first
        proofs = [self._erased(i, n, forgotten_by=None) for i, n in zip(talent_ids, files, strict=False)]
        free_space = self._wiped()
        return [replace(proof, free_space=free_space, by=by, why=why) for proof in proofs]

    def merge(self, talent_id: str, into: str, *, by: str, why: str | None = None) -> MergedTalents:
        """Make one of two talents: what the other one lacks moves there, and the first is removed.

        Raises:
            TalentNotFound: one of them is not on the roster.
            UsageError: both are the same, or the roster is another app's.
        """
        self.check_own("merged")
        if talent_id == into:
            raise UsageError("A talent cannot be merged with themselves.", hint="Name two ids.")
        files = self._remover.finish().gone
        self._repository.load(into)
        if self._was_merged(talent_id, into):
            self._follow(into, by)
            return self._merged(talent_id, None, files)
        entry = AuditEntry(into, self._now(), Action.MERGE, by, why, {_FROM: talent_id})
        merged = self._repository.merge(talent_id, into, self._now(), entry)
        self._follow(into, by)
        return self._merged(talent_id, merged, files)

    def _merged(self, talent_id: str, merged: Merged | None, files: int) -> MergedTalents:
        proof = self._purged(talent_id, None, merged.erased if merged else Erased(), files)
        return MergedTalents(merged, replace(proof, free_space=self._wiped()))

    def _was_merged(self, talent_id: str, into: str) -> bool:
        if self._repository.load_many([talent_id]):
            return False
        said = self._repository.audit(into)
        return any(e.action == Action.MERGE and e.about.get(_FROM) == talent_id for e in said)

    def _follow(self, talent_id: str, by: str) -> None:
        """Show what follows from what the talent has now."""

        def followed(record: TalentRecord) -> SyncResult:
            return self._resolver.decided(record, record, why="merged", by=by)

        if followed(self._repository.load(talent_id)).change.history:  # else whoever looks at them goes on
            insist(self._repository, talent_id, followed, self._now)

    def check_own(self, done: str) -> None:
        """Refuse to change a roster that is another app's.

        Raises:
            UsageError: it is.
        """
        instead = "Do it in the app. What talentimg keeps of them goes with: talentimg forget, or sweep"
        refuse_unless_own(self._repository, done, instead)


def _without(record: TalentRecord, platform: str, now: datetime) -> Policy:
    """The policy with the platform left out, and without a lock that holds its picture."""
    policy = record.policy
    lock = None if record.selection.source == platform else policy.lock
    others = tuple(one for one in policy.opt_outs if one.platform != platform)
    return replace(policy, lock=lock, opt_outs=(*others, OptOut(platform, at=now, why=FORGOTTEN)))
