"""Which addresses belong to the public internet: a frozen table, and no I/O.

The table is our own on purpose. `ipaddress.is_global` depends on the Python release
and lets through addresses that must never be dialled (multicast, 6to4 and NAT64 forms
of loopback, a cloud's metadata service).
The registries: https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

from talentimg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_METADATA_WORDS = "a cloud's metadata address"

NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",  # link-local, with the metadata service of most clouds
        "100.100.100.200/32",  # Alibaba Cloud
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle
        "fd00:ec2::/32",  # Amazon
        "fd20:ce::254/128",  # Google
        "fd00:c1::a9fe:a9fe/128",  # Oracle
        "fd00:42::42/128",  # Scaleway
        "fe80::/10",  # link-local
    )
)
"""Refused even when the operator's own networks include them."""

_METADATA_HOSTS: frozenset[bytes] = frozenset(
    IPv4Address(text).packed
    for text in (
        "169.254.169.254",
        "169.254.170.2",  # Amazon, for containers
        "169.254.170.23",  # Amazon, for pods
        "169.254.42.42",  # Scaleway
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
    )
)
"""What an address of a translator that we do not know must not lead to."""

_DENIED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(text), words)
    for text, words in (
        ("0.0.0.0/8", "an address of this host"),
        ("10.0.0.0/8", "a private address"),
        ("100.100.100.200/32", _METADATA_WORDS),
        ("100.64.0.0/10", "a carrier-grade NAT address"),
        ("127.0.0.0/8", "a loopback address"),
        ("168.63.129.16/32", _METADATA_WORDS),
        ("169.254.169.254/32", _METADATA_WORDS),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "a documentation address"),
        ("192.31.196.0/24", "an anycast service address"),
        ("192.52.193.0/24", "an anycast service address"),
        ("192.88.99.0/24", "a relay address"),
        ("192.168.0.0/16", "a private address"),
        ("192.175.48.0/24", "an anycast service address"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)

_PUBLIC_V6 = IPv6Network("2000::/3")
"""The only part of IPv6 from which public addresses have been allocated."""

_DENIED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(text), words)
    for text, words in (
        ("2001::/23", "an address reserved for protocols"),
        ("2001:db8::/32", "a documentation address"),
        ("2002::/16", "a relay address"),
        ("2620:4f:8000::/48", "an anycast service address"),
        ("3fff::/20", "a documentation address"),
        ("::/128", "an address of this host"),
        ("::1/128", "a loopback address"),
        ("fd00:ec2::/32", _METADATA_WORDS),
        ("fd20:ce::254/128", _METADATA_WORDS),
        ("fd00:c1::a9fe:a9fe/128", _METADATA_WORDS),
        ("fd00:42::42/128", _METADATA_WORDS),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("ff00::/8", "a multicast address"),
    )
)
"""What is refused within the public part, and names for what lies outside it."""

_NAT64 = IPv6Network("64:ff9b::/96")

_LOW_32_EMBEDDED = tuple(
    IPv6Network(text) for text in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_LOW_32 = 0xFFFF_FFFF
_ISATAP = 0x0000_5EFE
_ISATAP_MASK = 0xFDFF_FFFF  # either value of the "universal" bit: RFC 5214, section 6.1


def parse_address(text: str | Address) -> Address | None:
    """The address to connect to, with IPv4-mapped IPv6 unwrapped; None if the text is not an IP address.

    One with a zone (`fe80::1%eth0`) is not: no name on the internet can resolve to it.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return None if address.scope_id else address.ipv4_mapped or address


def parse_networks(texts: Iterable[str], setting: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """These networks in CIDR notation; an address is one of its own.

    Raises:
        ConfigError: one of them is not a network; it names the setting.
    """
    try:
        return tuple(ip_network(text.strip(), strict=False) for text in texts)
    except ValueError:
        raise ConfigError(
            f"{setting} contains something that is not a network.",
            hint="Write networks like this: 10.0.0.0/8, fd00::/8",
        ) from None


def judge(address: str | Address) -> str | None:
    """Why this address must not be dialled, in a few words; None when it may be."""
    found = parse_address(address)
    if found is None:
        return "something that is not an address"
    if isinstance(found, IPv4Address):
        return next((words for network, words in _DENIED_V4 if found in network), None)
    if found in _NAT64:
        return judge(IPv4Address(int(found) & _LOW_32))
    if _is_isatap(found):
        return "a tunnel address"
    named = next((words for network, words in _DENIED_V6 if found in network), None)
    return named or (None if found in _PUBLIC_V6 else "an address outside the public internet")


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & _ISATAP_MASK == _ISATAP


def _embedded(address: IPv6Address) -> Iterable[IPv4Address]:
    """The IPv4 addresses that a translator or tunnel could extract from this one."""
    number = int(address)
    if _is_isatap(address) or any(address in network for network in _LOW_32_EMBEDDED):
        yield IPv4Address(number & _LOW_32)
    if address in _SIX_TO_FOUR:
        yield IPv4Address((number >> 80) & _LOW_32)
    if address in _TEREDO:
        yield IPv4Address(~number & _LOW_32)


def _any_translation(address: IPv6Address) -> Iterable[bytes]:
    """What a translator with a prefix of its own could take for the IPv4 address in this one.

    The prefix has 32, 40, 48, 56, 64 or 96 bits, and the ninth byte is no part of it:
    https://www.rfc-editor.org/rfc/rfc6052#section-2.2
    """
    packed = address.packed
    without_ninth = packed[:8] + packed[9:]
    yield packed[12:]
    yield from (without_ninth[start : start + 4] for start in range(4, 9))


def is_never(address: str | Address) -> bool:
    """Whether an address stays refused even if the operator lists its network."""
    found = parse_address(address)
    return found is None or _leads_to_metadata(found)


def _leads_to_metadata(address: Address) -> bool:
    forms = (address, *_embedded(address)) if isinstance(address, IPv6Address) else (address,)
    if any(form in network for form in forms for network in NEVER):
        return True
    return isinstance(address, IPv6Address) and not _METADATA_HOSTS.isdisjoint(_any_translation(address))


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The table, minus the operator's own networks.

    `private` are networks that the operator allows. Metadata addresses stay
    refused whatever it contains.
    """

    private: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, networks: Iterable[str]) -> Self:
        """The policy for these networks in CIDR notation.

        Raises:
            ConfigError: one of them is not a network.
        """
        return cls(parse_networks(networks, "http.allow_private"))

    def allows(self, address: str | Address) -> bool:
        """Whether the address lies in one of the operator's own networks."""
        found = parse_address(address)
        if found is None or _leads_to_metadata(found):
            return False
        return any(found in network for network in self.private)

    def judge(self, address: str | Address) -> str | None:
        """Why this address must not be dialled, in a few words; None when it may be."""
        return None if self.allows(address) else judge(address)
