"""Webhooks: signed, at least once, in order for each talent, whatever the receiver does."""

from __future__ import annotations

import json
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from talentimg.clock import utc_now
from talentimg.errors import ProviderError, UsageError
from talentimg.http.interface import Posted, Poster
from talentimg.http.posting import check_target, open_poster
from talentimg.models import Delivery, DeliveryState, FeedKind, Reason, Run, RunState
from talentimg.repository.interface import Change
from talentimg.repository.memory import MemoryRepository
from talentimg.service.telling.delivering import PAUSES, TURN, Delivering
from talentimg.service.telling.webhooks import BOTH_COUNT, WebhookDesk
from talentimg.shapes import feed_entry_json
from tests.repository.builders import changed, shown, talent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Webhook

URL = "https://crm.example/hook"
SILENT = 0


class Killed(BaseException):
    """The process is no more."""


@dataclass
class Receiver(Poster):
    """Answers as a test says, and keeps what it has taken."""

    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    asked: int = 0
    dies: bool = False
    meanwhile: Callable[[], None] = lambda: None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        self.asked += 1
        self.meanwhile()
        status = self.answers.pop(0) if self.answers else 204
        if status == SILENT:
            raise ProviderError("crm.example did not answer in time.", reason=Reason.TIMEOUT)
        if status < 300:
            self.taken.append((dict(headers), body))
        if self.dies:
            raise Killed
        return Posted(status, self.headers)

    @property
    def told(self) -> list[tuple[str, str | None, str | None]]:
        """What kind, whom, and why or which run."""
        found = []
        for _, body in self.taken:
            message = json.loads(body)
            data = message["data"]
            found.append((message["type"], data.get("talent_id"), data.get("why") or data.get("run_id")))
        return found


@dataclass
class Scene:
    """A roster, a desk and a receiver."""

    repository: MemoryRepository = field(default_factory=MemoryRepository)
    receiver: Receiver = field(default_factory=Receiver)
    now: datetime = field(default_factory=lambda: utc_now().replace(microsecond=0))

    def __post_init__(self) -> None:
        self.repository.add([talent("ada", "tiktok"), talent("bob", "tiktok")], self.now)
        self.desk = WebhookDesk(self.repository, lambda: self.now, lambda url: check_target(url, ()))

    def add(self, *kinds: FeedKind) -> Webhook:
        return self.desk.add(URL, kinds, by="kim")

    def show(self, talent_id: str, why: str) -> None:
        entry = changed(talent_id, at=self.now, why=why)
        self.repository.save([Change(talent_id, shown(synced_at=self.now), history=entry)], self.now)

    def end_run(self, run_id: str, state: RunState = RunState.DONE) -> None:
        self.repository.save_run(Run(run_id, self.now, "here", 1, state=state, ended_at=self.now))

    def process(
        self, open_poster: Callable[[], AbstractAsyncContextManager[Poster]] | None = None
    ) -> Delivering:
        """Another process each time."""

        @asynccontextmanager
        async def poster() -> AsyncIterator[Poster]:
            yield self.receiver

        return Delivering(
            repository=self.repository,
            open_poster=open_poster or poster,
            tell=partial(feed_entry_json, link=lambda *whom: "https://agency.example/" + "/".join(whom)),
            now=lambda: self.now,
        )

    async def days_go_by(self, rounds: int = 30) -> None:
        for _ in range(rounds):
            await self.process().round()
            self.now += max(PAUSES)


@dataclass
class Sleeper(Poster):
    """Its process sleeps while it asks; another has the turn meanwhile, and delivers everything."""

    scene: Scene

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        self.scene.now += TURN * 2
        for _ in range(2):
            await self.scene.process().round()
        raise ProviderError("crm.example did not answer in time.", reason=Reason.TIMEOUT)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def verified(secret: str, taken: tuple[dict[str, str], bytes]) -> Any:
    headers, body = taken
    return standardwebhooks.Webhook(secret).verify(body, headers)


async def test_what_happens_from_now_on_is_told_signed_as_others_verify_it(scene: Scene) -> None:
    scene.show("ada", "before")
    webhook = scene.add()
    scene.show("ada", "after")
    scene.repository.need_reconnect("bob", "tiktok", scene.now, "It ended.")
    scene.end_run("r1", RunState.VALVE)
    found = await scene.process().round()
    assert (found.delivered, found.failed) == (4, 0)
    assert scene.receiver.told == [
        ("picture.changed", "ada", "after"),
        ("account.reconnect", "bob", None),
        ("run.tripped", None, "r1"),
        ("run.finished", None, "r1"),
    ]
    for taken in scene.receiver.taken:
        assert set(verified(webhook.secret, taken)) == {"type", "timestamp", "data"}
    assert {headers["content-type"] for headers, _ in scene.receiver.taken} == {"application/json"}
    ids = [headers["webhook-id"] for headers, _ in scene.receiver.taken]
    assert len(set(ids)) == 4
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verified("whsec_" + "A" * 43 + "=", scene.receiver.taken[0])
    assert (await scene.process().round()).delivered == 0
    assert scene.receiver.asked == 4


async def test_who_has_to_connect_again_is_told_with_the_link_to_send(scene: Scene) -> None:
    webhook = scene.add()
    scene.repository.need_reconnect("bob", "tiktok", scene.now, "It ended.")
    await scene.process().round()
    (taken,) = scene.receiver.taken
    data = verified(webhook.secret, taken)["data"]
    assert (data["detail"], data["link"]) == ("It ended.", "https://agency.example/bob/tiktok")


async def test_one_is_told_only_of_what_it_wants(scene: Scene) -> None:
    scene.add(FeedKind.RUN_FINISHED)
    scene.show("ada", "x")
    scene.end_run("r1")
    await scene.process().round()
    assert scene.receiver.told == [("run.finished", None, "r1")]


async def test_both_secrets_count_for_a_day_after_there_is_another(scene: Scene) -> None:
    old = scene.add()
    new = scene.desk.rotate(old.id)
    assert new.secret != old.secret
    scene.show("ada", "x")
    await scene.process().round()
    (taken,) = scene.receiver.taken
    assert verified(old.secret, taken) == verified(new.secret, taken)
    scene.now += BOTH_COUNT
    scene.show("ada", "y")
    await scene.process().round()
    assert scene.receiver.taken[1][0]["webhook-signature"].count("v1,") == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ada", "bob", "run"]),
            st.lists(st.sampled_from([200, 204, SILENT, 400, 429, 500, 302]), max_size=4),
        ),
        max_size=8,
    )
)
async def test_whatever_a_receiver_does_everything_arrives_in_order_for_each_talent(
    happens: list[tuple[str, list[int]]],
) -> None:
    scene = Scene()
    scene.add()
    for number, (who, answers) in enumerate(happens):
        scene.receiver.answers += answers
        if who == "run":
            scene.end_run(f"r{number}")
        else:
            scene.show(who, str(number))
        await scene.process().round()
    scene.receiver.answers.clear()
    await scene.days_go_by(9)
    for who in ("ada", "bob", "run"):
        told = [place for _, one, place in scene.receiver.told if (one or "run") == who]
        sent = [number for number, (one, _) in enumerate(happens) if one == who]
        assert told == [f"r{number}" if who == "run" else str(number) for number in sent]


async def test_a_process_that_dies_after_the_answer_loses_nothing_and_sends_again(scene: Scene) -> None:
    scene.add()
    scene.show("ada", "1")
    scene.show("ada", "2")
    scene.receiver.dies = True
    with pytest.raises(BaseExceptionGroup):
        await scene.process().round()
    scene.receiver.dies = False
    await scene.process().round()
    assert [why for _, _, why in scene.receiver.told] == ["1", "1", "2"]
    first, again, _ = (headers["webhook-id"] for headers, _ in scene.receiver.taken)
    assert first == again, "by this the receiver knows it"


async def test_a_process_that_sleeps_through_its_turn_sends_nothing_old_again(scene: Scene) -> None:
    scene.add()
    scene.show("ada", "1")
    scene.show("ada", "2")
    asleep = Sleeper(scene)

    @asynccontextmanager
    async def poster() -> AsyncIterator[Poster]:
        yield asleep

    await scene.process(poster).round()
    await scene.days_go_by(2)
    assert [why for _, _, why in scene.receiver.told] == ["1", "2"]


async def test_one_that_never_answers_is_given_up_and_the_next_one_tried(scene: Scene) -> None:
    webhook = scene.add()
    scene.show("ada", "1")
    scene.show("ada", "2")
    scene.receiver.answers = [SILENT] * (len(PAUSES) + 1)
    await scene.days_go_by(len(PAUSES) + 3)
    assert [why for _, _, why in scene.receiver.told] == ["2"]
    log = scene.desk.log(webhook.id, limit=9)
    assert [(one.state, one.tries) for one in log] == [
        (DeliveryState.DELIVERED, 1),
        (DeliveryState.FAILED, len(PAUSES) + 1),
    ]
    assert log[1].detail == "crm.example did not answer in time."


async def test_a_receiver_that_asks_for_time_gets_it(scene: Scene) -> None:
    webhook = scene.add()
    scene.show("ada", "1")
    scene.receiver.answers = [503]
    scene.receiver.headers = {"retry-after": "600"}
    await scene.process().round()
    (waits,) = scene.desk.log(webhook.id, limit=9)
    assert waits.due_at - scene.now >= timedelta(seconds=599)


async def test_nobody_is_given_more_time_than_the_longest_pause(scene: Scene) -> None:
    webhook = scene.add()
    scene.show("ada", "1")
    scene.receiver.answers = [503]
    scene.receiver.headers = {"retry-after": "604800"}
    await scene.process().round()
    (waits,) = scene.desk.log(webhook.id, limit=9)
    assert waits.due_at - scene.now == PAUSES[-1]


async def test_the_turn_of_a_process_that_died_is_taken_and_kept(scene: Scene) -> None:
    webhook = scene.add()
    scene.show("ada", "1")
    ends = scene.now + timedelta(minutes=2)

    def take(holder: str) -> str | None:
        return scene.repository.take_webhook(webhook.id, holder, scene.now, ends)

    beside: list[str | None] = []
    scene.receiver.meanwhile = lambda: beside.append(take("another"))
    assert take(f"{os.uname().nodename}:99999999:gone") is None
    assert (await scene.process().round()).delivered == 1
    assert beside not in ([None], [])
    assert take("another") is None, "it was given back"


async def test_what_nothing_is_known_of_any_more_is_dropped(scene: Scene) -> None:
    webhook = scene.add()
    unknown = Delivery(webhook.id, 99, FeedKind.PICTURE_CHANGED, "ada", due_at=scene.now)
    scene.repository.enqueue(webhook.id, [unknown], after=webhook.reached, reached=99)
    assert (await scene.process().round()).delivered == 0
    assert scene.receiver.asked == 0
    assert [one.state for one in scene.desk.log(webhook.id, limit=9)] == [DeliveryState.DROPPED]


async def test_each_try_is_signed_with_its_own_time(scene: Scene) -> None:
    """A receiver refuses what is older than five minutes, by its own clock."""
    scene.now -= sum(PAUSES[:3], timedelta())
    webhook = scene.add()
    scene.show("ada", "x")
    scene.receiver.answers = [500, SILENT, 429]
    for pause in (*PAUSES[:3], timedelta()):
        await scene.process().round()
        scene.now += pause
    (taken,) = scene.receiver.taken
    assert verified(webhook.secret, taken)["type"] == "picture.changed"


async def test_one_that_is_gone_is_told_nothing_any_more(scene: Scene) -> None:
    scene.add()
    scene.show("ada", "1")
    scene.show("bob", "2")
    scene.receiver.answers = [410]
    await scene.days_go_by(3)
    assert scene.receiver.asked == 1
    (webhook,) = scene.desk.all()
    assert webhook.stopped_why == "The receiver says that it is gone (410)."


async def test_of_one_who_is_forgotten_meanwhile_nothing_is_told(scene: Scene) -> None:
    scene.add()
    scene.show("ada", "1")
    scene.show("bob", "2")
    scene.receiver.answers = [SILENT]
    await scene.process().round()
    scene.repository.erase("ada", scene.now, forgotten_by="kim")
    await scene.days_go_by(2)
    assert [who for _, who, _ in scene.receiver.told] == ["bob"]


def test_an_address_is_told_once_and_who_is_not_known_is_said(scene: Scene) -> None:
    webhook = scene.add()
    with pytest.raises(UsageError, match=r"^There is a webhook with this address already\.$"):
        scene.add()
    with pytest.raises(UsageError) as caught:
        scene.desk.find(f"{webhook.id}x")
    assert str(caught.value) == f"There is no webhook '{webhook.id}x'. Did you mean '{webhook.id}'?"


async def test_the_log_is_of_all_or_of_one(scene: Scene) -> None:
    first = scene.add()
    second = scene.desk.add("https://site.example/hook", (), by="kim")
    scene.show("ada", "1")
    await scene.process().round()
    told = {one: scene.desk.log(one, limit=9) for one in (first.id, second.id, None)}
    assert {one: {row.webhook_id for row in rows} for one, rows in told.items()} == {
        first.id: {first.id},
        second.id: {second.id},
        None: {first.id, second.id},
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/",
        "https://127.0.0.1/",
        "https://crm.local/",
        "https://a:b@crm.example/",
        "ftp://x",
        "no",
    ],
)
def test_what_leads_into_a_network_of_ours_is_refused_when_it_is_added(scene: Scene, url: str) -> None:
    with pytest.raises(UsageError):
        scene.desk.add(url, (), by="kim")
    assert scene.desk.all() == []


async def test_a_name_that_leads_into_a_network_of_ours_later_is_refused_when_it_is_dialled() -> None:
    async def dial(*_: object, **__: object) -> Any:
        raise AssertionError

    async with open_poster(user_agent="tests", look_up=lambda *_: ["10.0.0.7"], connect=dial) as poster:
        with pytest.raises(ProviderError, match="points to"):
            await poster.post(URL, b"{}", {})
