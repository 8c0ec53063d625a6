"""Pictures in use whose objects are lost or damaged: a sample of them, or all with `--deep`.

Each object is read and its hash compared with its name, as a disk may change what nobody has written.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.service.doctor.interface import Finding, Severity, counted, named
from talentimg.service.doctor.stored import StoredCheck
from talentimg.service.doctor.walk import hashes_of
from talentimg.store.forms import whole_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from talentimg.models import Picture
    from talentimg.repository.interface import PictureInUse, Repository
    from talentimg.service.doctor.interface import Look
    from talentimg.service.doctor.refetching import Refetch
    from talentimg.service.doctor.remaking import Remake
    from talentimg.store.interface import ObjectStore

PAGE: Final = 100
SAMPLE: Final = 200
"""So many pictures are a sample: one in a hundred that is lost is found in seven of eight of them."""


@dataclass(slots=True)
class _Seen:
    """What was looked at, and the talents whose pictures are lost or lack a form; each of these once."""

    pictures: int = 0
    is_whole: bool = False
    lost: dict[str, None] = field(default_factory=dict)
    partly: dict[str, None] = field(default_factory=dict)


class PicturesCheck(StoredCheck):
    """Reads every form of pictures that somebody shows or a source offers."""

    name: ClassVar = "pictures"
    title: ClassVar = "Pictures"

    def __init__(
        self,
        repository: Callable[[], Repository],
        store: Callable[[], ObjectStore],
        refetch: Refetch,
        remake: Remake,
    ) -> None:
        """Checks a store by a roster.

        Args:
            repository: opens the roster.
            store: opens the store of pictures.
            refetch: looks at talents anew, whatever is known.
            remake: makes lost forms of a picture from what is left of it.
        """
        super().__init__(repository, store)
        self._refetch = refetch
        self._remake = remake

    def look(self, look: Look) -> Iterator[Finding]:
        """Whose pictures are lost, and of whose a form is."""
        seen = self._seen(look)
        if seen.lost:
            yield _finding(list(seen.lost), "is lost, in every form", "are lost, in every form")
        if seen.partly:
            one = "lacks a form, or has one that is damaged"
            yield _finding(list(seen.partly), one, "lack a form, or have one that is damaged")
        if not seen.lost and not seen.partly:
            extent = "all" if seen.is_whole else "a sample: --deep looks at all"
            pictures = counted(seen.pictures, "picture in use is", "pictures in use are")
            yield Finding(f"{pictures} whole, in every form ({extent}).")

    def _seen(self, look: Look) -> _Seen:
        seen = _Seen()
        for page in self._pages(look, seen):
            seen.pictures += len(page)
            for one in filter(self._is_broken, page):
                talent_ids = self._still_have(one)
                whole = len(whole_forms(self._store(), one.picture)) if talent_ids else 0
                if whole < len(one.picture.renditions):
                    (seen.partly if whole else seen.lost).update(dict.fromkeys(talent_ids))
        return seen

    def _is_broken(self, one: PictureInUse) -> bool:
        return len(whole_forms(self._store(), one.picture)) < len(one.picture.renditions)

    def _still_have(self, one: PictureInUse) -> list[str]:
        """Whose it still is: of a picture that a sync has replaced meanwhile, a sweep takes the objects."""
        records = self._repository().load_many(one.talent_ids)
        return [r.talent.id for r in records if one.picture.content_hash in hashes_of(r)]

    def _pages(self, look: Look, seen: _Seen) -> Iterator[Sequence[PictureInUse]]:
        """All of them with `--deep`; else a sample that begins anywhere, as hashes are evenly spread."""
        repository = self._repository()
        begin = None if look.deep else secrets.token_hex(8)
        left = float("inf") if look.deep else SAMPLE
        for after, end in ((begin, None), (None, begin)) if begin else ((None, None),):
            reached = after
            while page := repository.pictures_in_use(after=reached, limit=PAGE):
                reached = page[-1].picture.content_hash
                wanted = [one for one in page if end is None or one.picture.content_hash <= end]
                yield wanted
                left -= len(wanted)
                if len(wanted) < len(page):
                    break
                if left <= 0 or not look.has_time():
                    return
        seen.is_whole = True

    def heal(self, found: Sequence[Finding], look: Look) -> Iterator[str]:
        """Fetch anew what a platform gives, and make from what is left what none does."""
        yield from self._refetch([one for finding in found for one in finding.talents], look)
        broken = list(self._broken(look))
        if broken:
            yield from self._remake(broken, look)

    def _broken(self, look: Look) -> Iterator[Picture]:
        """Pictures of which something is left to make the rest from."""
        for page in self._pages(look, _Seen()):
            for one in filter(self._is_broken, page):
                if whole_forms(self._store(), one.picture):
                    yield one.picture


def _finding(talent_ids: list[str], one: str, several: str) -> Finding:
    verb = one if len(talent_ids) == 1 else several
    pictures = "A picture" if len(talent_ids) == 1 else f"Pictures of {len(talent_ids):,} talents"
    return Finding(
        f"{pictures} {verb}: {named(talent_ids)}.",
        Severity.NEEDS_YOU,
        "talentimg doctor --fix fetches it anew, or makes it from another form.",
        can_fix=True,
        talents=tuple(talent_ids),
        otherwise="No source gives it now: talentimg show ID --why tells why. What a lock holds stays as it"
        " is: unlock it first. What a person chose and is lost has to be set again.",
    )
