"""What is written for one talent, or for one account, touches nothing else, on every kind of store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Lock, OptOut, Policy, Selection, Token
from talentimg.repository.interface import Change, NewAccount, NewTalent
from tests.repository.builders import DAY, HOUR, NOW, changed, found, picture, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import Account
    from talentimg.repository.interface import Repository
    from tests.the_app import TheApp

PEOPLE = ("ada", "bob", "cid")
PLATFORMS = ("bluesky", "github", "youtube")
NEW = NOW + HOUR


@pytest.fixture
def repository(both: tuple[Repository, TheApp]) -> Repository:
    """Three who share handles, and of whom the same is known: tokens, pictures, a disconnect, a lease."""
    repository, _ = both
    repository.add([person(one) for one in PEOPLE], NOW)
    for one in PEOPLE:
        repository.disconnect(one, "youtube", NOW)
        repository.save_policy(one, Policy(note=f"known as {one}"))
    for one in PEOPLE:
        accounts = repository.load(one).talent.accounts
        change = Change(
            one,
            shown(),
            (found(one), found(one, "github")),
            picture=picture(),
            history=changed(one),
            external_ids=tuple((account.id, f"{account.id}-id") for account in accounts),
            account_errors=tuple((account.id, None) for account in accounts),
        )
        repository.save([change], NOW)
    assert set(repository.claim(NOW, before=None, limit=9, lease=HOUR)) == set(PEOPLE)
    return repository


def person(name: str) -> NewTalent:
    accounts = tuple(
        NewAccount(platform, f"team.{platform}", f"https://{platform}.example/{name}", Token("a", "r", NOW))
        for platform in PLATFORMS
    )
    return NewTalent(name, name, f"{name}@example.org", f"https://a.example/{name}.png", accounts)


def known(repository: Repository, app: TheApp, talent_id: str) -> list[object]:
    return [
        repository.load(talent_id),
        repository.history(talent_id),
        repository.disconnected([talent_id]),
        talent_id in repository.due(NOW, before=None, limit=None),
        app.seen(talent_id),
    ]


def bluesky(repository: Repository) -> Account:
    account = repository.load("ada").talent.account("bluesky")
    assert account is not None
    return account


def connects(platform: str, handle: str) -> Callable[[Repository], object]:
    account = NewAccount(platform, handle, "https://new.example", Token("new", "new", NEW))
    return lambda repository: repository.connect("ada", account, NEW)


def brings_up_to_date(repository: Repository) -> None:
    handle = NewAccount("bluesky", "new.example", "https://new.example", Token("new", "new", NEW))
    new = NewTalent("ada", "New", "new@example.org", "https://new.example/a.png", (handle,))
    repository.update([new], NEW)


def saves_all(repository: Repository) -> None:
    account = bluesky(repository)
    change = Change(
        "ada",
        Selection("github", "beef", "https://new.example/beef.webp", NEW),
        (replace(found("ada"), etag="new"),),
        ("github",),
        picture=picture("beef", "new"),
        history=changed("ada", NEW, "new"),
        external_ids=((account.id, "new"),),
        account_errors=((account.id, "new"),),
    )
    repository.save([change], NEW)


WRITES: dict[str, Callable[[Repository], object]] = {
    "somebody is added": lambda r: r.add([person("dan")], NEW),
    "an update": brings_up_to_date,
    "a first avatar": lambda r: r.update([NewTalent("ada", "Ada", avatar_url="https://new.example")], NEW),
    "the same handle": connects("bluesky", "team.bluesky"),
    "another handle": connects("bluesky", "new.example"),
    "what was disconnected": connects("youtube", "team.youtube"),
    "a disconnect": lambda r: r.disconnect("ada", "bluesky", NEW),
    "a token": lambda r: r.save_token(bluesky(r), Token("new", "new", NEW)),
    "a policy": lambda r: r.save_policy("ada", Policy(Lock("new", NEW), opt_outs=(OptOut(),))),
    "a look": saves_all,
    "a release": lambda r: r.release(["ada"]),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_is_written_for_one_changes_nobody_else(
    repository: Repository, both: tuple[Repository, TheApp], write: Callable[[Repository], object]
) -> None:
    _, app = both
    others = [known(repository, app, one) for one in PEOPLE[1:]]
    write(repository)
    assert [known(repository, app, one) for one in PEOPLE[1:]] == others


@pytest.mark.parametrize("what", ["the same handle", "another handle", "a disconnect", "a token"])
def test_what_is_written_for_one_account_changes_no_other(repository: Repository, what: str) -> None:
    repository.disconnect("ada", "github", NOW)
    repository.connect("ada", NewAccount("github", "team.github", token=Token("kept", "kept", NOW)), NOW)
    repository.save([Change("ada", shown("github"), (found("ada"), found("ada", "github")))], NOW)
    before = repository.load("ada")
    WRITES[what](repository)
    after = repository.load("ada")
    assert after.talent.account("github") == before.talent.account("github")
    assert after.candidates["github"] == before.candidates["github"]
    assert (after.selection, after.policy) == (before.selection, before.policy)
    assert "youtube" in {one.platform for one in repository.disconnected(["ada"])}


def test_a_platform_that_is_connected_again_leaves_other_disconnects_alone(repository: Repository) -> None:
    for platform in ("bluesky", "github"):
        repository.connect("ada", NewAccount(platform, "ada"), NOW)
        repository.disconnect("ada", platform, NOW)
    repository.connect("ada", NewAccount("bluesky", "ada"), NOW)
    remembered = {(one.platform, one.handle) for one in repository.disconnected(["ada"])}
    assert remembered == {("github", "ada"), ("youtube", "team.youtube")}


def test_one_look_is_out_of_date_for_its_own_talent_only(repository: Repository) -> None:
    read = repository.load("ada")
    repository.save_policy("bob", Policy(note="new"))
    assert repository.save([Change("ada", shown(synced_at=NOW + DAY), read=read)], NOW) == []


def test_each_account_has_its_own_token(repository: Repository) -> None:
    accounts = [a for record in repository.load_many(PEOPLE) for a in record.talent.accounts]
    kept = {account.id: Token(f"new {account.id}", None, NEW) for account in accounts}
    assert {a.id: repository.save_token(a, kept[a.id]) for a in reversed(accounts)} == kept
    after = [a for record in repository.load_many(PEOPLE) for a in record.talent.accounts]
    assert {account.id: account.token for account in after} == kept


def test_each_account_has_its_own_stable_id(repository: Repository) -> None:
    account = bluesky(repository)
    repository.save([Change("ada", shown(), external_ids=((account.id, "new"),))], NEW)
    ids = {a.platform: a.external_id for a in repository.load("ada").talent.accounts}
    github = repository.load("ada").talent.account("github")
    assert github is not None
    assert ids == {"bluesky": "new", "github": f"{github.id}-id"}
