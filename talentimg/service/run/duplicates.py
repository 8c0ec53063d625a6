"""Finds a picture that several people of one platform have: a placeholder, probably.

Whoever is offered it counts, in the whole store and on whatever night it was first met: a default avatar
comes to people one by one. What looks the same is the same, as platforms encode anew what they serve.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.models import USER, State, Suspect
from talentimg.models.likeness import alike, halves
from talentimg.repository.interface import Holder
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from talentimg.repository.interface import Results
    from talentimg.service.lookup.placeholders import SuspectedPlaceholders
    from talentimg.service.results import SourceResult

LIMIT: Final = 3
"""This many people of one platform cannot have the same face.

Two can: a couple, twins, somebody with a second account. More have one picture only if it shows a group or a
logo, and a person has to say once that it is to be shown.
"""


class DuplicateDetector:
    """Watches the results of one run for a picture that too many people have."""

    def __init__(
        self,
        repository: Results,
        suspected: SuspectedPlaceholders,
        now: Callable[[], datetime],
        since: datetime | None = None,
    ) -> None:
        """A detector for one run.

        Args:
            repository: knows who is offered which picture.
            suspected: the placeholders.
            now: the clock.
            since: when the run began, if others who share it began before; None for now.
        """
        self._repository = repository
        self._suspected = suspected
        self._now = now
        since = since or now()
        # In the precision of stored times: what was done in this run must not look older than the run.
        self.since = since.replace(microsecond=since.microsecond // 1000 * 1000)

    async def find(self, results: Iterable[SourceResult], *, written: bool = False) -> dict[str, Suspect]:
        """The talents of this batch, or looked at before in this run, whose picture too many people have.

        Each process that shares a run asks before it writes, and again when it has written: of several who
        write the same picture at once, none sees the others beforehand, and the last one sees all.

        Args:
            results: what the sources gave to those whose results are about to be written.
            written: whether they have been.

        Returns:
            The suspected picture of each talent, by id. It is suspected from now on.
        """
        offers = [offer for offer in map(_offer, results) if offer and not await self._is_allowed(offer)]
        if not offers:
            return {}
        offers, stored = await self._with_stored(offers)
        if (
            written
        ):  # after the holders were read: whose picture was taken away before that is suspected by now
            self._suspected.read_anew()
        holders = _Holders([*stored, *offers])
        found: dict[str, Suspect] = {}
        for offer in {(o.candidate.source, o.candidate.content_hash): o for o in offers}.values():
            people = holders.of(offer)
            if await self._is_suspected(offer, people):
                found |= await self._to_repeat([*await self._since_written(offer), *people])
        return found

    async def _since_written(self, offer: Holder) -> list[Holder]:
        """Who has it by now: others may have written it before they could know of the suspicion."""
        _, _, content_hash, likeness = _picture(offer)
        return await in_thread(self._repository.holders, [content_hash or ""], [likeness])

    async def _with_stored(self, offers: Sequence[Holder]) -> tuple[list[Holder], list[Holder]]:
        """The offers with what is known of their pictures, and who else is offered these or similar ones."""
        hashes = sorted({offer.candidate.content_hash or "" for offer in offers})
        stored = await in_thread(self._repository.holders, hashes, [offer.likeness for offer in offers])
        looks = {holder.candidate.content_hash: holder.likeness for holder in stored}
        now = {(o.candidate.source, o.candidate.talent_id) for o in offers}
        return (
            [replace(o, likeness=o.likeness or looks.get(o.candidate.content_hash)) for o in offers],
            [h for h in stored if (h.candidate.source, h.candidate.talent_id) not in now],
        )

    async def _is_allowed(self, offer: Holder) -> bool:
        return await self._suspected.is_allowed(*_picture(offer))

    async def _is_suspected(self, offer: Holder, people: Sequence[Holder]) -> bool:
        """Whether this picture is suspected, be it from now on."""
        if await self._suspected.against(*_picture(offer)):
            return True
        number = _accounts(people)
        if number < LIMIT or await self._is_allowed(offer):
            return False
        source, source_hash, content_hash, likeness = _picture(offer)
        suspect = Suspect(source, source_hash or "", content_hash or "", self._now(), number)
        await self._suspected.add(replace(suspect, likeness=likeness))
        return True

    async def _to_repeat(self, people: Iterable[Holder]) -> dict[str, Suspect]:
        """Those of this run. Whoever is not looked at in it loses the picture at their next look."""
        found = {}
        for holder in people:
            checked_at = holder.candidate.checked_at
            suspect = await self._suspected.against(*_picture(holder))
            if suspect is not None and checked_at is not None and checked_at >= self.since:
                found[holder.candidate.talent_id] = suspect
        return found


class _Holders:
    """Who is offered which picture, to be found by the picture and by what it looks like."""

    def __init__(self, holders: Iterable[Holder]) -> None:
        self._by_key: dict[tuple[str, int, str], list[Holder]] = defaultdict(list)
        for holder in holders:
            for key in _keys(holder):
                self._by_key[key].append(holder)

    def of(self, offer: Holder) -> list[Holder]:
        """Everybody who is offered the same picture, or one that looks the same, by the same source."""
        near = [holder for key in _keys(offer) for holder in self._by_key[key]]
        same = (h for h in near if _hash(h) == _hash(offer) or alike(h.likeness, offer.likeness))
        return list({h.candidate.talent_id: h for h in same}.values())


def _offer(result: SourceResult) -> Holder | None:
    """What counts of a result. Talents of the same user share their avatar."""
    one = result.candidate
    return Holder(one, result.likeness) if one.source != USER and one.state is State.FOUND else None


def _hash(holder: Holder) -> str | None:
    return holder.candidate.content_hash


def _keys(holder: Holder) -> list[tuple[str, int, str]]:
    names = enumerate((_hash(holder), *halves(holder.likeness)))
    return [(holder.candidate.source, place, name) for place, name in names if name]


def _picture(holder: Holder) -> tuple[str, str | None, str | None, str | None]:
    one = holder.candidate
    return one.source, one.source_hash, one.content_hash, holder.likeness


def _accounts(holders: Iterable[Holder]) -> int:
    """How many accounts of the platform these are: somebody who is on the roster twice has one."""
    candidates = [holder.candidate for holder in holders]
    ids: dict[str | None, str] = {
        c.question: c.platform_user_id for c in candidates if c.question and c.platform_user_id
    }
    return len({c.platform_user_id or ids.get(c.question) or c.question or c.talent_id for c in candidates})
