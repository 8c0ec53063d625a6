"""The operator's word on who is on the roster, and the files that bring it."""

from __future__ import annotations

import pytest

from talentimg.errors import HandleError, UsageError
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.roster import Roster, slug_of
from tests.conftest import NOW
from tests.service.world import World


@pytest.fixture
def roster() -> Roster:
    world = World()
    return Roster(world.repository, world.accounts(), lambda: NOW)


def test_a_talent_is_added_with_tidy_handles(roster: Roster) -> None:
    added = roster.add(NewTalent("ada", "Ada", accounts=(NewAccount("Bluesky", " @Ada.Example "),)))
    account = added.talent.account("bluesky")
    assert account is not None
    assert account.handle == "ada.example"


def test_names_are_kept_in_one_normal_form(roster: Roster) -> None:
    assert roster.add(NewTalent("z", "Zoe\u0301")).talent.name == "Zo\u00e9"


@pytest.mark.parametrize(
    ("talent", "says"),
    [
        (NewTalent("", "Ada"), "1 to 200 characters"),
        (NewTalent("x" * 201, "Ada"), "1 to 200 characters"),
        (NewTalent("ada", "  "), "has no name"),
        (NewTalent("ada", "Ada", accounts=(NewAccount("myspace", "ada"),)), "no platform 'myspace'"),
        (
            NewTalent("ada", "Ada", accounts=(NewAccount("github", "a"), NewAccount("GitHub", "b"))),
            "two accounts on one platform",
        ),
    ],
)
def test_an_invalid_talent_is_refused_and_nothing_is_written(
    roster: Roster, talent: NewTalent, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        roster.add(talent)
    assert roster.page() == []


def test_an_impossible_handle_is_refused_with_an_example(roster: Roster) -> None:
    with pytest.raises(HandleError) as caught:
        roster.add(NewTalent("ada", "Ada", accounts=(NewAccount("github", "no spaces here"),)))
    assert "no spaces here" in caught.value.message
    assert caught.value.hint


def test_an_id_that_is_taken_is_refused(roster: Roster) -> None:
    roster.add(NewTalent("ada", "Ada"))
    with pytest.raises(UsageError, match="ada"):
        roster.add(NewTalent("ada", "Another Ada"))


def test_ids_are_made_from_names_and_counted_up(roster: Roster) -> None:
    assert slug_of("Ada Lovelace") == "ada-lovelace"
    assert slug_of("Zoë Ångström") == "zoe-angstrom"
    assert slug_of("山田 太郎").startswith("talent-")
    assert roster.free_id("Ada") == "ada"
    roster.add(NewTalent("ada", "Ada"))
    assert roster.free_id("Ada") == "ada-2"


def test_an_import_adds_and_brings_up_to_date_and_removes_nobody(roster: Roster) -> None:
    roster.add(NewTalent("ada", "Ada", accounts=(NewAccount("github", "ada"),)))
    roster.add(NewTalent("cid", "Cid"))
    done = roster.import_talents([NewTalent("ada", "Ada L."), NewTalent("bea", "Bea")])
    assert (done.added, done.updated) == (1, 1)
    assert [(row.talent_id, row.name, row.platforms) for row in roster.page()] == [
        ("ada", "Ada L.", ("github",)),
        ("bea", "Bea", ()),
        ("cid", "Cid", ()),
    ]


def test_an_import_says_whom_it_added() -> None:
    """Whoever had their id before is somebody else, of whom nothing that was said counts."""
    world = World()
    for name in ("Ada", "Ada Lovelace"):
        world.roster().import_talents([NewTalent("ada", name)])
    assert [entry.about.get("added") for entry in reversed(world.repository.audit("ada"))] == ["yes", None]


def test_an_import_is_all_or_nothing(roster: Roster) -> None:
    with pytest.raises(UsageError, match="appears twice"):
        roster.import_talents([NewTalent("ada", "Ada"), NewTalent("ada", "Ada")])
    with pytest.raises(UsageError):
        roster.import_talents(
            [NewTalent("ada", "Ada"), NewTalent("bea", "Bea", accounts=(NewAccount("x", "y"),))]
        )
    assert roster.page() == []
