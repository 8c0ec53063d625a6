"""Pictures that wait for a person, kept the same by every backend."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Review, ReviewState
from talentimg.repository.interface import Change
from tests.repository.builders import DAY, NOW, found, picture, shown, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

LOOKS = "a" * 160


def waits(talent_id: str = "ada", bytes_: str = "b1", source: str = "bluesky") -> Review:
    return Review(talent_id, source, bytes_, f"ours-{bytes_}", ReviewState.WAITING, NOW, LOOKS)


def settled(review: Review, state: ReviewState = ReviewState.REJECTED) -> Review:
    return replace(review, state=state, decided_at=NOW + DAY, decided_by="eve", why="not her")


def write(repository: Repository, *reviews: Review) -> list[str]:
    ids = dict.fromkeys(review.talent_id for review in reviews)
    records = {record.talent.id: record for record in repository.load_many(list(ids))}
    changes = [
        Change(i, r.selection, reviews=tuple(o for o in reviews if o.talent_id == i), read=r)
        for i, r in records.items()
    ]
    return repository.save(changes, NOW)


@pytest.fixture(autouse=True)
def _roster(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in ("ada", "bob", "cy")], NOW)


def test_what_waits_is_told_by_talent_in_pages(repository: Repository) -> None:
    write(repository, waits("cy"), waits("ada"), waits("bob"))
    assert repository.waiting(limit=2) == [waits("ada"), waits("bob")]
    assert repository.waiting(after="bob") == [waits("cy")]
    assert list(repository.all_waiting()) == [waits("ada"), waits("bob"), waits("cy")]
    assert repository.load("ada").reviews == (waits("ada"),)


def test_a_newer_picture_takes_the_place_of_the_one_that_waited(repository: Repository) -> None:
    write(repository, waits(bytes_="b1"))
    write(repository, waits(bytes_="b2", source="github"))
    assert repository.waiting() == [waits(bytes_="b2", source="github")]
    assert repository.load("ada").reviews == (waits(bytes_="b2", source="github"),)


def test_what_was_decided_stays_and_waits_no_longer(repository: Repository) -> None:
    write(repository, waits())
    assert write(repository, settled(waits())) == []
    assert repository.waiting() == []
    write(repository, waits(bytes_="b2"))
    assert set(repository.load("ada").reviews) == {settled(waits()), waits(bytes_="b2")}


def test_what_is_withdrawn_leaves_nothing_but_no_decision_goes(repository: Repository) -> None:
    write(repository, waits())
    write(repository, replace(waits(), state=ReviewState.WITHDRAWN))
    assert repository.load("ada").reviews == ()
    write(repository, settled(waits()))
    write(repository, replace(waits(), state=ReviewState.WITHDRAWN))
    assert repository.load("ada").reviews == (settled(waits()),)


def test_a_look_that_rests_on_what_was_before_a_decision_is_out_of_date(repository: Repository) -> None:
    write(repository, waits())
    read = repository.load("ada")
    late = Change("ada", shown(), reviews=(waits(bytes_="b2"),), read=read)
    write(repository, settled(waits(), ReviewState.APPROVED))
    assert repository.save([late], NOW) == ["ada"]
    assert repository.load("ada").reviews == (settled(waits(), ReviewState.APPROVED),)


def test_a_decision_whose_acknowledgement_was_lost_may_be_written_again(repository: Repository) -> None:
    write(repository, waits())
    read = repository.load("ada")
    change = Change("ada", read.selection, reviews=(settled(waits()),), read=read)
    assert repository.save([change], NOW) == []
    assert repository.save([change], NOW) == []


def test_a_talent_who_is_gone_waits_for_nothing(repository: Repository) -> None:
    repository.save([Change("nobody", shown(), reviews=(waits("nobody"),))], NOW)
    assert repository.waiting() == []


def test_a_record_tells_what_its_pictures_look_like_and_no_others(repository: Repository) -> None:
    mine = replace(picture("mine", "m"), likeness=LOOKS)
    old = replace(picture("old", "o"), likeness="b" * 160)
    other = replace(picture("other", "x"), likeness="c" * 160)
    change = Change("ada", shown(content_hash="old"), candidates=(found("ada", content_hash="mine"),))
    repository.save([replace(change, picture=mine), Change("bob", shown(), picture=other)], NOW)
    repository.save([replace(change, picture=old)], NOW)
    assert repository.load("ada").likenesses == {"mine": LOOKS, "old": "b" * 160}
    assert repository.load("cy").likenesses == {}


def test_a_picture_that_is_cut_anew_waits_on(repository: Repository) -> None:
    write(repository, waits())
    old = replace(picture("ours-b1", "b1"), crop="before")
    repository.save(
        [Change("ada", shown(), candidates=(found("ada", content_hash="ours-b1"),), picture=old)], NOW
    )
    new = replace(picture("anew", "b1"), likeness="d" * 160)
    repository.recut(old, new, NOW, why="another square", by="recrop")
    assert repository.waiting() == [replace(waits(), content_hash="anew", likeness="d" * 160)]
