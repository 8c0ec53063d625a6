"""What is shown meanwhile for whom nothing of what should be shown can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.service.decision.stand_in import stand_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Rendition
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.chain import Rules


class StandIns:
    """Finds them. It asks no source, and writes nothing."""

    def __init__(self, repository: Repository, rules: Rules, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._rules = rules
        self._now = now

    def forms(self, talent_id: str) -> tuple[Rendition, ...]:
        """The stored forms of the picture that stands in for what is shown; empty if there is none.

        Raises:
            TalentNotFound: there is no such talent.
        """
        found = stand_in(self._repository.load(talent_id), self._rules, self._now())
        picture = self._repository.picture(found) if found else None
        return picture.renditions if picture else ()
