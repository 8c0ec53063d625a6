"""What an import would do, told beforehand: the same that it then does."""

from __future__ import annotations

import pytest

from talentimg.errors import FaultyFile, LossLimitExceeded
from talentimg.models import Lock, OptOut, Order, Policy, Token
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.files.faults import Place
from talentimg.service.people.files.roster import RosterFile
from talentimg.service.people.preview import Changed, FieldChange, Person, Reconnected
from talentimg.service.people.roster import Roster
from talentimg.shapes import preview_json
from tests.conftest import NOW
from tests.service.world import World

SHOWN = 12


def file(*talents: NewTalent) -> RosterFile:
    return RosterFile("roster.csv", tuple((Place(n), talent) for n, talent in enumerate(talents, start=2)))


def account(handle: str) -> tuple[NewAccount, ...]:
    return (NewAccount("tiktok", handle),)


@pytest.fixture
async def world() -> World:
    """Twelve talents who are shown from TikTok."""
    world = World()
    for number in range(SHOWN):
        name = f"t{number}"
        world.repository.add([NewTalent(name, name.title(), accounts=account(f"at.{name}"))], NOW)
        world.offers("tiktok", f"at.{name}", number)
        await world.sync(name)
    return world


@pytest.fixture
def roster(world: World) -> Roster:
    return Roster(world.repository, world.accounts(), lambda: world.now)


def test_it_tells_who_is_new_changed_gone_and_loses_the_picture(roster: Roster) -> None:
    preview = roster.preview(
        file(
            NewTalent("neu", "Neu"),
            NewTalent("t0", "T0", accounts=account("https://tiktok.com/@AT.T0?lang=de")),
            NewTalent("t1", "One", "one@x.example", accounts=account("other")),
            NewTalent("t2", "T2", accounts=(NewAccount("tiktok", "at.t2", token=Token("new")),)),
            NewTalent("t3", "T3", accounts=(NewAccount("bluesky", "t3.example"),)),
        )
    )
    assert preview.new == (Person("neu", "Neu"),)
    assert preview.changed == (
        Changed(
            "t1",
            "One",
            (
                FieldChange("name", "T1", "One"),
                FieldChange("email", None, "one@x.example"),
                FieldChange("tiktok", "at.t1", "other"),
            ),
            loses_picture=True,
        ),
        Changed("t2", "T2", (FieldChange("tiktok token", None, "a new one"),)),
        Changed("t3", "T3", (FieldChange("bluesky", None, "t3.example"),)),
    )
    assert [one.talent_id for one in preview.gone] == sorted(f"t{n}" for n in range(4, SHOWN))
    assert (preview.unchanged, preview.refusal) == (1, None)
    assert "new one" not in repr(preview_json(preview)["new"])


def test_an_account_that_replaces_a_disconnected_one_is_told_apart_from_one_that_stays_so(
    world: World, roster: Roster
) -> None:
    for name in ("t0", "t1"):
        world.repository.disconnect(name, "tiktok", NOW)
    preview = roster.preview(
        file(
            NewTalent("t0", "T0", accounts=account("at.t0")),
            NewTalent("t1", "T1", accounts=account("another")),
        )
    )
    assert [left.talent_id for left in preview.left_out] == ["t0"]
    assert preview.reconnected == (Reconnected("t1", "tiktok", "another"),)


def test_it_tells_that_the_safety_valve_would_refuse_and_so_does_the_import(
    world: World, roster: Roster
) -> None:
    others = file(*(NewTalent(f"t{n}", f"T{n}", accounts=account(f"other.{n}")) for n in range(6)))
    refusal = roster.preview(others).refusal
    assert refusal is not None
    assert (refusal.losses, refusal.shown) == (6, 6)
    assert preview_json(roster.preview(others))["refused"] == refusal.sentence
    with pytest.raises(LossLimitExceeded):
        roster.import_file(others)
    assert roster.preview(others, allow_losses=6).refusal is None
    world.repository.save_policy("t0", Policy(lock=Lock("boss", NOW)))
    assert roster.preview(others).refusal is None, "a lock keeps its picture, so only five would go"


def test_a_preview_writes_nothing_and_the_import_does_what_it_said(world: World, roster: Roster) -> None:
    wanted = file(NewTalent("neu", "Neu"), NewTalent("t1", "One", accounts=account("other")))
    before = list(roster.rows())
    roster.preview(wanted)
    assert list(roster.rows()) == before
    roster.import_file(wanted)
    after = roster.preview(wanted)
    assert (after.new, after.changed, after.unchanged) == ((), (), 2)


def test_faults_are_refused_with_all_of_their_lines(roster: Roster) -> None:
    faulty = file(
        NewTalent("a", "A", "no e-mail", accounts=(*account("a b"), NewAccount("myspace", "a"))),
        NewTalent("a", "A"),
        NewTalent("b", "B", accounts=(*account("b"), *account("c"))),
    )
    with pytest.raises(FaultyFile) as caught:
        roster.preview(faulty)
    assert [sentence for sentence, _ in caught.value.faults] == [
        "roster.csv, line 2: 'no e-mail' is not an e-mail address.",
        "roster.csv, line 2: 'a b' is not a valid TikTok handle.",
        "roster.csv, line 2: There is no platform 'myspace'.",
        "roster.csv, line 3: the id 'a' appears twice, first in line 2.",
        "roster.csv, line 4: The talent 'b' has two accounts on one platform.",
    ]


async def test_no_file_undoes_what_a_person_said(world: World, roster: Roster) -> None:
    said = {
        "t0": Policy(lock=Lock("boss", NOW, "the good one")),
        "t1": Policy(opt_outs=(OptOut(),)),
        "t2": Policy(order=Order(("youtube", "tiktok")), note="prefers YouTube"),
    }
    for name, policy in said.items():
        world.repository.save_policy(name, policy)
    world.repository.disconnect("t3", "tiktok", NOW)
    shown = world.repository.load("t0").selection
    people = [
        NewTalent(f"t{n}", "Renamed", accounts=account(f"other.{n}" if n < 3 else f"at.t{n}"))
        for n in range(4)
    ]
    done = roster.import_file(file(*people))
    assert {name: world.repository.load(name).policy for name in said} == said
    assert world.repository.load("t0").selection == shown
    assert [left.talent_id for left in done.left_out] == ["t3"]
    assert world.repository.load("t3").talent.accounts == ()
