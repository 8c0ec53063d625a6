"""Finds a fediverse account's server: WebFinger, the host-meta that says where it is, and NodeInfo.

https://www.rfc-editor.org/rfc/rfc7033      WebFinger: who is behind a name
https://www.rfc-editor.org/rfc/rfc6415      host-meta: where to ask, if the name's host is another one
https://nodeinfo.diaspora.software          what software a server runs; here, that it runs one at all
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from talentimg.errors import ProviderError
from talentimg.providers.evidence import words

if TYPE_CHECKING:
    from talentimg.http.interface import Reply
    from talentimg.providers.replies import Part

WELL_KNOWN: Final = "/.well-known/"
ACCEPT_CARD: Final = "application/jrd+json, application/json;q=0.9"
ACCEPT_HOST_META: Final = "application/xrd+xml, application/xml;q=0.9, text/xml;q=0.8"
AVATAR_LINK: Final = "http://webfinger.net/rel/avatar"
_SCHEMA: Final = r"https?://nodeinfo\.diaspora\.software/ns/schema/\d.*"
NODEINFO: Final = (words(200, links__0__rel=_SCHEMA), words(200, links__1__rel=_SCHEMA))

_LINK: Final = re.compile(r"<(?:\w{1,20}:)?link\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""([a-z]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MOST: Final = 64 * 1024
_PLACE: Final = "{uri}"


def links(card: Part) -> tuple[str | None, str | None]:
    """The URLs of the actor and the picture in a WebFinger response."""
    actor = avatar = None
    for link in card.items("links"):
        rel, kind, href = (link.dig(key) for key in ("rel", "type", "href"))
        if not isinstance(href, str) or not href:
            continue
        if rel == "self" and isinstance(kind, str) and ("activity+json" in kind or "ld+json" in kind):
            actor = actor or href
        elif rel == AVATAR_LINK:
            avatar = avatar or href
    return actor, avatar


def template_in(host_meta: Reply) -> str | None:
    """Where host-meta says that WebFinger is: a URL with `{uri}` in it.

    The document, of a few lines, is searched rather than parsed: nothing in it is expanded.
    """
    text = host_meta.body[:_MOST].decode("utf-8", "replace")
    for link in _LINK.finditer(text):
        named = {name.lower(): unescape(one or other) for name, one, other in _ATTRIBUTE.findall(link[1])}
        template = named.get("template", "").strip()
        if named.get("rel", "").lower() == "lrdd" and _PLACE in template:
            return template
    return None


def address_in(template: str, resource: str) -> str:
    """The URL to ask for a resource, which is quoted already."""
    return template.replace(_PLACE, resource)


def server_of(url: str) -> str:
    """The base URL of the server that a well-known address, or any other, belongs to."""
    base, is_well_known, _ = url.partition(WELL_KNOWN)
    return base if is_well_known else "/".join(url.split("/")[:3])


def is_json(reply: Reply) -> bool:
    """Whether an answer is JSON, whatever it says."""
    try:
        reply.json()
    except ProviderError:
        return False
    return True


def is_page(reply: Reply) -> bool:
    """Whether an answer is for people to look at: a wall, a portal, a web server's own error.

    Where there is nothing to look at, what it is called does not make it one: frameworks such as that of
    BookWyrm call an empty answer HTML.
    """
    kind = reply.headers.get("content-type", "").lower()
    body = reply.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    return body.startswith(b"<") or ("html" in kind and bool(body))
