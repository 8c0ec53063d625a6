"""What `doctor` asks of a repository: pictures in use by whom, known rows, the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import HistoryEntry, Lock, Policy
from talentimg.repository.interface import Change
from tests.repository.builders import DAY, NOW, found, picture, shown, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

HASHES = ("a1", "b2", "c3")


def keep(repository: Repository, talent_id: str, content_hash: str, *, showing: str | None = None) -> None:
    """A source offers somebody this picture, and another one may be shown."""
    repository.save(
        [
            Change(
                talent_id,
                shown(content_hash=showing or content_hash),
                candidates=(found(talent_id, content_hash=content_hash),),
                picture=picture(content_hash, source_hash=f"of {content_hash}"),
            )
        ],
        NOW,
    )


def test_pictures_in_use_come_with_everybody_whose_they_are(repository: Repository) -> None:
    repository.add([talent(name, "bluesky") for name in ("ada", "bob", "cid")], NOW)
    keep(repository, "ada", "b2")
    keep(repository, "bob", "a1", showing="b2")
    repository.save_policy("ada", Policy(Lock("eve", NOW, until=NOW + DAY)))
    page = repository.pictures_in_use(after=None, limit=9)
    assert [(one.picture.content_hash, one.talent_ids) for one in page] == [
        ("a1", ("bob",)),
        ("b2", ("ada", "bob")),
    ]
    assert repository.pictures_in_use(after="a1", limit=9) == page[1:]
    assert repository.pictures_in_use(after=None, limit=1) == page[:1]


def test_what_was_only_shown_before_is_not_in_use(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    keep(repository, "ada", "a1")
    keep(repository, "ada", "b2")
    assert [one.picture.content_hash for one in repository.pictures_in_use(after=None, limit=9)] == ["b2"]


def test_known_pictures_are_those_with_a_row(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    keep(repository, "ada", "a1")
    assert repository.known_pictures(HASHES) == {"a1"}
    assert repository.known_pictures(()) == set()


def test_the_latest_change_of_each_is_known(repository: Repository) -> None:
    repository.add([talent(name, "bluesky") for name in ("ada", "bob")], NOW)
    for at, to in ((NOW, "a1"), (NOW, "b2"), (NOW - DAY, "c3")):
        step = HistoryEntry("ada", at, "initials", None, "bluesky", to, "updated", "sync")
        repository.save([Change("ada", shown(content_hash=to), history=step)], NOW)
    latest = repository.latest_changes(["ada", "bob", "nobody", "nul\0"])
    assert {talent_id: entry.to_hash for talent_id, entry in latest.items()} == {"ada": "b2"}
    assert latest["ada"] == repository.history("ada")[0]
    assert repository.latest_changes(()) == {}


def test_a_clock_of_its_own_knows_its_zone(repository: Repository) -> None:
    told = repository.database_time()
    assert told is None or told.utcoffset() is not None
