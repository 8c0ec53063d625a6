"""What sources are called where people read, and their marks of two letters: nobody's trade mark is drawn."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.models import INITIALS, MANUAL, USER
from talentimg.providers.registry import platform_names, provider_class
from talentimg.service.lookup.gate import PICTURES

if TYPE_CHECKING:
    from talentimg.web.pages.texts import Texts

_MARKS: Final = {
    "instagram": "Ig",
    "tiktok": "Tt",
    "youtube": "Yt",
    "bluesky": "Bs",
    "github": "Gh",
    "gravatar": "Gr",
    "mastodon": "Ma",
    "website": "Ww",
    USER: "Me",
    MANUAL: "By",
    INITIALS: "Aa",
    PICTURES: "Im",
}


class Source(NamedTuple):
    """A source as a page shows it."""

    name: str
    label: str
    mark: str


@lru_cache(1000)
def source_of(name: str, texts: Texts) -> Source:
    """A source by its name, whether we know it or not."""
    if name in {USER, MANUAL, INITIALS, PICTURES}:
        label = str(texts(f"source.{name}"))
    else:
        label = provider_class(name).info.label if name in platform_names() else name.capitalize()
    return Source(name, label, _MARKS.get(name) or label[:2].capitalize())
