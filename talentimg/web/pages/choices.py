"""What a person has chosen for this browser: the language, and light or dark. Two cookies hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse
from starlette.routing import Route

from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.forms import fields_of
from talentimg.web.pages.texts import LANGUAGES, best_language, texts_in

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.web.pages.texts import Texts

LANGUAGE: Final = "talentimg_language"
LOOK: Final = "talentimg_look"
LOOKS: Final = ("light", "dark", "system")
_YEAR_S: Final = 365 * 86_400
_OFFERED: Final = {"language": (LANGUAGE, LANGUAGES), "look": (LOOK, LOOKS)}


def texts_for(request: Request) -> Texts:
    """The texts for whoever asks."""
    accepted = request.headers.get("accept-language", "")
    return texts_in(best_language(request.cookies.get(LANGUAGE), accepted))


def look_of(request: Request) -> str:
    """Light, dark, or as the system has it."""
    chosen = request.cookies.get(LOOK, "")
    return chosen if chosen in LOOKS else "system"


def choice_routes() -> list[Route]:
    """`/choice`."""
    return [Route("/choice", _choose, methods=["POST"])]


async def _choose(request: Request) -> Response:
    """Keep what was chosen, and go back."""
    at = addresses_of(request)
    fields = dict(await fields_of(request))
    response = RedirectResponse(at.own(fields.get("back", "")), 303)
    for name, (cookie, offered) in _OFFERED.items():
        if fields.get(name) in offered:
            response.set_cookie(
                cookie,
                fields[name],
                max_age=_YEAR_S,
                path=at.root + "/",
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
    return response
