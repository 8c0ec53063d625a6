"""Who asks, and whether they may: a token of ours, as a bearer or in the cookie that a login leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from talentimg import __version__
from talentimg.models.access import Scope
from talentimg.service.people.access import PREFIX, recognised
from talentimg.service.threads import in_thread
from talentimg.web.bodies import at_most
from talentimg.web.cache import Remembered
from talentimg.web.errors import unsaid_where_it_is

if TYPE_CHECKING:
    from starlette.requests import Request

    from talentimg.bootstrap import App
    from talentimg.models.access import AccessToken

COOKIE: Final = "talentimg_session"
COOKIE_S: Final = 7 * 86_400
TOKENS_S: Final = 2.0
"""For how long a token that was revoked may still be good."""
_LONGEST_BODY: Final = 4096
NOT_KNOWN: Final = "A valid token is needed."


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may do what their scope says."""

    name: str
    scope: Scope


class Doorkeeper:
    """Recognises callers."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._tokens: Remembered[list[AccessToken]] = Remembered(self._ask_tokens, seconds=TOKENS_S)

    async def need(self, request: Request, scope: Scope) -> Caller:
        """Whoever asks, if they may do what needs this scope.

        Raises:
            HTTPException: 401 if nobody is known by what they show, 403 if they may not.
        """
        caller = await self.caller(token_of(request))
        if caller is None:
            raise HTTPException(401, NOT_KNOWN, {"WWW-Authenticate": "Bearer"})
        if not caller.scope.covers(scope):
            raise HTTPException(403, f"This needs a token with the scope {scope.value}.")
        return caller

    async def caller(self, text: str) -> Caller | None:
        """Whose token this is; None if it is nobody's."""
        token = recognised(text, await self._tokens.get())
        if token is None and text.startswith(PREFIX):  # it may have been made just now, in any process
            token = recognised(text, await self._tokens.get(anew=True))
        return Caller(token.name, token.scope) if token else None

    async def _ask_tokens(self) -> list[AccessToken]:
        with unsaid_where_it_is():
            return await in_thread(self._app.access.valid)


def token_of(request: Request) -> str:
    """What is shown: a bearer, or else our cookie; empty if neither is."""
    return bearer_of(request) or request.cookies.get(COOKIE, "")


def bearer_of(request: Request) -> str:
    """The text of a bearer token; empty if there is none, or several."""
    given = request.headers.getlist("authorization")
    kind, _, text = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return text.strip() if kind.lower() == "bearer" else ""


class Login:
    """A token is exchanged for the cookie that a browser shows from then on."""

    def __init__(self, doorkeeper: Doorkeeper) -> None:
        self._doorkeeper = doorkeeper

    async def home(self, request: Request) -> Response:
        """Where a login leads: who one is."""
        caller = await self._doorkeeper.need(request, Scope.READ)
        return JSONResponse({"talentimg": __version__, "name": caller.name, "scope": caller.scope.value})

    async def follow_link(self, request: Request) -> Response:
        """The link that `talentimg serve` prints. The token is gone from the address at once."""
        home = RedirectResponse(request.scope.get("root_path", "") + "/", 303)
        await self.let_in(request, home, request.query_params.get("token", ""))
        return home

    async def log_in(self, request: Request) -> Response:
        """The same with the token as the whole text of the body."""
        text = await at_most(request, _LONGEST_BODY).body()
        response = Response(status_code=204)
        await self.let_in(request, response, text.decode(errors="replace").strip())
        return response

    async def let_in(self, request: Request, response: Response, text: str) -> None:
        """Have an answer leave the cookie.

        Raises:
            HTTPException: 401, this is nobody's token.
        """
        if await self._doorkeeper.caller(text) is None:
            raise HTTPException(401, NOT_KNOWN)
        self._set_cookie(request, response, text, COOKIE_S)

    async def log_out(self, request: Request) -> Response:
        """Take the cookie away."""
        response = Response(status_code=204)
        self._set_cookie(request, response, "", 0)
        return response

    def _set_cookie(self, request: Request, response: Response, text: str, seconds: int) -> None:
        response.set_cookie(
            COOKIE,
            text,
            max_age=seconds,
            path=request.scope.get("root_path", "") + "/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
