"""Whether a request that changes something was made by a page of somebody else's, with a user's cookie.

Browsers say so themselves (`Sec-Fetch-Site`, in all of them since 2023). The origin is never compared with
the host: behind an app's proxy the two differ always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

from talentimg.web.errors import refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({"same-origin", "none"})
HINT: Final = (
    "If it was a page of this server, name the address that it has in your browser in serve.origins."
)
REFUSED: Final = "This was sent by a page of another site, so it was not done."


def is_forged(method: str, headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """Whether it has to be refused.

    Args:
        method: of the request.
        headers: by lower-case names.
        origins: whose pages may ask with a user's cookie.
    """
    if method in SAFE or ("authorization" in headers and "cookie" not in headers):
        return False  # what no browser adds by itself cannot be forged
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site in _OWN or origin in origins:
        return False
    return not (site is None and origin is None)  # without both it was no browser


class NoForgery:
    """Wraps an application, and refuses in its place."""

    def __init__(self, app: ASGIApp, origins: Collection[str], for_people: ASGIApp | None = None) -> None:
        """Around an application.

        Args:
            app: the application.
            origins: whose pages may ask with a user's cookie.
            for_people: the page that says so to a person.
        """
        self._app = app
        self._origins = origins
        self._for_people = for_people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            if is_forged(scope["method"], headers, self._origins):
                app = self._refusal(scope, headers)
        await app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> ASGIApp:
        if self._for_people is not None and "text/html" in headers.get("accept", ""):
            return self._for_people
        return refusal(scope, 403, REFUSED)
