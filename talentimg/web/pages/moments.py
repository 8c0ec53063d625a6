"""Times as pages show them. The exact one in UTC is always there; a script puts it into the viewer's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from datetime import date

    from talentimg.web.pages.texts import Texts

_STEPS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_DAYS_TOLD: Final = 30


@dataclass(frozen=True, slots=True)
class Moments:
    """Puts times into words, for one page."""

    texts: Texts
    now: datetime

    def at(self, moment: datetime) -> Markup:
        """A day and a time."""
        text = self.texts("time.at", day=self._day(moment), time=f"{moment.astimezone(UTC):%H:%M}")
        return self._tag(moment, "at", text)

    def day(self, moment: datetime) -> Markup:
        """A day."""
        return self._tag(moment, "day", self._day(moment))

    def date(self, day: date) -> str:
        """A day of the calendar (UTC), as plain text."""
        return self._day(datetime(day.year, day.month, day.day, tzinfo=UTC))

    def ago(self, moment: datetime) -> Markup:
        """How long ago it was, or the day if that is long."""
        seconds = (self.now - moment).total_seconds()
        if seconds < 0 or seconds >= _DAYS_TOLD * 86_400:
            return self.day(moment)
        for name, length in _STEPS:
            if seconds >= length:
                return self._tag(moment, "ago", self.texts(f"time.{name}s_ago", n=int(seconds // length)))
        return self._tag(moment, "ago", self.texts("time.just_now"))

    def lasted(self, begin: datetime, end: datetime) -> str:
        """How long something took."""
        return self.span((end - begin).total_seconds())

    def span(self, seconds: float) -> str:
        """So many seconds."""
        seconds = max(0.0, seconds)
        if seconds < 60:  # noqa: PLR2004  a minute
            return str(self.texts("time.seconds", seconds=f"{seconds:.0f}"))
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return str(self.texts("time.hours_minutes", hours=hours, minutes=f"{minutes:02}"))
        return str(self.texts("time.minutes_seconds", minutes=minutes, seconds=f"{rest:02}"))

    def _day(self, moment: datetime) -> str:
        moment = moment.astimezone(UTC)
        months = str(self.texts("time.months")).split()
        key = "time.day" if moment.year == self.now.year else "time.day_year"
        return str(self.texts(key, day=moment.day, month=months[moment.month - 1], year=moment.year))

    def _tag(self, moment: datetime, kind: str, text: str) -> Markup:
        exact = moment.astimezone(UTC)
        return Markup('<time datetime="{}" title="{}" data-{}>{}</time>').format(
            f"{exact:%Y-%m-%dT%H:%M:%SZ}",
            f"{exact:%Y-%m-%d %H:%M:%S} UTC",
            Markup(kind),  # noqa: S704  a word of ours
            text,
        )
