"""Answers that are not the platform's: what firewalls, portals, gateways and dead hosts say in its place.

Whatever is asked, none of them may be taken for absence, or for the end of somebody's connection; and one
that says "too many requests" is honoured, whatever else it says.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from talentimg.http.interface import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

HTML: Final = {"content-type": "text/html; charset=utf-8"}
TEXT: Final = {"content-type": "text/plain"}
JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True)
class Foreign:
    """One such answer. `is_endless` stands for a body that never ends: who reads it gets trouble instead."""

    name: str
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_endless: bool = False

    @property
    def reply(self) -> Reply:
        """The answer as a client hands it over."""
        return Reply(self.status, self.headers, self.body, "https://played.test/")


def _page(title: str, head: str = "", body: str = "<p>Please wait.</p>") -> bytes:
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()
    )


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _other(name: str, status: int, document: object, headers: Mapping[str, str] = JSON) -> Foreign:
    return Foreign(name, status, _json(document), headers)


FORM: Final = '<form method="post"><input name="user"><input type="password" name="word"></form>'
NOINDEX: Final = '<meta name="robots" content="noindex">'

PAGES: Final = (
    Foreign("a page, 200", 200, _page("Hello"), HTML),
    Foreign("a page, 401", 401, _page("401 Authorization Required"), HTML),
    Foreign("a page, 403", 403, _page("403 Forbidden", body="<center>nginx</center>"), HTML),
    Foreign("a page, 404", 404, _page("404 Not Found", body="<center>nginx</center>"), HTML),
    Foreign("a page, 410", 410, _page("410 Gone"), HTML),
    Foreign("a page, 429", 429, _page("Too many requests"), HTML),
    Foreign("a page, 503", 503, _page("503 Service Temporarily Unavailable"), HTML),
    Foreign("a login", 200, _page("Log in", body=FORM), HTML),
    Foreign("a login without a title", 200, _page("Example", NOINDEX, FORM), HTML),
    Foreign("a consent wall", 200, _page("Before you continue", NOINDEX), HTML),
    Foreign("a consent wall of its own", 200, _page("x", body="<button>Accept all</button>"), HTML),
    Foreign("a parked domain", 200, _page("example.com is for sale", "<script src=/p.js></script>"), HTML),
    Foreign("maintenance, 200", 200, _page("Scheduled maintenance"), HTML),
    Foreign("maintenance, 503", 503, _page("Back soon"), HTML | {"retry-after": "3600"}),
    Foreign("a captive portal", 200, _page("Wi-Fi", '<meta http-equiv="refresh" content="0;url=/in">'), HTML),
    Foreign("a bot wall", 403, _page("Just a moment..."), HTML | {"cf-mitigated": "challenge"}),
    Foreign("a page that calls itself JSON", 404, _page("Not Found"), JSON),
)
TEXTS: Final = (
    Foreign("a firewall, 200", 200, b"Request blocked. Reference 18.2f", TEXT),
    Foreign("a firewall, 403", 403, b"Access denied by policy", TEXT),
    Foreign("a firewall, 404", 404, b"404 page not found", TEXT),
    Foreign("a firewall, 429", 429, b"slow down", TEXT),
    Foreign("nothing, 200", 200),
    Foreign("nothing, 401", 401),
    Foreign("nothing, 403", 403),
    Foreign("nothing, 404", 404),
    Foreign("nothing, 404, called a page", 404, headers=HTML),
    Foreign("nothing, 410", 410),
    Foreign("nothing, 429", 429, headers={"retry-after": "30"}),
    Foreign("cut short", 200, b'{"data": {"user": {"open_id": "x", "avat', JSON),
    Foreign("deep", 200, b"[" * 100_000, JSON),
    Foreign("deep, 404", 404, b'{"error":' * 50_000, JSON),
    Foreign("another charset", 404, '{"message": "Nicht gefünden"}'.encode("latin-1"), JSON),
    Foreign("another charset, 429", 429, '{"error": "genüg"}'.encode("utf-16"), JSON),
    Foreign("bytes", 200, bytes(range(256)), {"content-type": "application/octet-stream"}),
)
DOCUMENTS: Final = (
    _other("other JSON, 200", 200, {"ok": True, "id": 7, "status": "up"}),
    _other("other JSON, a list", 200, []),
    _other("other JSON, null", 200, None),
    _other("other JSON, 401", 401, {"error": "unauthorized"}),
    _other("a gateway, 401", 401, {"message": "Unauthorized"}),
    _other("a gateway, 403", 403, {"message": "Forbidden"}),
    _other("a gateway, 404", 404, {"message": "Not Found"}),
    _other("a gateway, 404 with a code", 404, {"error": {"code": 404, "message": "no route"}}),
    _other("a gateway, 410", 410, {"message": "Gone"}),
    _other("a gateway, 429", 429, {"message": "API rate limit exceeded"}),
    _other("a gateway, 503", 503, {"message": "Service Unavailable"}),
    _other("a problem document", 404, {"type": "about:blank", "title": "Not Found", "status": 404}),
    _other("Matrix", 404, {"errcode": "M_NOT_FOUND", "error": "Profile was not found"}),
    _other("Discord", 404, {"message": "Unknown User", "code": 10013}),
    _other("Twitch", 401, {"error": "Unauthorized", "status": 401, "message": "Invalid OAuth token"}),
    _other("Reddit", 404, {"message": "Not Found", "error": 404}),
    _other("Spotify", 401, {"error": {"status": 401, "message": "The access token expired"}}),
    _other("Discord, a user", 200, {"id": "7", "username": "ada", "avatar": None}),
    _other("X", 200, {"errors": [{"title": "Not Found Error", "detail": "Could not find user"}]}),
)
MOVES: Final = (
    Foreign("a redirect to a login", 302, headers={"location": "https://login.example/"}),
    Foreign("a redirect in a circle", 301, headers={"location": "https://played.test/"}),
    Foreign("a redirect to nowhere", 302),
)
ENDLESS: Final = (
    Foreign("without end, 200", 200, headers=JSON, is_endless=True),
    Foreign("without end, 404", 404, headers=JSON, is_endless=True),
    # Its status and headers are honoured before its body, so the client hands it over without one.
    Foreign("without end, 429", 429, headers=JSON | {"retry-after": "60"}),
)

FOREIGN: Final = (*PAGES, *TEXTS, *DOCUMENTS, *MOVES, *ENDLESS)
