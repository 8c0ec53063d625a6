"""Answers with pages: a template, the texts of whoever asks, and the headers that every page has."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import JSONResponse, Response

from talentimg import __version__
from talentimg.web.pages.addresses import address_of, addresses_of
from talentimg.web.pages.assets import takes_gzip
from talentimg.web.pages.choices import LOOKS, look_of, texts_for
from talentimg.web.pages.moments import Moments
from talentimg.web.pages.prose import Prose
from talentimg.web.pages.said import is_said, said_before
from talentimg.web.pages.sources import source_of
from talentimg.web.pages.texts import LANGUAGES, texts_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from markupsafe import Markup
    from starlette.requests import Request

    from talentimg.web.pages.assets import Assets
    from talentimg.web.pages.said import Said
    from talentimg.web.pages.texts import Texts

CONTENT_SECURITY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "Cache-Control": "no-store",
    # Without it a browser names no origin when a form is sent, and `forgery` could not tell whose it is.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept, Accept-Encoding, Accept-Language, Cookie",
}
_WORTH_PACKING: Final = 1_000
PART: Final = "talentimg-part"
"""A header of our script, which wants only a part of a page."""


class Renderer:
    """Makes pages of templates."""

    def __init__(self, assets: Assets, now: Callable[[], datetime], **helpers: object) -> None:
        """Pages for one site.

        Args:
            assets: what templates name by their plain names.
            now: the clock.
            **helpers: what every template may use besides, by name.
        """
        self._now = now
        self._templates = Environment(
            loader=PackageLoader("talentimg.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(asset=assets.name, version=__version__, looks=LOOKS, **helpers)

    def html(self, request: Request, template: str, *, status: int = 200, **values: object) -> Response:
        """A page.

        Args:
            request: who asks decides language and look.
            template: its name without `.html`.
            status: of the answer.
            **values: what the template names.
        """
        context = self._context(request)
        said = said_before(request) if PART not in request.headers else None
        context |= {"said": said, "typed": said.typed if said else {}, "saying": None}
        if said is not None:
            context["saying"] = _saying(said, texts_for(request))
        page = self._templates.get_template(f"{template}.html").render(context | values)
        response = packed(request, page, status)
        if said is not None:
            is_said(request, response)
        return response

    def _context(self, request: Request) -> dict[str, object]:
        texts = texts_for(request)
        at = addresses_of(request)
        when = Moments(texts, self._now())
        return {
            "t": texts,
            "at": at,
            "when": when,
            "told": Prose(texts, when),
            "look": look_of(request),
            "languages": [texts_in(code) for code in LANGUAGES],
            "source": lambda name: source_of(name, texts),
            "here": address_of(request) if request.method == "GET" else at.own(""),
            "frame": None,
            "twin": None,
        }


def _saying(said: Said, texts: Texts) -> Markup | None:
    """What is said, in the words of the page; None for what no version of ours says."""
    values: dict[str, object] = dict(said.values)
    if "source" in values:
        values["label"] = source_of(str(values["source"]), texts).label
    try:
        return texts(said.text, said.n, **values) if said.text else None
    except (KeyError, IndexError, TypeError):
        return None


def packed(request: Request, page: str, status: int) -> Response:
    """A page, small on its way to whoever can unpack it. No page tells a secret beside what others wrote."""
    body = page.encode(errors="replace")
    headers = dict(HEADERS)
    if len(body) >= _WORTH_PACKING and takes_gzip(request):
        body = gzip.compress(body, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers, "text/html")


def twin(document: Mapping[str, Any]) -> Response:
    """The JSON of a page."""
    return JSONResponse(document, headers={"Vary": "Accept, Cookie"})


def wants_page(request: Request) -> bool:
    """Whether a browser asks that shows pages to a person, and no program."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.endswith(".json")
