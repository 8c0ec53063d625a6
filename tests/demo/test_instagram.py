from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from talentimg.demo.faults import Faults
from talentimg.demo.people import INSTAGRAM
from talentimg.demo.pictures import picture
from talentimg.demo.settings import AGENCY_TOKEN, AGENCY_USER_ID
from tests.demo.conftest import SEED

if TYPE_CHECKING:
    from talentimg.demo.world import World
    from tests.demo.client import Client, Got
    from tests.demo.conftest import Clock

pytestmark = pytest.mark.network
FIELDS = "user_id,username,name,profile_picture_url"


def me(client: Client, token: str | None) -> Got:
    return client.get("/instagram/v25.0/me", token=token, fields=FIELDS)


def discover(client: Client, handle: str, token: str = AGENCY_TOKEN) -> Got:
    fields = f"business_discovery.username({handle}){{id,username,name,profile_picture_url}}"
    return client.get(f"/facebook/v25.0/{AGENCY_USER_ID}", fields=fields, access_token=token)


def own_token(world: World) -> str | None:
    return world.presence("ada", INSTAGRAM).token


def key(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def test_an_own_token_shows_its_owner(client: Client, world: World) -> None:
    got = me(client, own_token(world))
    assert (got.status, got.kind) == (200, "application/json")
    body = got.json()
    assert set(body) == {"user_id", "username", "name", "profile_picture_url", "id"}
    assert body["user_id"] == world.presence("ada", INSTAGRAM).user_id
    assert body["username"] == "ada.lovelace"
    assert rb"http:\/\/" in got.body, "slashes are escaped, as Meta does it"


def test_the_token_may_stand_in_the_query(client: Client, world: World) -> None:
    got = client.get("/instagram/v26.0/me", fields="username", access_token=own_token(world))
    assert set(got.json()) == {"username", "id"}


def test_every_call_gives_another_address_of_the_same_picture(
    client: Client, world: World, clock: Clock
) -> None:
    first = me(client, own_token(world)).json()["profile_picture_url"]
    clock.now += 1
    second = me(client, own_token(world)).json()["profile_picture_url"]
    assert first != second
    assert key(first) == key(second)
    assert client.get(first).body == client.get(second).body == picture(SEED)
    world.set_picture("ada", INSTAGRAM, SEED + 50)
    third = me(client, own_token(world)).json()["profile_picture_url"]
    assert key(third) != key(first)
    assert client.get(third).body == picture(SEED + 50)


def test_picture_addresses_end_after_four_days(client: Client, world: World, clock: Clock) -> None:
    url = me(client, own_token(world)).json()["profile_picture_url"]
    ends = int(parse_qs(urlsplit(url).query)["oe"][0], 16)
    assert 4 * 86_400 < ends - clock.now < 5 * 86_400
    clock.now = ends + 1
    got = client.get(url)
    assert (got.status, got.kind, got.body) == (403, "text/plain", b"URL signature expired")


def test_picture_addresses_can_be_made_to_expire(client: Client, world: World) -> None:
    url = me(client, own_token(world)).json()["profile_picture_url"]
    world.expire_urls(INSTAGRAM)
    assert client.get(url).body == b"URL signature expired"
    assert client.get(me(client, own_token(world)).json()["profile_picture_url"]).status == 200
    assert client.get(url.partition("&oe=")[0]).body == b"Bad URL date param"


def test_the_life_of_addresses_can_be_set(client: Client, world: World, clock: Clock) -> None:
    world.set_faults(INSTAGRAM, Faults(url_life=5))
    url = me(client, own_token(world)).json()["profile_picture_url"]
    assert client.get(url).status == 200
    clock.now += 6
    assert client.get(url).status == 403


def test_the_default_picture_has_its_known_name(client: Client, world: World) -> None:
    world.default_avatar("ada", INSTAGRAM)
    url = me(client, own_token(world)).json()["profile_picture_url"]
    assert key(url) == "464760996_1254146839119862_3605321457742435801_n.jpg"
    assert client.get(url).kind == "image/jpeg"


def test_without_a_picture_the_field_is_missing(client: Client, world: World) -> None:
    world.remove_picture("ada", INSTAGRAM)
    assert "profile_picture_url" not in me(client, own_token(world)).json()


@pytest.mark.parametrize("token", [None, "IGAAunknown"])
def test_unknown_tokens_are_refused(client: Client, token: str | None) -> None:
    got = me(client, token)
    error = got.json()["error"]
    assert (got.status, error["code"], error["type"]) == (401, 190, "OAuthException")
    assert "error_subcode" not in error
    assert "invalid_token" in got.headers["www-authenticate"]


def test_ended_tokens_say_so(client: Client, world: World) -> None:
    world.expire_token("ada", INSTAGRAM)
    error = me(client, own_token(world)).json()["error"]
    assert (error["code"], error["error_subcode"]) == (190, 463)
    assert "Session has expired on" in error["message"]


def test_revoked_and_suspended_accounts_are_refused(client: Client, world: World) -> None:
    world.suspend("ada", INSTAGRAM)
    assert me(client, own_token(world)).json()["error"]["error_subcode"] == 459
    world.restore("ada", INSTAGRAM)
    world.revoke_token("ada", INSTAGRAM)
    assert me(client, own_token(world)).json()["error"]["code"] == 190


def test_a_token_is_refreshed_while_it_holds(client: Client, world: World, clock: Clock) -> None:
    def refresh(token: str | None) -> Got:
        return client.get(
            "/instagram/refresh_access_token", grant_type="ig_refresh_token", access_token=token
        )

    old = own_token(world)
    body = refresh(old).json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 5_183_944
    assert body["access_token"] not in {old, None}
    assert me(client, body["access_token"]).status == me(client, old).status == 200
    assert refresh(body["access_token"]).json()["error"]["code"] == 10, "not yet a day old"
    clock.now += 61 * 86_400
    assert refresh(body["access_token"]).json()["error"]["error_subcode"] == 463


def test_unknown_fields_and_paths_are_refused(client: Client, world: World) -> None:
    got = client.get("/instagram/v25.0/me", token=own_token(world), fields="username,face")
    assert (got.status, got.json()["error"]["code"]) == (400, 100)
    error = client.get("/instagram/v25.0/you", token=own_token(world)).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)


def test_business_discovery_finds_by_name(client: Client, world: World) -> None:
    got = discover(client, "ada.lovelace")
    body = got.json()
    assert body["id"] == AGENCY_USER_ID
    found = body["business_discovery"]
    assert found["id"] == world.presence("ada", INSTAGRAM).user_id
    assert client.get(found["profile_picture_url"]).body == picture(SEED)


def test_everybody_who_cannot_be_found_gets_the_same_error(client: Client, world: World) -> None:
    world.rename(INSTAGRAM, "ada.lovelace", "countess")
    answers = [discover(client, "ada.lovelace"), discover(client, "nobody")]
    world.delete_account("ada", INSTAGRAM)
    answers.append(discover(client, "countess"))
    for got in answers:
        error = got.json()["error"]
        assert got.status == 400
        assert (error["code"], error["error_subcode"], error["is_transient"]) == (110, 2207013, False)


def test_business_discovery_wants_the_agencys_credentials(client: Client) -> None:
    assert discover(client, "ada.lovelace", "wrong").json()["error"]["code"] == 190
    other = client.get("/facebook/v25.0/1", fields="id", access_token=AGENCY_TOKEN)
    assert other.json()["error"]["error_subcode"] == 33
    assert discover(client, "ada){id}x(").json()["error"]["code"] == 100


def test_limits_are_worded_as_meta_words_them(client: Client, world: World) -> None:
    world.set_faults(INSTAGRAM, Faults(throttle=0, hold=90))
    by_app = discover(client, "ada.lovelace")
    assert (by_app.status, by_app.json()["error"]["code"]) == (400, 4)
    assert json.loads(by_app.headers["x-app-usage"])["call_count"] == 100
    assert "retry-after" not in by_app.headers
    by_account = me(client, own_token(world))
    assert (by_account.status, by_account.json()["error"]["code"]) == (400, 80002)
    use = next(iter(json.loads(by_account.headers["x-business-use-case-usage"]).values()))[0]
    assert use["estimated_time_to_regain_access"] == 2


def test_temporary_errors_are_marked(client: Client, world: World) -> None:
    world.set_faults(INSTAGRAM, Faults(down="error"))
    got = me(client, own_token(world))
    assert got.status == 500
    assert got.json()["error"]["is_transient"] is True
