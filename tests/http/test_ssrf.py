"""Nobody gets in through a picture: judged by what is looked up and dialled, not by what is raised."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.errors import PictureError, ProviderError
from talentimg.http import open_clients
from talentimg.http.addresses import judge
from talentimg.http.dial import LOOK_UPS_PER_HOST
from talentimg.http.interface import Fetched
from talentimg.models import Reason
from tests.http.conftest import NO_WAIT, PUBLIC
from tests.http.servers import RawServer, Wire, answer, redirect
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    import ssl

    from tests.http.conftest import Open, Opened

PICTURE = answer(b"picture", "Content-Type: image/png")


async def refused(opened: Opened, url: str, hosts: tuple[str, ...] = ()) -> Reason:
    with pytest.raises(PictureError) as caught:
        await opened.web.fetch_picture(url, hosts=hosts)
    return caught.value.reason


UNTOUCHED = [
    ("http://127.0.0.1/a.png", {Reason.ADDRESS}),
    ("https://127.0.0.1/a.png", {Reason.ADDRESS}),
    ("https://localhost/a.png", {Reason.ADDRESS}),
    ("https://LOCALHOST./a.png", {Reason.ADDRESS}),
    ("https://10.0.0.1/", {Reason.ADDRESS}),
    ("https://172.16.0.1/", {Reason.ADDRESS}),
    ("https://172.31.255.255/", {Reason.ADDRESS}),
    ("https://192.168.0.1/", {Reason.ADDRESS}),
    ("http://169.254.169.254/latest/meta-data/", {Reason.ADDRESS}),
    ("https://169.254.169.254/latest/meta-data/", {Reason.ADDRESS}),
    ("https://100.64.0.1/", {Reason.ADDRESS}),
    ("https://100.100.100.200/", {Reason.ADDRESS}),
    ("https://0.0.0.0/", {Reason.ADDRESS}),
    ("https://0/", {Reason.ADDRESS}),
    ("https://[::]/", {Reason.ADDRESS}),
    ("https://2130706433/", {Reason.ADDRESS}),
    ("https://0x7f000001/", {Reason.ADDRESS}),
    ("https://0x7f.1/", {Reason.ADDRESS}),
    ("https://0177.0.0.1/", {Reason.BAD_URL}),
    ("https://017700000001/", {Reason.ADDRESS}),
    ("https://127.1/", {Reason.ADDRESS}),
    ("https://[::1]/", {Reason.ADDRESS}),
    ("https://[::ffff:127.0.0.1]/", {Reason.ADDRESS}),
    ("https://[::ffff:7f00:1]/", {Reason.ADDRESS}),
    ("https://user:pw@cdn.test/a.png", {Reason.USERINFO}),
    ("https://cdn.test@127.0.0.1/", {Reason.USERINFO}),
    ("https://cdn.test:22/", {Reason.PORT}),
    ("https://cdn.test:6379/", {Reason.PORT}),
    ("https://cdn.test:8080/", {Reason.PORT}),
    ("https://cdn.test:0/", {Reason.PORT}),
    ("https://cdn.test:99999/", {Reason.PORT}),
    ("https://cdn.test\\@127.0.0.1/", {Reason.BAD_URL}),
    ("https://cdn.test%23@127.0.0.1/", {Reason.USERINFO}),
    ("https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", {Reason.BAD_URL}),
    ("https://\uff11\uff12\uff17\u30020\u30020\u30021/", {Reason.BAD_URL}),
    ("file:///etc/passwd", {Reason.SCHEME}),
    ("ftp://cdn.test/", {Reason.SCHEME}),
    ("gopher://cdn.test/", {Reason.SCHEME}),
    ("data:image/png;base64,AAAA", {Reason.SCHEME}),
    ("javascript:1", {Reason.SCHEME}),
    ("http://cdn.test/", {Reason.SCHEME, Reason.REDIRECT}),
]


@pytest.mark.parametrize(("url", "reasons"), UNTOUCHED)
async def test_a_bad_url_is_neither_looked_up_nor_dialled(
    opened: Open, url: str, reasons: set[Reason]
) -> None:
    async with opened(PICTURE) as clients:
        assert await refused(clients, url) in reasons
        with pytest.raises(ProviderError):
            await clients.web.request(url)
        with pytest.raises(ProviderError):
            async with clients.web.open_page(url):
                pass
        assert not clients.wire.looked_up
        assert not clients.wire.dialled
        assert not clients.server.requests


@pytest.mark.parametrize(("url", "reasons"), UNTOUCHED)
async def test_a_redirect_to_a_bad_url_ends_at_that_hop(opened: Open, url: str, reasons: set[Reason]) -> None:
    async with opened(redirect(url)) as clients:
        reason = await refused(clients, "https://cdn.test/first")
        # What cannot be parsed is, of a redirect, a redirect to nowhere.
        assert reason in reasons | ({Reason.REDIRECT} if Reason.BAD_URL in reasons else set())
        assert clients.wire.looked_up == ["cdn.test"]
        assert clients.wire.dialled == [(PUBLIC, 443)]
        assert len(clients.server.requests) == 1


@pytest.mark.parametrize(
    "url", ["", None, 7, ["https://cdn.test"], "https://", "//cdn.test/x", "https://cdn.test/" + 9000 * "a"]
)
async def test_what_is_no_url_is_not_looked_up(opened: Open, url: str) -> None:
    async with opened(PICTURE) as clients:
        assert await refused(clients, url) is Reason.BAD_URL
        assert clients.wire.looked_up == []


@pytest.mark.parametrize("address", ["172.32.0.1", "100.63.255.255", "100.128.0.1"])
async def test_addresses_just_outside_are_fetched(opened: Open, address: str) -> None:
    async with opened(PICTURE) as clients:
        assert isinstance(await clients.web.fetch_picture(f"https://{address}/"), Fetched)
        assert clients.wire.dialled == [(address, 443)]
        assert clients.wire.looked_up == []


DNS_ANSWERS = """
127.0.0.1 10.1.1.1 169.254.169.254 100.100.100.200 168.63.129.16 224.0.0.1 239.255.255.250 192.0.2.1
198.51.100.1 203.0.113.1 198.18.0.1 0.0.0.0 fd00:ec2::254 fc00::1 fe80::1 fe80::1%eth0 64:ff9b::a9fe:a9fe
2002:7f00:1:: 2002:a9fe:a9fe:: ff02::1 2001:db8::1 ::1 ::ffff:127.0.0.1 fec0::1 3fff::1
"""


@pytest.mark.parametrize("address", DNS_ANSWERS.split())
async def test_a_name_that_leads_inside_is_not_dialled(opened: Open, address: str) -> None:
    async with opened(PICTURE, names={"cdn.test": [address]}) as clients:
        assert await refused(clients, "https://cdn.test/") is Reason.ADDRESS
        assert clients.wire.looked_up == ["cdn.test"]  # a refusal is not tried again
        assert clients.wire.dialled == []


@pytest.mark.parametrize("answers", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC]])
async def test_one_bad_answer_spoils_the_name(opened: Open, answers: list[str]) -> None:
    async with opened(PICTURE, names={"cdn.test": answers}) as clients:
        assert await refused(clients, "https://cdn.test/") is Reason.ADDRESS
        assert clients.wire.dialled == []


async def test_a_name_that_changes_its_mind_is_looked_up_once_per_connection(opened: Open) -> None:
    names = {"cdn.test": [[PUBLIC], ["127.0.0.1"]]}
    async with opened(PICTURE, names=names) as clients:
        assert isinstance(await clients.web.fetch_picture("https://cdn.test/"), Fetched)
        assert clients.wire.looked_up == ["cdn.test"]
        assert await refused(clients, "https://cdn.test/") is Reason.ADDRESS
        assert clients.wire.looked_up == ["cdn.test", "cdn.test"]
        assert clients.wire.dialled == [(PUBLIC, 443)]


async def test_a_second_hop_that_now_leads_inside_is_refused(opened: Open) -> None:
    names = {"cdn.test": [[PUBLIC], ["127.0.0.1"]]}
    async with opened(redirect("/second"), PICTURE, names=names, close=False) as clients:
        assert await refused(clients, "https://cdn.test/first") is Reason.ADDRESS
        assert clients.wire.dialled == [(PUBLIC, 443)]
        assert len(clients.server.requests) == 1


async def test_a_redirect_is_followed_through_the_same_door(opened: Open) -> None:
    async with opened(redirect("//other.test/b?x=1"), redirect("c d.png"), PICTURE) as clients:
        assert isinstance(await clients.web.fetch_picture("https://cdn.test/a"), Fetched)
        assert clients.paths == ["/a", "/b?x=1", "/c%20d.png"]
        assert clients.wire.dialled == [(PUBLIC, 443), ("1.1.1.1", 443), ("1.1.1.1", 443)]


async def test_a_redirect_away_from_the_listed_hosts_is_refused(opened: Open) -> None:
    async with opened(redirect("https://evil.test/")) as clients:
        assert await refused(clients, "https://cdn.test/", hosts=("cdn.test",)) is Reason.HOST
        assert await refused(clients, "https://evil.test/", hosts=("cdn.test",)) is Reason.HOST
        assert clients.wire.looked_up == ["cdn.test"]


async def test_a_mapped_literal_is_treated_like_the_address_in_it(opened: Open) -> None:
    async with opened(PICTURE) as clients:
        with pytest.raises(PictureError) as caught:  # the certificate speaks for the IPv4 form only
            await clients.web.fetch_picture("https://[::ffff:8.8.8.8]/")
        assert caught.value.reason is Reason.TLS
        assert set(clients.wire.dialled) == {(PUBLIC, 443)}


async def test_the_certificate_is_checked_against_the_name_not_the_address(opened: Open) -> None:
    names = {"cdn.test": [PUBLIC], "stranger.test": [PUBLIC]}
    async with opened(PICTURE, names=names) as clients:
        assert isinstance(await clients.web.fetch_picture("https://cdn.test/"), Fetched)
        assert await refused(clients, "https://stranger.test/") is Reason.TLS
        assert len(clients.server.requests) == 1


async def test_encoded_line_ends_inject_no_header(opened: Open) -> None:
    async with opened(PICTURE) as clients:
        await clients.web.fetch_picture("https://cdn.test/%0d%0aHost:%20evil")
        assert clients.server.requests[0].startswith(
            b"GET /%0d%0aHost:%20evil HTTP/1.1\r\nHost: cdn.test\r\n"
        )


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"])
async def test_a_proxy_of_the_environment_is_no_way_round(
    opened: Open, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    async with opened(PICTURE, answer(b"{}")) as clients:
        await clients.web.fetch_picture("https://cdn.test/")
        await clients.api.request("GET", "https://cdn.test/")
        assert clients.wire.dialled == [(PUBLIC, 443), (PUBLIC, 443)]


# -- names that cannot be looked up -------------------------------------------


async def test_a_name_that_does_not_exist_is_tried_again_and_then_trouble_with_the_name(opened: Open) -> None:
    async with opened(PICTURE) as clients:
        with pytest.raises(PictureError) as caught:
            await clients.web.fetch_picture("https://missing.test/")
        assert (caught.value.reason, caught.value.tries) == (Reason.DNS, 3)
        assert clients.wire.looked_up == 3 * ["missing.test"]
        assert clients.wire.dialled == []


async def test_a_look_up_that_hangs_ends_at_the_deadline() -> None:
    hold = threading.Event()

    def look_up(host: str, port: int) -> list[str]:
        hold.wait(TIME_LIMIT)
        return []

    async with open_clients(user_agent="t", look_up=look_up, retry=NO_WAIT, picture_timeout_s=0.2) as clients:
        with pytest.raises(PictureError) as caught:
            await clients.web.fetch_picture("https://hangs.test/")
        # On a slow machine the deadline of the whole may have passed with that of the connection.
        assert caught.value.reason in {Reason.DNS, Reason.TIMEOUT}
    hold.set()


async def test_a_look_up_that_hangs_starves_nobody(server_tls: ssl.SSLContext) -> None:
    hold = threading.Event()
    async with RawServer(PICTURE).running(server_tls) as server:
        wire = Wire({"cdn.test": [PUBLIC]}, server.port)
        hanging_look_ups: list[str] = []

        def look_up(host: str, port: int) -> list[str]:
            if host == "hangs.test":
                hanging_look_ups.append(host)
                hold.wait(TIME_LIMIT)
            return wire.look_up(host, port)

        async with open_clients(
            user_agent="t",
            look_up=look_up,
            connect=wire.connect,
            retry=NO_WAIT,
            picture_timeout_s=2 * TIME_LIMIT,
            connections=300,
        ) as clients:
            hanging = [
                asyncio.create_task(clients.web.fetch_picture("https://hangs.test/")) for _ in range(200)
            ]
            await until(lambda: len(hanging_look_ups) == LOOK_UPS_PER_HOST)
            assert isinstance(await clients.web.fetch_picture("https://cdn.test/"), Fetched)
            assert not any(task.done() for task in hanging)
            hold.set()
            results = await asyncio.gather(*hanging, return_exceptions=True)
            assert {getattr(result, "reason", None) for result in results} == {Reason.DNS}


# -- the operator's own networks ----------------------------------------------


async def test_an_own_network_is_asked_plainly_on_any_port_by_name_or_number(opened: Open) -> None:
    names = {"gitea": ["10.1.2.3"], "pictures.internal": ["10.1.2.4"]}
    async with opened(PICTURE, names=names, tls=None, allow_private=["10.0.0.0/8"]) as clients:
        for url in ("http://gitea:3000/", "http://pictures.internal/", "http://10.1.2.5:81/"):
            assert isinstance(await clients.web.fetch_picture(url), Fetched)
        assert clients.wire.dialled == [("10.1.2.3", 3000), ("10.1.2.4", 80), ("10.1.2.5", 81)]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://cdn.test/", Reason.SCHEME),
        ("http://cdn.test:443/", Reason.SCHEME),
        ("https://cdn.test:8080/", Reason.PORT),
        ("http://8.8.8.8/", Reason.SCHEME),
        ("https://192.168.0.1/", Reason.ADDRESS),
        ("http://metadata.test/", Reason.ADDRESS),
        ("http://169.254.169.254/", Reason.ADDRESS),
        ("http://mixed.test/", Reason.SCHEME),
        ("https://lan/", Reason.ADDRESS),
    ],
)
async def test_listing_a_network_opens_nothing_else(opened: Open, url: str, reason: Reason) -> None:
    names = {
        "cdn.test": [PUBLIC],
        "metadata.test": ["169.254.169.254"],
        "mixed.test": ["10.0.0.1", PUBLIC],
        "lan": [PUBLIC],
    }
    own = ["10.0.0.0/8", "169.254.0.0/16"]
    async with opened(PICTURE, names=names, tls=None, allow_private=own) as clients:
        assert await refused(clients, url) is reason
        assert clients.wire.dialled == []


# -- the property -------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(st.ip_addresses().map(str), min_size=1, max_size=4))
async def test_no_address_inside_a_denied_network_is_ever_dialled(answers: list[str]) -> None:
    wire = Wire({"cdn.test": answers})  # leads to a port where nobody listens
    async with open_clients(
        user_agent="t", look_up=wire.look_up, connect=wire.connect, retry=NO_WAIT, connections=1
    ) as clients:
        with pytest.raises(PictureError):
            await clients.web.fetch_picture("https://cdn.test/")
    assert not any(judge(address) for address, _ in wire.dialled)
    if any(judge(address) for address in answers):
        assert wire.dialled == []
