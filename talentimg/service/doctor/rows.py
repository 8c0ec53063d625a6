"""Rows that fit no others: a picture that is shown or offered and has no row, an answer that is gone.

Nobody loses a row of a database by using talentimg; a backup that was put back in parts does, and a hand that
slipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.models import INITIALS, MANUAL, USER
from talentimg.service.decision.chain import shows_another
from talentimg.service.doctor.interface import Check, Finding, Severity, counted, named
from talentimg.service.doctor.walk import Walk, hashes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.doctor.interface import Look
    from talentimg.service.doctor.refetching import Refetch


class RowsCheck(Check):
    """Compares what each talent's rows name with what is there."""

    name: ClassVar = "rows"
    title: ClassVar = "Rows"
    needs: ClassVar = ("store",)

    def __init__(self, repository: Callable[[], Repository], refetch: Refetch) -> None:
        """Checks a roster.

        Args:
            repository: opens it.
            refetch: looks at talents anew, whatever is known.
        """
        self._repository = repository
        self._refetch = refetch

    def look(self, look: Look) -> Iterator[Finding]:
        """Whose rows name what is not there."""
        walk = Walk(self._repository())
        suspected = [talent_id for page in walk.pages(look) for talent_id in self._torn(page)]
        # Whom a sync wrote between two of our questions is well when asked once more.
        ids = list(self._torn(self._repository().load_many(suspected)))
        yield from walk.rest()
        if ids:
            what = counted(len(ids), "talent has", "talents have")
            yield Finding(
                f"{what} rows that name what is no longer there: {named(ids)}.",
                Severity.NEEDS_YOU,
                "talentimg doctor --fix looks at them anew.",
                can_fix=True,
                talents=tuple(ids),
                otherwise="Their source does not give it now: talentimg show ID --why tells why. It heals"
                " with the look at which it does.",
            )
        else:
            yield Finding(f"All that the rows of {counted(walk.seen, 'talent', 'talents')} name is there.")

    def _torn(self, page: Sequence[TalentRecord]) -> Iterator[str]:
        wanted = {name for record in page for name in hashes_of(record)}
        known = self._repository().known_pictures(wanted)
        for record in page:
            if hashes_of(record) - known or _lacks_its_answer(record):
                yield record.talent.id

    def heal(self, found: Sequence[Finding], look: Look) -> Iterator[str]:
        """Look at them anew: what a platform gives is written whole."""
        yield from self._refetch([one for finding in found for one in finding.talents], look)


def _lacks_its_answer(record: TalentRecord) -> bool:
    """Whether what is shown and what its source said do not know of each other."""
    shown = record.selection
    if shown.source in {INITIALS, MANUAL, USER} or shows_another(record):
        return False
    candidate = record.candidates.get(shown.source)
    if shown.content_hash is None:  # an app's own picture, of before; or what we had shown is forgotten
        return shown.url is not None and candidate is not None and candidate.content_hash is not None
    return candidate is None and record.talent.account(shown.source) is not None
