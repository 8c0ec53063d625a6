"""By what a suspected placeholder is known: its bytes, our copy of it, and what it looks like."""

from __future__ import annotations

from dataclasses import replace

import pytest

from talentimg.models import INITIALS, Candidate, Picture, Selection, State, Suspect, Talent, TalentRecord
from talentimg.repository.interface import Change, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.lookup.placeholders import SuspectedPlaceholders
from tests.conftest import NOW

LOOKS, OTHER_LOOKS = "0123456789abcdef" * 4, "fedcba9876543210" * 4
SUSPECT = Suspect("instagram", "bytes", "copy", NOW, 3, likeness=LOOKS)
ALLOWED = replace(SUSPECT, source_hash="others", content_hash="theirs", allowed_by="eve", allowed_at=NOW)


class Counting(MemoryRepository):
    """Counts how often it is asked."""

    def __init__(self, *suspects: Suspect) -> None:
        super().__init__()
        self.asked: list[str] = []
        for suspect in suspects:
            self.save_suspect(suspect)

    def suspects(self) -> list[Suspect]:
        self.asked.append("suspects")
        return super().suspects()

    def picture(self, content_hash: str) -> Picture | None:
        self.asked.append(content_hash)
        return super().picture(content_hash)

    def keep(self, content_hash: str, source_hash: str, likeness: str | None = None) -> None:
        """A picture of which we have a copy."""
        picture = Picture(content_hash, source_hash, 400, 400, (), NOW, likeness=likeness)
        self.add([NewTalent(content_hash, "Ada")], NOW)
        self.save([Change(content_hash, Selection(), picture=picture)], NOW)
        self.asked.clear()


@pytest.mark.parametrize(
    ("source", "source_hash", "content_hash", "likeness", "is_one"),
    [
        ("instagram", "bytes", None, None, True),
        ("instagram", "other", "copy", None, True),
        ("instagram", None, None, LOOKS, True),
        ("instagram", "other", "another", OTHER_LOOKS, False),
        ("instagram", None, None, None, False),
        ("tiktok", "bytes", "copy", LOOKS, False),
    ],
)
async def test_either_of_three_will_do_and_only_of_the_same_source(
    source: str, source_hash: str | None, content_hash: str | None, likeness: str | None, is_one: bool
) -> None:
    suspected = SuspectedPlaceholders(Counting(SUSPECT))
    found = await suspected.against(source, source_hash, content_hash, likeness)
    assert found == (SUSPECT if is_one else None)
    assert not await suspected.is_allowed(source, source_hash, content_hash, likeness)


async def test_what_a_person_allowed_is_allowed_in_everything_that_looks_the_same() -> None:
    suspected = SuspectedPlaceholders(Counting(SUSPECT, ALLOWED))
    assert await suspected.against("instagram", "bytes", "copy") == SUSPECT
    assert await suspected.against("instagram", "bytes", "copy", LOOKS) is None
    assert await suspected.is_allowed("instagram", "bytes", "copy", LOOKS)
    assert await suspected.is_allowed("instagram", "others", None, None)
    assert await suspected.is_allowed("instagram", None, "theirs", None)
    assert not await suspected.is_allowed("instagram", "bytes", "copy", None)
    assert not await suspected.is_allowed("tiktok", "others", "theirs", LOOKS)


async def test_our_copy_is_known_by_the_bytes_that_it_was_made_of_and_by_what_it_looks_like() -> None:
    repository = Counting(SUSPECT)
    repository.keep("recut", "bytes", OTHER_LOOKS)
    repository.keep("similar", "new bytes", LOOKS)
    repository.keep("own", "own bytes", OTHER_LOOKS)
    suspected = SuspectedPlaceholders(repository)
    assert await suspected.copied("instagram", "recut") == SUSPECT
    assert await suspected.copied("instagram", "recut", "newer bytes") is None, "what is offered now"
    assert await suspected.copied("instagram", "similar") == SUSPECT
    assert await suspected.copied("instagram", "own") is None
    assert await suspected.copied("instagram", "own", "bytes") == SUSPECT
    assert await suspected.copied("instagram", "without a row", "bytes") == SUSPECT
    assert await suspected.copied("instagram", "copy") == SUSPECT
    assert await suspected.copied("instagram", None, "bytes") is None


async def test_where_nothing_is_suspected_no_picture_is_read() -> None:
    repository = Counting(SUSPECT)
    suspected = SuspectedPlaceholders(repository)
    assert await suspected.copied("tiktok", "copy", "bytes") is None
    assert repository.asked == ["suspects"]
    assert await suspected.copied("tiktok", "copy", "bytes") is None
    assert repository.asked == ["suspects"], "nor the suspects again"


async def test_what_is_shown_is_judged_by_what_its_source_offers() -> None:
    suspected = SuspectedPlaceholders(Counting(SUSPECT))
    offered = Candidate("ada", "instagram", State.FOUND, content_hash="cut anew", source_hash="bytes")
    shown = Selection("instagram", "cut anew")
    record = TalentRecord(Talent("ada", "Ada"), shown, candidates={"instagram": offered})
    assert await suspected.offered(offered) == SUSPECT
    assert await suspected.offered(replace(offered, source_hash="own")) is None
    assert await suspected.shown(record) == SUSPECT
    assert await suspected.shown(replace(record, selection=Selection(INITIALS))) is None


async def test_what_is_shown_is_judged_by_itself_where_its_source_offers_something_else() -> None:
    """As when that waits for a person, or the account is another one by now."""
    suspected = SuspectedPlaceholders(Counting(SUSPECT))
    offered = Candidate("ada", "instagram", State.FOUND, content_hash="new", source_hash="new bytes")
    record = TalentRecord(Talent("ada", "Ada"), Selection("instagram", "copy"))
    for candidates in ({}, {"instagram": offered}):
        assert await suspected.shown(replace(record, candidates=candidates)) == SUSPECT
    placeholder = {"instagram": replace(offered, source_hash="bytes")}
    own = replace(record, selection=Selection("instagram", "own"), candidates=placeholder)
    assert await suspected.shown(own) is None


async def test_what_is_added_is_known_at_once_and_to_everybody() -> None:
    repository = Counting()
    suspected = SuspectedPlaceholders(repository)
    assert await suspected.against("instagram", "bytes") is None
    await suspected.add(SUSPECT)
    assert await suspected.against("instagram", "bytes") == SUSPECT
    assert await SuspectedPlaceholders(repository).against("instagram", "bytes") == SUSPECT
