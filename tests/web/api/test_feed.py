"""What happened, over the API: page by page, for whoever keeps the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import Scope
from talentimg.repository.interface import Change
from tests.repository.builders import NOW, changed, shown, talent

if TYPE_CHECKING:
    from tests.web.api.conftest import Client


async def test_who_keeps_the_cursor_is_told_everything_once(client: Client) -> None:
    repository = client.site.app.repository
    repository.add([talent("zed")], NOW)
    reader = client.acting(Scope.READ)
    begin = (await client.ask("GET", "/changes?since=latest", headers=reader)).json()
    assert begin["changes"] == []
    for why in ("one", "two", "three"):
        repository.save([Change("zed", shown(), history=changed("zed", why=why))], NOW)
    first = await client.ask("GET", f"/changes?since={begin['next']}&limit=2", headers=reader)
    rest = await client.ask("GET", f"/changes?since={first.json()['next']}", headers=reader)
    told = [one["data"]["why"] for answer in (first, rest) for one in answer.json()["changes"]]
    assert told == ["one", "two", "three"]
    assert (first.json()["is_more"], rest.json()["is_more"]) == (True, False)


async def test_a_cursor_of_another_store_is_refused(client: Client) -> None:
    reader = client.acting(Scope.READ)
    for cursor in ("x", "999999999", "-1"):
        answer = await client.ask("GET", f"/changes?since={cursor}", headers=reader)
        assert answer.status_code == 400, cursor
        assert answer.json()["hint"]
