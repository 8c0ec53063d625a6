"""Every store keeps what the one in memory keeps, whatever is written to it and in whichever order."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.models import (
    Candidate,
    Choice,
    Lock,
    OptOut,
    Order,
    Picture,
    Policy,
    Rendition,
    Selection,
    State,
    Token,
)
from talentimg.models.question import question_of
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from tests.repository.builders import DAY, HOUR, NOW, changed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Account, TalentRecord
    from talentimg.repository.interface import Repository

    Write = Callable[[Repository, str, datetime], object]

PLATFORMS = ("bluesky", "github")


def records(repository: Repository, people: list[str]) -> list[TalentRecord]:
    """What is known of people, without the ids of accounts, which every store draws itself."""
    found = repository.load_many(people)
    talents = [replace(r.talent, accounts=tuple(map(without_id, r.talent.accounts))) for r in found]
    return [replace(record, talent=talent) for record, talent in zip(found, talents, strict=True)]


def others(repository: Repository, people: list[str]) -> tuple[object, ...]:
    """All that can be read of people apart from these."""
    return (
        [repository.history(person) for person in people],
        repository.disconnected(people),
        [row for row in repository.roster(limit=10_000) if row.talent_id in people],
        [i for i in repository.due(NOW + DAY, before=NOW + 2 * HOUR, limit=None) if i in people],
    )


def without_id(account: Account) -> Account:
    return replace(account, id="")


def update(repository: Repository, person: str, now: datetime, *, new: NewTalent) -> None:
    repository.update([replace(new, id=person)], now)


def connect(repository: Repository, person: str, now: datetime, *, new: NewAccount) -> object:
    return without_id(repository.connect(person, new, now))


def disconnect(repository: Repository, person: str, now: datetime, *, platform: str) -> object:
    return repository.disconnect(person, platform, now)


def renew(repository: Repository, person: str, now: datetime, *, platform: str, stale: bool) -> object:
    account = repository.load(person).talent.account(platform)
    if account is None:
        return None
    read = replace(account, token=Token("stale")) if stale else account
    return repository.save_token(read, Token(f"{now}", None, now))


def decide(repository: Repository, person: str, now: datetime, *, policy: Policy) -> None:
    repository.save_policy(person, policy)


def look(
    repository: Repository, person: str, now: datetime, *, source: str, state: State, drops: bool, late: bool
) -> object:
    """A look, which may rest on what is no longer so."""
    read = repository.load(person)
    if late:
        repository.save_policy(person, Policy(note=f"{now}"))
    account = read.talent.account(source)
    content_hash = f"{source}{state}"
    forms = (Rendition("webp-400", f"{content_hash}.webp", 400, 1, "image/webp"),)
    picture = Picture(content_hash, source, 1, 2, forms, now)
    shown = Selection(source, content_hash, f"https://a.example/{content_hash}", now)
    candidate = Candidate(person, source, state, next_due_at=now + HOUR)
    is_found = state is State.FOUND
    change = Change(
        person,
        shown if is_found else Selection(),
        (replace(candidate, content_hash=content_hash, question=question_of(read.talent, source)),),
        ("bluesky",) if drops else (),
        picture=picture if is_found else None,
        history=changed(person, now) if is_found else None,
        external_ids=((account.id, f"id at {now}"),) if account else (),
        account_errors=((account.id, None),) if account else (),
        read=read,
    )
    return repository.save([change], now)


_TOKENS = st.none() | st.builds(Token, st.sampled_from(["one", "two"]), st.none() | st.just("refresh"))
_ACCOUNTS = st.builds(
    NewAccount,
    st.sampled_from(["bluesky", "GitHub"]),
    st.sampled_from(["x.example", "@X.Example", "y.example"]),
    st.none() | st.sampled_from(["https://x.example", "https://y.example"]),
    _TOKENS,
)
_TALENTS = st.builds(
    NewTalent,
    st.just(""),
    st.sampled_from(["Ada", "Bob"]),
    st.none() | st.just("a@example.org"),
    st.none() | st.sampled_from(["https://a.example/1", "https://a.example/2", ""]),
    st.lists(_ACCOUNTS, max_size=2).map(tuple),
)
_POLICIES = st.builds(
    Policy,
    st.none() | st.just(Lock("eve", NOW, None, NOW + DAY)),
    st.none() | st.just(Choice("eve", NOW, "hers")),
    st.none() | st.sampled_from([Order(()), Order(PLATFORMS, "eve", NOW)]),
    st.sampled_from([(), (OptOut(),), (OptOut("github", "eve", NOW, "no"),)]),
    st.none() | st.just("a note"),
)
_WRITES: st.SearchStrategy[Write] = st.one_of(
    st.builds(partial, st.just(update), new=_TALENTS),
    st.builds(partial, st.just(connect), new=_ACCOUNTS),
    st.builds(partial, st.just(disconnect), platform=st.sampled_from(["bluesky", "GitHub"])),
    st.builds(partial, st.just(renew), platform=st.sampled_from(PLATFORMS), stale=st.booleans()),
    st.builds(partial, st.just(decide), policy=_POLICIES),
    st.builds(
        partial,
        st.just(look),
        source=st.sampled_from([*PLATFORMS, "user"]),
        state=st.sampled_from(State),
        drops=st.booleans(),
        late=st.booleans(),
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), _WRITES), min_size=5, max_size=25))
def test_every_store_keeps_the_same(repository: Repository, writes: list[tuple[int, Write]]) -> None:
    example = repository.count()
    people = [f"t{example}a", f"t{example}b"]
    memory = MemoryRepository()
    for one in (repository, memory):
        one.add([NewTalent(person, "T") for person in people], NOW)
    for step, (who, write) in enumerate(writes):
        now = NOW + step * HOUR / 10
        assert write(repository, people[who], now) == write(memory, people[who], now)
        assert records(repository, people) == records(memory, people)
    assert others(repository, people) == others(memory, people)
