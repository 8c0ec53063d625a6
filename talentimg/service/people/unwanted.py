"""Placeholders that a person names: refused for the whole roster, and taken down where they are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import LossLimitExceeded, PictureError, UsageError
from talentimg.models import ANY_SOURCE, MANUAL, Action, Suspect
from talentimg.service.lookup.placeholders import SuspectedPlaceholders, is_the_same
from talentimg.service.lookup.rendering import render
from talentimg.service.lookup.retracting import retracted
from talentimg.service.people.choosing import check_size
from talentimg.service.people.placeholders import word
from talentimg.service.run.valve import Valve
from talentimg.service.threads import in_thread, run_cpu_bound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from talentimg.images.faces import FaceFinder
    from talentimg.models import Outcome, Picture, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.people.placeholders import Placeholders
    from talentimg.service.results import SyncResult

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Named:
    """A placeholder that a person has named, and what became of those who showed it."""

    suspect: Suspect
    outcomes: tuple[Outcome, ...]


class NamedPlaceholders:
    """Adds and removes placeholders by a person's word."""

    def __init__(
        self,
        repository: Repository,
        resolver: Resolver,
        listed: Placeholders,
        now: Callable[[], datetime],
        *,
        find_faces: FaceFinder | None = None,
        max_bytes: int,
    ) -> None:
        """Everything that it needs.

        Args:
            repository: where placeholders and results are.
            resolver: decides what is shown instead.
            listed: finds those that are known.
            now: the clock.
            find_faces: who finds faces in pictures, so that a file is cut as one from a platform is.
            max_bytes: a larger file is refused, as one from a platform is.
        """
        self._repository = repository
        self._resolver = resolver
        self._listed = listed
        self._now = now
        self._find_faces = find_faces
        self._max_bytes = max_bytes

    async def add_file(
        self,
        data: bytes,
        *,
        name: str | None,
        by: str,
        why: str | None = None,
        allow_losses: int | None = None,
    ) -> Named:
        """Name the picture in a file a placeholder.

        Raises:
            UsageError: it is no picture that would ever be shown.
            LossLimitExceeded: too many talents would show initials; nothing is written.
        """
        check_size("The file", data, self._max_bytes)
        try:
            made = await run_cpu_bound(render, data, self._now(), self._find_faces)
        except PictureError as error:
            raise UsageError(
                f"Nobody shows this file anyway: {error.message}", hint="Nothing was changed."
            ) from None
        return await self._add(made.picture, name, by, why, allow_losses)

    async def add_shown(
        self,
        talent_id: str,
        *,
        name: str | None,
        by: str,
        why: str | None = None,
        allow_losses: int | None = None,
    ) -> Named:
        """Name what is shown for a talent a placeholder.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: initials are shown, or a picture of which there is no copy here.
            LossLimitExceeded: too many talents would show initials; nothing is written.
        """
        record = await in_thread(self._repository.load, talent_id)
        shown = record.selection.content_hash
        picture = await in_thread(self._repository.picture, shown) if shown else None
        if picture is None:
            raise UsageError(f"There is no copy of a picture that is shown for {record.talent.name}.")
        candidate = record.candidates.get(record.selection.source)
        if candidate is not None and candidate.content_hash == shown and candidate.source_hash:
            picture = replace(picture, source_hash=candidate.source_hash)
        return await self._add(picture, name, by, why, allow_losses, shown_for=(talent_id,))

    def remove(self, prefix: str, *, by: str, why: str | None = None) -> list[Suspect]:
        """Take back that a picture is a placeholder. It is shown again from the next look on.

        Args:
            prefix: the first characters of its hash, the platform's or ours.
            by: who takes it back.
            why: the reason, in their words.

        Raises:
            UsageError: no hash begins like this, those of several pictures do, or nobody has named it.
        """
        named = [suspect for suspect in self._listed.find(prefix) if suspect.named_by]
        if not named:
            raise UsageError(
                "Nobody has named that picture a placeholder: several people have it.",
                hint="If it is a real picture: talentimg placeholders allow HASH",
            )
        at = self._now()
        said = [word(Action.PLACEHOLDER_REMOVE, suspect, at, by, why) for suspect in named]
        self._repository.forget_suspects(named, said)
        return named

    # -- taking it down -----------------------------------------------------------------

    async def _add(
        self,
        picture: Picture,
        name: str | None,
        by: str,
        why: str | None,
        allow_losses: int | None,
        *,
        shown_for: Sequence[str] = (),
    ) -> Named:
        suspect = Suspect(
            ANY_SOURCE,
            picture.source_hash,
            picture.content_hash,
            self._now(),
            0,
            likeness=picture.likeness,
            named_by=by,
            name=name,
        )
        holders = dict.fromkeys(shown_for) | await in_thread(self._holders, suspect)
        suspect = replace(suspect, talents=len(holders))
        await self._refuse_losses(suspect, list(holders), by, allow_losses)
        await in_thread(self._keep, suspect, by, why)
        outcomes: list[Outcome] = []
        async for results in self._taken_down(suspect, list(holders), by):
            late = set(await in_thread(self._repository.save, [r.change for r in results], self._now()))
            # Whoever was changed by others at this moment is left to their next look, which does the same.
            outcomes += [r.outcome for r in results if r.change.history and r.change.talent_id not in late]
        return Named(suspect, tuple(outcomes))

    def _holders(self, suspect: Suspect) -> dict[str, None]:
        """The ids of those for whom a source offers it, or what looks like it."""
        found = self._repository.holders([suspect.content_hash], [suspect.likeness])
        return {
            one.candidate.talent_id: None
            for one in found
            if is_the_same(suspect, one.candidate.source_hash, one.candidate.content_hash, one.likeness)
        }

    def _keep(self, suspect: Suspect, by: str, why: str | None) -> None:
        """Write it. That somebody allowed it before is no longer so."""
        allowed = [
            known
            for known in self._repository.suspects()
            if known.is_allowed
            and is_the_same(suspect, known.source_hash, known.content_hash, known.likeness)
        ]
        self._repository.forget_suspects(allowed)
        said = word(Action.PLACEHOLDER_ADD, suspect, suspect.since, by, why)
        self._repository.save_suspect(suspect, said)

    async def _refuse_losses(
        self, suspect: Suspect, ids: Sequence[str], by: str, allowed: int | None
    ) -> None:
        """Judge it as a night is judged, before anything is written."""
        lost: set[str] = set()
        async for results in self._taken_down(suspect, ids, by):
            lost |= {r.change.talent_id for r in results if _loses(r)}
        if not lost:
            return
        valve = Valve(allowed)
        for row in self._repository.everybody():
            if row.url is not None:
                valve.count(row.talent_id, row.source, lost=row.talent_id in lost)
        if (exceeded := valve.exceeded()) is not None:
            raise LossLimitExceeded(
                losses=exceeded.losses,
                shown=exceeded.shown,
                allowed=exceeded.allowed,
                needed=exceeded.needed,
                source=exceeded.source,
                taken_by="by this",
                instead="nothing was changed",
                hint=f"If it is right, add: --allow-losses {exceeded.needed}",
            )

    async def _taken_down(
        self, suspect: Suspect, ids: Sequence[str], by: str
    ) -> AsyncIterator[list[SyncResult]]:
        """What to write for those who have it, a page at a time."""
        suspected = SuspectedPlaceholders(self._repository, also=suspect)
        for start in range(0, len(ids), PAGE):
            records = await in_thread(self._repository.load_many, ids[start : start + PAGE])
            found = [await self._without(suspected, suspect, record, by) for record in records]
            yield [result for result in found if result is not None]

    async def _without(
        self, suspected: SuspectedPlaceholders, suspect: Suspect, record: TalentRecord, by: str
    ) -> SyncResult | None:
        shown = record.selection.source
        offered = {s: suspect for s in self._offering(suspect, record) if s != shown}
        result = await retracted(record, suspected, self._repository, self._resolver, by=by)
        if result is None:
            return self._resolver.without_placeholders(record, offered, by) if offered else None
        if not offered:
            return result
        rest, change = self._resolver.without_placeholders(record, offered, by).change, result.change
        both = replace(change, candidates=(*change.candidates, *rest.candidates), reviews=rest.reviews)
        return replace(result, change=both)

    def _offering(self, suspect: Suspect, record: TalentRecord) -> list[str]:
        """The sources that offer it. What a person has chosen stays chosen until they take it back."""
        return [
            source
            for source, one in record.candidates.items()
            if one.has_picture
            and not (source == MANUAL and record.policy.choice)
            and is_the_same(
                suspect, one.source_hash, one.content_hash, record.likenesses.get(one.content_hash or "")
            )
        ]


def _loses(result: SyncResult) -> bool:
    """Whether initials are shown in place of a picture."""
    read, selection = result.change.read, result.change.selection
    return read is not None and read.selection.has_picture and not selection.has_picture
