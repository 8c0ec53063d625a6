"""What answers a question that the roster no longer asks is not read, on every kind of store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.models import HistoryEntry
from talentimg.models.question import account_question, question_of
from talentimg.repository.interface import Change, NewAccount, NewTalent
from tests.repository.builders import DAY, NOW, found, shown, talent

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import Candidate
    from talentimg.repository.interface import Repository
    from tests.the_app import TheApp

AVATAR = "https://u:s3cret@a.example/a.png"


@pytest.fixture
def repository(both: tuple[Repository, TheApp]) -> Repository:
    repository, _ = both
    repository.add([talent("ada", "bluesky", "github", avatar_url=AVATAR)], NOW)
    known = repository.load("ada").talent
    candidates = tuple(asked(found("ada", s), question_of(known, s)) for s in ("bluesky", "github", "user"))
    selection = replace(shown(), question=question_of(known, "bluesky"))
    repository.save([Change("ada", selection, candidates)], NOW)
    return repository


@pytest.fixture
def app(both: tuple[Repository, TheApp]) -> TheApp:
    return both[1]


def asked(candidate: Candidate, question: str | None) -> Candidate:
    return replace(candidate, question=question)


def test_a_question_comes_back_as_it_was_kept(repository: Repository) -> None:
    record = repository.load("ada")
    assert record.outdated == frozenset()
    assert {c.question for c in record.candidates.values()} == {
        question_of(record.talent, source) for source in ("bluesky", "github", "user")
    }
    assert record.selection.question == question_of(record.talent, "bluesky")
    entry = HistoryEntry("ada", NOW, "bluesky", "c0ffee", "initials", None, "x", "y", None, "ada.bsky")
    repository.save([Change("ada", record.selection, history=entry)], NOW)
    assert repository.history("ada") == [entry]


EDITS: list[tuple[str, Callable[[TheApp], None]]] = [
    ("bluesky", lambda app: app.write_handle("ada", "bluesky", "right.example")),
    ("bluesky", lambda app: app.write_connected("ada", "bluesky", connected=False)),
    ("user", lambda app: app.write_avatar("ada", "https://a.example/b.png")),
    ("user", lambda app: app.write_avatar("ada", None)),
]


@pytest.mark.parametrize(("source", "edit"), EDITS)
def test_what_the_app_edits_makes_a_candidate_invisible_at_once(
    repository: Repository, app: TheApp, source: str, edit: Callable[[TheApp], None]
) -> None:
    edit(app)
    record = repository.load("ada")
    assert record.outdated == {source}
    assert set(record.candidates) == {"bluesky", "github", "user"} - {source}
    assert record.selection.question is not None, "what is shown tells whose it is"


def test_a_row_of_before_questions_were_kept_counts(repository: Repository, app: TheApp) -> None:
    repository.save([Change("ada", shown(), (found("ada"), found("ada", "github")))], NOW)
    app.write_handle("ada", "bluesky", "right.example")
    app.write_connected("ada", "github", connected=False)
    record = repository.load("ada")
    assert record.outdated == {"github"}, "there is nothing to ask of it"
    assert record.candidates["bluesky"].question is None


def test_spelling_is_no_change(repository: Repository, app: TheApp) -> None:
    app.write_handle("ada", "bluesky", " @Ada.on.BlueSky")
    assert repository.load("ada").outdated == frozenset()


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS])
def test_an_edit_during_a_sync_makes_its_result_out_of_date(
    repository: Repository, app: TheApp, edit: Callable[[TheApp], None]
) -> None:
    read = repository.load("ada")
    edit(app)
    assert repository.save([Change("ada", read.selection, read=read)], NOW) == ["ada"]


def test_an_import_that_replaces_a_handle_leaves_what_is_shown_with_the_old_question(
    repository: Repository,
) -> None:
    """Also where nobody kept a question yet: the candidate goes, the picture stays until the next look."""
    repository.save([Change("ada", shown(), drop=("bluesky",))], NOW)
    new = NewTalent("ada", "Ada", accounts=(NewAccount("bluesky", "right.example"),))
    repository.update([new], NOW)
    record = repository.load("ada")
    assert record.selection.question not in (None, question_of(record.talent, "bluesky"))


def test_what_is_shown_keeps_the_question_that_it_answered_through_any_number_of_handles(
    repository: Repository,
) -> None:
    repository.save([Change("ada", shown(), drop=("bluesky",))], NOW)
    repository.connect("ada", NewAccount("bluesky", "second.example"), NOW)
    first = repository.load("ada").selection.question
    assert first == "ada.on.bluesky"
    repository.connect("ada", NewAccount("bluesky", "third.example"), NOW)
    assert repository.load("ada").selection.question == first


def test_a_page_that_is_replaced_leaves_the_question_of_its_own_address(repository: Repository) -> None:
    page = NewAccount("website", "ada.example", "https://ada.example/about")
    repository.connect("ada", page, NOW)
    repository.save([Change("ada", shown("website"), drop=("website",))], NOW)
    repository.connect("ada", NewAccount("website", "other.example", "https://other.example"), NOW)
    asked = account_question("website", "ada.example", page.profile_url)
    assert repository.load("ada").selection.question == asked != account_question("website", "ada.example")


def test_what_is_shown_of_another_source_is_not_asked_about(repository: Repository) -> None:
    repository.save([Change("ada", shown("github"))], NOW)
    before = repository.load("ada").selection
    repository.connect("ada", NewAccount("bluesky", "second.example"), NOW)
    assert repository.load("ada").selection == before


def test_who_shows_a_picture_of_the_last_account_is_due_until_it_is_withdrawn(
    repository: Repository, app: TheApp
) -> None:
    repository.add([talent("bob", "bluesky"), talent("cid")], NOW)
    app.write_connected("ada", "bluesky", connected=False)
    app.write_connected("ada", "github", connected=False)
    app.write_avatar("ada", None)
    app.write_connected("bob", "bluesky", connected=False)
    later = NOW + DAY
    assert repository.due(later, before=later, limit=None) == ["ada"]
    assert repository.count_due(later, before=later) == 1
    assert repository.claim(later, before=later, limit=9, lease=DAY) == ["ada"]
    nothing = replace(shown(), source="initials", content_hash=None, url=None, synced_at=NOW)
    repository.save([Change("ada", nothing)], later)
    assert repository.due(later, before=later, limit=None) == []
    repository.save([Change("ada", shown("manual"), (found("ada", "manual"),))], NOW)
    assert repository.due(later, before=later, limit=None) == []
