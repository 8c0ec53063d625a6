"""Bluesky, Mastodon, GitHub, Gravatar and people's own pages."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.faults import Faults
from talentimg.demo.people import BLUESKY, GITHUB, GRAVATAR, MASTODON, WEBSITE
from talentimg.demo.pictures import picture
from talentimg.demo.settings import GITHUB_TOKEN
from tests.demo.conftest import SEED

if TYPE_CHECKING:
    from talentimg.demo.world import World
    from tests.demo.client import Client, Got
    from tests.demo.conftest import Clock

pytestmark = pytest.mark.network
GRAVATAR_PATH = f"/gravatar/avatar/{hashlib.sha256(b'ada@example.org').hexdigest()}"


# -- Bluesky -------------------------------------------------------------------


def profile(client: Client, actor: str = "ada.bsky.example") -> Got:
    return client.get("/bluesky/xrpc/app.bsky.actor.getProfile", actor=actor)


def profiles(client: Client, *actors: str) -> Got:
    return client.get("/bluesky/xrpc/app.bsky.actor.getProfiles", actors=actors)


def test_bluesky_shows_a_profile_by_handle_and_did(client: Client, world: World) -> None:
    body = profile(client, "ADA.bsky.example").json()
    assert body["did"] == world.presence("ada", BLUESKY).user_id
    assert body["did"].startswith("did:plc:")
    assert body["labels"] == []
    assert profile(client, body["did"]).json() == body
    assert client.get(body["avatar"]).body == client.get(body["avatar"] + "@jpeg").body == picture(SEED + 3)


def test_bluesky_pictures_are_named_after_their_content_and_outlive_the_account(
    client: Client, world: World
) -> None:
    old = profile(client).json()["avatar"]
    world.set_picture("ada", BLUESKY, SEED + 70)
    assert profile(client).json()["avatar"] != old
    world.remove_picture("ada", BLUESKY)
    assert "avatar" not in profile(client).json()
    world.delete_account("ada", BLUESKY)
    got = client.get(old)
    assert got.status == 200
    assert "etag" not in got.headers
    missing = client.get(old[:-4] + "aaaa")
    assert (missing.status, missing.json()["error"]) == (404, "NotFoundError")
    assert client.get("/pictures/bluesky/img/avatar/plain/x/b2").status == 404


def test_bluesky_tells_absence_by_code_not_by_status(client: Client, world: World) -> None:
    assert (profile(client, "nobody.example").status, profile(client, "x").status) == (400, 400)
    assert profile(client, "nobody.example").json()["error"] == profile(client, "x").json()["error"]
    world.deactivate("ada", BLUESKY)
    assert profile(client).json()["error"] == "AccountDeactivated"
    world.suspend("ada", BLUESKY)
    assert profile(client).json()["error"] == "AccountTakedown"
    world.delete_account("ada", BLUESKY)
    assert profile(client).json() == {"error": "InvalidRequest", "message": "Profile not found"}
    assert client.get("/bluesky/xrpc/app.bsky.feed.getTimeline").status == 501


def test_bluesky_forgets_an_old_handle_but_not_the_did(client: Client, world: World) -> None:
    did = world.presence("ada", BLUESKY).user_id
    world.rename(BLUESKY, "ada.bsky.example", "countess.example")
    assert profile(client).json()["error"] == "InvalidRequest"
    assert profile(client, did).json()["handle"] == "countess.example"


def test_bluesky_leaves_the_unknown_out_of_a_batch_of_25(client: Client, world: World) -> None:
    got = profiles(client, "nobody.example", "ada.bsky.example", world.presence("ada", BLUESKY).user_id)
    assert [p["handle"] for p in got.json()["profiles"]] == ["ada.bsky.example"]
    assert profiles(client, *["ada.bsky.example"] * 25).status == 200
    too_many = profiles(client, *["ada.bsky.example"] * 26)
    assert too_many.status == 400
    assert "more than 25" in too_many.json()["message"]
    assert profiles(client).status == profiles(client, "x").status == 400


def test_bluesky_passes_on_the_wish_not_to_be_shown(client: Client, world: World) -> None:
    world.withhold("ada", BLUESKY)
    assert profile(client).json()["labels"][0]["val"] == "!no-unauthenticated"


def test_bluesky_says_when_it_opens_again_in_epoch_seconds(
    client: Client, world: World, clock: Clock
) -> None:
    world.set_faults(BLUESKY, Faults(throttle=1, hold=30))
    assert profile(client).headers["ratelimit-limit"] == "1"
    got = profile(client)
    assert (got.status, got.json()["error"]) == (429, "RateLimitExceeded")
    assert "retry-after" not in got.headers
    assert clock.now + 30 <= int(got.headers["ratelimit-reset"]) <= clock.now + 31
    world.set_faults(BLUESKY, Faults(error_rate=1))
    assert profile(client).json()["error"] == "InternalServerError"


# -- Mastodon ------------------------------------------------------------------


def lookup(client: Client, acct: str = "ada", host: str = "art.example") -> Got:
    return client.get(f"/mastodon/{host}/api/v1/accounts/lookup", acct=acct)


def actor_url(client: Client) -> str:
    got = client.get("/mastodon/art.example/.well-known/webfinger", resource="acct:ada@art.example")
    assert got.kind == "application/jrd+json"
    (link,) = [link for link in got.json()["links"] if link["rel"] == "self"]
    assert link["type"] == "application/activity+json"
    return str(link["href"])


def test_mastodon_looks_up_its_own_people(client: Client, world: World) -> None:
    body = lookup(client).json()
    assert body["id"] == world.presence("ada", MASTODON).user_id
    assert body["avatar"] == body["avatar_static"]
    assert client.get(body["avatar"]).kind == "image/jpeg"
    assert lookup(client, "ada@art.example").json() == body
    for got in (
        lookup(client, host="other.example"),
        lookup(client, "ada@other.example"),
        lookup(client, "bob"),
    ):
        assert (got.status, got.json()) == (404, {"error": "Record not found"})


def test_mastodon_names_every_upload_anew(client: Client, world: World) -> None:
    before = lookup(client).json()["avatar"]
    world.set_picture("ada", MASTODON, SEED + 4)
    after = lookup(client).json()["avatar"]
    assert before != after
    assert client.get(before).body == client.get(after).body
    tag = client.get(after).headers["etag"]
    assert client.get(after, headers={"If-None-Match": tag}).status == 304


def test_mastodon_default_picture_has_its_known_name(client: Client, world: World) -> None:
    world.remove_picture("ada", MASTODON)
    url = lookup(client).json()["avatar"]
    assert url.endswith("/avatars/original/missing.png")
    assert client.get(url).kind == "image/png"
    assert "icon" not in client.get(actor_url(client)).json()


def test_mastodon_suspended_people_get_the_default_picture_and_a_flag(client: Client, world: World) -> None:
    url = actor_url(client)
    world.suspend("ada", MASTODON)
    body = lookup(client).json()
    assert body["suspended"] is True
    assert body["avatar"].endswith("missing.png")
    assert client.get(url).status == 403
    world.delete_account("ada", MASTODON)
    assert lookup(client).status == 404
    assert client.get(url).status == 410


def test_mastodon_actor_shows_the_picture_where_the_api_is_closed(client: Client, world: World) -> None:
    world.lock_host("art.example")
    got = lookup(client)
    assert (got.status, got.json()["error"]) == (401, "This method requires an authenticated user")
    actor = client.get(actor_url(client))
    assert actor.kind == "application/activity+json"
    assert client.get(actor.json()["icon"]["url"]).status == 200


def test_mastodon_webfinger_knows_only_its_own(client: Client) -> None:
    path = "/mastodon/art.example/.well-known/webfinger"
    assert client.get(path, resource="acct:bob@art.example").status == 404
    assert client.get(path, resource="acct:ada@other.example").status == 404
    assert client.get("/mastodon/art.example/users/bob").status == 404
    assert client.get("/mastodon/art.example/about").status == 404
    assert client.get("/pictures/mastodon/art.example/x.jpg").status == 404


def test_mastodon_says_when_it_opens_again_as_a_date(client: Client, world: World, clock: Clock) -> None:
    assert lookup(client).headers["x-ratelimit-limit"] == "300"
    world.set_faults(MASTODON, Faults(throttle=0, hold=60))
    got = lookup(client)
    assert got.status == 429
    reset = datetime.fromisoformat(got.headers["x-ratelimit-reset"])
    assert reset.timestamp() == pytest.approx(clock.now + 60, abs=0.01)
    assert "retry-after" not in got.headers
    world.set_faults(MASTODON, Faults(down="error"))
    assert lookup(client).status == 503


# -- GitHub --------------------------------------------------------------------


def test_github_shows_a_user_by_login_and_number(client: Client, world: World) -> None:
    got = client.get("/github/users/ADA", token=GITHUB_TOKEN)
    body = got.json()
    assert isinstance(body["id"], int)
    assert client.get(f"/github/user/{body['id']}").json() == body
    assert body["avatar_url"].endswith(f"/u/{body['id']}?v=4")
    assert client.get("/github/users/ada", headers={"If-None-Match": got.headers["etag"]}).status == 304
    assert got.headers["x-ratelimit-remaining"] == "4999"


def test_github_refuses_strangers(client: Client) -> None:
    unknown = client.get("/github/users/nobody")
    assert (unknown.status, unknown.json()["message"]) == (404, "Not Found")
    assert client.get("/github/user/12").status == client.get("/github/orgs/x").status == 404
    assert client.get("/github/users/ada", token="wrong").json()["message"] == "Bad credentials"


def test_github_redirects_from_an_old_login_to_the_number(client: Client, world: World) -> None:
    world.rename(GITHUB, "ada", "countess")
    got = client.get("/github/users/ada")
    assert got.status == 301
    assert client.get(got.headers["location"]).json()["login"] == "countess"
    world.suspend("ada", GITHUB)
    assert client.get("/github/users/ada").status == 404
    assert client.get(f"/pictures/github/u/{world.presence('ada', GITHUB).user_id}").status == 404


def test_github_keeps_one_address_whose_validators_change(client: Client, world: World, clock: Clock) -> None:
    url = client.get("/github/users/ada").json()["avatar_url"]
    first = client.get(url)
    assert first.body == picture(SEED + 5)
    tag, date = first.headers["etag"], first.headers["last-modified"]
    assert client.get(url, headers={"If-None-Match": tag}).status == 304
    assert client.get(url, headers={"If-Modified-Since": date}).status == 304
    assert client.get(url, headers={"If-Modified-Since": "yesterday"}).status == 200
    clock.now += 5
    world.set_picture("ada", GITHUB, SEED + 60)
    assert client.get("/github/users/ada").json()["avatar_url"] == url
    second = client.get(url, headers={"If-None-Match": tag, "If-Modified-Since": date})
    assert (second.status, second.body) == (200, picture(SEED + 60))
    assert client.get(url, headers={"If-Modified-Since": date}).status == 200


def test_github_draws_an_identicon_for_those_without_a_picture(client: Client, world: World) -> None:
    url = client.get("/github/users/ada").json()["avatar_url"]
    world.remove_picture("ada", GITHUB)
    assert client.get(f"{url}&s=460").kind == "image/png"


def test_github_refuses_with_403_and_nothing_left(client: Client, world: World, clock: Clock) -> None:
    world.set_faults(GITHUB, Faults(throttle=0, hold=60))
    got = client.get("/github/users/ada")
    assert (got.status, got.headers["x-ratelimit-remaining"]) == (403, "0")
    assert clock.now + 60 <= int(got.headers["x-ratelimit-reset"]) <= clock.now + 61
    world.set_faults(GITHUB, Faults(down="error"))
    assert client.get("/github/users/ada").status == 502


# -- Gravatar ------------------------------------------------------------------


def test_gravatar_has_a_picture_or_a_404_or_a_drawing(client: Client, world: World) -> None:
    got = client.get(GRAVATAR_PATH, s="512", d="404", r="pg")
    assert (got.status, got.body) == (200, picture(SEED + 6))
    since = got.headers["last-modified"]
    assert client.get(GRAVATAR_PATH, headers={"If-Modified-Since": since}, d="404").status == 304
    world.remove_picture("ada", GRAVATAR)
    assert client.get(GRAVATAR_PATH, d="404").status == 404
    assert client.get(GRAVATAR_PATH).kind == "image/jpeg"


def test_gravatar_answers_head_like_get(client: Client) -> None:
    got = client.ask("HEAD", f"{GRAVATAR_PATH}?d=404")
    assert (got.status, got.kind, got.body) == (200, "image/jpeg", b"")
    assert int(got.headers["content-length"]) == len(picture(SEED + 6))


def test_gravatar_is_throttled_by_a_gateway(client: Client, world: World) -> None:
    world.set_faults(GRAVATAR, Faults(throttle=0, hold=60))
    got = client.get(GRAVATAR_PATH)
    assert (got.status, got.kind, got.headers["retry-after"]) == (429, "text/html", "60")
    world.set_faults(GRAVATAR, Faults(error_rate=1))
    assert client.get(GRAVATAR_PATH).status == 503


# -- people's own pages ---------------------------------------------------------


def test_a_page_marks_its_person_in_two_ways(client: Client, world: World) -> None:
    page = client.get("/site/ada").body.decode()
    assert '"@type": "Person"' in page
    assert '<meta property="og:type" content="profile">' in page
    url = f"{client.base}/pictures/website/ada.jpg"
    assert page.count(url) == 2
    got = client.get(url)
    assert got.body == picture(SEED + 7)
    assert client.get(url, headers={"If-None-Match": got.headers["etag"]}).status == 304


def test_a_page_can_have_one_kind_of_mark_or_no_picture(client: Client, world: World) -> None:
    assert "og:image" not in client.get("/site/ada?markup=jsonld").body.decode()
    assert "ld+json" not in client.get("/site/ada?markup=og").body.decode()
    world.remove_picture("ada", WEBSITE)
    assert "ada.jpg" not in client.get("/site/ada").body.decode()
    assert client.get("/pictures/website/ada.jpg").status == 404
    assert client.get("/pictures/website/ada").status == 404
    assert client.get("/site/nobody").status == 404


def test_the_agencys_own_avatars_are_served(client: Client) -> None:
    assert client.get("/pictures/user/ada.jpg").body == picture(SEED)
    assert client.get("/pictures/user/nobody.jpg").status == 404
