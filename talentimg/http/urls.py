"""URLs as they are asked for: what is read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talentimg.http._httpx import httpx

HTTPS_PORT = 443
_HIGHEST_PORT = 65535


def host_of(url: httpx.URL) -> str:
    """The host as it is looked up and dialled."""
    return url.raw_host.decode("ascii")


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port: what must be the same for two URLs to belong together."""
    return url.scheme, host_of(url), port_of(url)


def port_of(url: httpx.URL) -> int:
    """The port that is dialled, the scheme's own unless another one is named."""
    return (80 if url.scheme == "http" else HTTPS_PORT) if url.port is None else url.port


def has_real_port(url: httpx.URL) -> bool:
    """Whether there is such a port."""
    return 0 < port_of(url) <= _HIGHEST_PORT
