"""The app's socials: connect, disconnect, list. What follows is looked at after the answer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from talentimg.errors import TalentimgError, UsageError
from talentimg.models.access import Scope
from talentimg.repository.interface import NewAccount
from talentimg.service.people.accounts import AccountConnected
from talentimg.web.agency.body import body_of, text_in
from talentimg.web.agency.envelope import refused
from talentimg.web.agency.shapes import as_read, social
from talentimg.web.agency.talents import profile_of

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.models import Account
    from talentimg.repository.interface.profiles import ProfileAccount
    from talentimg.service.people.accounts import Accounts
    from talentimg.service.run.refresh import Refresher
    from talentimg.web.agency.session import Sessions

log = logging.getLogger("talentimg.web")


class Socials:
    """Answers once it is written; the look that belongs to it goes on."""

    def __init__(self, app: App, sessions: Sessions, accounts: Accounts, refresher: Refresher) -> None:
        self._app = app
        self._sessions = sessions
        self._accounts = accounts
        self._refresher = refresher
        self._going_on: set[asyncio.Task[None]] = set()

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
        row = as_read(await self.begin(request.path_params["talent_id"], new, by=caller.name))
        return JSONResponse(social(row, self._address(row)), 201)

    async def disconnect(self, request: Request) -> Response:
        """`DELETE /api/admin/talent/socials/:socialId`: its picture goes at once."""
        caller = await self._sessions.need_admin(request, Scope.OPERATE)
        account = await self._app.reads(self._app.profiles.account, request.path_params["account_id"])
        if account is None:
            raise refused(404, "NOT_FOUND", "Social profile not found")
        if account.connected:
            await self.end(account.talent_id, account.platform, by=caller.name)
        return JSONResponse({"success": True})

    async def begin(self, talent_id: str, new: NewAccount, *, by: str) -> Account:
        """Connect an account, and go on with the look that follows."""
        async with aclosing(self._accounts.connect(talent_id, new, by=by)) as events:
            first = await anext(events)
        assert isinstance(first, AccountConnected)
        self._look_at(talent_id)
        return first.account

    async def end(self, talent_id: str, platform: str, *, by: str) -> None:
        """Disconnect an account, and go on with the look that follows."""
        async with aclosing(self._accounts.disconnect(talent_id, platform, by=by)) as events:
            await anext(events)
        self._look_at(talent_id)

    def _look_at(self, talent_id: str) -> None:
        """See to the rest, after the answer: one look, with all who ask for one at the same time."""
        task = asyncio.create_task(_rest(self._refresher.refresh(talent_id, force=True)))
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)

    async def close(self) -> None:
        """End what goes on. What was written stays; the look is made up for by the next run."""
        tasks = list(self._going_on)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _address(self, account: ProfileAccount) -> str | None:
        """The address of a profile, made of platform and handle."""
        try:
            return self._app.handles.address_of(account.platform.lower(), account.handle)
        except UsageError:
            return None


async def _rest(look: Awaitable[object]) -> None:
    try:
        await look
    except TalentimgError as error:
        log.warning("The look after a change of accounts failed: %s", error.message)
    except Exception:
        log.exception("An internal error ended the look after a change of accounts.")
