"""The same talent where pictures wait for review, and people forget, merge, edit and take imports back.

What was rejected or forgotten never comes back, and nothing that waits is shown, whatever happens meanwhile.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from talentimg.errors import TalentForgotten, UsageError
from talentimg.models import INITIALS, MANUAL, ReviewMode, ReviewState
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.choosing import Brought
from talentimg.service.people.undo import Imports
from tests.service.test_forgetting import forgetting
from tests.service.test_persons_word import (
    ADA,
    ASKED,
    PersonsWord,
    Word,
    attempt,
    few,
    handles,
    in_files,
    in_memory,
    on_a_server,
    platforms,
    rendered,
    seed_of,
)
from tests.service.world import picture_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.models import Review
    from tests.postgres import Databases

BOB = "bob"
states = st.sampled_from([ReviewState.APPROVED, ReviewState.REJECTED])
words = st.sampled_from(["lock", "choose", "opt out", "nothing"])


class ReviewedWord(PersonsWord):
    """Pictures wait for review, and people name placeholders."""

    @initialize(
        first=words,
        answers=st.tuples(few, few),
        review=st.sampled_from([ReviewMode.ALL, ReviewMode.VISUAL, ReviewMode.SOURCE]),
    )
    def begin_with_review(self, first: str, answers: tuple[int, int], review: ReviewMode) -> None:
        self.review = review
        self.listed: Review | None = None
        self.verdicts: dict[tuple[str, str], ReviewState] = {}
        self.approved: set[str] = set()
        self.refused: set[str] = set()
        super().begin(first, answers)

    begin = None  # type: ignore[assignment]  # in its place

    # -- review ---------------------------------------------------------------------------------

    @rule()
    def somebody_looks_at_what_waits(self) -> None:
        """And goes for coffee: what they say next is about what they have seen."""
        self.listed = next(iter(self.world.desk().waiting()), None)

    @precondition(lambda self: self.listed is not None)
    @rule(state=states)
    def what_was_seen_is_settled(self, state: ReviewState) -> None:
        assert self.listed is not None
        now = next((one for one in self.record().reviews if one.key == self.listed.key), None)
        if now is None or now.state not in {ReviewState.WAITING, state}:
            before = self.record()
            with pytest.raises(UsageError):
                self.world.desk().settle(self.listed, state, by="eve")
            assert self.record() == before
            return
        self.world.desk().settle(now if now.state is state else self.listed, state, by="eve")
        self.is_settled(now, state)

    @rule(answers=st.tuples(few, few))
    def new_pictures_come_and_one_is_approved(self, answers: tuple[int, int]) -> None:
        self.what_comes_is_settled(answers, ReviewState.APPROVED)

    @rule(answers=st.tuples(few, few))
    def new_pictures_come_and_one_is_rejected(self, answers: tuple[int, int]) -> None:
        self.what_comes_is_settled(answers, ReviewState.REJECTED)

    def what_comes_is_settled(self, answers: tuple[int, int], state: ReviewState) -> None:
        """And the platforms go on offering it."""
        self.is_looked_at(answers, force=False, everybody=False)
        self.somebody_looks_at_what_waits()
        if self.listed:
            self.what_was_seen_is_settled(state)
            asyncio.run(self.world.sync(ADA))

    @precondition(lambda self: self.verdicts)
    @rule(state=states, number=st.integers(0, 9))
    def somebody_thinks_again(self, state: ReviewState, number: int) -> None:
        known = [one for one in self.record().reviews if one.is_settled]
        if known:
            review = known[number % len(known)]
            with suppress(UsageError):
                self.world.desk().settle(review, state, by="eve")
                self.is_settled(review, state)

    @precondition(lambda self: ReviewState.REJECTED in self.verdicts.values())
    @rule()
    def nobody_goes_back_to_what_was_rejected(self) -> None:
        gone = {r.content_hash for r in self.record().reviews if r.state is ReviewState.REJECTED}
        for entry in self.world.repository.history(ADA):
            if entry.to_hash in gone:
                with pytest.raises(UsageError):
                    self.world.history().rollback(ADA, entry.number, by="eve")

    def is_settled(self, review: Review, state: ReviewState) -> None:
        self.verdicts[review.key] = state
        self.approved |= {review.content_hash} if state is ReviewState.APPROVED else set()

    # -- placeholders -----------------------------------------------------------------------------

    @rule()
    def what_is_shown_is_named_a_placeholder(self) -> None:
        source, content_hash = self.shown()
        if content_hash is None or source == MANUAL:
            return
        asyncio.run(self.world.named_placeholders().add_shown(ADA, name=None, by="eve", allow_losses=9))
        self.refused.add(content_hash)

    @precondition(lambda self: self.refused)
    @rule()
    def that_is_taken_back(self) -> None:
        self.world.named_placeholders().remove(self.refused.pop(), by="eve")

    @rule()
    def unlock(self) -> None:
        """A lock holds a placeholder, and what she opted out of elsewhere, until the next look after it."""
        super().unlock()
        asyncio.run(self.world.sync(ADA))
        self.outvoted = frozenset()

    # -- what is always so ----------------------------------------------------------------------

    @invariant()
    def nothing_is_shown_that_was_rejected_waits_or_was_refused(self) -> None:
        record, (source, shown) = self.record(), self.shown()
        waiting = [one for one in record.reviews if one.state is ReviewState.WAITING]
        assert len(waiting) <= 1
        assert {one.key: one.state for one in record.reviews if one.is_settled} == self.verdicts
        if self.word.locked:  # which stands whatever was said of the picture since
            return
        assert shown is None or shown not in {one.content_hash for one in waiting}
        rejected = {r.content_hash for r in record.reviews if r.state is ReviewState.REJECTED}
        assert shown not in rejected | self.refused
        if self.review is ReviewMode.ALL and source not in {INITIALS, MANUAL}:
            assert shown in self.approved, "nobody has approved it"


class EveryWord(ReviewedWord):
    """She, or a platform of hers, is forgotten, and the roster is kept by imports, edits and merges."""

    all_is_on_record = False

    def __init__(self) -> None:
        super().__init__()
        self.forgotten: set[str] = set()

    # -- forgetting -------------------------------------------------------------------------------

    @rule(ways=st.permutations(["sync", "run", "import", "connect", "lock", "choose"]))
    def is_forgotten_and_remembered(self, ways: list[str]) -> None:
        """Meanwhile each way back is tried."""
        assert forgetting(self.world).forget(ADA, by="eve").holds
        for way in ways:
            self.try_to_bring_back(way)
            assert self.world.repository.load_many([ADA]) == []
            assert self.world.repository.traces(ADA) == {}
        forgetting(self.world).remember(ADA, by="eve")
        accounts = tuple(NewAccount(platform, ADA) for platform in ASKED)
        self.world.roster().import_talents([NewTalent(ADA, ADA, accounts=accounts)])
        self.word, self.verdicts, self.listed = Word(), {}, None
        self.approved, self.forgotten, self.outvoted = set(), set(), frozenset()
        assert self.shown() == (INITIALS, None)
        self.know_pictures()

    def try_to_bring_back(self, way: str) -> None:
        account = NewAccount(ASKED[0], ADA)
        if way == "run":
            asyncio.run(self.world.run())
        elif way == "import":
            self.world.roster().import_talents([NewTalent(ADA, ADA, accounts=(account,))])
        else:
            with pytest.raises((TalentForgotten, UsageError)):
                self.say(way, account)

    def say(self, way: str, account: NewAccount) -> None:
        if way == "sync":
            asyncio.run(self.world.sync(ADA))
        elif way == "connect":
            asyncio.run(self.world.connect(ADA, account))
        elif way == "lock":
            self.world.rules().lock(ADA, by="eve")
        else:
            brought = Brought("a.jpg", picture_bytes(seed_of(MANUAL, 0)))
            asyncio.run(self.world.choosing().choose(ADA, brought, by="eve"))

    @rule(platform=platforms)
    def a_platform_is_forgotten(self, platform: str) -> None:
        assert forgetting(self.world).forget(ADA, platform, by="eve").holds
        self.forgotten.add(platform)
        word = self.word
        word.opted_out.add(platform)
        if word.locked and word.locked[0] == platform:
            word.locked = word.until = None
        self.verdicts = {key: state for key, state in self.verdicts.items() if key[0] != platform}
        self.know_pictures()

    @rule()
    def all_platforms_are_remembered(self) -> None:
        if not self.forgotten:
            with pytest.raises(UsageError):
                forgetting(self.world).remember(ADA, by="eve")
            return
        forgetting(self.world).remember(ADA, by="eve")
        kept = {one.platform for one in self.record().policy.opt_outs}
        assert kept <= self.word.opted_out
        assert self.word.opted_out - kept <= self.forgotten
        self.word.opted_out, self.forgotten = kept, set()

    @rule(platform=platforms, suffix=handles)
    def connected(self, platform: str, suffix: str) -> None:
        account = NewAccount(platform, ADA + suffix)
        if platform not in self.forgotten:
            asyncio.run(self.world.connect(ADA, account))
            return
        with pytest.raises(UsageError):
            asyncio.run(self.world.connect(ADA, account))

    # -- the roster -------------------------------------------------------------------------------

    @rule()
    def an_import_is_taken_back(self) -> None:
        with suppress(UsageError):
            Imports(self.world.repository, self.world.accounts(), lambda: self.world.now).take_back(by="eve")

    @rule(number=st.none() | few)
    def the_avatar_is_edited(self, number: int | None) -> None:
        url = "" if number is None else f"https://edited.example/{ADA}/{number}.jpg"
        if number is not None:
            self.world.web.pictures[url] = picture_bytes(seed_of("tiktok", number))
        self.world.roster().edit(ADA, avatar_url=url, by="eve")

    @rule(has=st.sets(platforms), said=st.sampled_from(["choose", "opt out", "opt out of one", ""]))
    def another_is_merged_into_her(self, has: set[str], said: str) -> None:
        """He is the same person, entered twice."""
        world, word = self.world, self.word
        accounts = tuple(NewAccount(platform, ADA + "x") for platform in sorted(has))
        world.repository.add([NewTalent(BOB, BOB, accounts=accounts)], world.now)
        asyncio.run(world.sync(BOB))
        own = self.record().policy
        if said == "choose":
            brought = Brought("b.jpg", picture_bytes(seed_of(MANUAL, 1)))
            with suppress(UsageError):
                asyncio.run(world.choosing().choose(BOB, brought, by="eve"))
        elif said:
            world.rules().opt_out(BOB, None if said == "opt out" else ASKED[0], by="eve")
        his = world.repository.load(BOB).policy
        world.pass_time(minutes=1)
        self.time_goes_by(0)
        merged = forgetting(world).merge(BOB, ADA, by="eve").merged
        assert merged is not None
        assert world.repository.load_many([BOB]) == []
        policy = self.record().policy
        assert policy.lock == own.lock
        if word.locked:  # what he opted out of goes once somebody unlocks it
            self.outvoted |= {one.platform for one in his.opt_outs}
        word.opted_out = {one.platform for one in policy.opt_outs}
        assert word.opted_out >= {one.platform for one in own.opt_outs}
        left = {one.platform for one in his.opt_outs} - word.opted_out
        assert all(f"the opt-out of {platform or 'every picture'}" in merged.left for platform in left)
        if his.choice and not own.choice:
            word.chosen = (MANUAL, rendered(seed_of(MANUAL, 1)).picture.content_hash)

    # -- what is always so ----------------------------------------------------------------------

    @invariant()
    def nothing_is_there_of_a_forgotten_platform(self) -> None:
        record = self.record()
        assert not self.forgotten & {record.selection.source, *record.candidates}
        assert not self.forgotten & {account.platform for account in record.talent.accounts}
        for entry in self.world.repository.history(ADA, limit=1000):
            assert entry.from_hash is None or entry.from_source not in self.forgotten
            assert entry.to_hash is None or entry.to_source not in self.forgotten


def test_what_waits_and_what_was_rejected_is_not_shown_in_memory() -> None:
    attempt(ReviewedWord, in_memory, examples=30, steps=50)


def test_what_waits_and_what_was_rejected_is_not_shown_in_a_file(
    store_template: Path, tmp_path: Path
) -> None:
    attempt(ReviewedWord, in_files(store_template, tmp_path), examples=4, steps=40)


def test_what_waits_and_what_was_rejected_is_not_shown_on_postgres(databases: Databases) -> None:
    attempt(ReviewedWord, on_a_server(databases), examples=2, steps=40)


def test_every_word_holds_in_memory() -> None:
    attempt(EveryWord, in_memory, examples=20, steps=40)


def test_every_word_holds_in_a_file(store_template: Path, tmp_path: Path) -> None:
    attempt(EveryWord, in_files(store_template, tmp_path), examples=4, steps=40)


def test_every_word_holds_on_postgres(databases: Databases) -> None:
    attempt(EveryWord, on_a_server(databases), examples=2, steps=40)
