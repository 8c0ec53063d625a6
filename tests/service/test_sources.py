"""One answer of one source, value by value: what becomes of it in the candidate and in the attempt."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import PictureError, ProviderError, RateLimited, StoreUnavailable
from talentimg.models import USER, Attempt, Candidate, Lock, OutcomeKind, Policy, Reason, State, Suspect
from talentimg.models.question import question_of
from talentimg.providers.interface import Absent, Found, RemotePicture
from talentimg.repository.memory import MemoryRepository
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.pacing import Pacing
from talentimg.service.lookup.sources import SECOND_TRY
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.world import World, picture_bytes
from tests.spoken import SPOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.models import Picture
    from talentimg.providers.interface import Answer
    from talentimg.service.results import SourceResult

ADDRESS = "https://cdn.example/ada.jpg"
AVATAR = "https://people.example/ada.png"


@pytest.fixture
def world() -> World:
    world = World(public_url="https://pictures.example")
    world.add("ada", "instagram", avatar=AVATAR)
    return world


async def ask(world: World, *answers: Answer, source: str = "instagram") -> SourceResult:
    """What this source gives for ada, whose platform says this, one answer after the other."""
    if answers:
        world.providers["instagram"].answers["ada"] = list(answers)
    result = await world.sources().ask(world.repository.load("ada"), source)
    assert result.attempt.seconds >= 0
    return replace(result, attempt=replace(result.attempt, seconds=0.0))


def named(url: str = ADDRESS, *, user_id: str | None = "i1", handle: str | None = None) -> Found:
    return Found(RemotePicture((url,)), user_id=user_id, asked="instagram: @ada", handle=handle)


def known(**what: object) -> Candidate:
    one = Candidate("ada", "instagram", State.TROUBLE, checked_at=NOW, question="ada", tries=1)
    return replace(one, **what)  # type: ignore[arg-type]  # its fields


def attempt_of(candidate: Candidate) -> Attempt:
    return Attempt(
        candidate.source,
        candidate.state,
        candidate.reason,
        candidate.detail,
        candidate.asked,
        candidate.tries,
        retry_at=candidate.next_due_at,
    )


# -- what is known ----------------------------------------------------------------------


class Watched(MemoryRepository):
    """Counts how often it is asked for the rows of pictures."""

    asked = 0

    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        self.asked += 1
        return super().pictures_by_source(source_hashes)

    def picture(self, content_hash: str) -> Picture | None:
        self.asked += 1
        return super().picture(content_hash)


async def test_what_is_known_of_a_picture_came_with_the_record() -> None:
    """A store that is far away does not make the look longer: nothing is left to be asked."""
    watched = Watched()
    world = World(watched)
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync("ada")
    watched.asked = 0
    assert (await world.sync("ada")).kind is OutcomeKind.UNCHANGED
    assert watched.asked == 0


async def test_a_look_that_needs_no_picture_asks_for_none() -> None:
    class Away(MemoryRepository):
        def picture(self, content_hash: str) -> Picture | None:
            raise StoreUnavailable("There is no answer.")

        def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
            raise StoreUnavailable("There is no answer.")

    world = World(Away())
    world.add("ada", "instagram")
    world.lacks("instagram", "ada")
    record = replace(
        world.repository.load("ada"), candidates={"instagram": known(content_hash="c", source_hash="s")}
    )
    result = await world.sources().ask(record, "instagram")
    assert result.candidate.state is State.ABSENT


# -- there, and not there ---------------------------------------------------------------


async def test_a_picture_that_is_found_is_stored_and_told_with_its_row(world: World) -> None:
    world.web.pictures[ADDRESS], world.web.etags[ADDRESS] = picture_bytes(1), "e"
    result = await ask(world, named())
    assert result.picture is not None
    assert result.likeness == result.picture.likeness is not None
    assert result.candidate == known(
        state=State.FOUND,
        asked="instagram: @ada",
        platform_user_id="i1",
        content_hash=result.picture.content_hash,
        source_hash=result.picture.source_hash,
        picture_url=ADDRESS,
        etag="e",
        found_at=NOW,
    )
    assert result.attempt == attempt_of(result.candidate)


async def test_who_the_platform_said_it_was_is_remembered_although_it_does_not_say_so_again(
    world: World,
) -> None:
    world.web.pictures[ADDRESS] = picture_bytes(1)
    world.providers["instagram"].answers["ada"] = named()
    await world.sync()
    result = await ask(world, named(user_id=None))
    assert result.candidate.platform_user_id == "i1"


async def test_what_the_platform_says_is_not_there_is_an_absence(world: World) -> None:
    told = Absent(Reason.NO_PICTURE, "It has none.", SPOKEN, asked="instagram: @ada", user_id="i1")
    result = await ask(world, told)
    assert (result.picture, result.likeness) == (None, None)
    assert result.candidate == known(
        state=State.ABSENT,
        reason=Reason.NO_PICTURE,
        detail="It has none.",
        asked="instagram: @ada",
        platform_user_id="i1",
        absent_since=NOW,
        absent_count=1,
    )
    assert result.attempt == attempt_of(result.candidate)


async def test_the_avatar_on_the_roster_needs_nobody_to_be_asked(world: World) -> None:
    world.web.pictures[AVATAR] = picture_bytes(1)
    result = await ask(world, source=USER)
    record = world.repository.load("ada")
    assert (result.candidate.source, result.candidate.asked) == (USER, "user: the avatar in the roster")
    assert result.candidate.question == question_of(record.talent, USER) is not None
    assert world.web.fetched == [AVATAR]


# -- could not be asked ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "detail", "asked", "due"),
    [
        (
            ProviderError("No answer.", reason=Reason.TIMEOUT, tries=3),
            "No answer.",
            "instagram: ada",
            timedelta(hours=1),
        ),
        (
            RateLimited("Slow down.", hint="Wait.", retry_at=NOW + timedelta(hours=5), tries=2),
            "Slow down. Wait.",
            "instagram: ada",
            timedelta(hours=5),
        ),
        (
            ProviderError("Left alone.", reason=Reason.STATUS, tries=0),
            "Left alone.",
            None,
            timedelta(hours=1),
        ),
    ],
)
async def test_trouble_is_told_with_its_hint_and_whether_anybody_was_asked(
    world: World, error: ProviderError, detail: str, asked: str | None, due: timedelta
) -> None:
    result = await ask(world, error)
    assert result.candidate == known(
        reason=error.reason,
        detail=detail,
        asked=asked,
        tries=error.tries,
        trouble_since=NOW,
        next_due_at=NOW + due,
    )
    assert result.attempt == attempt_of(result.candidate)


@pytest.mark.parametrize("source", ["myspace", "tiktok"])
async def test_a_source_without_a_provider_or_without_an_account_is_not_asked(
    world: World, source: str
) -> None:
    result = await ask(world, source=source)
    assert (result.candidate.reason, result.candidate.tries) == (Reason.UNSUPPORTED, 0)
    assert result.candidate.detail == f"No provider supports {source}."
    assert result.candidate.asked is None


# -- an address that no longer works --------------------------------------------------------


async def test_a_missing_picture_that_a_person_named_twice_is_an_absence(world: World) -> None:
    provider = world.providers["instagram"]
    provider.info = replace(provider.info, picture_hosts=())  # type: ignore[misc]  # a server of one's own
    result = await ask(world, named(), named())
    assert result.candidate == known(
        state=State.ABSENT,
        reason=Reason.NO_PICTURE,
        detail="The picture's address is dead. Nobody names another address of the picture.",
        asked="instagram: @ada",
        platform_user_id="i1",
        absent_since=NOW,
        absent_count=1,
    )
    assert result.attempt == attempt_of(result.candidate)


async def test_what_the_second_answer_names_is_what_is_known_from_then_on(world: World) -> None:
    other = "https://cdn.example/other.jpg"
    world.web.pictures[other] = picture_bytes(2)
    result = await ask(world, named(), named(other, user_id="i2"))
    assert world.web.fetched == [ADDRESS, other]
    assert (result.candidate.picture_url, result.candidate.platform_user_id) == (other, "i2")


async def test_a_suspected_placeholder_is_refused_at_its_second_address_too(world: World) -> None:
    other = "https://cdn.example/other.jpg"
    world.web.pictures[other] = picture_bytes(2)
    bytes_of_it = hashlib.sha256(picture_bytes(2)).hexdigest()
    world.repository.save_suspect(Suspect("instagram", bytes_of_it, "copy", NOW, 3))
    result = await ask(world, named(), named(other))
    assert result.candidate.reason is Reason.PLACEHOLDER


async def test_an_account_that_is_gone_when_asked_again_is_no_absence_yet(world: World) -> None:
    result = await ask(world, named(), Absent(Reason.NOT_FOUND, "No such account.", SPOKEN))
    assert (result.candidate.state, result.candidate.reason) == (State.TROUBLE, Reason.STATUS)
    assert result.candidate.detail == "The picture was removed while it was being fetched."


@pytest.mark.parametrize(
    ("reason", "state"),
    [(Reason.MISSING, State.ABSENT), (Reason.STATUS, State.TROUBLE), (Reason.TIMEOUT, State.TROUBLE)],
)
async def test_only_a_missing_avatar_is_an_absence(world: World, reason: Reason, state: State) -> None:
    world.web.pictures[AVATAR] = PictureError("It cannot be had.", reason=reason)
    result = await ask(world, source=USER)
    assert result.candidate.state is state
    assert (result.candidate.detail or "").startswith("It cannot be had.")
    assert world.web.fetched == [AVATAR]


# -- a host that throttles ----------------------------------------------------------------


class Patient(Allowance):
    """Moves the clock instead of waiting, and remembers for how long."""

    def __init__(self, world: World, budget: timedelta, after: bytes | None) -> None:
        super().__init__(Pacing(world.repository, lambda: world.now), budget=budget)
        self.world, self.after = world, after
        self.waits: list[timedelta] = []

    async def _sleep(self, span: timedelta) -> None:
        self.waits.append(span)
        self.world.now += span
        if self.after:
            self.world.web.pictures[ADDRESS] = self.after


async def throttled(
    world: World, budget: timedelta, retry_at: timedelta | None = None, *, after: bytes | None = None
) -> tuple[SourceResult, list[timedelta]]:
    """What comes of a host that throttles, for a run that may wait so long, and how long it waited."""
    run = Patient(world, budget, after)
    world.providers["instagram"].answers["ada"] = named()
    until = None if retry_at is None else world.now + retry_at
    world.web.pictures[ADDRESS] = PictureError("Slow down.", reason=Reason.THROTTLED, retry_at=until)
    return await world.sources(run).ask(world.repository.load("ada"), "instagram"), run.waits


async def test_a_host_that_names_no_time_is_tried_once_more_soon_and_then_left_alone(world: World) -> None:
    result, waits = await throttled(world, SECOND_TRY)
    assert waits == [SECOND_TRY]
    assert world.web.fetched == [ADDRESS] * 2
    (pause,) = world.repository.cooldowns(world.now)
    assert (pause.platform, pause.reason, pause.detail) == (
        "pictures:cdn.example",
        Reason.THROTTLED,
        "Slow down.",
    )
    assert result.candidate.next_due_at == result.attempt.retry_at == pause.until > NOW + SECOND_TRY


async def test_a_run_that_may_not_wait_leaves_it_alone_at_once(world: World) -> None:
    _, waits = await throttled(world, SECOND_TRY - timedelta(seconds=1))
    assert (waits, world.web.fetched) == ([], [ADDRESS])


async def test_a_time_that_is_named_is_waited_for_as_long_as_the_run_may(world: World) -> None:
    minute = timedelta(minutes=1)
    result, waits = await throttled(world, minute, minute, after=picture_bytes(1))
    assert (result.candidate.state, waits) == (State.FOUND, [minute])
    result, waits = await throttled(world, minute, minute + SECOND_TRY, after=picture_bytes(1))
    assert (result.candidate.reason, waits) == (Reason.THROTTLED, [])
    assert result.candidate.next_due_at == world.now + minute + SECOND_TRY


@pytest.mark.parametrize(
    ("reason", "is_next"),
    [
        (Reason.THROTTLED, False),  # one more request to a host that wants fewer
        (Reason.PLACEHOLDER, False),
        (Reason.STORAGE, False),
        (Reason.PROCESSING, False),
        (Reason.MISSING, True),
        (Reason.FORMAT, True),
        (Reason.TIMEOUT, True),
    ],
)
async def test_the_next_size_is_asked_for_unless_it_would_be_in_the_same_trouble(
    world: World, reason: Reason, is_next: bool
) -> None:
    large, small = "https://cdn.example/large.jpg", "https://cdn.example/small.jpg"
    later = NOW + timedelta(hours=1)
    world.web.pictures[large] = PictureError("Not this one.", reason=reason, retry_at=later)
    world.web.pictures[small] = picture_bytes(1)
    result = await ask(world, Found(RemotePicture((large, small)), asked="instagram: ada"))
    assert result.candidate.reason is (None if is_next else reason)
    assert world.web.fetched == ([large, small] if is_next else [large])


# -- what a person should know --------------------------------------------------------------


@pytest.mark.parametrize(
    ("handle", "note", "told"),
    [
        (None, None, None),
        ("ada", None, None),
        ("@ADA ", None, None),
        ("eve", None, "The account is now called eve, and the roster still calls it ada."),
        ("eve", "It has moved to another server.", "It has moved to another server."),
        ("e\u202eve", None, None),
    ],
)
async def test_an_account_that_goes_by_another_name_is_told_unless_it_cannot_be_printed(
    world: World, handle: str | None, note: str | None, told: str | None
) -> None:
    world.web.pictures[ADDRESS] = picture_bytes(1)
    result = await ask(world, replace(named(handle=handle), note=note))
    assert result.candidate.detail == told


async def test_trouble_of_a_picture_names_its_hint_too(world: World) -> None:
    world.web.pictures[ADDRESS] = PictureError("Too large.", reason=Reason.TOO_LARGE, hint="Take another.")
    result = await ask(world, named())
    assert result.candidate.detail == "Too large. Take another."


# -- nobody is asked in vain -------------------------------------------------------------------


@pytest.mark.parametrize("is_locked", [True, False])
async def test_what_is_locked_is_not_even_looked_after(world: World, is_locked: bool) -> None:
    world.store = MemoryObjectStore(lambda: world.now)
    world.web.pictures[ADDRESS] = picture_bytes(1)
    world.providers["instagram"].answers["ada"] = named()
    shown = (await world.sync()).content_hash or ""
    before = world.repository.picture(shown)
    assert before
    world.store.delete(before.rendition("webp-200").key)
    world.fails("instagram", "ada")
    world.pass_time(days=1)
    until = world.now + timedelta(hours=1) if is_locked else world.now
    world.repository.save_policy("ada", Policy(lock=Lock("eve", NOW, until=until)))
    await world.sync()
    after = world.repository.picture(shown)
    assert after
    assert world.store.exists(after.rendition("webp-200").key) != is_locked
