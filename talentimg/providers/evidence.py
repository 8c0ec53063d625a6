"""Decides what counts as a platform's own word: the one place that evidence comes from.

Between us and a platform stand firewalls, portals, gateways and maintenance pages, and each of them
can answer 404, 401 or a friendly 200. So a status proves nothing, and neither does HTML. `Absent` and a
refused token both require a `Spoken`, which is made here and nowhere else, of one of these:

    heard      an answer in JSON that has the platform's own form (`Words`)
    told_of    a document of the platform that names whom it is about
    drawn      a picture, which a server of pictures returns to a control question
    shown      a page that says that it is the one that was asked for, and that is not a wall
    standing   the front page of a site, likewise, which shows that somebody is there to say "not found"

Everything else is trouble, which never costs anybody a picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from talentimg.providers.page_marks import is_wall, names_itself
from talentimg.providers.replies import Part, json_or_none
from talentimg.providers.spoken import SEAL, Spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.http.interface import Reply
    from talentimg.providers.page_scanner import PageNotes


@dataclass(frozen=True, slots=True)
class Words:
    """How a platform says one thing in JSON.

    `places` maps a place in the document (`error.code`, `links.0.rel`) to a pattern that its whole
    value matches, a number being read as its digits. A place that is missing matches nothing.
    """

    statuses: frozenset[int]
    places: Mapping[str, str]

    def are_in(self, reply: Reply) -> bool:
        """Whether an answer says this. One that says "too many requests" says nothing else."""
        if reply.status not in self.statuses or reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            return False
        body = Part(json_or_none(reply), "")
        return all(_matches(body, place, pattern) for place, pattern in self.places.items())


def words(*statuses: int, **places: str) -> Words:
    """A platform's words; `__` in the name of a place stands for a dot."""
    return Words(frozenset(statuses), {name.replace("__", "."): value for name, value in places.items()})


def heard(reply: Reply, *sayings: Words) -> Spoken | None:
    """The evidence in an answer that is one of these sayings; None if it is none."""
    said = next((saying for saying in sayings if saying.are_in(reply)), None)
    return Spoken(f"status {reply.status}, {', '.join(said.places)}", SEAL) if said else None


def told_of(document: Part, *names: str) -> Spoken:
    """The evidence that is a document of the platform, which names whom it is about under each of these keys.

    Raises:
        ProviderError: `shape`, if one of them is missing.
    """
    for name in names:
        document.id(name)
    return Spoken(f"a document with {', '.join(names)}", SEAL)


def drawn(reply: Reply) -> Spoken | None:
    """The evidence that a server of pictures is at work: it returned one to a control question."""
    kind = reply.headers.get("content-type", "").lower()
    if reply.status != HTTPStatus.OK or not kind.startswith("image/"):
        return None
    return Spoken("a picture in answer to the control question", SEAL)


def shown(page: PageNotes, asked: str, at: str) -> Spoken | None:
    """The evidence in a page that says that it is the one that was asked for, or a person's.

    `at` is where the request ended, after redirects.
    """
    if is_wall(page) or not names_itself(page, asked, at):
        return None
    return Spoken("a page that names itself", SEAL)


def standing(front: PageNotes) -> Spoken | None:
    """The evidence that a site is there at all: its front page is a page, and no wall."""
    return Spoken("the site's front page", SEAL) if front.has_tags and not is_wall(front) else None


def _matches(body: Part, place: str, pattern: str) -> bool:
    value = body.dig(*(int(key) if key.isdecimal() else key for key in place.split(".")))
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None
