"""No sequence of syncs, failures, forces, imports, connects and edits by the app changes what a person said.

And whatever happened, the history tells how one came from the first picture to the one that is shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from talentimg.errors import UsageError
from talentimg.images.renditions import make_picture
from talentimg.models import INITIALS, MANUAL, Action, Policy, ReviewMode
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.decision.in_force import SPOKEN, InForce, in_force, without_kept
from talentimg.service.people.choosing import Brought
from talentimg.store.forms import new_objects
from talentimg.store.keys import key_of
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import EXAMPLES, NOW
from tests.service.world import World, picture_bytes
from tests.the_app import SharedMemory, on_postgres, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from talentimg.images.renditions import Rendered
    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository
    from tests.postgres import Databases
    from tests.the_app import TheApp

    Shown = tuple[str, str | None]
    Opened = Callable[[ExitStack], tuple[Repository, TheApp]]

ADA = "ada"
ASKED = ("instagram", "tiktok")
OFFERED, BROUGHT = 3, 2
"""How many pictures a platform may offer of her, and a person bring."""

platforms = st.sampled_from(ASKED)
handles = st.sampled_from(["", "x"])
few = st.sampled_from(range(OFFERED))
answers = few | st.sampled_from(["none", "away"])
forced = st.sampled_from([False, False, True])  # that takes time, as pictures are made anew


@cache
def rendered(seed: int) -> Rendered:
    """What is stored of a picture: made once for all sequences."""
    body = picture_bytes(seed)
    source_hash = hashlib.sha256(body).hexdigest()
    return make_picture(body, source_hash=source_hash, now=NOW, key_for=key_of, find_faces=None)


def seed_of(source: str, number: int) -> int:
    """Each source has pictures of its own."""
    return 10 * (*ASKED, MANUAL).index(source) + number


SEEDS = [seed_of(source, number) for source in (*ASKED, MANUAL) for number in range(OFFERED)]


@dataclass
class Word:
    """What a person decided about her, as the test remembers it."""

    locked: Shown | None = None
    until: datetime | None = None
    chosen: Shown | None = None
    opted_out: set[str | None] = field(default_factory=set)

    def fixed(self) -> Shown | None:
        """What has to be shown; None if the sources decide."""
        if self.locked:
            return self.locked
        return (INITIALS, None) if None in self.opted_out else self.chosen


class PersonsWord(RuleBasedStateMachine):
    """Everything that happens to a talent."""

    opened: Opened
    review = ReviewMode.OFF
    all_is_on_record = True
    """Whether nothing is decided about her but in so many words."""
    outvoted: frozenset[str | None] = frozenset()
    """What she opted out of while a lock held it."""

    @initialize(first=st.sampled_from(["lock", "choose", "opt out", "nothing"]), answers=st.tuples(few, few))
    def begin(self, first: str, answers: tuple[int, int]) -> None:
        """She has a picture on each platform, and mostly a person has said something already."""
        self.stack = ExitStack()
        repository, self.app = self.opened(self.stack)
        self.world = World(repository=repository, store=MemoryObjectStore(), review=self.review)
        self.word = Word()
        self.world.add(ADA, *ASKED)
        self.know_pictures()
        self.is_looked_at(answers, force=False, everybody=False)
        if first == "lock":
            self.lock(None)
        elif first == "choose":
            self.choose(0)
        elif first == "opt out":
            self.opt_out(None)

    def know_pictures(self) -> None:
        """Keep all of them, so that nothing has to be drawn."""
        for made in map(rendered, SEEDS):
            self.world.store.put_all(new_objects(made.picture, made.objects))
            shown = self.record().selection
            self.world.repository.save([Change(ADA, shown, picture=made.picture)], self.world.now)

    def teardown(self) -> None:
        self.stack.close()

    def record(self) -> TalentRecord:
        return self.world.repository.load(ADA)

    def shown(self) -> Shown:
        selection = self.record().selection
        return selection.source, selection.content_hash

    # -- what platforms answer, and time ------------------------------------------------------

    @rule(answers=st.tuples(answers, answers), force=forced, everybody=st.booleans())
    def is_looked_at(self, answers: tuple[int | str, int | str], force: bool, everybody: bool) -> None:
        """Each platform answers the same of every account of hers: a picture, that there is none, nothing."""
        for platform, answer in zip(ASKED, answers, strict=True):
            for handle in (ADA, ADA + "x"):
                self.answer(platform, handle, answer)
        if everybody:
            self.world.pass_time(minutes=1)
            asyncio.run(self.world.run(force=force, allow_losses=10))
        else:
            asyncio.run(self.world.sync(ADA, force=force))

    def answer(self, platform: str, handle: str, answer: int | str) -> None:
        if isinstance(answer, int):
            self.world.offers(platform, handle, seed_of(platform, answer))
        elif answer == "none":
            self.world.lacks(platform, handle)
        else:
            self.world.fails(platform, handle)

    @rule(hours=st.sampled_from([1, 25, 24 * 9]))
    def time_goes_by(self, hours: int) -> None:
        self.world.pass_time(hours=hours)
        if self.word.until and self.word.until <= self.world.now:
            self.word.locked = self.word.until = None
            asyncio.run(self.world.sync(ADA))  # the next look goes on

    # -- what the agency does with its roster ---------------------------------------------------

    @rule(platform=platforms, suffix=handles)
    def imported(self, platform: str, suffix: str) -> None:
        new = NewTalent(ADA, ADA, accounts=(NewAccount(platform, ADA + suffix),))
        self.world.roster().import_talents([new], allow_losses=10)

    @rule(platform=platforms, suffix=handles)
    def connected(self, platform: str, suffix: str) -> None:
        asyncio.run(self.world.connect(ADA, NewAccount(platform, ADA + suffix)))

    @rule(platform=platforms)
    def disconnected(self, platform: str) -> None:
        with suppress(UsageError):  # if it is not connected
            asyncio.run(self.world.disconnect(ADA, platform))

    @rule(platform=platforms, suffix=handles)
    def the_app_writes_a_handle(self, platform: str, suffix: str) -> None:
        self.app.write_handle(ADA, platform, ADA + suffix)

    @rule(platform=platforms, connected=st.booleans())
    def the_app_connects(self, platform: str, connected: bool) -> None:
        self.app.write_connected(ADA, platform, connected)

    @rule(number=st.none() | few)
    def the_app_writes_an_avatar(self, number: int | None) -> None:
        url = None if number is None else f"https://app.example/{ADA}/{number}.jpg"
        if number is not None and url:
            self.world.web.pictures[url] = picture_bytes(seed_of("tiktok", number))
        self.app.write_avatar(ADA, url)

    # -- what a person says ---------------------------------------------------------------------

    @rule(hours=st.none() | st.sampled_from([2, 48]))
    def lock(self, hours: int | None) -> None:
        until = self.world.now + timedelta(hours=hours) if hours else None
        self.world.rules().lock(ADA, by="eve", until=until)
        self.word.locked, self.word.until = self.shown(), until

    @rule()
    def unlock(self) -> None:
        assert self.world.rules().unlock(ADA, by="eve").is_new == bool(self.word.locked)
        self.word.locked = self.word.until = None

    @rule(number=st.sampled_from(range(BROUGHT)))
    def choose(self, number: int) -> None:
        word, seed = self.word, seed_of(MANUAL, number)
        choice = self.world.choosing().choose(ADA, Brought("a.jpg", picture_bytes(seed)), by="eve")
        if word.locked or None in word.opted_out:
            with pytest.raises(UsageError):
                asyncio.run(choice)
            return
        asyncio.run(choice)
        word.chosen = (MANUAL, rendered(seed).picture.content_hash)

    @rule()
    def unset(self) -> None:
        word = self.word
        if word.locked and word.chosen:
            with pytest.raises(UsageError):
                self.world.choosing().unset(ADA, by="eve")
            return
        assert self.world.choosing().unset(ADA, by="eve").is_new == bool(word.chosen)
        word.chosen = None

    @rule(sources=st.permutations(ASKED).map(tuple) | st.just(()))
    def order(self, sources: tuple[str, ...]) -> None:
        self.world.rules().order(ADA, sources, by="eve")

    @rule(platform=platforms | st.none())
    def opt_out(self, platform: str | None) -> None:
        word = self.word
        holds = word.locked is not None and word.locked[1] is not None and platform in {None, word.locked[0]}
        if holds and platform not in word.opted_out:
            with pytest.raises(UsageError):
                self.world.rules().opt_out(ADA, platform, by="eve")
            return
        self.world.rules().opt_out(ADA, platform, by="eve")
        word.opted_out.add(platform)

    @rule(platform=platforms | st.none())
    def opt_in(self, platform: str | None) -> None:
        word = self.word
        assert self.world.rules().opt_in(ADA, platform, by="eve").is_new == (platform in word.opted_out)
        word.opted_out.discard(platform)

    @rule(number=st.none() | st.integers(0, 9))
    def go_back(self, number: int | None) -> None:
        self.world.pass_time(minutes=1)
        self.time_goes_by(0)
        numbers = [entry.number for entry in self.world.repository.history(ADA)]
        to = numbers[number % len(numbers)] if number is not None and numbers else None
        try:
            self.world.history().rollback(ADA, to, by="eve")
        except UsageError:
            return
        word, shown = self.word, self.shown()
        word.locked, word.until = shown, None
        word.chosen = shown if shown[0] == MANUAL else word.chosen

    # -- what is always so ---------------------------------------------------------------------

    @invariant()
    def time_goes_on(self) -> None:
        """Nothing happens twice in the same moment."""
        self.world.pass_time(milliseconds=1)

    @invariant()
    def what_a_person_decided_is_shown(self) -> None:
        shown = self.shown()
        assert self.word.fixed() in {None, shown}
        assert shown[0] not in self.word.opted_out - self.outvoted
        assert shown[0] != MANUAL or self.word.locked or self.word.chosen, "nobody chose it"

    @invariant()
    def the_history_tells_how_one_came_here(self) -> None:
        now = self.shown()
        for entry in self.world.repository.history(ADA, limit=1000):
            assert (entry.to_source, entry.to_hash) == now
            now = entry.from_source, entry.from_hash
        assert now == (INITIALS, None)

    @invariant()
    def what_holds_by_the_record_of_what_was_said_is_kept(self) -> None:
        """And if it were kept no longer, the record would tell all of it."""
        record, kept, now = self.record(), self.world.repository.disconnected([ADA]), self.world.now
        known = in_force(self.world.repository.said_of([ADA], SPOKEN).get(ADA, []))
        assert without_kept(known, record, kept, now) == InForce()
        if self.all_is_on_record:
            lost = without_kept(known, replace(record, policy=Policy(), reviews=()), (), now)
            is_locked = record.policy.is_locked(now)
            assert lost.policy == (record.policy if is_locked else replace(record.policy, lock=None))
            assert set(lost.disconnected) == kept
            assert {key: one.state for key, one in lost.reviews.items()} == {
                one.key: one.state for one in record.reviews if one.is_settled
            }

    @invariant()
    def every_event_is_told_once_in_the_order_of_time(self) -> None:
        events = self.world.history().events(ADA, limit=1000)
        times = [event.at for event in events if event.at]
        assert times == sorted(times, reverse=True)
        said = sorted(event.action for event in events if event.action)
        assert said == sorted(entry.action for entry in self.world.repository.audit(ADA, limit=1000))
        assert all(event.by == "eve" for event in events if event.action == Action.ROLLBACK)


# -- on every kind of store -------------------------------------------------------------------


def attempt(machine: type[PersonsWord], opened: Opened, *, examples: int, steps: int) -> None:
    """Try sequences of what a machine does, on stores that are opened so."""
    kind = type(machine.__name__, (machine,), {"opened": staticmethod(opened)})
    most = max(1, examples * EXAMPLES // 100)
    bounds = settings(max_examples=most, stateful_step_count=steps, deadline=None)
    run_state_machine_as_test(kind, settings=bounds)


def in_memory(_: ExitStack) -> tuple[Repository, TheApp]:
    memory = SharedMemory()
    return memory, memory


def in_files(template: Path, folder: Path) -> Opened:
    numbers = count()

    def opened(stack: ExitStack) -> tuple[Repository, TheApp]:
        path = folder / f"roster-{next(numbers)}.db"
        shutil.copy(template, path)
        app = stack.enter_context(on_sqlite(str(path)))
        return stack.enter_context(SqliteRepository.open(path)), app

    return opened


def on_a_server(databases: Databases) -> Opened:
    def opened(stack: ExitStack) -> tuple[Repository, TheApp]:
        name = databases.create(template=databases.migrated())
        stack.callback(databases.drop, name)
        app = stack.enter_context(on_postgres(databases.url(name)))
        return stack.enter_context(PostgresRepository.open(databases.url(name))), app

    return opened


def test_a_persons_word_holds_in_memory() -> None:
    attempt(PersonsWord, in_memory, examples=20, steps=40)


def test_a_persons_word_holds_in_a_file(store_template: Path, tmp_path: Path) -> None:
    attempt(PersonsWord, in_files(store_template, tmp_path), examples=5, steps=40)


def test_a_persons_word_holds_on_postgres(databases: Databases) -> None:
    attempt(PersonsWord, on_a_server(databases), examples=3, steps=30)
