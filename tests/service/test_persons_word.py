"""No sequence of syncs, failures, forces, imports, connects and edits by the app changes what a person said.

And whatever happened, the history tells how one came from the first picture to the one that is shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from talentimg.errors import UsageError
from talentimg.images.renditions import make_picture
from talentimg.models import INITIALS, MANUAL, Action
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.people.choosing import Brought
from talentimg.store.forms import new_objects
from talentimg.store.keys import key_of
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.world import World, picture_bytes
from tests.the_app import SharedMemory, on_postgres, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from talentimg.images.renditions import Rendered
    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository
    from tests.the_app import TheApp

    Shown = tuple[str, str | None]
    Opened = Callable[[ExitStack], tuple[Repository, TheApp]]

PEOPLE = ("ada", "bob")
ASKED = ("instagram", "tiktok")
OFFERED, BROUGHT = 3, 2
"""How many pictures a platform may offer of somebody, and a person bring."""

people = st.sampled_from(PEOPLE)
platforms = st.sampled_from(ASKED)
handles = st.sampled_from(["", "x"])
few = st.sampled_from(range(OFFERED))


@cache
def rendered(seed: int) -> Rendered:
    """What is stored of a picture: made once for all sequences."""
    body = picture_bytes(seed)
    source_hash = hashlib.sha256(body).hexdigest()
    return make_picture(body, source_hash=source_hash, now=NOW, key_for=key_of, find_faces=None)


def seed_of(talent_id: str, source: str, number: int) -> int:
    """Everybody has pictures of their own, or they would be placeholders."""
    return 100 * PEOPLE.index(talent_id) + 10 * (*ASKED, MANUAL).index(source) + number


SEEDS = [seed_of(i, s, n) for i in PEOPLE for s in (*ASKED, MANUAL) for n in range(OFFERED)]


@dataclass
class Word:
    """What a person decided about somebody, as the test remembers it."""

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
    """Everything that happens to two talents."""

    opened: Opened

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        repository, self.app = self.opened(self.stack)
        self.world = World(repository=repository, store=MemoryObjectStore())
        self.words = {talent_id: Word() for talent_id in PEOPLE}
        for talent_id in PEOPLE:
            self.world.add(talent_id, *ASKED)
        for made in map(rendered, SEEDS):  # known already, so that nothing has to be drawn
            self.world.store.put_all(new_objects(made.picture, made.objects))
            shown = self.record("ada").selection
            repository.save([Change("ada", shown, picture=made.picture)], NOW)

    def teardown(self) -> None:
        self.stack.close()

    def record(self, talent_id: str) -> TalentRecord:
        return self.world.repository.load(talent_id)

    def shown(self, talent_id: str) -> Shown:
        selection = self.record(talent_id).selection
        return selection.source, selection.content_hash

    # -- what platforms answer, and time ------------------------------------------------------

    @rule(talent_id=people, platform=platforms, suffix=handles, number=few)
    def has_a_picture(self, talent_id: str, platform: str, suffix: str, number: int) -> None:
        self.world.offers(platform, talent_id + suffix, seed_of(talent_id, platform, number))

    @rule(talent_id=people, platform=platforms, suffix=handles)
    def has_none(self, talent_id: str, platform: str, suffix: str) -> None:
        self.world.lacks(platform, talent_id + suffix)

    @rule(talent_id=people, platform=platforms, suffix=handles)
    def is_away(self, talent_id: str, platform: str, suffix: str) -> None:
        self.world.fails(platform, talent_id + suffix)

    @rule(hours=st.sampled_from([1, 25, 24 * 9]))
    def time_goes_by(self, hours: int) -> None:
        self.world.pass_time(hours=hours)
        for word in self.words.values():
            if word.until and word.until <= self.world.now:
                word.locked = word.until = None

    # -- what the machine does ---------------------------------------------------------------

    @rule(talent_id=people, force=st.booleans())
    def sync(self, talent_id: str, force: bool) -> None:
        asyncio.run(self.world.sync(talent_id, force=force))

    @rule(force=st.booleans())
    def night(self, force: bool) -> None:
        self.world.pass_time(minutes=1)
        asyncio.run(self.world.run(force=force, allow_losses=10))

    # -- what the agency does with its roster ---------------------------------------------------

    @rule(talent_id=people, platform=platforms, suffix=handles)
    def imported(self, talent_id: str, platform: str, suffix: str) -> None:
        new = NewTalent(talent_id, talent_id, accounts=(NewAccount(platform, talent_id + suffix),))
        self.world.roster().import_talents([new], allow_losses=10)

    @rule(talent_id=people, platform=platforms, suffix=handles)
    def connected(self, talent_id: str, platform: str, suffix: str) -> None:
        asyncio.run(self.world.connect(talent_id, NewAccount(platform, talent_id + suffix)))

    @rule(talent_id=people, platform=platforms)
    def disconnected(self, talent_id: str, platform: str) -> None:
        with suppress(UsageError):  # if it is not connected
            asyncio.run(self.world.disconnect(talent_id, platform))

    @rule(talent_id=people, platform=platforms, suffix=handles)
    def the_app_writes_a_handle(self, talent_id: str, platform: str, suffix: str) -> None:
        self.app.write_handle(talent_id, platform, talent_id + suffix)

    @rule(talent_id=people, platform=platforms, connected=st.booleans())
    def the_app_connects(self, talent_id: str, platform: str, connected: bool) -> None:
        self.app.write_connected(talent_id, platform, connected)

    @rule(talent_id=people, number=st.none() | few)
    def the_app_writes_an_avatar(self, talent_id: str, number: int | None) -> None:
        url = None if number is None else f"https://app.example/{talent_id}/{number}.jpg"
        if number is not None and url:
            self.world.web.pictures[url] = picture_bytes(seed_of(talent_id, "tiktok", number))
        self.app.write_avatar(talent_id, url)

    # -- what a person says ---------------------------------------------------------------------

    @rule(talent_id=people, hours=st.none() | st.sampled_from([2, 48]))
    def lock(self, talent_id: str, hours: int | None) -> None:
        until = self.world.now + timedelta(hours=hours) if hours else None
        self.world.rules().lock(talent_id, by="eve", until=until)
        self.words[talent_id].locked, self.words[talent_id].until = self.shown(talent_id), until

    @rule(talent_id=people)
    def unlock(self, talent_id: str) -> None:
        assert self.world.rules().unlock(talent_id, by="eve").is_new == bool(self.words[talent_id].locked)
        self.words[talent_id].locked = self.words[talent_id].until = None

    @rule(talent_id=people, number=st.sampled_from(range(BROUGHT)))
    def choose(self, talent_id: str, number: int) -> None:
        word, seed = self.words[talent_id], seed_of(talent_id, MANUAL, number)
        choice = self.world.choosing().choose(talent_id, Brought("a.jpg", picture_bytes(seed)), by="eve")
        if word.locked or None in word.opted_out:
            with pytest.raises(UsageError):
                asyncio.run(choice)
            return
        asyncio.run(choice)
        word.chosen = (MANUAL, rendered(seed).picture.content_hash)

    @rule(talent_id=people)
    def unset(self, talent_id: str) -> None:
        word = self.words[talent_id]
        if word.locked and word.chosen:
            with pytest.raises(UsageError):
                self.world.choosing().unset(talent_id, by="eve")
            return
        assert self.world.choosing().unset(talent_id, by="eve").is_new == bool(word.chosen)
        word.chosen = None

    @rule(talent_id=people, sources=st.permutations(ASKED).map(tuple) | st.just(()))
    def order(self, talent_id: str, sources: tuple[str, ...]) -> None:
        self.world.rules().order(talent_id, sources, by="eve")

    @rule(talent_id=people, platform=platforms | st.none())
    def opt_out(self, talent_id: str, platform: str | None) -> None:
        word = self.words[talent_id]
        holds = word.locked is not None and word.locked[1] is not None and platform in {None, word.locked[0]}
        if holds and platform not in word.opted_out:
            with pytest.raises(UsageError):
                self.world.rules().opt_out(talent_id, platform, by="eve")
            return
        self.world.rules().opt_out(talent_id, platform, by="eve")
        word.opted_out.add(platform)

    @rule(talent_id=people, platform=platforms | st.none())
    def opt_in(self, talent_id: str, platform: str | None) -> None:
        word = self.words[talent_id]
        assert self.world.rules().opt_in(talent_id, platform, by="eve").is_new == (platform in word.opted_out)
        word.opted_out.discard(platform)

    @rule(talent_id=people, number=st.none() | st.integers(0, 9))
    def go_back(self, talent_id: str, number: int | None) -> None:
        self.world.pass_time(minutes=1)
        self.time_goes_by(0)
        numbers = [entry.number for entry in self.world.repository.history(talent_id)]
        to = numbers[number % len(numbers)] if number is not None and numbers else None
        try:
            self.world.history().rollback(talent_id, to, by="eve")
        except UsageError:
            return
        word, shown = self.words[talent_id], self.shown(talent_id)
        word.locked, word.until = shown, None
        word.chosen = shown if shown[0] == MANUAL else word.chosen

    # -- what is always so ---------------------------------------------------------------------

    @invariant()
    def what_a_person_decided_is_shown(self) -> None:
        for talent_id, word in self.words.items():
            shown = self.shown(talent_id)
            assert word.fixed() in {None, shown}
            assert shown[0] not in word.opted_out

    @invariant()
    def the_history_tells_how_one_came_here(self) -> None:
        for talent_id in PEOPLE:
            now = self.shown(talent_id)
            for entry in self.world.repository.history(talent_id, limit=1000):
                assert (entry.to_source, entry.to_hash) == now
                now = entry.from_source, entry.from_hash
            assert now == (INITIALS, None)

    @invariant()
    def every_event_is_told_once_in_the_order_of_time(self) -> None:
        for talent_id in PEOPLE:
            events = self.world.history().events(talent_id, limit=1000)
            times = [event.at for event in events if event.at]
            assert times == sorted(times, reverse=True)
            said = [event.action for event in events if event.action]
            assert sorted(said) == sorted(
                e.action for e in self.world.repository.audit(talent_id, limit=1000)
            )
            assert all(event.by == "eve" for event in events if event.action == Action.ROLLBACK)


def _of(opened: Opened) -> type[PersonsWord]:
    return type("PersonsWord", (PersonsWord,), {"opened": staticmethod(opened)})


def _try(opened: Opened, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        _of(opened), settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    )


def test_a_persons_word_holds_in_memory() -> None:
    def opened(_: ExitStack) -> tuple[Repository, TheApp]:
        memory = SharedMemory()
        return memory, memory

    _try(opened, examples=40, steps=50)


def test_a_persons_word_holds_in_a_file(store_template: Path, tmp_path: Path) -> None:
    numbers = iter(range(1_000_000))

    def opened(stack: ExitStack) -> tuple[Repository, TheApp]:
        path = tmp_path / f"roster-{next(numbers)}.db"
        shutil.copy(store_template, path)
        app = stack.enter_context(on_sqlite(str(path)))
        return stack.enter_context(SqliteRepository.open(path)), app

    _try(opened, examples=6, steps=40)


def test_a_persons_word_holds_on_postgres(request: pytest.FixtureRequest) -> None:
    databases = request.getfixturevalue("databases")

    def opened(stack: ExitStack) -> tuple[Repository, TheApp]:
        name = databases.create(template=databases.migrated())
        stack.callback(databases.drop, name)
        app = stack.enter_context(on_postgres(databases.url(name)))
        return stack.enter_context(PostgresRepository.open(databases.url(name))), app

    _try(opened, examples=4, steps=30)
