"""Who has to connect an account again, and the link to send to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from talentimg.service.decision.state import to_reconnect

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.service.decision.chain import Rules

_DOTS: Final = frozenset({"", ".", ".."})
"""As a part of a path these lead elsewhere, however they are escaped: https://url.spec.whatwg.org/#double-dot-path-segment"""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """A talent has to connect this account again. `link` is where; None if the agency has named no page."""

    talent_id: str
    name: str
    platform: str
    link: str | None


class Reconnecting:
    """Says who has to, and makes the links."""

    def __init__(self, template: str, rules: Rules, now: Callable[[], datetime]) -> None:
        """For one agency.

        Args:
            template: the setting `connect.url`; empty for none.
            rules: the operator's order and grace time.
            now: the clock.
        """
        self._template = template
        self._rules = rules
        self._now = now

    def link(self, talent_id: str, platform: str) -> str | None:
        """Where a talent connects an account again. No id can lead to another page than the agency's."""
        values = {"talent": talent_id, "platform": platform}
        if not self._template or any(value in _DOTS for value in values.values()):
            return None
        link = self._template
        for name, value in values.items():  # what is filled in has no braces
            link = link.replace(f"{{{name}}}", quote(value, safe="", errors="replace"))
        return link

    def named(self, talent_id: str, platform: str, name: str) -> Reconnect:
        """A talent of whom it is known."""
        return Reconnect(talent_id, name, platform, self.link(talent_id, platform))

    def of(self, record: TalentRecord) -> tuple[Reconnect, ...]:
        """The accounts that a talent has to connect again, in order of priority."""
        talent = record.talent
        needing = to_reconnect(record, self._rules, self._now())
        return tuple(self.named(talent.id, one.source, talent.name) for one in needing)
