"""api.github.com, and avatars.githubusercontent.com.

Page: https://docs.github.com/en/rest/users/users
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from talentimg.demo.default_avatars import identicon
from talentimg.demo.messages import (
    NOT_MODIFIED,
    Answer,
    etag_of,
    http_date,
    is_unchanged,
    json_answer,
    text_answer,
)
from talentimg.demo.people import GITHUB
from talentimg.demo.pictures import is_crowd
from talentimg.demo.platforms.base import NO_PICTURE, Platform, serve_fixed
from talentimg.demo.settings import GITHUB_TOKEN

if TYPE_CHECKING:
    from talentimg.demo.faults import Gate
    from talentimg.demo.messages import Call, Headers
    from talentimg.demo.people import Presence

DOCS: Final = "https://docs.github.com/rest/users/users#get-a-user"
SIDE: Final = 460
PER_HOUR: Final = 5000
FILE: Final = re.compile(r"/u/(\d+)")


class GitHub(Platform):
    """One host: `/github`."""

    name: ClassVar[str] = GITHUB
    prefixes: ClassVar[tuple[str, ...]] = ("github",)

    def answer(self, call: Call) -> Answer:
        """A user by login or by number."""
        if "user-agent" not in call.headers:
            return text_answer("Request forbidden by administrative rules.", 403)
        token = call.bearer
        if token is not None and token != GITHUB_TOKEN:
            return _error(401, "Bad credentials")
        kind, _, name = call.path[1:].partition("/")
        if kind == "users":
            return self._user(call, self.world.by_handle(GITHUB, name)) or self._moved(call, name)
        found = self.world.by_user_id(GITHUB, name) if kind == "user" else None
        return self._user(call, found) or _error(404, "Not Found")

    def _user(self, call: Call, presence: Presence | None) -> Answer | None:
        if presence is None or not presence.is_active:
            return None
        user: dict[str, Any] = {
            "login": presence.handle,
            "id": int(presence.user_id),
            "avatar_url": f"{call.base}/pictures/github/u/{presence.user_id}?v=4",
            "gravatar_id": "",
            "url": f"{call.base}/github/users/{presence.handle}",
            "html_url": f"https://github.com/{presence.handle}",
            "type": "User",
            "site_admin": False,
            "name": presence.name,
        }
        answer = json_answer(user)
        tag = etag_of(answer.body, weak=True)
        headers = (
            ("ETag", tag),
            ("Last-Modified", http_date(presence.changed_at)),
            ("Cache-Control", "public, max-age=60, s-maxage=60"),
        )
        if is_unchanged(call, tag, None):
            return Answer(NOT_MODIFIED, headers=headers)
        return answer.plus(*headers)

    def _moved(self, call: Call, login: str) -> Answer:
        """A renamed user's old login redirects to their number; a login that never existed is not found."""
        presence = self.world.by_former_handle(GITHUB, login)
        if presence is None or not presence.is_active:
            return _error(404, "Not Found")
        url = f"{call.base}/github/user/{presence.user_id}"
        body = {"message": "Moved Permanently", "url": url, "documentation_url": DOCS}
        return json_answer(body, 301, ("Location", url))

    def picture(self, call: Call) -> Answer:
        """A picture at a URL that never changes; without one, the identicon."""
        file = FILE.fullmatch(call.path)
        presence = self.world.by_user_id(GITHUB, file[1]) if file else None
        if presence is None or not presence.is_active:
            return NO_PICTURE
        side = call.params.get("s", "")
        wanted = min(SIDE, int(side)) if side.isdecimal() and int(side) > 0 else SIDE
        if presence.picture is None:
            return Answer(200, identicon(presence.user_id), "image/png", (("Cache-Control", "max-age=300"),))
        return serve_fixed(call, presence, side=None if is_crowd(presence.picture) else wanted)

    # -- errors -------------------------------------------------------------------

    def throttled(self, call: Call, gate: Gate) -> Answer:  # noqa: ARG002  the same for every request
        """The primary rate limit: a 403 with no requests remaining."""
        text = "API rate limit exceeded for 127.0.0.1."
        return _error(403, text).plus(*self.limits(gate))

    def limits(self, gate: Gate) -> Headers:
        """Always sent; the reset is in seconds since 1970."""
        now = self.world.clock()
        limit = PER_HOUR if gate.limit is None else gate.limit
        left = PER_HOUR - 1 if gate.limit is None else gate.left
        reset = now + 3600 if gate.limit is None else max(gate.closed_until, now + 1)
        return (
            ("X-RateLimit-Limit", str(limit)),
            ("X-RateLimit-Remaining", str(left)),
            ("X-RateLimit-Used", str(max(0, limit - left))),
            ("X-RateLimit-Resource", "core"),
            ("X-RateLimit-Reset", str(math.ceil(reset))),
        )

    def broken(self, call: Call) -> Answer:  # noqa: ARG002  the same for every request
        """A gateway error."""
        return json_answer({"message": "Server Error"}, 502)


def _error(status: int, message: str) -> Answer:
    return json_answer({"message": message, "documentation_url": DOCS, "status": str(status)}, status)
