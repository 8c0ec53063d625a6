"""The door: signing in and out, and the pages for those who may not, find nothing, or meet a fault of ours.

Programs get the same as JSON (see `access` and `errors`).
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from talentimg.errors import TalentimgError
from talentimg.web.access import COOKIE, COOKIE_S
from talentimg.web.errors import INTERNAL, handlers, status_of
from talentimg.web.forgery import HINT, REFUSED
from talentimg.web.pages.addresses import address_of, addresses_of
from talentimg.web.pages.forms import fields_of, is_form
from talentimg.web.pages.render import wants_page

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Send
    from starlette.types import Scope as ASGIScope

    from talentimg.web.access import Login
    from talentimg.web.pages.render import Renderer

KEPT: Final = "kept:"
"""Before the name of a field that was typed when the session had ended."""
_OF_HOST: Final = re.compile(r"https?://[^/?#]+(/.*)")
_OTHER_SITES: Final = frozenset({"cross-site", "same-site"})
_MARK: Final = "talentimg_known"
"""A cookie that outlives the session, and says only that there was one."""
_MARK_S: Final = 365 * 86_400


class Gate:
    """Its routes, and its answers in place of routes that failed."""

    def __init__(self, login: Login, renderer: Renderer) -> None:
        self._login = login
        self._renderer = renderer

    @property
    def routes(self) -> list[Route]:
        """`/`, `/login` and `/logout`, for people and programs."""
        return [
            Route("/", self.home),
            Route("/login", self.enter),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/logout", self.log_out, methods=["POST"]),
        ]

    # -- in and out -----------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """The roster; a program is told who it is."""
        if wants_page(request):
            return RedirectResponse(addresses_of(request).roster(), 303)
        return await self._login.home(request)

    async def enter(self, request: Request) -> Response:
        """The form for a token; the link that holds one needs none."""
        if "token" in request.query_params:
            response = await self._login.follow_link(request)
            if wants_page(request):
                self._mark(request, response)
            return response
        if not wants_page(request):
            return await self._login.follow_link(request)
        return self._form(request, status=200, is_out="out" in request.query_params)

    async def log_in(self, request: Request) -> Response:
        """Sign in, and go on where one was. What was typed there is shown again before it is sent."""
        if not is_form(request):
            return await self._login.log_in(request)
        fields = await fields_of(request)
        known = dict(fields)
        at = addresses_of(request)
        back = at.own(known.get("next", ""))
        typed = [(name.removeprefix(KEPT), text) for name, text in fields if name.startswith(KEPT)]
        response = (
            self._renderer.html(
                request, "resume", action=back, typed=typed, back=at.own(known.get("from", ""))
            )
            if typed
            else RedirectResponse(back, 303)
        )
        try:
            await self._login.let_in(request, response, known.get("token", "").strip())
        except HTTPException:
            before = at.own(known.get("from", ""))
            return self._form(request, status=401, is_wrong=True, after=back, before=before, typed=typed)
        self._mark(request, response)
        return response

    async def log_out(self, request: Request) -> Response:
        """Sign out."""
        response = await self._login.log_out(request)
        if not wants_page(request):
            return response
        cookie = response.headers["set-cookie"]
        return RedirectResponse(addresses_of(request).login + "?out=1", 303, headers={"Set-Cookie": cookie})

    def _mark(self, request: Request, response: Response) -> None:
        response.set_cookie(
            _MARK,
            "1",
            max_age=_MARK_S,
            path=addresses_of(request).root + "/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )

    async def refuse(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """The page for a form that was sent by somebody else's page, or may have been."""
        request = Request(scope)
        await self._message(request, HTTPStatus.FORBIDDEN, REFUSED, HINT)(scope, receive, send)

    # -- in place of what failed ----------------------------------------------------------

    def handlers(self) -> dict[Any, Any]:
        """What answers in place of a route that failed: a page for people, the others as they were."""
        plain = handlers()
        pages: dict[Any, Any] = {
            HTTPException: self._refused,
            TalentimgError: self._ours,
            Exception: self._internal,
        }

        def either(kind: Any) -> Any:  # noqa: ANN401  as Starlette has it
            async def answer(request: Request, error: Exception) -> Response:
                response: Response = await (pages if wants_page(request) else plain)[kind](request, error)
                return response

            return answer

        return {kind: either(kind) for kind in plain}

    async def _refused(self, request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.UNAUTHORIZED:
            return await self._at_the_door(request)
        return self._message(request, error.status_code, "")

    async def _ours(self, request: Request, error: TalentimgError) -> Response:
        return self._message(request, status_of(error), error.message, error.hint or "")

    async def _internal(self, request: Request, _: Exception) -> Response:
        # What it was stands in the log: its text could hold anything.
        return self._message(request, HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL)

    async def _at_the_door(self, request: Request) -> Response:
        if request.method == "GET" and request.headers.get("sec-fetch-site") in _OTHER_SITES:
            # A link on another site: the cookie of ours did not come along, and does at the second try.
            return self._renderer.html(request, "again", address=address_of(request))
        is_typed = request.method == "POST" and is_form(request)
        typed = await fields_of(request) if is_typed else []
        # A file that was sent is not kept: one goes on where it was chosen.
        is_read = request.method == "GET" or is_typed
        return self._form(
            request,
            status=401,
            is_ended=COOKIE in request.cookies or _MARK in request.cookies,
            after=address_of(request) if is_read else _page_before(request),
            is_file=not is_read,
            before=_page_before(request),
            typed=typed,
        )

    def _form(
        self,
        request: Request,
        *,
        status: int,
        is_wrong: bool = False,
        is_ended: bool = False,
        is_out: bool = False,
        is_file: bool = False,
        after: str = "",
        before: str = "",
        typed: list[tuple[str, str]] | None = None,
    ) -> Response:
        """The form for a token.

        Args:
            request: who asks.
            status: of the answer.
            is_wrong: whether a wrong token was given.
            is_ended: whether there was a session.
            is_out: whether they have just signed out.
            is_file: whether they have just sent a file.
            after: where to go on.
            before: where a form stood that was sent without being signed in.
            typed: the fields of that form.
        """
        after = after or addresses_of(request).own(request.query_params.get("next", ""))
        flags = {
            "is_wrong": is_wrong,
            "is_ended": is_ended and not is_wrong,
            "is_out": is_out,
            "is_file": is_file,
        }
        kept = [(KEPT + name, text) for name, text in typed or []]
        return self._renderer.html(
            request,
            "login",
            status=status,
            after=after,
            before=before,
            kept=kept,
            days=COOKIE_S // 86_400,
            **flags,
        )

    def _message(self, request: Request, status: int, sentence: str, hint: str = "") -> Response:
        known = {403: "forbidden", 404: "missing", 503: "later"}.get(status, "fault")
        return self._renderer.html(
            request, "message", status=status, kind=known, sentence=sentence, hint=hint, code=int(status)
        )


def _page_before(request: Request) -> str:
    """The page on which a form stood."""
    named = _OF_HOST.fullmatch(request.headers.get("referer", ""))
    return addresses_of(request).own(named[1] if named else "")
