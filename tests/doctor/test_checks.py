"""Single checks against what tests make up: clocks, networks, nights, cool-downs, formats."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ProviderError
from talentimg.http.interface import Api, Reply
from talentimg.images.support import FORMATS, Support, support
from talentimg.models import Cooldown, Reason, Run, RunState, Selection
from talentimg.providers.registry import provider_class
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.doctor.clock import ENOUGH, ClockCheck
from talentimg.service.doctor.codecs import CodecsCheck
from talentimg.service.doctor.cooldowns import CooldownsCheck
from talentimg.service.doctor.credentials import CredentialsCheck
from talentimg.service.doctor.freshness import FreshnessCheck
from talentimg.service.doctor.interface import Look, Severity
from talentimg.service.doctor.network import NetworkCheck
from talentimg.service.doctor.pictures import PicturesCheck
from talentimg.service.doctor.reach import Reach, Reached
from talentimg.service.doctor.runs import RunsCheck
from talentimg.service.run.platforms import Platforms
from talentimg.service.run.records import RunRecords
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.world import FakeProvider, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import PictureInUse
    from talentimg.service.doctor.interface import Check, Finding

DAY = timedelta(days=1)


class Elsewhere(MemoryRepository):
    """A database with a clock of its own."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__()
        self._ahead = ahead

    def database_time(self) -> datetime | None:
        return NOW + self._ahead


class Answering(Api):
    """Gives the same answer to everybody, and remembers who was asked."""

    def __init__(self, answer: dict[str, str] | ProviderError) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def request(self, method: str, url: str, **more: Any) -> Reply:
        assert (method, more) == ("GET", {}), "no credentials, and nothing is changed there"
        self.asked.append(url)
        if isinstance(self.answer, ProviderError):
            raise self.answer
        return Reply(404, self.answer, b"", url)


def found(check: Check) -> list[Finding]:
    return list(check.look(Look()))


def severities(check: Check) -> list[Severity]:
    return [finding.severity for finding in found(check)]


def roster(*platforms: str, synced_at: datetime | None = None) -> MemoryRepository:
    repository = MemoryRepository()
    accounts = tuple(NewAccount(platform, "ada") for platform in platforms)
    repository.add([NewTalent("ada", "Ada", accounts=accounts)], NOW)
    if synced_at:
        repository.save([Change("ada", Selection(synced_at=synced_at))], synced_at)
    return repository


def reach(repository: MemoryRepository, api: Api) -> Reach:
    @asynccontextmanager
    async def open_api() -> AsyncIterator[Api]:
        yield api

    def settings_of(platform: str) -> dict[str, str | None]:
        return {one.key: one.default for one in provider_class(platform).info.options}

    def standings() -> list[Any]:
        names = ("instagram", "github", "mastodon")
        return Platforms(
            repository, lambda: [(provider_class(n), settings_of(n)) for n in names], lambda: NOW
        ).all()

    return Reach(open_api, standings, settings_of, lambda: repository, lambda: NOW)


# -- the clock -------------------------------------------------------------------------------


@given(ahead=st.timedeltas(-2 * DAY, 2 * DAY), theirs=st.timedeltas(-2 * DAY, 2 * DAY))
def test_each_clock_that_differs_too_much_is_told_and_no_other(ahead: timedelta, theirs: timedelta) -> None:
    repository = Elsewhere(ahead)
    check = ClockCheck(lambda: repository, lambda: [Reached("GitHub", "g", skew=theirs)], lambda: NOW)
    wrong = sum(abs(span) > ENOUGH for span in (ahead, theirs))
    if abs(ahead - theirs) <= ENOUGH:  # they agree: it is our own that is wrong, once
        wrong = min(wrong, 1)
    assert severities(check) == ([Severity.NEEDS_YOU] * wrong or [Severity.WELL])


def test_our_own_clock_being_wrong_is_one_thing_whoever_tells_it() -> None:
    repository = Elsewhere(-DAY)
    check = ClockCheck(lambda: repository, lambda: [Reached("GitHub", "g", skew=-DAY)], lambda: NOW)
    told = [finding.what for finding in found(check)]
    assert told == ["This machine's clock is 24 hours ahead of the database's and the platforms'."]


def test_one_servers_wrong_clock_says_nothing_of_ours() -> None:
    skews = [timedelta(0), DAY, timedelta(seconds=1)]
    repository = MemoryRepository()
    asked = [Reached("X", "x", skew=skew) for skew in skews]
    assert severities(ClockCheck(lambda: repository, lambda: asked, lambda: NOW)) == [Severity.WELL]


def test_without_another_clock_nothing_is_said() -> None:
    repository = MemoryRepository()
    assert severities(ClockCheck(lambda: repository, list, lambda: NOW)) == [Severity.SKIPPED]


@pytest.mark.parametrize(
    ("headers", "skew"),
    [
        ({"date": format_datetime(NOW + DAY)}, DAY),
        ({"date": format_datetime(NOW - DAY), "age": "86400"}, timedelta(0)),
        ({"date": "yesterday"}, None),
        ({"date": format_datetime(NOW), "age": "old"}, None),
        ({}, None),
    ],
)
def test_a_servers_clock_is_read_of_its_answer(headers: dict[str, str], skew: timedelta | None) -> None:
    (asked,) = reach(roster("github"), Answering(headers)).ask()
    assert (asked.skew, asked.reason) == (skew, None)


# -- pictures, while others write ------------------------------------------------------------


class Overtaken(MemoryObjectStore):
    """A store in which something happens just before the first object is read."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], object] | None = None

    def get(self, key: str) -> bytes | None:
        act, self.before = self.before, None
        if act is not None:
            act()
        return super().get(key)


async def test_a_picture_that_is_replaced_and_swept_meanwhile_is_not_lost() -> None:
    store = Overtaken()
    world = World(store=store)
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1, key="1")
    await world.sync()
    (old,) = (one.picture for one in world.repository.pictures_in_use(after=None, limit=9))
    world.offers("instagram", "ada", 2, key="2")
    before = world.repository.pictures_in_use(after=None, limit=9)
    await world.sync()

    def sweep() -> None:
        for form in old.renditions:
            store.delete(form.key)

    store.before = sweep

    class AsItWas(MemoryRepository):
        def pictures_in_use(self, *, after: str | None, limit: int) -> list[PictureInUse]:
            del limit
            return [] if after else before

        def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
            return world.repository.load_many(talent_ids)

    check = PicturesCheck(AsItWas, lambda: store, heals_nothing, heals_nothing)
    assert [f.severity for f in check.look(Look(deep=True))] == [Severity.WELL]


def heals_nothing(what: Sequence[Any], look: Look) -> Iterator[str]:
    del what, look
    return iter(())


# -- the network -----------------------------------------------------------------------------


def test_only_platforms_that_somebody_is_on_and_that_do_not_rest_are_asked_and_once() -> None:
    repository, api = roster("instagram", "github", "mastodon"), Answering({})
    repository.save_cooldown(Cooldown("instagram", NOW + DAY, Reason.THROTTLED))
    asking = reach(repository, api)
    assert asking.ask() == asking.ask()
    assert api.asked == ["https://api.github.com"]


@pytest.mark.parametrize("reason", [Reason.DNS, Reason.TLS, Reason.TIMEOUT])
def test_what_is_wrong_with_all_is_told_once(reason: Reason) -> None:
    error = ProviderError("It is away.", reason=reason)
    repository = roster("instagram", "github")
    (one,) = found(NetworkCheck(reach(repository, Answering(error)).ask))
    assert (one.severity, "It is away." in one.what) == (Severity.NEEDS_YOU, True)


@pytest.mark.parametrize(
    ("reason", "severity"), [(Reason.TLS, Severity.NEEDS_YOU), (Reason.TIMEOUT, Severity.NOTE)]
)
def test_of_one_of_several_only_what_does_not_pass_needs_somebody(reason: Reason, severity: Severity) -> None:
    asked = [Reached("X", "x", reason=reason, detail="No."), Reached("Y", "y")]
    assert severities(NetworkCheck(lambda: asked)) == [severity, Severity.WELL]


# -- credentials -----------------------------------------------------------------------------


class Ending(FakeProvider):
    """Tells with each answer when the agency's credentials end."""

    def __init__(self, ends_at: datetime | None) -> None:
        super().__init__("github")
        self.credentials_end_at = ends_at


@pytest.mark.parametrize(
    ("ends_at", "severity"),
    [(None, Severity.WELL), (NOW + 30 * DAY, Severity.WELL), (NOW + 3 * DAY, Severity.NEEDS_YOU)],
)
def test_credentials_that_end_soon_are_told(ends_at: datetime | None, severity: Severity) -> None:
    @asynccontextmanager
    async def open_providers() -> AsyncIterator[Any]:
        yield lambda _: Ending(ends_at)

    repository = roster("github")
    settings = {one.key: one.default for one in provider_class("github").info.options} | {"token": "S3CRET"}
    standings = Platforms(repository, lambda: [(provider_class("github"), settings)], lambda: NOW).all
    (one,) = found(CredentialsCheck(lambda: repository, standings, open_providers, lambda: NOW))
    assert (one.severity, "good until" in one.what) == (severity, ends_at is not None)


# -- nights ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ago", "severity"),
    [(timedelta(hours=20), Severity.WELL), (2 * DAY, Severity.WELL), (4 * DAY, Severity.NEEDS_YOU)],
)
def test_the_oldest_look_is_judged_by_the_nights_that_it_takes(ago: timedelta, severity: Severity) -> None:
    repository = roster("github", synced_at=NOW - ago)
    check = FreshnessCheck(lambda: repository, lambda: NOW, limit=200, min_age=DAY)
    assert severities(check) == [severity]


def test_nobody_yet_is_worth_a_note() -> None:
    for repository, severity in ((roster("github"), Severity.NOTE), (roster(), Severity.SKIPPED)):
        check = FreshnessCheck(lambda r=repository: r, lambda: NOW, limit=200, min_age=DAY)  # type: ignore[misc]
        assert severities(check) == [severity]
        runs = RunsCheck(
            lambda r=repository: RunRecords(r, lambda: NOW),  # type: ignore[misc]
            lambda r=repository: r,  # type: ignore[misc]
            lambda: NOW,
        )
        assert severities(runs) == [severity]


RUN = Run("r1", NOW - timedelta(hours=3), "here", 1, state=RunState.DONE, ended_at=NOW, exit_code=0)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (RUN, [Severity.WELL]),
        (replace(RUN, state=RunState.VALVE), [Severity.NEEDS_YOU]),
        (replace(RUN, state=RunState.FAILED), [Severity.NEEDS_YOU]),
        (replace(RUN, state=RunState.STOPPED), [Severity.NOTE]),
        (replace(RUN, started_at=NOW - 2 * DAY), [Severity.NEEDS_YOU, Severity.WELL]),
    ],
)
def test_the_latest_run_is_judged(run: Run, expected: list[Severity]) -> None:
    repository = roster("github", synced_at=NOW - 2 * DAY)
    repository.save_run(run)
    check = RunsCheck(lambda: RunRecords(repository, lambda: NOW), lambda: repository, lambda: NOW)
    assert severities(check) == expected


def test_a_run_by_a_clock_that_was_ahead_hides_no_missed_night() -> None:
    repository = roster("github", synced_at=NOW - 2 * DAY)
    repository.save_run(replace(RUN, id="ahead", started_at=NOW + 300 * DAY))
    check = RunsCheck(lambda: RunRecords(repository, lambda: NOW), lambda: repository, lambda: NOW)
    assert severities(check) == [Severity.SKIPPED]
    repository.save_run(replace(RUN, started_at=NOW - 2 * DAY))
    assert severities(check) == [Severity.NEEDS_YOU, Severity.WELL]


# -- the rest --------------------------------------------------------------------------------


def test_cool_downs_are_worth_a_note_until_they_end() -> None:
    repository = roster()
    check = CooldownsCheck(lambda: repository, lambda: NOW)
    assert severities(check) == [Severity.WELL]
    repository.save_cooldown(
        Cooldown("mastodon:art.example", NOW + DAY, Reason.THROTTLED, "It asked for it.")
    )
    (one,) = found(check)
    assert (one.severity, one.what.startswith("art.example is left alone until")) == (Severity.NOTE, True)


def test_every_format_works_here() -> None:
    assert support().formats == dict.fromkeys(FORMATS, True)


@pytest.mark.parametrize(("name", "severity"), [("WEBP", Severity.BROKEN), ("AVIF", Severity.NEEDS_YOU)])
def test_a_format_that_is_missing_is_told(name: str, severity: Severity) -> None:
    told = Support({"JPEG": True, name: False}, fonts=False, faces=False)
    assert severities(CodecsCheck(lambda: told)) == [severity, Severity.NOTE]
