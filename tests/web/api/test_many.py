"""What people say of more than one picture, of whoever is to be forgotten, and of who may ask at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import StoreLocked, StoreUnavailable
from talentimg.models import Lock, Policy, ReviewMode, Scope
from talentimg.repository.interface import Change
from talentimg.service.people.forgetting import Forgetting
from talentimg.service.people.history import Event, page_of
from tests.conftest import NOW
from tests.service.world import picture_bytes
from tests.web.api.speaking import spoken
from tests.web.api.test_problems import problem

if TYPE_CHECKING:
    from tests.web.api.speaking import Spoken
    from tests.web.conftest import Site

PEOPLE = ("ann", "bea", "cat", "dot")


async def waiting(people: Spoken) -> dict[str, str]:
    """Four more people, each with a picture that waits; the hash of each."""
    world = people.world
    for place, talent_id in enumerate(PEOPLE):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, 20 + place)
    await world.run()
    world.review = ReviewMode.ALL
    for place, talent_id in enumerate(PEOPLE):
        world.pass_time(days=2)
        world.offers("instagram", talent_id, 40 + place)
        await world.sync(talent_id)
    return {one.talent_id: one.content_hash for one in world.desk().waiting()}


# -- reviews ---------------------------------------------------------------------------------


async def test_what_waits_is_told_page_by_page_the_longest_first(people: Spoken) -> None:
    assert (await people.ask("GET", "/reviews")).json()["reviews"] == []
    hashes = await waiting(people)
    whole = (await people.ask("GET", "/reviews", scope=Scope.READ)).json()
    assert [one["talent_id"] for one in whole["reviews"]] == list(PEOPLE)
    assert {one["talent_id"]: one["content_hash"] for one in whole["reviews"]} == hashes
    assert (whole["total"], whole["next"]) == (4, None)
    params: dict[str, Any] = {"limit": 3}
    page = (await people.ask("GET", "/reviews", params=params)).json()
    rest = (await people.ask("GET", "/reviews", params={**params, "after": page["next"]})).json()
    assert [*page["reviews"], *rest["reviews"]] == whole["reviews"]
    assert (rest["total"], rest["next"]) == (4, None)
    for after in ("x", "~", "0001-01-01T00:00:00+14:00~ada", "2026-13-01~a"):
        got = await people.ask("GET", "/reviews", params={"after": after})
        assert (got.status_code, problem(got)["hint"]) == (400, "Give the `next` of the last page.")


async def test_exactly_the_picture_that_was_seen_is_settled(people: Spoken) -> None:
    hashes = await waiting(people)
    tag = await people.tag("ann")
    seen = {"content_hash": hashes["ann"][:8].upper(), "why": "it is she"}
    got = await people.ask("POST", "/reviews/ann/approve", json=seen, scope=Scope.OPERATE, match=tag)
    assert (got.status_code, got.json()["content_hash"]) == (200, hashes["ann"])
    assert got.headers["etag"] == await people.tag("ann")
    assert people.said("ann")[0] == ("approve", "otto", "it is she")
    got = await people.ask("POST", "/reviews/bea/reject", json={"content_hash": hashes["bea"]})
    assert got.json()["content_hash"] != hashes["bea"]
    newer = await people.ask("POST", "/reviews/cat/approve", json={"content_hash": hashes["dot"]})
    assert (newer.status_code, "another picture" in problem(newer)["detail"]) == (400, True)
    nothing = await people.ask("POST", "/reviews/bob/approve", json={"content_hash": hashes["dot"]})
    assert (nothing.status_code, "waits for review" in problem(nothing)["detail"]) == (400, True)
    assert (await people.ask("POST", "/reviews/adda/approve", json=seen)).status_code == 404
    for word in ({}, {"content_hash": "abc"}, {"content_hash": "g" * 64}):
        assert (await people.ask("POST", "/reviews/cat/approve", json=word)).status_code == 422


@pytest.mark.parametrize("word", ["approve", "reject"])
async def test_who_settles_must_be_an_operator_and_have_seen_the_talent(people: Spoken, word: str) -> None:
    hashes = await waiting(people)
    seen = {"content_hash": hashes["ann"]}
    got = await people.ask("POST", f"/reviews/ann/{word}", json=seen, scope=Scope.READ)
    assert got.status_code == 403
    tag = await people.tag("ann")
    people.world.rules().order("ann", ("instagram",), by="mia")
    got = await people.ask("POST", f"/reviews/ann/{word}", json=seen, match=tag)
    assert got.status_code == 412
    assert len(people.world.desk().waiting()) == 4


async def test_many_are_settled_at_once_and_each_that_is_not_is_named(people: Spoken) -> None:
    hashes = await waiting(people)
    pictures = [
        {"talent_id": "ann", "content_hash": hashes["ann"]},
        {"talent_id": "bea", "content_hash": hashes["ann"]},
        {"talent_id": "nobody", "content_hash": hashes["ann"]},
        {"talent_id": "cat", "content_hash": hashes["cat"]},
    ]
    word = {"state": "approved", "pictures": pictures, "why": "all fine"}
    assert (await people.ask("POST", "/reviews/settle", json=word, scope=Scope.READ)).status_code == 403
    told = (await people.ask("POST", "/reviews/settle", json=word, scope=Scope.OPERATE)).json()
    assert [one["talent_id"] for one in told["outcomes"]] == ["ann", "cat"]
    assert [(one["talent_id"], one["code"]) for one in told["faults"]] == [
        ("bea", "usage"),
        ("nobody", "not_found"),
    ]
    assert [one.talent_id for one in people.world.desk().waiting()] == ["bea", "dot"]


async def test_nothing_that_came_after_the_list_is_settled_with_it(people: Spoken) -> None:
    await waiting(people)
    listed = people.world.desk().waiting()[1].proposed_at
    word = {"state": "rejected", "listed": listed.isoformat()}
    told = (await people.ask("POST", "/reviews/settle", json=word)).json()
    assert ([one["talent_id"] for one in told["outcomes"]], told["faults"]) == (["ann", "bea"], [])
    assert [one.talent_id for one in people.world.desk().waiting()] == ["cat", "dot"]
    listed_now = (await people.ask("GET", "/reviews")).json()["listed"]
    told = (await people.ask("POST", "/reviews/settle", json={**word, "listed": listed_now})).json()
    assert len(told["outcomes"]) == 2
    for bad in (
        {"state": "approved"},
        {"state": "waiting", "listed": listed_now},
        {
            "state": "approved",
            "listed": listed_now,
            "pictures": [{"talent_id": "a", "content_hash": "abcdef"}],
        },
        {"state": "approved", "pictures": []},
        {"state": "approved", "pictures": [{"talent_id": "a", "content_hash": "abcdef"}] * 1001},
    ):
        assert (await people.ask("POST", "/reviews/settle", json=bad)).status_code == 422


async def test_a_store_that_is_away_is_told_once_and_not_for_each(
    people: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = await waiting(people)

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(people.site.app.reviews, "decide", away)
    pictures = [{"talent_id": who, "content_hash": hashes[who]} for who in PEOPLE]
    got = await people.ask("POST", "/reviews/settle", json={"state": "approved", "pictures": pictures})
    assert (got.status_code, problem(got)["code"]) == (503, "try_later")


# -- forgetting ------------------------------------------------------------------------------


async def test_whoever_is_forgotten_is_gone_with_proof_and_stays_away(people: Spoken) -> None:
    word = {"confirm": "ada", "why": "asked by mail"}
    got = await people.ask("POST", "/talents/ada/forget", json=word, match=await people.tag())
    proof = got.json()
    assert (got.status_code, proof["holds"], proof["by"], proof["why"]) == (200, True, "eve", "asked by mail")
    assert (proof["rows"], proof["left"]) != ({}, {"x": 1})
    assert got.headers["cache-control"] == "no-store"
    assert (await people.ask("GET", "/talents/ada")).status_code == 404
    again = (await people.ask("POST", "/talents/ada/forget", json=word)).json()
    assert (again["holds"], again["forgotten_before"] is None) == (True, False)
    back = (await people.ask("POST", "/talents/ada/remember", json={"why": "she is back"})).json()
    assert [one["platform"] for one in back["remembered"]] == [None]
    got = await people.ask("POST", "/talents/ada/remember")
    assert (got.status_code, "was forgotten" in problem(got)["detail"]) == (400, True)


async def test_of_one_platform_only_that_goes(people: Spoken) -> None:
    word = {"confirm": "ada", "platform": "instagram"}
    proof = (await people.ask("POST", "/talents/ada/forget", json=word)).json()
    assert (proof["holds"], proof["platform"]) == (True, "instagram")
    shown = (await people.ask("GET", "/talents/ada")).json()
    assert (shown["source"], [one["platform"] for one in shown["accounts"]]) == ("tiktok", ["tiktok"])
    got = await people.ask("POST", "/talents/ada/forget", json={"confirm": "ada", "platform": "tiktik"})
    assert got.status_code == 400


@pytest.mark.parametrize("platform", [None, "instagram"])
async def test_nobody_is_forgotten_by_mistake(people: Spoken, platform: str | None) -> None:
    before, tag = people.world.repository.load("ada"), await people.tag()
    word = {"confirm": "ada", "platform": platform}
    for changed, status in (({"confirm": "bob"}, 400), ({"confirm": ""}, 400), ({"confirm": None}, 422)):
        got = await people.ask("POST", "/talents/ada/forget", json={**word, **changed})
        assert (got.status_code, problem(got)["code"]) == (status, "usage")
    assert (await people.ask("POST", "/talents/ada/forget")).status_code == 422
    for scope in (Scope.READ, Scope.OPERATE):
        got = await people.ask("POST", "/talents/ada/forget", json=word, scope=scope)
        assert (got.status_code, problem(got)["detail"]) == (403, "This needs a token with the scope admin.")
        got = await people.ask("POST", "/talents/ada/remember", scope=scope)
        assert got.status_code == 403
    got = await people.ask("POST", "/talents/adda/forget", json={"confirm": "adda"})
    assert got.status_code == 404
    assert people.world.repository.load("ada") == before
    await people.ask("PUT", "/talents/ada/lock")
    got = await people.ask("POST", "/talents/ada/forget", json=word, match=tag)
    assert got.status_code == 412
    assert people.world.repository.load("ada").policy.lock


async def test_what_could_not_be_finished_is_no_success(
    people: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_: object) -> None:
        raise StoreLocked("Another process reads.")

    monkeypatch.setattr(type(people.site.app.repository), "wipe_free_space", locked)
    got = await people.ask("POST", "/talents/ada/forget", json={"confirm": "ada"})
    told = problem(got)
    assert (got.status_code, told["detail"], told["proof"]["holds"]) == (503, "Another process reads.", False)
    assert isinstance(people.site.app.forgetting, Forgetting)


# -- placeholders ----------------------------------------------------------------------------


async def test_a_picture_is_refused_for_everybody_and_accepted_again(people: Spoken) -> None:
    got = await people.ask(
        "POST", "/placeholders", content=picture_bytes(1), params={"name": "our logo", "why": "no face"}
    )
    told = got.json()
    assert (got.status_code, told["placeholder"]["name"], told["placeholder"]["named_by"]) == (
        201,
        "our logo",
        "eve",
    )
    assert [one["talent_id"] for one in told["outcomes"]] == ["ada"]
    assert (await people.ask("GET", "/talents/ada")).json()["source"] == "tiktok"
    listed = (await people.ask("GET", "/placeholders", scope=Scope.READ)).json()
    assert listed == {"placeholders": [told["placeholder"]]}
    path = f"/placeholders/{told['placeholder']['source_hash'][:8]}"
    assert listed["placeholders"][0]["why"] == "no face"
    (gone,) = (await people.ask("DELETE", path, params={"why": "a mistake"})).json()["placeholders"]
    assert gone == {**told["placeholder"], "why": "a mistake"}
    words = (await people.ask("GET", "/placeholders/history", scope=Scope.READ)).json()["words"]
    assert [(one["by"], one["why"]) for one in words] == [("eve", "a mistake"), ("eve", "no face")]
    assert (await people.ask("GET", "/placeholders")).json() == {"placeholders": []}
    got = await people.ask("DELETE", path)
    assert (got.status_code, "No listed picture" in problem(got)["detail"]) == (400, True)
    form: dict[str, Any] = {
        "files": {"picture": ("a.jpg", picture_bytes(9))},
        "data": {"name": "n", "allow_losses": "3"},
    }
    got = await people.ask("POST", "/placeholders", **form)
    assert (got.status_code, got.json()["placeholder"]["name"]) == (201, "n")
    path = f"/placeholders/{got.json()['placeholder']['source_hash']}"
    word = {"why": "it is she"}
    (allowed,) = (await people.ask("POST", f"{path}/allow", json=word)).json()["placeholders"]
    assert (allowed["allowed_by"], allowed["why"]) == ("eve", "it is she")


async def test_the_picture_of_somebody_who_shows_it_is_one_to_name(people: Spoken) -> None:
    got = await people.ask("POST", "/placeholders", json={"talent_id": "ada", "name": "grey man"})
    assert (got.status_code, got.json()["outcomes"][0]["source"]) == (201, "tiktok")
    for talent_id, status in (("bob", 400), ("adda", 404)):
        got = await people.ask("POST", "/placeholders", json={"talent_id": talent_id})
        assert got.status_code == status
        problem(got)


async def test_a_placeholder_that_would_cost_too_many_pictures_is_not_taken(people: Spoken) -> None:
    for number in range(8):
        people.site.add(f"t{number}", f"T {number}", ("instagram", f"t{number}"))
        people.site.shows(f"t{number}", 50)
    for word in ({"talent_id": "t1"}, {"talent_id": "t1", "allow_losses": 7}):
        got = await people.ask("POST", "/placeholders", json=word)
        assert (got.status_code, problem(got)["code"]) == (409, "valve")
    got = await people.ask("POST", "/placeholders", json={"talent_id": "t1", "allow_losses": 8})
    assert (got.status_code, len(got.json()["outcomes"])) == (201, 8)


async def test_only_an_admin_speaks_of_placeholders(people: Spoken) -> None:
    for method, path in (("POST", ""), ("DELETE", "/abcdef"), ("POST", "/abcdef/allow")):
        got = await people.ask(method, f"/placeholders{path}", scope=Scope.OPERATE)
        assert (got.status_code, problem(got)["detail"]) == (403, "This needs a token with the scope admin.")
    for odd in ("abc", "xyzxyz", "a" * 65, "%00"):
        assert (await people.ask("DELETE", f"/placeholders/{odd}")).status_code == 422


# -- tokens -----------------------------------------------------------------------------------


async def test_a_token_is_made_told_once_used_and_revoked(people: Spoken) -> None:
    made = await people.ask("POST", "/tokens", json={"name": "a/b c", "scope": "operate"})
    told = made.json()
    assert (made.status_code, told["scope"], told["created_by"]) == (201, "operate", "eve")
    assert made.headers["cache-control"] == "no-store"
    text = told.pop("token")
    me = await people.browser.get("/api/v1/me", headers={"Authorization": f"Bearer {text}"})
    assert (me.status_code, me.json()["name"]) == (
        200,
        "a/b c",
    )  # though all were read before
    listed = await people.ask("GET", "/tokens")
    assert told in listed.json()["tokens"]
    assert "digest" not in listed.text
    assert text not in listed.text
    taken = await people.ask("POST", "/tokens", json={"name": "a/b c"})
    assert (taken.status_code, "already" in problem(taken)["detail"]) == (409, True)
    gone = await people.ask("DELETE", "/tokens/a%2Fb%20c")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await people.ask("DELETE", "/tokens/nothing")).status_code == 404
    for bad in ({}, {"name": " "}, {"name": "a\nb"}, {"name": "x", "scope": "all"}, {"name": "x" * 101}):
        assert (await people.ask("POST", "/tokens", json=bad)).status_code in {400, 422}


async def test_only_an_admin_sees_and_makes_tokens(people: Spoken) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/eve")):
        for scope in (Scope.READ, Scope.OPERATE):
            named: dict[str, Any] = {"json": {"name": "mine", "scope": "admin"}} if method == "POST" else {}
            got = await people.ask(method, f"/tokens{path}", scope=scope, **named)
            assert (got.status_code, problem(got)["detail"]) == (
                403,
                "This needs a token with the scope admin.",
            )
    assert {token.name for token in people.site.app.access.valid()} == {"rita", "otto", "eve"}


async def test_the_last_token_of_an_admin_is_revoked_only_by_who_insists(people: Spoken) -> None:
    got = await people.ask("DELETE", "/tokens/eve")
    assert (got.status_code, problem(got)["detail"]) == (409, "'eve' is the last token with the scope admin.")
    await people.ask("POST", "/tokens", json={"name": "second", "scope": "admin"})
    assert (await people.ask("DELETE", "/tokens/second")).status_code == 204
    assert (await people.ask("DELETE", "/tokens/otto")).status_code == 204
    assert (await people.ask("DELETE", "/tokens/eve", params={"insist": True})).status_code == 204
    assert [token.name for token in people.site.app.access.valid()] == ["rita"]


# -- what stands below ------------------------------------------------------------------------


async def test_people_who_are_forgotten_on_the_apps_database_have_a_policy_that_says_so(site: Site) -> None:
    async with spoken(site) as people:
        record = people.world.repository.load("ada")
        locked = Policy(Lock("mia", NOW))
        people.world.repository.save([Change("ada", record.selection, read=record, policy=locked)], NOW)
        proof = (await people.ask("POST", "/talents/ada/forget", json={"confirm": "ada"})).json()
        assert proof["holds"], "a lock holds a picture, not a person"


def test_a_page_ends_where_a_millisecond_does_and_the_oldest_comes_last() -> None:
    same = [Event(NOW, str(number)) for number in range(4)]
    unknown = Event(None, "older")
    first, more = page_of([*same, unknown], 2, None)
    assert (first, more) == (same, NOW)
    assert page_of([*same, unknown], 2, more) == ([unknown], None)
    assert page_of([], 2, None) == ([], None)
    assert page_of([unknown], 2, None) == ([unknown], None)


async def test_what_is_told_once_is_kept_for_nobody_who_asks_again(people: Spoken) -> None:
    key = {"Idempotency-Key": "5f1c6c6e"}
    made = await people.ask("POST", "/tokens", json={"name": "grafana"}, headers=key)
    again = await people.ask("POST", "/tokens", json={"name": "grafana"}, headers=key)
    assert (made.status_code, again.status_code) == (201, 409)
    assert "idempotent-replayed" not in again.headers
    word = {"confirm": "ada"}
    first = await people.ask("POST", "/talents/ada/forget", json=word, headers=key | {"Idempotency-Key": "2"})
    second = await people.ask(
        "POST", "/talents/ada/forget", json=word, headers=key | {"Idempotency-Key": "2"}
    )
    assert (first.json()["name"], second.json()["name"]) == ("Ada", None)
    assert "idempotent-replayed" not in second.headers
