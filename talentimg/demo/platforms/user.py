"""The agency's own app, which serves the users' avatars."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.demo.platforms.base import NO_PICTURE, Platform, serve

if TYPE_CHECKING:
    from talentimg.demo.messages import Answer, Call

SUFFIX = ".jpg"


class UserAvatars(Platform):
    """Only pictures: `/pictures/user/<person>.jpg`."""

    name: ClassVar[str] = "user"
    prefixes: ClassVar[tuple[str, ...]] = ()

    def answer(self, call: Call) -> Answer:  # noqa: ARG002  there is no API
        """There is no API, only pictures."""
        return NO_PICTURE

    def picture(self, call: Call) -> Answer:
        """Somebody's avatar."""
        person = self.world.person(call.path.strip("/").removesuffix(SUFFIX))
        return serve(person.avatar if person else None)
