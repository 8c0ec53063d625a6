"""Tells a person's page from what stands in its place: walls, logins, parked domains, maintenance.

All of these return 200 and HTML. Known ones are recognised by their marks; as nobody knows them all, a page
without a picture only counts if it also says that it is the page that was asked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from talentimg.http.links import joined, path_in, split
from talentimg.providers.linked_data import is_about_a_person

if TYPE_CHECKING:
    from talentimg.providers.page_scanner import PageNotes, PagePart

CHALLENGE_TITLES: Final = re.compile(
    r"just a moment|attention required|access denied|security check|checking your browser|captcha|ddos-guard"
    r"|(?:are you|you're|you are) (?:not )?a (?:ro)?bot|verify(?:ing)? (?:that )?you are (?:a )?human",
    re.IGNORECASE,
)
CHALLENGE_SCRIPTS: Final = (
    "/cdn-cgi/challenge-platform/h/",
    "captcha-delivery.com",
    "/_incapsula_resource",
    "/.well-known/sgcaptcha/",
    "/.within.website/",
    "px-captcha",
)
# Between the name of a page and that of its site.
SEPARATOR: Final = re.compile(r"\s+[-|:·•\u2013\u2014]\s+")
STAND_IN_TITLES: Final = re.compile(
    r"(?:please )?(?:log|sign) ?in(?: to .{1,60}| or (?:sign|register).{0,40}| required)?|anmelden|connexion"
    r"|authenti\w+(?: required)?"
    r"|before you continue.{0,60}|(?:cookie|privacy|consent) ?(?:consent|settings|choices|notice|wall)?"
    r"|(?:we value )?your privacy.{0,40}|wir verwenden cookies"
    r"|(?:error )?(?:40[0-9]|410|50[0-9])\b.{0,60}"
    r"|(?:oops!? ?)?(?:(?:the )?(?:page|site|website|file) (?:was )?)?not found|seite nicht gefunden"
    r"|(?:.{0,40} )?(?:under|down for|scheduled|undergoing) maintenance|maintenance(?: mode)?|wartungs\w+"
    r"|(?:we(?:'|\u2019)ll be )?(?:right )?back soon.?|(?:.{0,40} )?under construction|coming soon.?"
    r"|(?:.{0,40} )?(?:temporarily )?unavailable|account suspended|index of /.{0,100}"
    r"|welcome to (?:nginx|centos|apache2?|caddy)!?.{0,30}|apache2? .{0,40}default page.{0,40}"
    r"|this domain\b.{0,80}|buy this domain.{0,60}|(?:free )?(?:domain )?park(?:ed|ing)\b.{0,60}"
    r"|default web ?site page|(?:.{0,80} )?(?:is |may be )?(?:for sale|parked|expired)\b.{0,60}",
    re.IGNORECASE,
)
PARKING: Final = (
    "sedoparking.com",
    "parkingcrew.net",
    "bodis.com",
    "above.com/park",
    "hugedomains.com",
    "dan.com/",
    "afternic.com",
    "parklogic.com",
    "img1.wsimg.com/parking-lander",
    "parking.godaddy.com",
    "namebrightstatic.com",
)
NO_INDEX: Final = re.compile(r"\b(?:noindex|none)\b", re.IGNORECASE)


def is_challenge(part: PagePart) -> bool:
    """Whether this is a page that wants proof that a person is looking."""
    return bool(CHALLENGE_TITLES.search(part.title or "")) or _loads(part, CHALLENGE_SCRIPTS)


def is_stand_in(part: PagePart) -> bool:
    """Whether this says of itself that it stands in place of the page, so that its pictures are nobody's."""
    names = SEPARATOR.split(" ".join((part.title or "").split()))
    is_named_so = any(STAND_IN_TITLES.fullmatch(name) for name in (names[0], names[-1]))
    return is_named_so or _loads(part, PARKING)


def is_wall(page: PageNotes) -> bool:
    """Whether there is any sign that this is not the page that was asked for."""
    return any(
        is_challenge(part)
        or is_stand_in(part)
        or part.refreshes
        or part.asks_password
        or NO_INDEX.search(part.meta.get("robots", ""))
        for part in (page.head, page.body)
    )


def names_itself(page: PageNotes, asked: str, at: str) -> bool:
    """Whether the page says that it is the one that was asked for, or that it is about a person.

    A site's front page may lead on to one in a language; any other redirect leads to something else.
    """
    head = page.head
    links = [link for link in (head.links.get("canonical"), head.meta.get("og:url")) if link]
    named = {_place(url) for link in links if (url := joined(at, link))}
    is_front = not path_in(asked).strip("/") and _place(asked)[0] == _place(at)[0]
    return (
        _place(asked) in named
        or (is_front and _place(at) in named)
        or head.meta.get("og:type", "").lower() == "profile"
        or is_about_a_person([*head.json_ld, *page.body.json_ld], [head.title] if head.title else [])
    )


def _loads(part: PagePart, marks: tuple[str, ...]) -> bool:
    return any(mark in source.lower() for source in part.script_sources for mark in marks)


def _place(url: str) -> tuple[str, str]:
    """A page's address without what differs between the ways to write it."""
    parts = split(url)
    if parts is None:
        return "", url
    return (parts.hostname or "").lower().removeprefix("www."), parts.path.rstrip("/").lower()
