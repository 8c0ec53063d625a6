"""What connect and disconnect say when the look that follows fails: the account is changed all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.cli.connect import last_outcome
from talentimg.errors import ChangesRefused, StoreLocked, TalentNotFound
from talentimg.repository.interface import NewAccount
from tests.service.world import World
from tests.the_app import SharedMemory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from talentimg.repository.interface import Change
    from tests.cli.conftest import Shell


class Contested(SharedMemory):
    """Others are always faster to save what a look found."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        return [change.talent_id for change in changes] if self.asked else super().save(changes, now)


@pytest.fixture
def world() -> World:
    repository = Contested()
    world = World(repository=repository)
    world.add("ada", "instagram", "tiktok")
    world.offers("youtube", "adatube", 1)
    world.offers("tiktok", "ada", 2)
    for platform in ("youtube", "tiktok"):
        world.providers[platform].asked = repository.asked
    return world


async def test_nobody_is_told_that_no_platform_was_asked(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    account = NewAccount("youtube", "adatube")
    changes = {
        "connected": world.accounts().connect("ada", account),
        "disconnected": world.accounts().disconnect("ada", "instagram"),
    }
    for changed, events in changes.items():
        with pytest.raises(StoreLocked):
            await last_outcome(events)
        assert capsys.readouterr().err == (
            f"The account is {changed}, but the picture could not be brought up to date.\n"
        )
        assert world.providers["tiktok"].asked, "and yet the platforms were asked"
        world.providers["tiktok"].asked.clear()
    assert {a.platform for a in world.repository.load("ada").talent.accounts} == {"tiktok", "youtube"}


async def test_where_nothing_was_changed_nothing_is_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TalentNotFound):
        await last_outcome(world.accounts().disconnect("eve", "instagram"))
    assert capsys.readouterr().err == ""


def test_an_address_stands_for_platform_and_handle(online: Shell) -> None:
    assert online("add", "Ada", "--account", "https://bsky.app/profile/ada.example?ref=x").code == 0
    assert online("connect", "ada", "https://github.com/Ada?tab=stars").code in {0, 3}
    accounts = online("show", "ada", "--json").json["accounts"]
    assert {a["platform"]: a["handle"] for a in accounts} == {"bluesky": "ada.example", "github": "ada"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["instagram"], "Which account on instagram?"),
        (["ada"], "'ada' does not tell which platform it is of."),
        (["https://www.instagram.com/p/C0ffee/"], "it leads to a post."),
        (["mastodon", "https://www.threads.net/@ada"], "is of Threads, which is none of the platforms."),
    ],
)
def test_what_names_no_account_is_refused_with_a_hint(online: Shell, words: list[str], says: str) -> None:
    online("add", "Ada")
    done = online("connect", "ada", *words)
    assert done.code == 2
    assert says in done.err
    assert "Hint: " in done.err


class Strict(SharedMemory):
    """The app's tables take no change of what is shown."""

    strict = False

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        if self.strict:
            raise ChangesRefused({change.talent_id: "The table took no row." for change in changes})
        return super().save(changes, now)


async def test_a_persons_word_counts_whatever_the_apps_tables_refuse(
    capsys: pytest.CaptureFixture[str],
) -> None:
    repository = Strict()
    world = World(repository=repository)
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync("ada")
    repository.strict = True
    with pytest.raises(ChangesRefused) as caught:
        await last_outcome(world.accounts().disconnect("ada", "instagram"))
    assert caught.value.message == (
        "The instagram account is disconnected, but what is shown has not changed. The table took no row."
    )
    assert caught.value.hint == "Ask whoever knows the tables of the app."
    assert capsys.readouterr().err == ""
    record = repository.load("ada")
    assert record.talent.accounts == ()
    assert repository.disconnected(["ada"])
    repository.strict = False
    await world.sync("ada")
    assert repository.load("ada").selection.source == "initials"
