"""The app's socials: connect, disconnect, list. What follows is looked at after the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from talentimg.errors import UsageError
from talentimg.models.access import Scope
from talentimg.repository.interface import NewAccount
from talentimg.web.agency.body import body_of, text_in
from talentimg.web.agency.envelope import refused
from talentimg.web.agency.shapes import as_read, social
from talentimg.web.agency.talents import profile_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.repository.interface.profiles import ProfileAccount
    from talentimg.service.people.connecting import Connecting
    from talentimg.web.agency.session import Sessions


class Socials:
    """Answers once it is written; the look that belongs to it goes on."""

    def __init__(self, app: App, sessions: Sessions, connecting: Connecting) -> None:
        self._app = app
        self._sessions = sessions
        self._connecting = connecting

    async def all(self, request: Request) -> Response:
        """`GET /api/admin/talent/:id/socials`: also those that are not connected."""
        await self._sessions.need_admin(request, Scope.READ)
        profile = await profile_of(self._app, request)
        return JSONResponse([social(account, self._address(account)) for account in profile.accounts])

    async def connect(self, request: Request) -> Response:
        """`POST /api/admin/talent/:id/socials`: a handle as typed, with `@`, or an address."""
        caller = await self._sessions.need_admin(request, Scope.OPERATE)
        body = await body_of(request)
        platform, handle = text_in(body, "platform").strip().lower(), text_in(body, "handle")
        await profile_of(self._app, request)
        new = NewAccount(platform, handle)
        talent_id = request.path_params["talent_id"]
        row = as_read(await self._connecting.connect(talent_id, new, by=caller.name))
        return JSONResponse(social(row, self._address(row)), 201)

    async def disconnect(self, request: Request) -> Response:
        """`DELETE /api/admin/talent/socials/:socialId`: its picture goes at once."""
        caller = await self._sessions.need_admin(request, Scope.OPERATE)
        account = await self._app.reads(self._app.profiles.account, request.path_params["account_id"])
        if account is None:
            raise refused(404, "NOT_FOUND", "Social profile not found")
        if account.connected:
            await self._connecting.disconnect(account.talent_id, account.platform, by=caller.name)
        return JSONResponse({"success": True})

    def _address(self, account: ProfileAccount) -> str | None:
        """The address of a profile, made of platform and handle."""
        try:
            return self._app.handles.address_of(account.platform.lower(), account.handle)
        except UsageError:
            return None
