"""The operator's word on who is on the roster, and the files that bring it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ConfigError, HandleError, TalentimgError, UsageError
from talentimg.models import Token
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.roster import Roster, slug_of
from talentimg.service.people.roster_file import parse_roster, parse_token
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


def test_an_import_is_all_or_nothing(roster: Roster) -> None:
    with pytest.raises(UsageError, match="appears twice"):
        roster.import_talents([NewTalent("ada", "Ada"), NewTalent("ada", "Ada")])
    with pytest.raises(UsageError):
        roster.import_talents(
            [NewTalent("ada", "Ada"), NewTalent("bea", "Bea", accounts=(NewAccount("x", "y"),))]
        )
    assert roster.page() == []


# -- files ------------------------------------------------------------------------------------


def test_csv_has_a_column_for_each_platform() -> None:
    text = "\ufeffid,Name,email,instagram,bluesky,website,profile_url\nada,Ada,a@x.example,ada.l,,ada.example,https://ada.example/me\n"
    (talent,) = parse_roster(text.encode(), "roster.csv")
    assert talent == NewTalent(
        "ada",
        "Ada",
        "a@x.example",
        accounts=(
            NewAccount("instagram", "ada.l"),
            NewAccount("website", "ada.example", "https://ada.example/me"),
        ),
    )


def test_csv_fields_may_hold_commas_quotes_and_line_ends() -> None:
    (talent,) = parse_roster(b'id,name\r\n1,"Ada ""Countess"", Lovelace\r\n"\r\n', "roster.csv")
    assert talent.name == 'Ada "Countess", Lovelace'


def test_json_takes_a_list_or_an_object_of_accounts() -> None:
    people = [
        {"id": 7, "name": "Ada", "accounts": {"github": "ada"}},
        {
            "id": "bea",
            "name": "Bea",
            "avatar_url": "https://x.example/b.png",
            "accounts": [
                {
                    "platform": "tiktok",
                    "handle": "bea",
                    "access_token": "act",
                    "expires_at": "2026-11-24T03:00:00Z",
                }
            ],
        },
    ]
    ada, bea = parse_roster(json.dumps(people).encode(), "roster.json")
    assert (ada.id, ada.accounts) == ("7", (NewAccount("github", "ada"),))
    assert bea.accounts[0].token == Token("act", None, datetime(2026, 11, 24, 3, tzinfo=UTC))
    assert parse_roster(json.dumps({"talents": people}).encode(), "roster.json") == [ada, bea]


@pytest.mark.parametrize("data", [b"", b"   ", b"id,name\n", b"[]", b'{"talents": []}'])
def test_an_empty_roster_is_an_error_of_its_own(data: bytes) -> None:
    with pytest.raises(ConfigError, match="has no talents"):
        parse_roster(data, "roster")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"id,instagram\nada,x\n", "no column called name"),
        (b"id,name\nada,Ada,extra\n", "line 2 has more fields"),
        (b"id,name\n,Ada\n", "line 2 has no id"),
        (b"id,name\nada,\n", "line 2 has no name"),
        (b'id,name\nada,"open\n', "not CSV"),
        (b"[{]", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"people": 1}', "no list of talents"),
        (b"[3]", "talent 1 is not an object"),
        (b'[{"id": "a", "name": "A", "accounts": 3}]', "accounts must be a list or an object"),
        (b'[{"id": "a", "name": "A", "accounts": [3]}]', "not an object"),
        (b'[{"id": "a", "name": ["A"]}]', "name must be a string"),
        (
            b'[{"id": "a", "name": "A", "accounts": [{"access_token": "x", "expires_at": "soon"}]}]',
            "expires_at",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_place(data: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        parse_roster(data, "roster")
    assert caught.value.message.startswith("roster")


@given(st.binary(max_size=300))
def test_no_file_brings_anything_but_talents_or_an_error_of_ours(data: bytes) -> None:
    try:
        talents = parse_roster(data, "roster")
    except TalentimgError:
        return
    assert all(talent.id and talent.name for talent in talents)


def test_a_token_file_holds_json_or_the_bare_token() -> None:
    assert parse_token(" abc \n") == Token("abc")
    token = parse_token(
        '{"access_token": "a", "refresh_token": "r", "expires_in": 7200, "token_type": "bearer"}'
    )
    assert (token.access_token, token.refresh_token) == ("a", "r")
    assert token.expires_at is not None


NOT_TOKENS = ["tök", "a\u200bb", '{"access_token": "a\\nb"}', '{"access_token": "a", "refresh_token": "ö"}']


@pytest.mark.parametrize("text", ["", "two words", "{", "{}", '{"access_token": ""}', *NOT_TOKENS])
def test_a_token_file_without_a_token_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_token(text)
