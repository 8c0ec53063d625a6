"""People's own pages: `/site/<name>`, with schema.org and Open Graph metadata.

Pages: https://schema.org/ProfilePage and https://ogp.me/
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.demo.messages import HTML, text_answer
from talentimg.demo.people import WEBSITE
from talentimg.demo.platforms.base import NO_PICTURE, Platform, serve_fixed

if TYPE_CHECKING:
    from talentimg.demo.messages import Answer, Call
    from talentimg.demo.people import Presence

SUFFIX: Final = ".jpg"


class Website(Platform):
    """One host: `/site`, and a front page. `?markup=jsonld` or `?markup=og` limits it to that metadata."""

    name: ClassVar[str] = WEBSITE
    prefixes: ClassVar[tuple[str, ...]] = ("site", "")

    def answer(self, call: Call) -> Answer:
        """A person's page."""
        if not call.prefix:
            return text_answer("<!DOCTYPE html><title>People</title><h1>People</h1>", 200, HTML)
        presence = self.world.by_handle(WEBSITE, call.path.strip("/"))
        if presence is None or not presence.is_active:
            return text_answer("<!DOCTYPE html><title>Not found</title><h1>Not found</h1>", 404, HTML)
        return text_answer(_page(call, presence), 200, HTML)

    def picture(self, call: Call) -> Answer:
        """The picture on the page, at a URL that never changes."""
        name = call.path.strip("/")
        if not name.endswith(SUFFIX):
            return NO_PICTURE
        return serve_fixed(call, self.world.by_handle(WEBSITE, name.removesuffix(SUFFIX)))


def _page(call: Call, presence: Presence) -> str:
    markup = call.params.get("markup", "both")
    name = escape(presence.name)
    marks = [f'<meta property="og:title" content="{name}">', '<meta property="og:type" content="profile">']
    person = {"@type": "Person", "name": presence.name}
    if presence.picture is not None:
        url = f"{call.base}/pictures/website/{presence.handle}{SUFFIX}"
        person["image"] = url
        if markup != "jsonld":
            marks.append(f'<meta property="og:image" content="{escape(url)}">')
    if markup != "og":
        document = {"@context": "https://schema.org", "@type": "ProfilePage", "mainEntity": person}
        script = json.dumps(document, ensure_ascii=False).replace("</", "<\\/")
        marks.append(f'<script type="application/ld+json">{script}</script>')
    head = "\n".join(['<meta charset="utf-8">', f"<title>{name}</title>", *marks])
    return f"<!DOCTYPE html>\n<html><head>\n{head}\n</head><body><h1>{name}</h1></body></html>\n"
