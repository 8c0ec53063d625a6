"""gravatar.com: a picture under the SHA-256 of an e-mail address.

Page: https://docs.gravatar.com/sdk/images/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.demo.default_avatars import default_avatar
from talentimg.demo.messages import HTML, Answer, text_answer
from talentimg.demo.people import GRAVATAR
from talentimg.demo.pictures import is_crowd
from talentimg.demo.platforms.base import Platform, serve_fixed

if TYPE_CHECKING:
    from talentimg.demo.messages import Call

FILE: Final = re.compile(r"/avatar/([0-9a-f]{64})(?:\.jpg)?")
LARGEST: Final = 2048
USUAL: Final = "80"


class Gravatar(Platform):
    """One host: `/gravatar`, for look-ups and pictures alike."""

    name: ClassVar[str] = GRAVATAR
    prefixes: ClassVar[tuple[str, ...]] = ("gravatar",)

    def answer(self, call: Call) -> Answer:
        """The picture; if there is none, a 404 or a drawing, as requested."""
        file = FILE.fullmatch(call.path)
        presence = self.world.by_user_id(GRAVATAR, file[1]) if file else None
        size = call.params.get("s", call.params.get("size", USUAL))
        side = min(LARGEST, int(size)) if size.isdecimal() and int(size) > 0 else int(USUAL)
        if presence is not None and presence.picture is not None and presence.is_active:
            return serve_fixed(
                call, presence, side=None if is_crowd(presence.picture) else side, tagged=False
            )
        if call.params.get("d", call.params.get("default")) == "404":
            return text_answer("404 Not Found", 404, HTML)
        return Answer(200, default_avatar(GRAVATAR), "image/jpeg")
