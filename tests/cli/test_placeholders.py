"""`talentimg placeholders`: the list, and a person's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Suspect
from talentimg.repository.interface import NewTalent
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from tests.cli.test_mistakes import assert_plain
from tests.conftest import NOW
from tests.service.world import picture_bytes

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

FACE = Suspect("instagram", "abcdef" + "1" * 58, "c" * 64, NOW, 7)
ALLOWED = Suspect(
    "tiktok", "f" * 64, "d" * 64, NOW - timedelta(days=1), 3, "eve\x1b[2J", NOW + timedelta(hours=1)
)


def keep(shell: Shell, *suspects: Suspect) -> None:
    """Write them where the command will look."""
    with open_repository(sqlite_url(shell.data / "talentimg.db"), create=True) as repository:
        for suspect in suspects:
            repository.save_suspect(suspect)


@pytest.fixture
def suspicious(shell: Shell) -> Shell:
    keep(shell, ALLOWED, FACE)
    return shell


def test_the_list_says_what_each_picture_is_taken_for(suspicious: Shell) -> None:
    done = suspicious("placeholders")
    assert done.code == 0
    rows = [line.split("│")[1:-1] for line in done.out.splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["instagram", "abcdef111111", "2026-11-24 02:00", "7", "treated as a placeholder"],
        ["tiktok", "ffffffffffff", "2026-11-23 02:00", "3", "allowed by eve�[2J on 2026-11-24"],
    ]
    assert "talentimg placeholders --allow HASH" in done.err


def test_the_list_for_programs_holds_the_whole_hashes(suspicious: Shell) -> None:
    first, second = suspicious("placeholders", "--json").lines
    assert first == {
        "source": "instagram",
        "source_hash": FACE.source_hash,
        "content_hash": FACE.content_hash,
        "since": "2026-11-24T02:00:00.000Z",
        "talents": 7,
        "allowed_by": None,
        "allowed_at": None,
        "named_by": None,
        "name": None,
        "why": None,
    }
    assert second["allowed_at"] == "2026-11-24T03:00:00.000Z"


def test_a_person_vouches_for_a_picture(suspicious: Shell) -> None:
    done = suspicious("placeholders", "--allow", "abcdef", LOGNAME="grace")
    assert done.code == 0
    assert done.out.startswith("The picture abcdef111111 from instagram is allowed by grace on ")
    assert done.err == "It will be shown from the next look on: talentimg sync ID\n"
    first = suspicious("placeholders", "--json").lines[0]
    assert first["allowed_by"] == "grace"
    assert first["allowed_at"]


def test_vouching_for_programs(suspicious: Shell) -> None:
    (allowed,) = suspicious("placeholders", "--allow", FACE.content_hash, "--json", LOGNAME="grace").lines
    assert (allowed["source"], allowed["allowed_by"]) == ("instagram", "grace")


def test_a_new_suspicion_does_not_undo_a_persons_word(suspicious: Shell) -> None:
    suspicious("placeholders", "--allow", "abcdef", LOGNAME="grace")
    keep(suspicious, replace(FACE, talents=9))
    assert suspicious("placeholders", "--json").lines[0]["allowed_by"] == "grace"


@pytest.mark.parametrize("beginning", ["123456", "abc", "../../x", ""])
def test_a_hash_of_nothing_is_a_plain_mistake(suspicious: Shell, beginning: str) -> None:
    assert_plain(suspicious("placeholders", "--allow", beginning), 2, "talentimg placeholders")


def test_an_ambiguous_hash_is_a_plain_mistake(suspicious: Shell) -> None:
    keep(suspicious, replace(FACE, source_hash="abcdef" + "2" * 58, content_hash="e" * 64))
    assert_plain(suspicious("placeholders", "--allow", "abcdef"), 2, "Several pictures")


def test_where_nothing_is_suspected_the_command_says_so(shell: Shell) -> None:
    keep(shell)
    assert shell("placeholders").out == "No picture is treated as a placeholder.\n"
    assert shell("placeholders", "--json").out == ""


def test_without_a_roster_it_says_that(shell: Shell) -> None:
    assert_plain(shell("placeholders"), 78)
    assert_plain(shell("placeholders", "--allow", "abcdef"), 78)


def test_a_talent_is_meant_before_a_file_of_the_same_name_and_no_file_without_an_end_is_read(
    shell: Shell,
) -> None:
    with open_repository(sqlite_url(shell.data / "talentimg.db"), create=True) as repository:
        repository.add([NewTalent("ada", "Ada")], NOW)
    (shell.home / "ada").write_bytes(picture_bytes(1))
    (shell.home / "large.jpg").write_bytes(picture_bytes(1) + bytes(5_000_000))
    assert "no copy of a picture that is shown for Ada" in shell("placeholders", "add", "ada").err
    shell.environment["TALENTIMG_HTTP_MAX_PICTURE_BYTES"] = "1000000"
    refused = shell("placeholders", "add", "large.jpg")
    assert (refused.code, refused.out) == (2, "")
    assert "larger than 1000000 bytes" in refused.err
    assert shell("placeholders", "add", "./ada").code == 0


def test_who_named_one_and_who_took_it_back_is_told_with_the_reason(shell: Shell) -> None:
    keep(shell)
    assert shell("placeholders", "history").out == "Nobody has said anything of a placeholder.\n"
    (shell.home / "logo.png").write_bytes(picture_bytes(1))
    add = ("placeholders", "add", "logo.png", "--name", "our logo", "--by", "eve", "--why", "no\x1b[2J face.")
    (added,) = shell(*add, "--json").lines
    assert "named by eve: no�[2J face" in " ".join(shell("placeholders").out.split())
    assert shell("placeholders", "--json").lines == [added]
    short = added["source_hash"][:12]
    assert shell("placeholders", "remove", short, "--by", "ann", "--why", "hers").code == 0
    assert shell("placeholders").out == "No picture is treated as a placeholder.\n"
    told = shell("placeholders", "history").out
    assert f"ann took back that a placeholder is one: our logo ({short}) from any source" in told
    assert told.index("hers") < told.index(f"eve named a placeholder: our logo ({short})")
    words = [(w["action"], w["by"], w["why"]) for w in shell("placeholders", "history", "--json").lines]
    assert words == [("placeholder_remove", "ann", "hers"), ("placeholder_add", "eve", "no\x1b[2J face.")]
    assert len(shell("placeholders", "history", "--limit", "1", "--json").lines) == 1


def test_nobody_is_no_talent(shell: Shell) -> None:
    keep(shell)
    (shell.home / "logo.png").write_bytes(picture_bytes(1))
    shell("placeholders", "add", "logo.png")
    assert shell("forget", "", "--yes").code == 66
    assert shell("history", "").code == 66
    assert len(shell("placeholders", "history", "--json").lines) == 1
