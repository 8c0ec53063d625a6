"""Accounts over our API: it is written when it is answered, and the look goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import ReconnectRequired

if TYPE_CHECKING:
    from tests.web.api.conftest import Client


async def settled() -> None:
    """Wait until what goes on after the answers has ended."""
    others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
    await asyncio.wait(others, timeout=30) if others else None


async def test_an_account_is_connected_and_looked_at_afterwards(client: Client) -> None:
    client.world.offers("youtube", "bob", 2)
    pasted = {"handle": "https://www.youtube.com/@Bob/videos", "why": "he told me"}
    got = await client.ask("POST", "/talents/bob/accounts", json=pasted)
    assert (got.status_code, got.headers["location"]) == (201, "/api/v1/talents/bob")
    assert (got.json()["platform"], got.json()["handle"]) == ("youtube", "bob")
    await settled()
    assert (await client.ask("GET", "/talents/bob")).json()["source"] == "youtube"
    said = client.site.app.repository.audit("bob")
    assert [(e.action, e.by, e.why) for e in said] == [("connect", "eve", "he told me")]


async def test_an_account_is_disconnected_and_its_picture_goes_at_once(client: Client) -> None:
    await client.ask("POST", "/talents/ada/sync")
    assert (await client.ask("GET", "/talents/ada")).json()["source"] == "instagram"
    got = await client.ask("DELETE", "/talents/ada/accounts/instagram?why=not+hers")
    assert (got.status_code, got.json()["previous_source"], got.json()["source"]) == (
        200,
        "instagram",
        "initials",
    )
    await settled()
    shown = (await client.ask("GET", "/talents/ada")).json()
    assert [account["platform"] for account in shown["accounts"]] == ["tiktok"]
    assert client.site.app.repository.audit("ada")[0].why == "not hers"


async def test_a_look_that_fails_does_not_take_the_change_back(client: Client) -> None:
    client.world.fails("youtube", "bob", ReconnectRequired("No."))
    got = await client.ask("POST", "/talents/bob/accounts", json={"platform": "youtube", "handle": "@bob"})
    assert got.status_code == 201
    await settled()
    shown = (await client.ask("GET", "/talents/bob")).json()
    assert [account["handle"] for account in shown["accounts"]] == ["bob"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"handle": "ada"}, 400),
        ({"platform": "myspace", "handle": "ada"}, 400),
        ({"platform": "instagram", "handle": "a b"}, 400),
        ({"platform": "instagram", "handle": "https://www.tiktok.com/@ada"}, 400),
        ({"handle": "https://bit.ly/3xYz"}, 400),
        ({"platform": "instagram"}, 422),
        ({"platform": 1, "handle": "ada"}, 422),
        ({"platform": "instagram", "handle": "ada", "token": "secret-canary"}, 422),
    ],
)
async def test_what_is_no_account(client: Client, body: dict[str, Any], status: int) -> None:
    got = await client.ask("POST", "/talents/bob/accounts", json=body)
    assert got.status_code == status, got.text
    assert "secret-canary" not in got.text
    assert (await client.ask("GET", "/talents/bob")).json()["accounts"] == []


async def test_what_is_not_there(client: Client) -> None:
    new = {"platform": "github", "handle": "ada"}
    assert (await client.ask("POST", "/talents/nobody/accounts", json=new)).status_code == 404
    assert (await client.ask("DELETE", "/talents/nobody/accounts/github")).status_code == 404
    assert (await client.ask("DELETE", "/talents/bob/accounts/github")).status_code == 400
