from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from talentimg.demo.faults import Faults
from talentimg.demo.people import YOUTUBE
from talentimg.demo.pictures import picture
from talentimg.demo.settings import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, YOUTUBE_API_KEY
from tests.demo.conftest import SEED

if TYPE_CHECKING:
    from talentimg.demo.world import World
    from tests.demo.client import Client, Got

pytestmark = pytest.mark.network


def channels(client: Client, token: str | None = None, **params: str) -> Got:
    if token is None:
        params.setdefault("key", YOUTUBE_API_KEY)
    return client.ask(
        "GET", f"/youtube/youtube/v3/channels?{urlencode({'part': 'snippet', **params})}", token=token
    )


def channel_id(world: World) -> str:
    return world.presence("ada", YOUTUBE).user_id


@pytest.mark.parametrize("handle", ["@AdaLovelace", "adalovelace"])
def test_a_handle_finds_its_channel(client: Client, world: World, handle: str) -> None:
    body = channels(client, forHandle=handle).json()
    (item,) = body["items"]
    assert item["id"] == channel_id(world)
    assert item["snippet"]["customUrl"] == "@AdaLovelace"
    thumbnails = item["snippet"]["thumbnails"]
    assert {name: t["width"] for name, t in thumbnails.items()} == {"default": 88, "medium": 240, "high": 800}
    assert client.get(thumbnails["high"]["url"]).body == picture(SEED + 2)


def test_pictures_come_in_the_size_of_their_address(client: Client, world: World) -> None:
    url = channels(client, forHandle="AdaLovelace").json()["items"][0]["snippet"]["thumbnails"]["high"]["url"]
    small = client.get(url.replace("=s800", "=s88"))
    original = client.get(url.replace("=s800", "=s0"))
    assert len(small.body) < len(original.body)
    again = client.get(url, headers={"If-None-Match": original.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_ids_are_asked_by_the_fifty_and_unknown_ones_left_out(client: Client, world: World) -> None:
    for number in range(49):
        world.add(f"p{number}", f"P {number}")
        world.join(f"p{number}", YOUTUBE, f"channel{number}", picture=SEED)
    ids = [p.presences[YOUTUBE].user_id for p in world.people()]
    body = channels(client, id=",".join([*ids[:-1], "UC" + "x" * 22])).json()
    assert {item["id"] for item in body["items"]} == set(ids[:-1])
    assert body["pageInfo"]["totalResults"] == 49
    too_many = channels(client, id=",".join([*ids, "UC" + "x" * 22]))
    assert (too_many.status, too_many.json()["error"]["errors"][0]["reason"]) == (400, "invalidFilters")


def test_nobody_is_a_200_without_items(client: Client, world: World) -> None:
    world.delete_account("ada", YOUTUBE)
    for got in (channels(client, forHandle="nobody"), channels(client, id=channel_id(world))):
        assert got.status == 200
        assert "items" not in got.json()
        assert got.json()["pageInfo"]["totalResults"] == 0


def test_mine_wants_the_persons_token(client: Client, world: World) -> None:
    token = world.presence("ada", YOUTUBE).token
    assert channels(client, token, mine="true").json()["items"][0]["id"] == channel_id(world)
    assert channels(client, mine="true").status == 403
    world.expire_token("ada", YOUTUBE)
    got = channels(client, token, mine="true")
    assert (got.status, got.json()["error"]["errors"][0]["reason"]) == (401, "authError")


def test_wrong_questions_are_refused(client: Client) -> None:
    wrong_key = channels(client, forHandle="AdaLovelace", key="wrong")
    assert (wrong_key.status, wrong_key.json()["error"]["errors"][0]["reason"]) == (400, "badRequest")
    no_key = client.get("/youtube/youtube/v3/channels", part="snippet", forHandle="AdaLovelace")
    assert (no_key.status, no_key.json()["error"]["errors"][0]["reason"]) == (403, "forbidden")
    for query in ("part=snippet", "id=x", "part=snippet&id=x&forHandle=y"):
        assert client.get(f"/youtube/youtube/v3/channels?key={YOUTUBE_API_KEY}&{query}").status == 400
    assert client.get("/youtube/youtube/v3/search").status == client.get("/google/tokens").status == 404


def test_an_unchanged_answer_is_a_304(client: Client) -> None:
    first = channels(client, forHandle="AdaLovelace")
    again = client.get(
        "/youtube/youtube/v3/channels",
        headers={"If-None-Match": first.headers["etag"]},
        part="snippet",
        key=YOUTUBE_API_KEY,
        forHandle="AdaLovelace",
    )
    assert again.status == 304


def test_the_default_picture_cannot_be_told_by_its_address(client: Client, world: World) -> None:
    world.remove_picture("ada", YOUTUBE)
    url = channels(client, forHandle="AdaLovelace").json()["items"][0]["snippet"]["thumbnails"]["high"]["url"]
    assert "/ytc/AIdro_" in url
    assert client.get(url).kind == "image/jpeg"
    assert client.get("/pictures/youtube/other").status == 404


def test_refresh_tokens_stay(client: Client, world: World) -> None:
    refresh_token = world.presence("ada", YOUTUBE).refresh_token or ""

    def refresh(secret: str = GOOGLE_CLIENT_SECRET, kind: str = "refresh_token") -> Got:
        return client.post(
            "/google/token",
            client_id=GOOGLE_CLIENT_ID,
            client_secret=secret,
            grant_type=kind,
            refresh_token=refresh_token,
        )

    for _ in range(2):
        body = refresh().json()
        assert body["expires_in"] == 3599
        assert "refresh_token" not in body
        assert channels(client, body["access_token"], mine="true").status == 200
    assert (refresh("wrong").status, refresh("wrong").json()["error"]) == (401, "invalid_client")
    assert refresh(kind="password").json()["error"] == "unsupported_grant_type"
    world.revoke_token("ada", YOUTUBE)
    assert (refresh().status, refresh().json()["error"]) == (400, "invalid_grant")


def test_the_quota_of_a_day_ends(client: Client, world: World) -> None:
    world.set_faults(YOUTUBE, Faults(quota=2))
    assert [channels(client, forHandle="adalovelace").status for _ in range(3)] == [200, 200, 403]
    error = channels(client, forHandle="adalovelace").json()["error"]["errors"][0]
    assert (error["reason"], error["domain"]) == ("quotaExceeded", "youtube.quota")
    assert "<a href=" in error["message"]


def test_trouble_is_worded_as_google_words_it(client: Client, world: World) -> None:
    world.set_faults(YOUTUBE, Faults(throttle=0))
    got = channels(client, forHandle="adalovelace")
    assert got.status == 429
    assert got.json()["error"]["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    assert "errors" not in got.json()["error"]
    world.set_faults(YOUTUBE, Faults(down="error"))
    got = channels(client, forHandle="adalovelace")
    assert (got.status, got.json()["error"]["errors"][0]["reason"]) == (500, "backendError")
