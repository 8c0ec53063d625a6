"""Any number of Mastodon servers: the host is the first segment of the path.

Pages: https://docs.joinmastodon.org/methods/accounts/#lookup and https://docs.joinmastodon.org/spec/webfinger/
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from talentimg.demo.default_avatars import default_avatar
from talentimg.demo.messages import NOT_MODIFIED, Answer, is_unchanged, json_answer
from talentimg.demo.people import MASTODON, Standing
from talentimg.demo.pictures import etag
from talentimg.demo.platforms.base import NO_PICTURE, YEAR, Platform, key_of, seed_in, serve

if TYPE_CHECKING:
    from talentimg.demo.faults import Gate
    from talentimg.demo.messages import Call, Headers
    from talentimg.demo.people import Presence

WINDOW: Final = 300
PER_WINDOW: Final = 300
KEY_LENGTH: Final = 16
ACTIVITY: Final = "application/activity+json; charset=utf-8"
JRD: Final = "application/jrd+json; charset=utf-8"
MISSING: Final = "/avatars/original/missing.png"
FILE: Final = re.compile(r"/[^/]+/accounts/avatars/[\d/]+/original/([0-9a-f]+)\.(jpg|png)")
NODEINFO: Final = "http://nodeinfo.diaspora.software/ns/schema/2.0"
NOT_FOUND: Final = json_answer({"error": "Record not found"}, 404)


class Mastodon(Platform):
    """Many hosts: `/mastodon/<host>`."""

    name: ClassVar[str] = MASTODON
    prefixes: ClassVar[tuple[str, ...]] = ("mastodon",)

    def answer(self, call: Call) -> Answer:
        """The lookup, WebFinger, NodeInfo and the actor."""
        host, _, rest = call.path[1:].partition("/")
        if rest == "api/v1/accounts/lookup":
            return self._lookup(call, host)
        if rest == ".well-known/webfinger":
            return self._webfinger(call, host)
        if rest == ".well-known/nodeinfo":
            return json_answer({"links": [{"rel": NODEINFO, "href": f"https://{host}/nodeinfo/2.0"}]})
        if rest.startswith("users/"):
            return self._actor(call, host, rest.removeprefix("users/"))
        return NOT_FOUND

    def _lookup(self, call: Call, host: str) -> Answer:
        if self.world.is_locked_host(host):
            return json_answer({"error": "This method requires an authenticated user"}, 401)
        user, _, domain = call.params.get("acct", "").removeprefix("@").partition("@")
        if domain and domain.lower() != host.lower():
            return NOT_FOUND
        presence = self.world.by_handle(MASTODON, f"{user}@{host}")
        if presence is None or presence.standing in {Standing.DELETED, Standing.DEACTIVATED}:
            return NOT_FOUND
        return json_answer(
            self._account(call.base, presence, host), 200, ("Cache-Control", "private, no-store")
        )

    def _account(self, base: str, presence: Presence, host: str) -> dict[str, Any]:
        user = presence.handle.partition("@")[0]
        is_suspended = presence.standing is Standing.SUSPENDED
        avatar = None if is_suspended else _picture_url(base, presence, host)
        avatar = avatar or f"{base}/pictures/mastodon/{host}{MISSING}"
        account: dict[str, Any] = {
            "id": presence.user_id,
            "username": user,
            "acct": user,
            "display_name": "" if is_suspended else presence.name,
            "locked": False,
            "bot": False,
            "url": f"https://{host}/@{user}",
            "uri": f"{base}/mastodon/{host}/users/{user}",
            "avatar": avatar,
            "avatar_static": avatar,
            "emojis": [],
            "fields": [],
        }
        return account | {"suspended": True} if is_suspended else account

    def _webfinger(self, call: Call, host: str) -> Answer:
        resource = call.params.get("resource", "")
        user, _, domain = resource.removeprefix("acct:").removeprefix("@").partition("@")
        presence = self.world.by_handle(MASTODON, f"{user}@{host}")
        if domain.lower() != host.lower() or presence is None or presence.standing is Standing.DELETED:
            return Answer(404)
        user = presence.handle.partition("@")[0]
        href = f"{call.base}/mastodon/{host}/users/{user}"
        links = [
            {
                "rel": "http://webfinger.net/rel/profile-page",
                "type": "text/html",
                "href": f"https://{host}/@{user}",
            },
            {"rel": "self", "type": "application/activity+json", "href": href},
        ]
        document = {
            "subject": f"acct:{presence.handle}",
            "aliases": [f"https://{host}/@{user}"],
            "links": links,
        }
        return Answer(200, json_answer(document).body, JRD)

    def _actor(self, call: Call, host: str, user: str) -> Answer:
        presence = self.world.by_handle(MASTODON, f"{user}@{host}")
        if presence is None:
            return NOT_FOUND
        if not presence.is_active:
            is_final = presence.standing is Standing.DELETED
            return Answer(410 if is_final else 403, headers=(("Cache-Control", "max-age=180, public"),))
        actor: dict[str, Any] = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": f"{call.base}/mastodon/{host}/users/{user}",
            "type": "Person",
            "preferredUsername": user,
            "name": presence.name,
            "url": f"https://{host}/@{user}",
        }
        url = _picture_url(call.base, presence, host)
        if url is not None:
            actor["icon"] = {"type": "Image", "mediaType": "image/jpeg", "url": url}
        return Answer(200, json_answer(actor).body, ACTIVITY)

    def picture(self, call: Call) -> Answer:
        """A picture as uploaded, at 400 pixels."""
        if call.path.endswith(MISSING):
            return Answer(200, default_avatar(MASTODON, "png"), "image/png")
        file = FILE.fullmatch(call.path)
        seed = seed_in(file[1]) if file else None
        if file is None or seed is None:
            return NO_PICTURE
        headers: Headers = (("ETag", etag(seed, file[1])), YEAR)
        if is_unchanged(call, etag(seed, file[1]), None):
            return Answer(NOT_MODIFIED, headers=headers)
        return serve(seed, *headers, side=400)

    # -- errors -------------------------------------------------------------------

    def throttled(self, call: Call, gate: Gate) -> Answer:  # noqa: ARG002  the same for every request
        """A 429 without Retry-After: the reset is a date with six decimals."""
        return json_answer({"error": "Too many requests"}, 429).plus(*self.limits(gate))

    def limits(self, gate: Gate) -> Headers:
        """Always sent."""
        now = self.world.clock()
        has_own = gate.limit is not None
        reset = max(gate.closed_until, now + 1) if has_own else (now // WINDOW + 1) * WINDOW
        return (
            ("X-RateLimit-Limit", str(gate.limit if has_own else PER_WINDOW)),
            ("X-RateLimit-Remaining", str(gate.left if has_own else PER_WINDOW - 1)),
            ("X-RateLimit-Reset", datetime.fromtimestamp(reset, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
        )

    def broken(self, call: Call) -> Answer:  # noqa: ARG002  the same for every request
        """A server that is temporarily unavailable."""
        return json_answer({"error": "Remote data could not be fetched"}, 503)


def _picture_url(base: str, presence: Presence, host: str) -> str | None:
    """A different file name for every upload."""
    if presence.picture is None:
        return None
    number = f"{int(presence.user_id) % 10**9:09d}"
    folder = f"{number[:3]}/{number[3:6]}/{number[6:]}"
    name = key_of(presence, presence.picture, KEY_LENGTH)
    return f"{base}/pictures/mastodon/{host}/accounts/avatars/{folder}/original/{name}.jpg"
