"""A month of nights as they are: real providers and clients, and all that the world does to them.

Others answer in a platform's place once in twenty times. Tokens of other accounts are handed over, and some
are revoked; handles are mistyped and corrected, accounts renamed, disconnected and connected again; pictures
change, go, or give way to a new default that many get; objects in the store are lost, emptied and cut.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from talentimg.demo.settings import provider_settings
from talentimg.errors import LossLimitExceeded
from talentimg.models import INITIALS, NEEDS_THE_PERSON, OutcomeKind, State
from talentimg.models.question import question_of
from talentimg.providers.registry import platform_names, provider_class
from talentimg.service.decision.chain import Rules, chain_of
from talentimg.service.decision.due import Schedule
from talentimg.service.decision.resolver import Resolver
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.gate import PICTURES, PlatformGate
from talentimg.service.lookup.pacing import Pacing
from talentimg.service.lookup.pictures import Pictures
from talentimg.service.lookup.providers import Providers
from talentimg.service.lookup.sources import Sources
from talentimg.service.lookup.tokens import StoredTokens
from talentimg.service.run.duplicates import LIMIT
from talentimg.service.run.events import TalentSynced
from talentimg.service.run.nightly import Nightly, RunRequest
from talentimg.service.run.records import RunRecords
from talentimg.service.run.sync import Syncer
from talentimg.store.forms import is_whole
from tests.service.month import Month, is_made_of
from tests.service.nearby import Nearby, clients_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from talentimg.models import Outcome, TalentRecord

PEOPLE: Final = 30
NIGHTS: Final = 28
"""So many are as they are, and two more without trouble."""
SHARE: Final = 0.05
"""How much of what is heard is not the platforms' word."""
RULES: Final = Rules(platform_names())


class Agency:
    """Our program at work on a roster, every night in a new process."""

    def __init__(self, month: Month, seed: int) -> None:
        self.month = month
        self.nearby = Nearby(month.platforms, seed)
        self.nightly = Nightly(
            repository=month.app,
            runs=RunRecords(month.app, self.now),
            open_syncer=self.open_syncer,
            now=self.now,
            schedule=Schedule(timedelta(hours=24), self.now),
        )

    def now(self) -> datetime:
        return self.month.now

    @asynccontextmanager
    async def open_syncer(self) -> AsyncIterator[Syncer]:
        app = self.month.app
        allowance = Allowance(Pacing(app, self.now, jitter=lambda: 1.0))
        clients = clients_of(self.nearby, self.now)
        providers = Providers(clients, allowance, settings_for, self.now, StoredTokens(app))
        web = clients.web.behind(PlatformGate(allowance, PICTURES, per_host=True))
        sources = Sources(
            provider_for=providers.get,
            pictures=Pictures(web, self.month.store, app),
            allowance=allowance,
            now=self.now,
            renew_address=False,
        )
        yield Syncer(
            repository=app,
            sources=sources,
            resolver=Resolver(RULES, "https://pictures.example", self.now),
            now=self.now,
            concurrency=10,
        )

    async def night(self, share: float) -> Night:
        """One roster run, as it was; if the safety valve shuts, somebody looks and lets it go on."""
        self.nearby.begin_night(share)
        before = {i: self.month.app.load(i) for i in self.month.people}
        outcomes, exit_code = await self._run(allow_losses=None)
        if exit_code == LossLimitExceeded.exit_code:
            self.month.now += timedelta(minutes=5)
            repeated, exit_code = await self._run(allow_losses=PEOPLE)
            outcomes |= repeated
        return Night(self.month, before, outcomes, exit_code, self.nearby.foreign)

    async def _run(self, *, allow_losses: int | None) -> tuple[dict[str, Outcome], int | None]:
        before = self.now() - timedelta(hours=3) if allow_losses is None else None
        run = self.nightly.start(RunRequest(before=before, allow_losses=allow_losses))
        outcomes = {e.outcome.talent_id: e.outcome async for e in run if isinstance(e, TalentSynced)}
        assert run.report
        return outcomes, run.report.run.exit_code


def settings_for(platform: str) -> Mapping[str, str | None]:
    given = provider_settings(f"https://{platform}.test")[platform]
    return {s.key: given.get(s.key, s.default) for s in provider_class(platform).info.options}


@dataclass(frozen=True)
class Night:
    """A night as it was: what was known before it, and what came of it."""

    month: Month
    before: Mapping[str, TalentRecord]
    outcomes: Mapping[str, Outcome]
    exit_code: int | None
    foreign: int
    """How many answers were not the platforms'."""

    def check(self) -> None:
        """Everything that must hold after any night."""
        self.month.remember_pictures()
        for talent_id, before in self.before.items():
            after = self.month.app.load(talent_id)
            outcome = self.outcomes.get(talent_id)
            self.no_picture_is_lost(before, after)
            self.no_stranger_is_shown(after)
            self.what_is_shown_is_there(after)
            if outcome is None:
                assert not after.talent.accounts, "everybody is looked at"
                assert not after.talent.avatar_url
                continue
            self.nobody_is_asked_in_vain(after, outcome)
            self.what_is_said_is_so(after, outcome)
        self.no_placeholder_is_shown_for_many()
        self.the_exit_code_is_honest()

    def no_picture_is_lost(self, before: TalentRecord, after: TalentRecord) -> None:
        """Who showed a face, and whose platform still has one, shows one."""
        shown = before.selection
        place = self.month.named(after, shown.source)
        if not shown.has_picture or place is None:
            return
        still = self.month.offer(place)
        is_asked = shown.question == question_of(after.talent, shown.source)
        if is_asked and still is not None and still not in self.month.placeholders:
            assert after.selection.has_picture, (place, self.outcomes.get(after.talent.id))

    def no_stranger_is_shown(self, after: TalentRecord) -> None:
        """What is shown was offered by the account that the roster names."""
        if after.selection.has_picture:
            place = self.month.named(after, after.selection.source)
            assert place, (after.selection, "the roster names nobody")
            made_of = self.month.source_hash(after)
            assert is_made_of(made_of, self.month.offered[place]), (place, after.selection)

    def what_is_shown_is_there(self, after: TalentRecord) -> None:
        """Every form of it, undamaged: whatever befell it since yesterday has been mended."""
        if after.selection.has_picture:
            row = self.month.app.picture(after.selection.content_hash or "")
            assert row
            assert is_whole(self.month.store, row, seen_at=row.created_at), (after.selection, "is damaged")

    def nobody_is_asked_in_vain(self, after: TalentRecord, outcome: Outcome) -> None:
        """Whoever is asked to connect again has a token that the platform no longer accepts."""
        asked = {attempt.source for attempt in outcome.attempts if attempt.reason in NEEDS_THE_PERSON}
        assert {(after.talent.id, source) for source in asked} <= self.month.revoked
        assert asked or outcome.kind is not OutcomeKind.RECONNECT

    def what_is_said_is_so(self, after: TalentRecord, outcome: Outcome) -> None:
        """What was found is what the account has now, and what changed is told."""
        shown = after.selection
        if shown.source in self._found(after.talent.id) and (place := self.month.named(after, shown.source)):
            seed = self.month.offer(place)
            assert seed is not None
            assert is_made_of(self.month.source_hash(after), [seed]), (place, outcome)
        assert (outcome.source, outcome.content_hash) == (shown.source, shown.content_hash)
        if outcome.kind is OutcomeKind.UNCHANGED:
            assert outcome.previous_source == shown.source

    def no_placeholder_is_shown_for_many(self) -> None:
        """A platform's new default picture is known as soon as three people have it.

        Whoever could not be looked at on that night loses it with the next look.
        """
        records = [self.month.app.load(talent_id) for talent_id in self.outcomes]
        seen = [self.month.source_hash(r) for r in records if r.selection.source in self._found(r.talent.id)]
        for seed in self.month.placeholders:
            assert sum(is_made_of(hash_, [seed]) for hash_ in seen) < LIMIT

    def _found(self, talent_id: str) -> set[str]:
        attempts = self.outcomes[talent_id].attempts
        return {attempt.source for attempt in attempts if attempt.state is State.FOUND}

    def the_exit_code_is_honest(self) -> None:
        """All is well if and only if nobody's look met trouble, for which there is a cause."""
        troubled = [outcome for outcome in self.outcomes.values() if outcome.is_trouble]
        if self.exit_code == 0:
            assert not troubled
        else:
            assert self.exit_code in {3, 75}, "no internal error"
            assert troubled
            assert self.foreign or self.month.troubled(), troubled

    def everybody_shows_what_is_offered(self) -> None:
        """The first picture in each chain, at the end of the month."""
        for talent_id in self.month.people:
            after = self.month.app.load(talent_id)
            source, seed = self._first_offer(after)
            assert after.selection.source == source, self.outcomes[talent_id]
            if seed is not None:
                assert is_made_of(self.month.source_hash(after), [seed]), self.outcomes[talent_id]

    def _first_offer(self, after: TalentRecord) -> tuple[str, int | None]:
        """The source that is to be shown, and its picture, unless an earlier one may stay in its place."""
        passed = []
        for source in chain_of(after.talent, after.policy, RULES.order):
            passed.append(source)
            place = self.month.named(after, source)
            seed = self.month.offer(place) if place else None
            if seed in self.month.placeholders:
                # Known as one or not yet: what was there before may stay, or a lower source be shown.
                if after.selection.source in passed:
                    return after.selection.source, None
            elif seed is not None:
                return source, seed
        return INITIALS, None


@pytest.mark.parametrize("seed", range(3))
async def test_a_month_of_foreign_answers_wrong_tokens_edits_and_damage(seed: int) -> None:
    month = Month(seed, PEOPLE)
    agency = Agency(month, seed)
    for _ in range(NIGHTS):
        (await agency.night(SHARE)).check()
        month.damage(3)
        month.pass_day()
    month.put_everything_right()
    for is_last in (False, True):  # absence takes two looks
        clean = await agency.night(0)
        clean.check()
        if is_last:
            clean.everybody_shows_what_is_offered()
        month.now += timedelta(hours=24)
