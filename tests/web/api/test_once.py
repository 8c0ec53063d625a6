"""A POST that is sent again under its key is answered as before, and not done again."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import StoreUnavailable
from talentimg.models import Scope
from talentimg.service.repeats import KEPT, UNDER_WAY
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import NewTalent
    from talentimg.repository.interface.answers import Answer, Asked
    from talentimg.service.run.sync import Syncer
    from tests.web.api.conftest import Client

CLEO = {"name": "Cleo"}


def under(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def is_again(got: httpx.Response) -> bool:
    return bool(got.headers.get("idempotent-replayed") == "true")


async def total(client: Client) -> int:
    number: int = (await client.ask("GET", "/talents")).json()["total"]
    return number


async def test_it_is_done_once(client: Client) -> None:
    first = await client.ask("POST", "/talents", json=CLEO, headers=under("k"))
    second = await client.ask("POST", "/talents", json=CLEO, headers=under('"k"'))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert (is_again(first), is_again(second)) == (False, True)
    assert await total(client) == 3
    other = await client.ask("POST", "/talents", json=CLEO, headers=under("l"))
    assert other.json()["talent_id"] == "cleo-2"


async def test_an_error_is_an_answer_too(client: Client) -> None:
    taken = {"id": "ada", "name": "A"}
    first = await client.ask("POST", "/talents", json=taken, headers=under("k"))
    second = await client.ask("POST", "/talents", json=taken, headers=under("k"))
    assert (first.status_code, second.status_code, is_again(second)) == (409, 409, True)
    assert first.json() == second.json()
    assert second.headers["content-type"] == "application/problem+json"


async def test_a_key_is_of_one_request(client: Client) -> None:
    await client.ask("POST", "/talents", json=CLEO, headers=under("k"))
    others = (
        ("/talents", {"name": "Dan"}),
        ("/talents?x=1", CLEO),
        ("/imports", CLEO),
    )
    for path, body in others:
        got = await client.ask("POST", path, json=body, headers=under("k"))
        assert (got.status_code, got.json()["detail"]) == (422, "This key was used for another request.")


async def test_a_form_is_the_same_whatever_marks_its_parts(client: Client) -> None:
    file = {"file": ("a.csv", b"id,name\ncleo,Cleo\n")}
    first = await client.ask("POST", "/imports", files=file, headers=under("k"))
    second = await client.ask("POST", "/imports", files=file, headers=under("k"))
    assert first.request.headers["content-type"] != second.request.headers["content-type"]
    assert (second.status_code, is_again(second), second.json()["id"]) == (200, True, first.json()["id"])


async def test_the_keys_of_one_are_nothing_to_another(client: Client) -> None:
    zoe = client.acting(Scope.ADMIN, "zoe")
    await client.ask("POST", "/talents", json=CLEO, headers=under("k"))
    got = await client.ask("POST", "/talents", json={"name": "Dan"}, headers=under("k") | zoe)
    assert (got.status_code, is_again(got)) == (201, False)


async def test_a_new_token_of_the_same_name_has_keys_of_its_own(client: Client) -> None:
    await client.ask("POST", "/talents", json=CLEO, headers=under("k"))
    client.site.app.access.revoke("eve")
    new = client.site.bearer(Scope.ADMIN, "eve")
    async with client.site.browser(headers=new) as browser:
        got = await browser.post("/api/v1/talents", json={"name": "Dan"}, headers=under("k"))
    assert (got.status_code, is_again(got)) == (201, False)


async def test_whoever_is_unknown_or_may_not_is_refused_all_the_same(client: Client) -> None:
    reader = client.acting(Scope.READ)
    await client.ask("POST", "/talents", json=CLEO, headers=under("k"))
    got = await client.ask("POST", "/talents", json=CLEO, headers=under("k") | {"Authorization": "Bearer x"})
    assert (got.status_code, is_again(got)) == (401, False)
    got = await client.ask("POST", "/talents", json=CLEO, headers=under("k") | reader)
    assert (got.status_code, is_again(got)) == (403, False)


async def test_what_is_under_way_is_not_begun_again(client: Client) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def open_syncer() -> AsyncIterator[Syncer]:
        begun.set()
        await go_on.wait()
        yield client.world.syncer()

    client.site.open_syncer = open_syncer
    async with client.site.browser(headers=client.acting(Scope.OPERATE)) as browser:
        address = "/api/v1/talents/ada/sync"
        first = asyncio.create_task(browser.post(address, headers=under("k")))
        await begun.wait()
        meanwhile = await browser.post(address, headers=under("k"))
        assert (meanwhile.status_code, "retry-after" in meanwhile.headers) == (409, True)
        go_on.set()
        assert (await first).json()["outcome"] == "updated"
        after = await browser.post(address, headers=under("k"))
    assert (after.status_code, is_again(after), after.json()) == (200, True, (await first).json())


async def test_what_is_begun_when_the_server_ends_is_done_once(client: Client) -> None:
    began, go_on = threading.Event(), threading.Event()
    add_by_name = client.site.app.roster.add_by_name

    def slow(talent: NewTalent, **said: Any) -> TalentRecord:
        began.set()
        assert go_on.wait(TIME_LIMIT)
        return add_by_name(talent, **said)

    client.site.app.roster.add_by_name = slow  # type: ignore[method-assign]
    first = asyncio.create_task(client.ask("POST", "/talents", json=CLEO, headers=under("k")))
    await until(began.is_set)
    first.cancel()  # as a server does with whom it cannot wait for
    ended = await first
    meanwhile = await client.ask("POST", "/talents", json=CLEO, headers=under("k"))
    go_on.set()
    assert (ended.status_code, ended.headers["retry-after"], ended.json()["title"]) == (
        503,
        "5",
        "Service Unavailable",
    )
    assert meanwhile.status_code == 409
    await until(lambda: len(client.site.app.repository.records()) == 3)
    while (again := await client.ask("POST", "/talents", json=CLEO, headers=under("k"))).status_code == 409:
        pass
    assert (again.status_code, is_again(again), await total(client)) == (201, True, 3)


async def test_it_is_kept_over_restarts_for_a_day(client: Client) -> None:
    admin = client.acting(Scope.ADMIN, "zoe")
    async with client.site.browser(headers=admin) as one, client.site.browser(headers=admin) as other:
        await one.post("/api/v1/talents", json=CLEO, headers=under("k"))
        client.world.pass_time(hours=23)
        assert is_again(await other.post("/api/v1/talents", json=CLEO, headers=under("k")))
        client.world.pass_time(hours=1)
        got = await other.post("/api/v1/talents", json=CLEO, headers=under("k"))
    assert (got.json()["talent_id"], is_again(got)) == ("cleo-2", False)
    assert KEPT.total_seconds() == 24 * 3600


class Away:
    """A roster whose store is away, until it is not."""

    def __init__(self) -> None:
        self.is_away = True

    def __call__(self, *_: object, **__: object) -> None:
        if self.is_away:
            raise StoreUnavailable("The database does not answer.")
        raise ZeroDivisionError


async def test_what_could_not_be_done_is_done_when_it_is_sent_again(client: Client) -> None:
    forgetting, away = client.site.app.forgetting, Away()
    forgetting.merge = away  # type: ignore[assignment,method-assign]
    into = {"into": "bob"}
    first = await client.ask("POST", "/talents/ada/merge", json=into, headers=under("k"))
    assert (first.status_code, first.headers["retry-after"]) == (503, "5")
    away.is_away = False
    bug = await client.ask("POST", "/talents/ada/merge", json=into, headers=under("k"))
    assert (bug.status_code, is_again(bug)) == (500, False)
    del forgetting.merge
    third = await client.ask("POST", "/talents/ada/merge", json=into, headers=under("k"))
    assert (third.status_code, is_again(third)) == (200, False)


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "k" * 256, '"', '""', 'a"b', "é".encode().decode("latin-1"), "a\\b"]
)
async def test_what_is_no_key(client: Client, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    got = await client.ask("POST", "/talents", json=CLEO, headers=headers)
    assert (got.status_code, "Idempotency-Key" in got.json()["detail"]) == (400, True)
    assert await total(client) == 2


async def test_several_keys_are_none(client: Client) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert (await client.ask("POST", "/talents", json=CLEO, headers=headers)).status_code == 400


async def test_only_a_post_is_done_once(client: Client) -> None:
    for name in ("A", "B"):
        got = await client.ask("PATCH", "/talents/ada", json={"name": name}, headers=under("k"))
        assert (got.json()["name"], is_again(got)) == (name, False)


async def test_nothing_of_whoever_is_gone_is_answered_again(client: Client) -> None:
    await client.ask("POST", "/talents", json={"id": "cleo", "name": "Cleo Sen"}, headers=under("k"))
    assert (await client.ask("DELETE", "/talents/cleo")).json()["holds"]
    again = await client.ask("POST", "/talents", json={"id": "cleo", "name": "Cleo Sen"}, headers=under("k"))
    assert (again.status_code, is_again(again)) == (201, False)


async def test_an_answer_that_names_whoever_is_merged_is_not_kept(client: Client) -> None:
    into = {"into": "bob"}
    first = await client.ask("POST", "/talents/ada/merge", json=into, headers=under("k"))
    second = await client.ask("POST", "/talents/ada/merge", json=into, headers=under("k"))
    assert (first.json()["merged"], second.json()["merged"], is_again(second)) == (True, False, False)


async def test_a_store_that_cannot_keep_an_answer_does_not_take_back_what_was_done(client: Client) -> None:
    def keep(asked: Asked, answer: Answer) -> None:
        raise StoreUnavailable("The database does not answer.")

    client.site.app.repeats.keep = keep  # type: ignore[method-assign]
    got = await client.ask("POST", "/talents", json=CLEO, headers=under("k"))
    assert got.status_code == 201
    del client.site.app.repeats.keep
    client.world.pass_time(minutes=UNDER_WAY.total_seconds() / 60)
    assert (await client.ask("POST", "/talents", json=CLEO, headers=under("k"))).status_code == 201
