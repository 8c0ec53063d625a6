"""What one route has changed, every other route of the process tells at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.web.pages.addresses import key_of
from tests.waiting import until

if TYPE_CHECKING:
    from tests.service.world import World
    from tests.web.conftest import Site

TALENT = "/api/admin/talent"
API = "/api/v1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_what_a_page_of_the_apps_has_changed_our_api_counts(site: Site, played: World) -> None:
    async with site.browser(headers=site.bearer()) as browser:

        async def counts() -> dict[str, dict[str, int]]:
            return dict((await browser.get(f"{API}/talents/facets")).json())

        assert (await counts())["platforms"] == {"instagram": 1, "tiktok": 1}
        played.offers("youtube", "bob", 2)
        account = {"platform": "youtube", "handle": "bob"}
        assert (await browser.post(f"{TALENT}/bob/socials", json=account)).status_code == 201
        assert (await counts())["platforms"] == {"instagram": 1, "tiktok": 1, "youtube": 1}
        await until(lambda: site.app.repository.load("bob").selection.source == "youtube")
        await browser.post(f"{TALENT}/ada/profile-image/sync")
        await browser.post(f"{TALENT}/bob/profile-image/sync")  # which waits for the look that goes on
        assert (await counts())["sources"] == {"instagram": 1, "youtube": 1}


async def test_what_our_api_has_changed_the_apps_list_and_the_avatars_show(site: Site, played: World) -> None:
    site.shows("ada", 1)
    async with site.browser(headers=site.bearer()) as browser:
        assert [one["name"] for one in (await browser.get(TALENT)).json()] == ["Bob", "Ada Lovelace"]
        before = (await browser.get("/avatars/ada")).headers["etag"]
        assert (await browser.patch(f"{API}/talents/bob", json={"name": "Rob"})).status_code == 200
        assert [one["name"] for one in (await browser.get(TALENT)).json()] == ["Rob", "Ada Lovelace"]
        assert (await browser.put(f"{API}/talents/ada/opt-out")).status_code == 200
        assert (await browser.get("/avatars/ada")).headers["etag"] != before


async def test_what_a_page_of_ours_has_changed_the_avatars_and_the_apps_list_show(
    site: Site, played: World
) -> None:
    async with site.browser(headers=site.bearer()) as browser:

        async def told() -> tuple[str, str]:
            """What is shown of Ada: by its address, and in the app's list."""
            shown = (await browser.get("/avatars/ada")).headers["etag"]
            return shown, (await browser.get(TALENT)).json()[1]["profileImageUrl"]

        await browser.post(f"{API}/talents/ada/sync")
        first = await told()
        played.offers("instagram", "ada", 2)
        await browser.post(f"{API}/talents/ada/sync")
        second = await told()
        back = await browser.post(f"/talents/{key_of('ada')}/rollback", headers=FORM, content="to=")
        assert back.status_code == 303
        assert (await told(), first != second) == (first, True)
