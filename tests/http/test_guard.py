"""URLs are judged before anything is looked up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.http._httpx import httpx
from talentimg.http.faults import Fault
from talentimg.http.guard import AddressPolicy, Guard, anywhere, judge, matches
from talentimg.http.urls import host_of
from talentimg.models import Reason

STRICT = Guard(AddressPolicy())
INTRANET = Guard(AddressPolicy.parse(["10.0.0.0/8", "127.0.0.0/8"]))
BASE = httpx.URL("https://cdn.test/pictures/a.png?size=1")


def refusal(
    url: object, guard: Guard = STRICT, base: httpx.URL | None = None, hosts: tuple[str, ...] = ()
) -> Reason:
    with pytest.raises(Fault) as caught:
        guard.check_url(url, base=base, hosts=hosts)
    assert isinstance(url, str) is False or len(str(url)) < 8 or str(url) not in caught.value.message
    return caught.value.reason


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        42,
        ["https://cdn.test/"],
        "https://",
        "//cdn.test/x",
        "cdn.test/x",
        "https://cdn.test/" + "a" * 9000,
        "https://cdn.test/\r\nHost: evil",
        "https://cdn.test/\x00",
        "https://cdn.test/\ud800",
        "https:///x",
        "https://cdn.test\\@127.0.0.1/",
        "https://cdn.test/a\\b",
        "https:cdn.test/x",
        "https://a b.test/",
        "https://127%2e0%2e0%2e1/",
        "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
        "https://\uff11\uff12\uff17\u30020\u30020\u30021/",
        "https://\u24dbocalhost/",
        "https://0177.0.0.1/",
        "https://a..test/",
        "https://.test/",
        f"https://{'a' * 64}.test/",
        "https://*.test/",
        f"https://{'a.' * 130}test/",
        "https://[::1/",
        "https://cdn.test:x/",
        "https://[fe80::1%25eth0]/",
        "https://[2607:f8b0::1%25eth0]/",
    ],
)
def test_what_is_no_url_of_the_web_is_refused(url: object) -> None:
    assert refusal(url) is Reason.BAD_URL


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://0/",
        "https://127\u30020\u30020\u30021/",
        "https://00000127.0.0.1.5/",
        "https://1.2.3.4.5/",
        "https://cdn.0x/",
    ],
)
def test_a_number_in_disguise_is_refused(url: str) -> None:
    assert refusal(url) is Reason.ADDRESS


@pytest.mark.parametrize("guard", [STRICT, INTRANET])
@pytest.mark.parametrize(
    "url",
    [
        "https://0.0.0.0/",
        "https://[::]/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "http://169.254.169.254/",
        "https://[::ffff:169.254.169.254]/",
    ],
)
def test_an_address_outside_the_internet_is_refused(url: str, guard: Guard) -> None:
    assert refusal(url, guard) is Reason.ADDRESS


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://intranet/",
        "https://db.internal/",
        "https://printer.local/",
        "https://nas.home.arpa./",
    ],
)
def test_a_name_of_an_inner_network_is_refused(url: str) -> None:
    assert refusal(url) is Reason.ADDRESS
    assert INTRANET.check_url(url).host  # where it leads is judged at the look-up


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.16689662",
        "0xa9.254.0251.254",
        "169.254.169.254.",
        "169。254。169。254",
        "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
        "%31%36%39.254.169.254",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[fd12:64::a9fe:a9fe]",
        "metadata.google.internal",
        "METADATA.Google.Internal.",
        "metadata.goog",
        "instance-data.ec2.internal",
    ],
)
@pytest.mark.parametrize("guard", [STRICT, INTRANET, Guard(AddressPolicy.parse(["0.0.0.0/0", "::/0"]))])
def test_no_spelling_of_a_metadata_address_is_let_through(host: str, guard: Guard) -> None:
    assert refusal(f"https://{host}/latest/meta-data/", guard) in {Reason.ADDRESS, Reason.BAD_URL}


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x/", "gopher://x/", "data:image/png;base64,AA", "javascript:1"]
)
@pytest.mark.parametrize("base", [None, BASE])
def test_other_schemes_are_refused(url: str, base: httpx.URL | None) -> None:
    assert refusal(url, base=base) is Reason.SCHEME


@pytest.mark.parametrize(
    "url",
    [
        "https://user:S3CRET@cdn.test/a.png",
        "https://cdn.test@127.0.0.1/",
        "https://cdn.test%23@127.0.0.1/",
        "https://:pw@cdn.test/",
    ],
)
def test_user_info_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Fault) as caught:
        STRICT.check_url(url)
    assert caught.value.reason is Reason.USERINFO
    assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize("port", [22, 80, 6379, 8080, 8443, 0, 99999])
def test_other_ports_are_refused(port: int) -> None:
    assert refusal(f"https://cdn.test:{port}/") is Reason.PORT


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_a_port_that_cannot_be_is_refused_even_on_own_networks(port: int) -> None:
    assert refusal(f"https://cdn.test:{port}/", INTRANET) is Reason.PORT


def test_plain_http_is_refused_unless_networks_are_listed() -> None:
    assert refusal("http://cdn.test/") is Reason.SCHEME
    assert refusal("http://cdn.test:443/") is Reason.SCHEME
    assert INTRANET.check_url("http://cdn.test:8080/").port == 8080


@pytest.mark.parametrize("guard", [STRICT, INTRANET])
def test_a_redirect_from_https_to_http_is_refused(guard: Guard) -> None:
    assert refusal("http://cdn.test/", guard, base=BASE) is Reason.REDIRECT


@pytest.mark.parametrize(
    ("location", "meant"),
    [
        ("//evil.test/a", "https://evil.test/a"),
        ("/a", "https://cdn.test/a"),
        ("?b=1", "https://cdn.test/pictures/a.png?b=1"),
        ("a b.png", "https://cdn.test/pictures/a%20b.png"),
        ("https://CDN.test:443/a#part", "https://cdn.test/a"),
    ],
)
def test_a_redirect_is_resolved_against_its_own_hop(location: str, meant: str) -> None:
    assert str(STRICT.check_url(location, base=BASE)) == meant


@pytest.mark.parametrize(
    "location", ["//127.0.0.1/a", "//localhost/", "//u:p@evil.test/", "//evil.test:22/", "\\\\evil.test"]
)
def test_a_relative_redirect_is_judged_like_any_other(location: str) -> None:
    assert refusal(location, base=BASE) in {Reason.ADDRESS, Reason.USERINFO, Reason.PORT, Reason.BAD_URL}


def test_encoded_line_ends_stay_encoded() -> None:
    assert STRICT.check_url("https://cdn.test/%0d%0aHost:%20evil").raw_path == b"/%0d%0aHost:%20evil"


def test_only_listed_hosts_are_asked() -> None:
    hosts = ("cdn.test", ".pictures.test")
    for url in ("https://cdn.test/", "https://CDN.test./", "https://a.b.pictures.test/"):
        assert STRICT.check_url(url, hosts=hosts).host
    for url in (
        "https://a.cdn.test/",
        "https://pictures.test/",
        "https://xpictures.test/",
        "https://cdn.test.evil.test/",
    ):
        assert refusal(url, hosts=hosts) is Reason.HOST


def test_no_entry_matches_no_host() -> None:
    assert not matches("cdn.test", ())


@given(st.text() | st.text(alphabet="htps:/.@#?%[]\\0127ax;").map("https://".__add__))
def test_a_url_is_taken_or_refused_and_never_anything_else(text: str) -> None:
    try:
        url = STRICT.check_url(text)
    except Fault:
        return
    assert url.scheme == "https"
    assert url.port is None
    assert not url.userinfo
    assert host_of(url)


# -- answers of the look-up ---------------------------------------------------


def answers_refused(
    guard: Guard, answers: list[str], *, host: str = "cdn.test", port: int = 443, plain: bool = False
) -> Reason:
    with pytest.raises(Fault) as caught:
        guard.check_answers(host, port, answers, plain=plain)
    return caught.value.reason


@given(st.lists(st.ip_addresses().map(str), min_size=1, max_size=5))
def test_no_address_outside_the_internet_is_ever_handed_on(answers: list[str]) -> None:
    """One bad answer spoils the name."""
    if any(judge(answer) for answer in answers):
        assert answers_refused(STRICT, answers) is Reason.ADDRESS
    else:
        assert not any(
            judge(address) for address in STRICT.check_answers("cdn.test", 443, answers, plain=False)
        )


def test_a_name_without_addresses_is_trouble_with_the_name() -> None:
    assert answers_refused(STRICT, []) is Reason.DNS
    with pytest.raises(Fault):
        anywhere("api.test", 443, [])


def test_a_mapped_answer_is_dialled_as_what_it_is() -> None:
    assert STRICT.check_answers("cdn.test", 443, ["::ffff:8.8.8.8"], plain=False) == ("8.8.8.8",)


def test_own_networks_may_be_dialled_plainly_and_on_any_port() -> None:
    assert INTRANET.check_answers("gitea", 3000, ["10.1.2.3"], plain=True) == ("10.1.2.3",)


def test_listing_own_networks_opens_nothing_else() -> None:
    assert answers_refused(INTRANET, ["8.8.8.8"], plain=True) is Reason.SCHEME
    assert answers_refused(INTRANET, ["8.8.8.8"], plain=True, port=80) is Reason.SCHEME
    assert answers_refused(INTRANET, ["8.8.8.8"], port=8080) is Reason.PORT
    assert answers_refused(INTRANET, ["8.8.8.8"], host="intranet") is Reason.ADDRESS
    assert answers_refused(INTRANET, ["10.1.2.3", "8.8.8.8"], port=8080) is Reason.PORT
    assert answers_refused(INTRANET, ["192.168.1.1"]) is Reason.ADDRESS
    assert INTRANET.check_answers("cdn.test", 443, ["10.1.2.3", "8.8.8.8"], plain=False)
    assert INTRANET.check_answers("8.8.8.8", 443, ["8.8.8.8"], plain=False)


def test_advice_is_given_only_where_it_would_help() -> None:
    for address, helps in (("10.0.0.1", True), ("169.254.169.254", False)):
        with pytest.raises(Fault) as caught:
            STRICT.check_answers("cdn.test", 443, [address], plain=False)
        assert ("http.allow_private" in (caught.value.hint or "")) is helps
