from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from talentimg.demo.faults import Faults
from talentimg.demo.people import TIKTOK
from talentimg.demo.pictures import picture
from talentimg.demo.settings import TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET
from tests.demo.conftest import SEED

if TYPE_CHECKING:
    from talentimg.demo.world import World
    from tests.demo.client import Client, Got
    from tests.demo.conftest import Clock

pytestmark = pytest.mark.network
FIELDS = "open_id,union_id,avatar_url,avatar_url_100,avatar_large_url,display_name"


def info(client: Client, token: str | None, fields: str = FIELDS) -> Got:
    return client.get("/tiktok/v2/user/info/", token=token, fields=fields)


def refresh(client: Client, token: str | None, secret: str = TIKTOK_CLIENT_SECRET) -> Got:
    return client.post(
        "/tiktok/v2/oauth/token/",
        client_key=TIKTOK_CLIENT_KEY,
        client_secret=secret,
        grant_type="refresh_token",
        refresh_token=token or "",
    )


def token(world: World) -> str | None:
    return world.presence("ada", TIKTOK).token


def test_a_token_shows_its_owner(client: Client, world: World) -> None:
    body = info(client, token(world)).json()
    assert set(body["data"]["user"]) == set(FIELDS.split(","))
    assert body["error"]["code"] == "ok"
    assert body["error"]["log_id"]
    large = body["data"]["user"]["avatar_large_url"]
    assert "~tplv-tiktokx-cropcenter:1080:1080.jpeg?" in large
    assert client.get(large).body == picture(SEED + 1)
    assert client.get(body["data"]["user"]["avatar_url_100"]).kind == "image/jpeg"


def test_every_size_is_signed_by_itself_and_ends_on_the_hour(
    client: Client, world: World, clock: Clock
) -> None:
    url = info(client, token(world)).json()["data"]["user"]["avatar_url_100"]
    ends = int(parse_qs(urlsplit(url).query)["x-expires"][0])
    assert ends % 3600 == 0
    assert 46 * 3600 < ends - clock.now <= 48 * 3600
    assert client.get(url.replace("100:100", "1080:1080")).status == 403
    clock.now = ends + 1
    assert client.get(url).status == 403


def test_the_default_picture_has_its_known_number(client: Client, world: World) -> None:
    world.remove_picture("ada", TIKTOK)
    url = info(client, token(world)).json()["data"]["user"]["avatar_large_url"]
    assert "/musically-maliva-obj/1594805258216454~" in url
    assert client.get(url).kind == "image/jpeg"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ("", 400, "invalid_params"),
        ("open_id,face", 400, "invalid_params"),
        ("open_id,username", 401, "scope_not_authorized"),
    ],
)
def test_wrong_questions_are_refused(
    client: Client, world: World, fields: str, status: int, code: str
) -> None:
    got = info(client, token(world), fields)
    assert (got.status, got.json()["error"]["code"], got.json()["data"]) == (status, code, {})


def test_ended_and_unknown_tokens_are_refused(client: Client, world: World) -> None:
    world.expire_token("ada", TIKTOK)
    for bad in (token(world), "act.unknown", None):
        got = info(client, bad)
        assert (got.status, got.json()["error"]["code"]) == (401, "access_token_invalid")


def test_refresh_tokens_rotate_and_the_old_one_dies(client: Client, world: World) -> None:
    world.expire_token("ada", TIKTOK)
    old = world.presence("ada", TIKTOK).refresh_token
    body = refresh(client, old).json()
    assert body["expires_in"] == 7200
    assert body["refresh_expires_in"] == 15_552_000
    assert body["refresh_token"] != old
    assert info(client, body["access_token"]).status == 200
    again = refresh(client, old)
    assert (again.status, again.json()["error"]) == (400, "invalid_grant")
    assert refresh(client, body["refresh_token"]).status == 200


def test_refreshing_wants_the_agencys_credentials(client: Client, world: World) -> None:
    right = world.presence("ada", TIKTOK).refresh_token
    assert refresh(client, right, "wrong").json()["error"] == "invalid_client"
    assert refresh(client, right).status == 200, "a refused question costs no token"
    assert client.get("/tiktok/v2/oauth/token/").json()["error"] == "invalid_request"


def test_a_revoked_token_cannot_be_refreshed(client: Client, world: World) -> None:
    old = world.presence("ada", TIKTOK).refresh_token
    world.revoke_token("ada", TIKTOK)
    assert info(client, token(world)).status == 401
    assert refresh(client, old).json()["error"] == "invalid_grant"


def test_nor_can_that_of_a_suspended_account(client: Client, world: World) -> None:
    world.suspend("ada", TIKTOK)
    assert info(client, token(world)).status == 401
    assert refresh(client, world.presence("ada", TIKTOK).refresh_token).json()["error"] == "invalid_grant"


def test_trouble_is_worded_as_tiktok_words_it(client: Client, world: World) -> None:
    world.set_faults(TIKTOK, Faults(throttle=0))
    got = info(client, token(world))
    assert (got.status, got.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert "retry-after" not in got.headers
    world.set_faults(TIKTOK, Faults(error_rate=1))
    got = info(client, token(world))
    assert (got.status, got.json()["error"]["code"]) == (500, "internal_error")
    world.set_faults(TIKTOK)
    assert client.get("/tiktok/v1/user/").status == 404
