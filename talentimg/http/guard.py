"""What the guarded client lets through: which URLs, and which addresses behind a name.

No I/O here. The URL is judged before its name is looked up, and the addresses before any of them is
dialled. The check and the request use the same parser (`httpx.URL`), so the host that is checked is
the host that is contacted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from talentimg.http.addresses import AddressPolicy, is_never, judge, parse_address
from talentimg.http.faults import Fault, fault
from talentimg.http.urls import HTTPS_PORT, has_real_port, host_of, parsed, port_of
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.http._httpx import httpx

__all__ = [
    "MOST_HOPS",
    "REDIRECTS",
    "AddressPolicy",
    "Guard",
    "anywhere",
    "judge",
    "matches",
]

REDIRECTS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
MOST_HOPS = 3
LONGEST_URL = 2048
_WAYS = ("http", "https")
_LONGEST_HOST = 253

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
# `getaddrinfo` reads 0x7f000001, 017700000001 and 127.1 as loopback; no top-level domain is numeric.
# https://url.spec.whatwg.org/#ends-in-a-number-checker
_ENDS_IN_A_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")
# https://www.rfc-editor.org/rfc/rfc6762#appendix-G, RFC 6761, RFC 8375, and ICANN's .internal
_RESERVED = (".internal", ".local", ".localhost", ".home.arpa")

_METADATA_NAMES = (
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "instance-data.ec2.internal",
    "metadata.tencentyun.com",
)
"""Refused even where the operator's networks have inner names."""

_ALLOW_HINT = "If that network is yours, list it under http.allow_private."


def matches(host: str, hosts: Sequence[str]) -> bool:
    """Whether a host is one of these names, or ends in one of these suffixes (leading dot)."""
    name = host.rstrip(".")
    return any(name.endswith(entry) if entry.startswith(".") else name == entry for entry in hosts)


def _is_reserved(host: str) -> bool:
    name = "." + host.rstrip(".")
    return name.count(".") == 1 or name.endswith(_RESERVED)


def _parse(text: object, base: httpx.URL | None) -> httpx.URL:
    url = _of_the_web(text, base)
    if url is None:
        raise Fault(Reason.BAD_URL, "The address is not a valid web address.")
    return url


def _of_the_web(text: object, base: httpx.URL | None) -> httpx.URL | None:
    # Only browsers take a backslash for a slash, and no legitimate URL contains a bare one.
    if not isinstance(text, str) or not text or len(text) > LONGEST_URL or "\\" in text:
        return None
    named = parsed(text)
    url = parsed(text, base) if base else named
    if named is None or url is None:
        return None
    # Joining would make `https:name/path` a path on the base's own host.
    hostless = named.scheme in _WAYS and not named.raw_host
    return url if url.scheme and not hostless and len(str(url)) <= LONGEST_URL else None


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of the guarded client, given the operator's own networks."""

    policy: AddressPolicy

    def check_url(
        self, text: object, *, base: httpx.URL | None = None, hosts: Sequence[str] = ()
    ) -> httpx.URL:
        """The parsed URL, if it may be requested at all.

        Args:
            text: an untrusted address.
            base: the URL that redirected to this one.
            hosts: the only hosts allowed, see `matches`; empty means any.

        Raises:
            Fault: it is refused; nothing has been looked up.
        """
        url = _parse(text, base)
        if url.scheme not in _WAYS:
            raise Fault(Reason.SCHEME, "The address does not begin with https://.")
        if url.userinfo:
            raise Fault(Reason.USERINFO, "The address contains a user name or password.")
        self._check_host(host_of(url))
        self._check_way(url, base)
        if hosts and not matches(host_of(url), hosts):
            raise Fault(Reason.HOST, f"{host_of(url)} is not a host that serves this platform's pictures.")
        return url

    def _check_host(self, host: str) -> None:
        if parse_address(host) is not None:
            self._check_address(host, host)
        elif _ENDS_IN_A_NUMBER.fullmatch(host):
            raise Fault(Reason.ADDRESS, "The address has a number where the host name belongs.")
        elif len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
            raise Fault(Reason.BAD_URL, "The address contains an invalid host name.")
        elif matches(host, _METADATA_NAMES):
            raise Fault(Reason.ADDRESS, f"{host} is a cloud's metadata service, which we do not connect to.")
        elif _is_reserved(host) and not self.policy.private:
            raise _inner_name(host)

    def _check_address(self, host: str, address: str) -> None:
        why = self.policy.judge(address)
        if why:
            hint = None if is_never(address) else _ALLOW_HINT
            raise Fault(Reason.ADDRESS, f"{host} points to {why}, which we do not connect to.", hint=hint)

    def _check_way(self, url: httpx.URL, base: httpx.URL | None) -> None:
        if base and base.scheme == "https" and url.scheme == "http":
            raise Fault(Reason.REDIRECT, f"{host_of(base)} redirects from HTTPS to plain HTTP.")
        if not has_real_port(url):
            raise _odd_port(host_of(url))
        if not self.policy.private:
            _check_public_way(host_of(url), port_of(url), plain=url.scheme == "http")

    def check_answers(self, host: str, port: int, answers: Sequence[str], *, plain: bool) -> tuple[str, ...]:
        """The addresses that may be dialled for a host.

        If all of them are private, these are the ones in the operator's networks: `localhost` is often
        both 127.0.0.1 and ::1, and perhaps only one of them is listed. Otherwise it is all or none.

        Args:
            host: the name that was looked up, or an address.
            port: the port to connect to.
            answers: the addresses that were found.
            plain: whether the connection is made without TLS.

        Raises:
            Fault: it is refused. Outside the operator's networks a single bad address is enough.
        """
        if not answers:
            raise fault(Reason.DNS, host, retryable=True)
        own = self._own_of(answers)
        for answer in own or answers:
            self._check_address(host, answer)
        if not own:
            _check_public_way(host, port, plain=plain)
            if _is_reserved(host) and parse_address(host) is None:
                raise _inner_name(host)
        return tuple(str(parse_address(answer)) for answer in own or answers)

    def _own_of(self, answers: Sequence[str]) -> list[str]:
        """The addresses in the operator's networks; empty if a public or a forbidden one is among them."""
        foreign = [answer for answer in answers if not self.policy.allows(answer)]
        if any(self.policy.judge(answer) is None or is_never(answer) for answer in foreign):
            return []
        return [answer for answer in answers if self.policy.allows(answer)]


def _check_public_way(host: str, port: int, *, plain: bool) -> None:
    """Outside the operator's own networks: only TLS, and only on its own port."""
    if plain:
        raise Fault(Reason.SCHEME, f"The address of {host} does not use HTTPS.", hint=_ALLOW_HINT)
    if port != HTTPS_PORT:
        raise _odd_port(host)


def _odd_port(host: str) -> Fault:
    return Fault(Reason.PORT, f"The address of {host} uses an unusual port.", hint=_ALLOW_HINT)


def _inner_name(host: str) -> Fault:
    return Fault(Reason.ADDRESS, f"{host} is a name in an internal network.", hint=_ALLOW_HINT)


def anywhere(host: str, _port: int, answers: Sequence[str]) -> tuple[str, ...]:
    """All addresses of a name, for the client that goes only where our code and the operator say.

    Raises:
        Fault: there are none.
    """
    if not answers:
        raise fault(Reason.DNS, host, retryable=True)
    return tuple(answers)
