"""Takes links from outside apart: the only place where such text meets `urllib`.

Its parser raises `ValueError` for a bracket, a port, or a letter that looks like a slash, and quotes the link
including any password. Nothing here raises: a link that cannot be an address has no parts. Whether an address
may be requested is up to the guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult


def split(link: str) -> SplitResult | None:
    """The parts of a link, each of which can be read and written; None if it cannot be an address."""
    try:
        parts = urlsplit(link)
        _ = parts.port, link.encode()  # a bad port or a lone surrogate only shows when it is used
    except ValueError:
        return None
    return parts


def host_in(link: str) -> str:
    """The host of a link in lower case; empty if it has none."""
    parts = split(link)
    return (parts.hostname or "") if parts else ""


def path_in(link: str) -> str:
    """The path of a link; empty if it has none."""
    parts = split(link)
    return parts.path if parts else ""


def without_secrets(link: str) -> str:
    """Scheme, host and path of a link: what else stands in it may be a password or a key."""
    parts = split(link)
    if parts is None:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def query_in(link: str) -> dict[str, str]:
    """The query of a link. Of several values with one name the first counts, and empty ones do not."""
    parts = split(link)
    return {name: values[0] for name, values in parse_qs(parts.query).items()} if parts else {}


def with_query(link: str, name: str, value: str) -> str:
    """The link with one value of its query replaced; as it was if it cannot be an address."""
    parts = split(link)
    if parts is None:
        return link
    others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return parts._replace(query=urlencode([*others, (name, value)])).geturl()


def joined(base: str, link: str) -> str | None:
    """Where a link on a page leads; None if that is not a web address."""
    if split(base) is None or split(link) is None:
        return None
    try:
        url = urljoin(base, link)
    except ValueError:  # two good halves can make a bad whole
        return None
    parts = split(url)
    return url if parts and parts.scheme in {"http", "https"} and parts.hostname else None
