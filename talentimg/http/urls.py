"""URLs as they are requested: the only place where text becomes one.

httpx's parser relies on `urllib`, `ipaddress` and `idna`, evaluates most parts late, and raises whatever they
raise, quoting the text. Here everything that will be used is evaluated once, and nothing is raised.
"""

from __future__ import annotations

from talentimg.http._httpx import httpx

HTTPS_PORT = 443
_HIGHEST_PORT = 65535


def parsed(text: object, base: httpx.URL | None = None) -> httpx.URL | None:
    """The URL that a text stands for, without its fragment; None if it is not one.

    Args:
        text: where it comes from does not matter.
        base: the URL that a relative one refers to.
    """
    if not isinstance(text, str):
        return None
    try:
        url = base.join(text) if base else httpx.URL(text)
        # Every copy is parsed anew, character by character, and a picture's address may be long.
        url = url.copy_with(fragment=None) if "#" in text else url
        _ = origin_of(url), url.host, url.netloc, url.raw_path, url.userinfo, str(url)
    except Exception:  # noqa: BLE001  errors of four libraries, and no text may cause more than a refusal
        return None
    return url


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
