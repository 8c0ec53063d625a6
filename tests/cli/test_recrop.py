"""`talentimg recrop`: what it says to people and to programs, and how it ends."""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.images.renditions import make_picture
from talentimg.images.square import RULE
from talentimg.models import Candidate, Selection, State
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.migrations import upgrade
from talentimg.repository.registry import open_repository
from talentimg.store import open_store
from talentimg.store.keys import key_of
from tests.conftest import NOW
from tests.images.samples import encoded, portrait
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from talentimg.models import Picture
    from tests.cli.conftest import Shell

BASE = "https://pictures.example"
PEOPLE = 120


def keep(shell: Shell, *talent_ids: str, crop: str | None = "centre") -> Picture:
    """Talents whose pictures another rule cut, each with one of their own; returns the last."""
    pictures = []
    store = open_store(f"file://{shell.data / 'images'}")
    upgrade(shell.roster_url, new_roster=True)
    with open_repository(shell.roster_url) as repository:
        for number, talent_id in enumerate(talent_ids):
            data = encoded(portrait(200, 300 + 2 * number))
            digest = hashlib.sha256(data).hexdigest()
            made = make_picture(data, source_hash=digest, now=NOW, key_for=key_of)
            pictures.append(picture := replace(made.picture, crop=crop))
            for form in picture.renditions:
                store.put(form.key, made.objects[form.key], form.media_type)
            account = NewAccount("bluesky", "x")
            repository.add([NewTalent(talent_id, talent_id.title(), accounts=(account,))], NOW)
            repository.save([shows(talent_id, picture)], NOW)
    return pictures[-1]


def shows(talent_id: str, picture: Picture) -> Change:
    shown = Selection("bluesky", picture.content_hash, f"{BASE}/{picture.shown.key}", NOW)
    candidate = Candidate(
        talent_id,
        "bluesky",
        State.FOUND,
        content_hash=picture.content_hash,
        source_hash=picture.source_hash,
    )
    return Change(talent_id, shown, (candidate,), picture=picture)


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, shell: Shell) -> Shell:
    """Two talents whose pictures another rule cut, on each kind of database."""
    if request.param == "postgres":
        shell.environment["DATABASE_URL"] = request.getfixturevalue("empty_database")
    keep(shell, "ada", "bea")
    return shell


def rows(out: str) -> list[list[str]]:
    found = [line.split("│")[1:-1] for line in out.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row] for row in found]


def test_stored_pictures_get_another_square_and_the_app_its_address(kept: Shell) -> None:
    done = kept("recrop")
    assert (done.code, done.err) == (0, "")
    assert rows(done.out) == [["cut", "2", "Another square, for 2 talents"]]
    for talent_id in ("ada", "bea"):
        told = kept("show", talent_id, "--json").json
        assert told["url"] == f"{BASE}/{key_of(told['content_hash'])}"
        assert told["picture"]["crop"] == RULE
        assert all((kept.data / "images" / form["key"]).exists() for form in told["picture"]["renditions"])
    again = kept("recrop")
    assert (again.code, again.out) == (0, "Every picture in use is cut by the rule of today.\n")


def test_for_programs_each_picture_is_a_line_and_the_summary_is_the_last(shell: Shell) -> None:
    old = keep(shell, "ada")
    picture, summary = shell("recrop", "--json").lines
    assert picture == {
        "result": "cut",
        "talent_ids": ["ada"],
        "content_hash": old.content_hash,
        "new_content_hash": shell("show", "ada", "--json").json["content_hash"],
        "detail": None,
    }
    assert summary == {
        "summary": True,
        "dry_run": False,
        "cut": 1,
        "same": 0,
        "no_master": 0,
        "failed": 0,
        "talents": 1,
    }
    assert [line["cut"] for line in shell("recrop", "--json").lines] == [0]


def test_a_dry_run_writes_nothing(kept: Shell) -> None:
    before = kept("list", "--json").out, kept.pictures()
    done = kept("recrop", "--dry-run")
    assert done.code == 0
    assert rows(done.out) == [["cut", "2", "Another square, for 2 talents"]]
    assert done.out.endswith("This was a dry run: nothing was written.\n")
    assert (kept("list", "--json").out, kept.pictures()) == before


def test_a_limit_is_told(kept: Shell) -> None:
    first = kept("recrop", "--limit", "1")
    assert rows(first.out) == [["cut", "1", "Another square, for 1 talent"]]
    assert "That was the limit of 1: call it again to go on." in first.out
    assert rows(kept("recrop", "--limit", "2").out) == [["cut", "1", "Another square, for 1 talent"]]


def test_what_cannot_be_cut_is_told_and_ends_with_a_code_of_its_own(kept: Shell) -> None:
    gone = kept("show", "ada", "--json").json
    master = next(form for form in gone["picture"]["renditions"] if form["name"] == "master")
    (kept.data / "images" / master["key"]).unlink()
    done = kept("recrop")
    assert done.code == 3
    assert f"{gone['content_hash'][:12]} (ada): Its master is no longer in the store of pictures." in done.out
    assert [row[:2] for row in rows(done.out)] == [["cut", "1"], ["failed", "1"]]
    assert kept("show", "ada", "--json").json == gone
    assert kept("recrop", "--json").code == 3


def test_a_picture_of_which_only_the_square_was_kept_is_told(shell: Shell) -> None:
    picture = keep(shell, "ada", crop=None)
    with open_repository(shell.roster_url) as repository:
        repository.recut(picture, replace(picture, renditions=picture.renditions[:4]), NOW, why="", by="")
    done = shell("recrop")
    assert done.code == 0
    meaning = "Its whole was not kept; talentimg sync ID --force fetches it again"
    assert rows(done.out) == [["no_master", "1", meaning]]


def test_without_a_roster_there_is_only_the_error(shell: Shell) -> None:
    done = shell("recrop", "--json")
    assert (done.code, done.out) == (78, "")
    assert done.err.startswith("Error: ")


def count_cut(shell: Shell) -> int:
    with closing(sqlite3.connect(shell.data / "talentimg.db")) as file:
        (number,) = file.execute("SELECT count(*) FROM talentimg_pictures WHERE crop = ?", (RULE,)).fetchone()
    return int(number)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_between_two_pictures_and_the_next_call_goes_on(shell: Shell, sent: int) -> None:
    keep(shell, *(f"talent{number}" for number in range(PEOPLE)))
    with shell.start("recrop", "--json") as process:
        wait_until(lambda: count_cut(shell) > 0)
        process.send_signal(sent)
        out, err = process.communicate(timeout=TIME_LIMIT)
    summary = json.loads(out.splitlines()[-1])
    assert process.returncode == 128 + sent, err
    assert summary["cut"] == count_cut(shell) < PEOPLE
    assert shell("recrop", "--json").lines[-1]["cut"] == PEOPLE - summary["cut"]


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_that_is_none_is_refused(shell: Shell, limit: str) -> None:
    assert shell("recrop", "--limit", limit).code == 2
