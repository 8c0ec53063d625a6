"""One cut of a picture takes the place of another wherever it is named, on every kind of store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import HistoryEntry, Lock, Picture, Policy, Rendition, Selection, Suspect
from talentimg.repository.dry import DryRepository
from talentimg.repository.interface import Change, PictureInUse
from tests.repository.builders import DAY, HOUR, NOW, found, shown, talent

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.repository.interface import Repository

LATER = NOW + DAY
OLD, NEW = "0" * 64, "f" * 64


def cut(
    content_hash: str, crop: str | None = None, *, source_hash: str = "feed", height: int = 900
) -> Picture:
    """A tall picture whose square is named like this."""
    forms = (
        Rendition("webp-400", f"{content_hash[:2]}/{content_hash}.webp", 400, 12345, "image/webp"),
        Rendition("master", "ab/master.jpg", 900, 23456, "image/jpeg"),
    )
    return Picture(content_hash, source_hash, 600, height, forms, NOW, crop=crop)


def address(content_hash: str, base: str = "https://pictures.example/faces") -> str:
    return f"{base}/{content_hash[:2]}/{content_hash}.webp"


def shows(repository: Repository, talent_id: str, picture: Picture, url: str | None = None) -> None:
    """Somebody shows a picture from Bluesky, and GitHub offers it as well."""
    repository.add([talent(talent_id, "bluesky", "github")], NOW)
    named = picture.content_hash
    selection = Selection("bluesky", named, url, NOW, "bluesky: x")
    candidates = (found(talent_id, content_hash=named), found(talent_id, "github", named))
    repository.save([Change(talent_id, selection, candidates, picture=picture)], NOW)


def recut(repository: Repository, old: Picture, new: Picture) -> list[str]:
    return repository.recut(old, new, LATER, why="cut anew", by="recrop")


def hashes(page: list[PictureInUse]) -> list[str]:
    return [one.picture.content_hash for one in page]


# -- what is to be cut ------------------------------------------------------


def test_pictures_that_another_rule_cut_come_with_their_talents(repository: Repository) -> None:
    shows(repository, "bob", cut(OLD))
    shows(repository, "ada", cut(OLD))
    shows(repository, "eve", cut("1" * 64, "centre"))
    shows(repository, "joe", cut("2" * 64, "upper-fifth"))
    assert repository.to_recut("upper-fifth", NOW) == [
        PictureInUse(cut(OLD), ("ada", "bob")),
        PictureInUse(cut("1" * 64, "centre"), ("eve",)),
    ]
    assert hashes(repository.to_recut("centre", NOW)) == [OLD, "2" * 64]


def test_a_square_picture_is_never_cut(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD, height=600))
    assert repository.to_recut("upper-fifth", NOW) == []


def test_a_picture_that_nobody_has_any_more_is_left_alone(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD))
    shows(repository, "bob", cut(NEW))
    repository.save([Change("ada", Selection(), drop=("bluesky", "github"))], NOW)
    assert hashes(repository.to_recut("upper-fifth", NOW)) == [NEW]


def test_a_picture_is_in_use_where_it_is_only_offered_and_where_it_is_only_shown(
    repository: Repository,
) -> None:
    shows(repository, "ada", cut(OLD))
    shows(repository, "bob", cut(NEW))
    repository.save([Change("ada", Selection())], NOW)
    repository.save([Change("bob", shown(content_hash=NEW), drop=("bluesky", "github"))], NOW)
    assert [one.talent_ids for one in repository.to_recut("upper-fifth", NOW)] == [("ada",), ("bob",)]


def test_pages_follow_one_another(repository: Repository) -> None:
    every = [f"{n:064x}" for n in range(7)]
    for content_hash in reversed(every):
        shows(repository, f"t{content_hash}", cut(content_hash, source_hash=content_hash))
    walked: list[str] = []
    while page := repository.to_recut("x", NOW, after=walked[-1] if walked else None, limit=3):
        assert len(page) <= 3
        walked += hashes(page)
    assert walked == every


@pytest.mark.parametrize(
    ("until", "free"), [(None, False), (LATER, False), (NOW, True), (NOW - timedelta(seconds=1), True)]
)
def test_whoever_has_a_lock_is_left_out_as_long_as_it_holds(
    repository: Repository, until: None, *, free: bool
) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    repository.save_policy("ada", Policy(Lock("eve", NOW, until=until)))
    (one,) = repository.to_recut("upper-fifth", NOW)
    assert one.talent_ids == (("ada",) if free else ())


# -- cutting ----------------------------------------------------------------


def test_everything_that_names_the_old_cut_names_the_new_one(repository: Repository) -> None:
    old, new = cut(OLD), replace(cut(NEW, "upper-fifth"), faces=1, created_at=LATER)
    shows(repository, "ada", old, address(OLD))
    shows(repository, "bob", old, address(OLD))
    before = repository.load("ada")
    assert recut(repository, old, new) == ["ada", "bob"]
    assert repository.picture(NEW) == new
    assert repository.pictures_by_source(["feed"]) == {"feed": new}
    for talent_id in ("ada", "bob"):
        record = repository.load(talent_id)
        assert record.selection == Selection("bluesky", NEW, address(NEW), NOW, "bluesky: x")
        assert {s: c.content_hash for s, c in record.candidates.items()} == {"bluesky": NEW, "github": NEW}
    kept = {source: replace(c, content_hash=OLD) for source, c in repository.load("ada").candidates.items()}
    assert kept == before.candidates, "nothing else of them is changed"
    assert repository.to_recut("upper-fifth", NOW) == []


def test_the_history_says_what_was_done_and_by_whom(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    recut(repository, cut(OLD), cut(NEW))
    assert repository.history("ada") == [
        HistoryEntry(
            "ada", LATER, "bluesky", OLD, "bluesky", NEW, "cut anew", "recrop", address(OLD), "bluesky: x"
        )
    ]


@pytest.mark.parametrize(
    ("url", "after"),
    [
        (None, None),
        ("https://cdn.example/ada.jpg", "https://cdn.example/ada.jpg"),
        (address(OLD), address(NEW)),
        (address(OLD, "http://other.example"), address(NEW, "http://other.example")),
        (f"https://cdn.example/?of={address(OLD)}&x", f"https://cdn.example/?of={address(OLD)}&x"),
    ],
)
def test_only_an_address_of_our_own_copy_changes(
    repository: Repository, url: str | None, after: str | None
) -> None:
    shows(repository, "ada", cut(OLD), url)
    recut(repository, cut(OLD), cut(NEW))
    assert repository.load("ada").selection.url == after


def test_what_shows_something_else_is_left_alone(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    shows(repository, "bob", cut("1" * 64), address("1" * 64))
    repository.save([Change("ada", shown("github", "5ea1"))], NOW)
    before = repository.load("bob")
    assert recut(repository, cut(OLD), cut(NEW)) == ["ada"]
    assert repository.load("ada").selection == shown("github", "5ea1")
    assert repository.load("ada").candidates["bluesky"].content_hash == NEW
    assert repository.history("ada") == []
    assert repository.load("bob") == before


def test_another_picture_that_is_offered_to_the_same_talent_is_left_alone(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD))
    other = found("ada", "github", "1" * 64)
    repository.save([Change("ada", repository.load("ada").selection, (other,))], NOW)
    recut(repository, cut(OLD), cut(NEW))
    hashes_by_source = {s: c.content_hash for s, c in repository.load("ada").candidates.items()}
    assert hashes_by_source == {"bluesky": NEW, "github": "1" * 64}


def test_a_lock_keeps_the_old_cut(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    shows(repository, "bob", cut(OLD), address(OLD))
    repository.save_policy("ada", Policy(Lock("eve", NOW)))
    before = repository.load("ada")
    assert recut(repository, cut(OLD), cut(NEW)) == ["bob"]
    assert repository.load("ada") == before
    assert repository.history("ada") == []
    assert repository.picture(OLD) == cut(OLD), "the old row stays"


@pytest.mark.parametrize(("until", "cut_anew"), [(LATER + HOUR, []), (LATER, ["ada"]), (NOW, ["ada"])])
def test_a_lock_keeps_the_old_cut_until_it_ends(
    repository: Repository, until: datetime, cut_anew: list[str]
) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    repository.save_policy("ada", Policy(Lock("eve", NOW, until=until)))
    assert recut(repository, cut(OLD), cut(NEW)) == cut_anew


def test_the_same_square_by_another_rule_changes_only_its_row(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    before = repository.load("ada")
    recut(repository, cut(OLD), cut(OLD, "upper-fifth"))
    assert repository.picture(OLD) == cut(OLD, "upper-fifth")
    assert repository.load("ada") == before
    assert repository.history("ada") == []
    assert repository.to_recut("upper-fifth", NOW) == []


def test_the_cut_that_was_made_last_is_that_of_its_bytes_even_if_it_was_there_before(
    repository: Repository,
) -> None:
    shows(repository, "ada", cut(OLD))
    recut(repository, cut(OLD), replace(cut(NEW), created_at=NOW + HOUR))
    back = replace(cut(OLD, "again"), created_at=NOW + 2 * HOUR)
    recut(repository, cut(NEW), back)
    assert repository.pictures_by_source(["feed"]) == {"feed": back}
    assert repository.load("ada").selection.content_hash == OLD


def test_a_sync_that_began_before_is_out_of_date(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    read = repository.load("ada")
    recut(repository, cut(OLD), cut(NEW))
    change = Change(
        "ada", replace(read.selection, synced_at=LATER), tuple(read.candidates.values()), read=read
    )
    assert repository.save([change], LATER) == ["ada"]
    assert repository.load("ada").selection.content_hash == NEW


def test_a_talent_whom_somebody_has_taken_to_look_at_stays_taken(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD))
    assert repository.claim(NOW, before=None, limit=1, lease=HOUR) == ["ada"]
    recut(repository, cut(OLD), cut(NEW))
    assert repository.due(NOW, before=None, limit=None) == []


def test_doing_it_twice_does_no_harm(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    assert recut(repository, cut(OLD), cut(NEW)) == ["ada"]
    once = repository.load("ada")
    assert recut(repository, cut(OLD), cut(NEW)) == []
    assert repository.load("ada") == once
    assert len(repository.history("ada")) == 1


def test_a_suspicion_goes_on_against_what_it_looks_like_now(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD))
    before, now = "c0ffee00" * 20, "0badbeef" * 20
    suspect = Suspect("bluesky", "feed", OLD, NOW, 3, likeness=before)
    other = Suspect("github", "feed", "1" * 64, NOW, 3, likeness=before)
    repository.save_suspect(suspect)
    repository.save_suspect(other)
    recut(repository, cut(OLD), replace(cut(NEW), likeness=now))
    assert repository.suspects() == [replace(suspect, content_hash=NEW, likeness=now), other]


def test_a_dry_run_tells_whose_it_would_be_and_writes_nothing(repository: Repository) -> None:
    shows(repository, "ada", cut(OLD), address(OLD))
    before, dry = repository.load("ada"), DryRepository(repository)
    (one,) = dry.to_recut("upper-fifth", NOW)
    assert recut(dry, one.picture, cut(NEW)) == ["ada"]
    assert repository.load("ada") == before
    assert repository.picture(NEW) is None


def test_forms_are_kept_in_their_order(repository: Repository) -> None:
    """The first is the one that is shown."""
    shows(repository, "ada", cut(OLD))
    kept = repository.picture(OLD)
    assert kept is not None
    assert [form.name for form in kept.renditions] == ["webp-400", "master"]
    assert kept.shown.key == f"00/{OLD}.webp"
