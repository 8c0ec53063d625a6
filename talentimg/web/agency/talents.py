"""The app's reads: the list, a talent, the state of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from talentimg.models.access import Scope
from talentimg.web.agency.envelope import NOT_FOUND, Refused, done, refused
from talentimg.web.cache import RememberedMany

if TYPE_CHECKING:
    from starlette.requests import Request

    from talentimg.bootstrap import App
    from talentimg.repository.interface.profiles import Profile
    from talentimg.web.agency.session import Sessions
    from talentimg.web.agency.shapes import AgencyShapes


LISTS_S: Final = 2.0
"""For how long a list may not show what another process has changed."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of lists that are remembered."""


class TalentReads:
    """Answers what the app's pages read."""

    def __init__(self, app: App, sessions: Sessions, shapes: AgencyShapes) -> None:
        self._app = app
        self._sessions = sessions
        self._shapes = shapes
        self._lists: RememberedMany[tuple[str | None, int | None], bytes] = RememberedMany(
            self._list, seconds=LISTS_S, most=MOST_BYTES, weigh=len
        )

    async def everybody(self, request: Request) -> Response:
        """`GET /api/admin/talent`: the list, as a bare array."""
        await self._sessions.need_admin(request, Scope.READ)
        wanted = request.query_params.get("representationType") or "all"
        limit = _limit(request.query_params.get("limit"))
        representation = None if wanted == "all" else wanted
        return Response(await self._lists.get((representation, limit)), media_type="application/json")

    async def _list(self, key: tuple[str | None, int | None]) -> bytes:
        return await self._app.reads(self._lines, *key)

    def _lines(self, representation: str | None, limit: int | None) -> bytes:
        profiles = self._app.profiles
        found = (
            profiles.whole_roster(representation=representation)
            if limit is None
            else profiles.profiles(limit=limit, representation=representation)
        )
        lines = [self._shapes.line(profile) for profile in found]
        return bytes(JSONResponse(lines).body)

    def forget(self, _: str | None) -> None:
        """Somebody was changed by this process: no list is as it was."""
        self._lists.forget()

    async def one(self, request: Request) -> Response:
        """`GET /api/admin/talent/:id`."""
        await self._sessions.need_admin(request, Scope.READ)
        profile = await self._app.reads(self._app.profiles.profile, request.path_params["talent_id"])
        if profile is None:
            raise Refused(404, {"error": NOT_FOUND})
        return JSONResponse({"talent": self._shapes.talent(profile)})

    async def image(self, request: Request) -> Response:
        """`GET /api/admin/talent/:id/profile-image`."""
        await self._sessions.need_admin(request, Scope.READ)
        profile = await profile_of(self._app, request)
        return done(self._shapes.image(profile, self._app.now()))


async def profile_of(app: App, request: Request) -> Profile:
    """The talent whose id is in the path.

    Raises:
        Refused: there is none.
    """
    profile = await app.reads(app.profiles.profile, request.path_params["talent_id"])
    if profile is None:
        raise refused(404, "NOT_FOUND", NOT_FOUND)
    return profile


def _limit(asked: str | None) -> int | None:
    """A number that makes sense as one; everybody otherwise."""
    if asked is None or not (asked.isascii() and asked.isdigit()):
        return None
    return int(asked[:7]) or None
