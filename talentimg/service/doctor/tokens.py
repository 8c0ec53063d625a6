"""Talents' own tokens: who has to connect an account again, now or in a few days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models import Reason, State
from talentimg.service.doctor.interface import NAMED, Check, Finding, Severity, counted, named
from talentimg.service.doctor.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from talentimg.models import Account, TalentRecord
    from talentimg.repository.interface import Roster
    from talentimg.service.doctor.interface import Look

SOON: Final = timedelta(days=3)
"""A token that ends sooner and was not refreshed by now will not be, unless somebody looks."""


class TokensCheck(Check):
    """Tells each account once, however much is wrong with it."""

    name: ClassVar = "tokens"
    title: ClassVar = "Talents' tokens"
    needs: ClassVar = ("store",)

    def __init__(
        self,
        repository: Callable[[], Roster],
        now: Callable[[], datetime],
        link: Callable[[str, str], str | None],
    ) -> None:
        """Checks a roster.

        Args:
            repository: opens it.
            now: the time.
            link: where a talent connects a platform again; None if the agency has named no page.
        """
        self._repository = repository
        self._now = now
        self._link = link

    def look(self, look: Look) -> Iterator[Finding]:
        """Those to connect again, and those that end soon, by platform."""
        walk = Walk(self._repository())
        again: dict[str, list[str]] = {}
        soon: dict[str, list[str]] = {}
        for page in walk.pages(look):
            for record in page:
                for account in record.talent.accounts:
                    if self._is_over(record, account):
                        again.setdefault(account.platform, []).append(record.talent.id)
                    elif self._ends_soon(account):
                        soon.setdefault(account.platform, []).append(record.talent.id)
        yield from (self._to_reconnect(platform, ids) for platform, ids in sorted(again.items()))
        yield from (_ending(platform, ids) for platform, ids in sorted(soon.items()))
        yield from walk.rest()
        if not again and not soon:
            yield Finding("No talent has to connect an account again.")

    def _is_over(self, record: TalentRecord, account: Account) -> bool:
        """Whether the platform has said so, or the token has ended and cannot be refreshed."""
        candidate = record.candidates.get(account.platform)
        if candidate and candidate.state is State.TROUBLE and candidate.reason is Reason.TOKEN:
            return True
        token = account.token
        has_ended = token is not None and token.expires_at is not None and token.expires_at <= self._now()
        return has_ended and token is not None and token.refresh_token is None

    def _ends_soon(self, account: Account) -> bool:
        token = account.token
        if token is None or token.expires_at is None or token.refresh_token is not None:
            return False
        return token.expires_at <= self._now() + SOON

    def _to_reconnect(self, platform: str, ids: list[str]) -> Finding:
        who = counted(len(ids), "talent has", "talents have")
        what = f"{who} to connect {platform} again, as the token has ended: {named(ids)}."
        links = [f"{one}: {link}" for one in ids[:NAMED] if (link := self._link(one, platform))]
        remedy = (
            f"Send them the link. {' '.join(links)}" if links else f"Ask them to connect {platform} again."
        )
        return Finding(what, Severity.NEEDS_YOU, remedy, talents=tuple(ids))


def _ending(platform: str, ids: list[str]) -> Finding:
    whose = counted(len(ids), "talent's token", "talents' tokens")
    return Finding(
        f"{whose} for {platform} will end within {SOON.days} days: {named(ids)}.",
        Severity.NEEDS_YOU,
        "A look refreshes what can be refreshed: talentimg sync ID. Otherwise they have to connect again.",
        talents=tuple(ids),
    )
