"""The talent's own page: the accounts of whoever is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse

from talentimg.errors import TalentimgError, UsageError
from talentimg.repository.interface import NewAccount
from talentimg.web.agency.body import body_of, text_in
from talentimg.web.agency.envelope import Refused
from talentimg.web.agency.session import session_of
from talentimg.web.agency.shapes import as_read, own_account
from talentimg.web.errors import status_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.repository.interface.profiles import Profile
    from talentimg.service.people.connecting import Connecting
    from talentimg.web.agency.session import Sessions

_CREATORS: Final = ("CREATOR", "TALENT")
"""What the role of somebody who could have a profile here has in its name."""
_NOT_KNOWN: Final = "Authentication required"
_NO_CREATOR: Final = "Access denied. Creator account required."
_NO_PROFILE: Final = "Creator profile not found"


class OwnSocials:
    """Answers to nobody but the talent. An error is one text here."""

    def __init__(self, app: App, sessions: Sessions, connecting: Connecting) -> None:
        self._app = app
        self._sessions = sessions
        self._connecting = connecting

    async def all(self, request: Request) -> Response:
        """`GET /api/exclusive/socials`."""
        profile = await self._own(request)
        return JSONResponse([own_account(account) for account in profile.accounts])

    async def connect(self, request: Request) -> Response:
        """`POST /api/exclusive/socials/connect`."""
        profile, body = await self._own(request), await body_of(request)
        new = NewAccount(text_in(body, "platform").strip().lower(), text_in(body, "handle"))
        account = await self._connecting.connect(profile.talent_id, new, by=profile.shown_name)
        return JSONResponse(own_account(as_read(account)))

    async def disconnect(self, request: Request) -> Response:
        """`POST /api/exclusive/socials/disconnect`."""
        profile, body = await self._own(request), await body_of(request)
        platform = text_in(body, "platform").strip().lower()
        if platform not in {account.platform.lower() for account in profile.connected}:
            raise Refused(404, {"error": "Social account not found"})
        await self._connecting.disconnect(profile.talent_id, platform, by=profile.shown_name)
        return JSONResponse({"success": True})

    async def _own(self, request: Request) -> Profile:
        """What is shown for whoever is logged in.

        Raises:
            Refused: nobody is, or it is no talent.
        """
        user = await self._sessions.user(session_of(request))
        if user is None:
            raise Refused(401, {"error": _NOT_KNOWN})
        profile = await self._app.reads(self._app.profiles.profile_of_user, user.id)
        if profile is not None:
            return profile
        if any(word in (user.role or "").upper() for word in _CREATORS):
            raise Refused(404, {"error": _NO_PROFILE})
        raise Refused(403, {"error": _NO_CREATOR})


def in_one_text(error: Refused | TalentimgError) -> Refused:
    """An error as these routes tell it."""
    if isinstance(error, TalentimgError):
        status = 400 if isinstance(error, UsageError) else status_of(error)
        return Refused(status, {"error": error.message, "message": error.message})
    told = error.body.get("message") or error.body["error"]
    return Refused(error.status, {"error": told})
