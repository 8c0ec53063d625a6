"""Whose session it is: that of a user of the app, signed by the app, or a token of ours in its place."""

from __future__ import annotations

import hashlib
import time
import warnings
from typing import TYPE_CHECKING, Final

import jwt
from jwt.warnings import InsecureKeyLengthWarning

from talentimg.models.access import Scope
from talentimg.service.people.access import PREFIX
from talentimg.web.access import COOKIE, Caller, bearer_of
from talentimg.web.agency.envelope import Refused
from talentimg.web.errors import unsaid_where_it_is
from talentimg.web.memory import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from jwt.types import Options
    from starlette.requests import Request

    from talentimg.bootstrap import App
    from talentimg.repository.interface.profiles import AppUser
    from talentimg.web.access import Doorkeeper

# How long the app's secret is, is not for us to say.
warnings.filterwarnings("ignore", category=InsecureKeyLengthWarning)

APP_COOKIE: Final = "break_session"
ADMINS: Final = frozenset({"ADMIN", "SUPERADMIN"})
USERS_S: Final = 2.0
"""For how long somebody whose role was taken away may still have it."""
_MOST_USERS: Final = 1000
_LONGEST: Final = 4096

# The app's own library looks at what these say no more than at any other claim; when it runs out counts.
_AS_THE_APP: Final[Options] = {"verify_iat": False, "verify_aud": False, "verify_sub": False}

LOG_IN: Final = {"error": "Please log in to access this feature", "code": "AUTH_REQUIRED"}
NOT_ALLOWED: Final = {"error": "Insufficient role permissions"}


class Sessions:
    """Recognises users of the app."""

    def __init__(self, app: App, doorkeeper: Doorkeeper, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._clock = clock
        self._users: Recent[str, tuple[float, AppUser | None]] = Recent(_MOST_USERS)

    async def need_admin(self, request: Request, scope: Scope) -> Caller:
        """Whoever asks, if they are an administrator of the app or have a token of this scope.

        Raises:
            Refused: 401 or 403, as the app puts it.
        """
        text = session_of(request)
        if text.startswith(PREFIX):
            caller = await self._doorkeeper.caller(text)
        else:
            caller = await self._admin(text)
        if caller is None:
            raise Refused(401, LOG_IN)
        if not caller.scope.covers(scope):
            raise Refused(403, NOT_ALLOWED)
        return caller

    async def user(self, text: str) -> AppUser | None:
        """The user whose signed session this is; None if it is nobody's, or the app's secret is not known."""
        user_id = signed_id(text, self._app.settings.serve_jwt_secret)
        return await self._read(user_id) if user_id is not None else None

    async def _admin(self, text: str) -> Caller | None:
        user = await self.user(text)
        if user is None:
            return None
        if (user.role or "").upper() not in ADMINS:
            raise Refused(403, NOT_ALLOWED)
        return Caller(user.email or user.name or user.id, Scope.ADMIN)

    async def _read(self, user_id: str) -> AppUser | None:
        key = hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()
        known, now = self._users.get(key), self._clock()
        if known is None or now - known[0] >= USERS_S:
            with unsaid_where_it_is():
                known = (now, await self._app.reads(self._app.profiles.user, user_id))
            self._users.put(key, known)
        return known[1]


def session_of(request: Request) -> str:
    """What is shown: the app's cookie; without one a bearer; without that our own cookie."""
    cookie = request.cookies.get(APP_COOKIE)
    return cookie or bearer_of(request) or request.cookies.get(COOKIE, "")


def signed_id(text: str, secret: str) -> str | None:
    """The user's id in a session that the app has signed; None if it has not, or it has run out."""
    if not text or not secret or len(text) > _LONGEST:
        return None
    try:
        claims = jwt.decode(text, secret, algorithms=["HS256"], options=_AS_THE_APP)
    except (jwt.PyJWTError, ValueError, UnicodeError):
        return None
    found = claims.get("id")
    return found if isinstance(found, str) and found else None
