"""The frozen address table: what may be dialled at all."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
import ssrfguard
from hypothesis import given
from hypothesis import strategies as st
from ssrfguard import _registry

from talentimg.errors import ConfigError
from talentimg.http.addresses import AddressPolicy, judge, parse_address

REFUSED = """
127.0.0.1 127.255.255.255 0.0.0.0 0.255.255.255 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1
169.254.169.254 169.254.0.1 100.64.0.1 100.127.255.255 100.100.100.200 168.63.129.16
192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.175.48.1
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
::ffff:0:8.8.8.8 64:ff9b::a9fe:a9fe 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::808:808
2002:7f00:1:: 2002:a9fe:a9fe:: 2002:808:808:: 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
2001:db8::1 3fff::1 2620:4f:8000::1 2607:f8b0::5efe:7f00:1 2607:f8b0::200:5efe:808:808
fc00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::1%eth0 fe80::5efe:a9fe:a9fe fec0::1 ff02::1 100::1
4000::1 5f00::1 2607:f8b0::1%eth0
"""

ALLOWED = """
8.8.8.8 1.1.1.1 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1
9.255.255.255 11.0.0.0 169.253.255.255 169.255.0.0 168.63.129.15 168.63.129.17 191.255.255.255
192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 ::ffff:8.8.8.8 64:ff9b::808:808
2606:4700:4700::1111 2a00:1450::1 2001:4860:4860::8888 2001:200::1 2003::1 2620:4f:8001::1 3ffe::1
"""


@pytest.mark.parametrize("address", REFUSED.split())
def test_refuses(address: str) -> None:
    assert judge(address)


@pytest.mark.parametrize("address", ALLOWED.split())
def test_allows_what_lies_just_outside(address: str) -> None:
    """A guard with false refusals gets removed."""
    assert judge(address) is None


@pytest.mark.parametrize(
    "text", ["", "cdn.test", "127.1", "0177.0.0.1", "2130706433", "1.2.3.4.5", "::1::", "[::1]"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert judge(text)


def test_a_mapped_address_is_dialled_as_what_it_is() -> None:
    assert parse_address("::ffff:8.8.8.8") == IPv4Address("8.8.8.8")


ANY_ADDRESS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


@st.composite
def embedded(draw: st.DrawFn) -> IPv6Address:
    """IPv6 addresses in which translators and tunnels would find an IPv4 one."""
    inner = int(draw(st.ip_addresses(v=4)))
    prefix = draw(st.sampled_from(["::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::", "2607:f8b0::5efe:0:0"]))
    return IPv6Address(int(IPv6Address(prefix)) | inner)


@given(st.one_of(ANY_ADDRESS, embedded()))
def test_refuses_at_least_what_another_table_refuses(address: IPv4Address | IPv6Address) -> None:
    if ssrfguard.DEFAULT_DENIED.classify(address).blocked:
        assert judge(address)


@pytest.mark.parametrize("block", [str(block.network) for block in _registry.TABLE])
def test_refuses_at_least_what_another_table_refuses_at_every_edge(block: str) -> None:
    network = ip_network(block)
    first, last = int(network.network_address), int(network.broadcast_address)
    edges = {first, first + 1, (first + last) // 2, last - 1, last, first - 1, last + 1}
    kind = type(network.network_address)
    for edge in edges:
        if 0 <= edge < 2**network.max_prefixlen and ssrfguard.DEFAULT_DENIED.classify(kind(edge)).blocked:
            assert judge(kind(edge)), kind(edge)


# -- the operator's own networks ----------------------------------------------


def test_a_listed_network_may_be_dialled() -> None:
    policy = AddressPolicy.parse(["10.0.0.0/8", " fd12::/16 ", "127.0.0.1"])
    for address in ("10.1.2.3", "fd12::1", "127.0.0.1", "::ffff:10.1.2.3"):
        assert policy.judge(address) is None
        assert policy.allows(address)
    assert policy.judge("192.168.0.1")
    assert not policy.allows("8.8.8.8")


METADATA = """
169.254.169.254 169.254.0.1 100.100.100.200 168.63.129.16 fd00:ec2::254 fd20:ce::254 fe80::1
::ffff:169.254.169.254 ::169.254.169.254 ::ffff:0:169.254.169.254 64:ff9b::a9fe:a9fe 64:ff9b:1::a9fe:a9fe
2002:a9fe:a9fe:: 2001::5601:5601 2607:f8b0::5efe:a9fe:a9fe fd00::200:5efe:a9fe:a9fe
192.0.0.192 ::ffff:c000:c0 fd00:ec2::23 fd00:ec2::253 fd00:c1::a9fe:a9fe fd00:42::42 fd12:64::a9fe:a9fe
fd12:64::100.100.100.200 64:ff9b:1:a9fe:a9:fe00:: fd12:3456:a9fe:a9fe:: fd12:3456:78:a9fe:a9:fe00::
fd12:3456:78:90:a9:fea9:fe00:: fd12:3456:78a9:fea9:fe:: fd12:3456:7890:12a9:fe:a9fe::
"""


@pytest.mark.parametrize("address", METADATA.split())
def test_metadata_stays_refused_whatever_is_listed(address: str) -> None:
    everything = AddressPolicy.parse(["0.0.0.0/0", "::/0", "169.254.0.0/16", "169.254.169.254"])
    assert everything.judge(address)
    assert not everything.allows(address)


@given(ANY_ADDRESS)
def test_without_a_listed_network_the_table_stands(address: IPv4Address | IPv6Address) -> None:
    assert AddressPolicy().judge(address) == judge(address)
    assert not AddressPolicy().allows(address)


@given(ANY_ADDRESS)
def test_a_listed_network_changes_nothing_outside_of_it(address: IPv4Address | IPv6Address) -> None:
    own = ip_network("10.0.0.0/8")
    if parse_address(address) not in own:
        assert AddressPolicy((own,)).judge(address) == judge(address)


def test_a_network_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"http\.allow_private"):
        AddressPolicy.parse(["10.0.0.0/8", "my-lan"])


def test_addresses_are_taken_as_objects_too() -> None:
    assert judge(ip_address("127.0.0.1")) == judge("127.0.0.1") == "a loopback address"
