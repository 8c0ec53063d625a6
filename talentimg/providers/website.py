"""The talent's own web page: the picture that its metadata names.

    page     GET  the account's profile URL, or its handle

In this order: schema.org (`Person.image`, `ProfilePage.mainEntity.image`), `og:image`, the
Twitter card. The page is parsed as it streams in, its body only if its head names no picture.
A bot wall in place of the page is trouble, not absence.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import quote, urlencode

from talentimg.errors import HandleError, ProviderError, RateLimited
from talentimg.http.links import host_in, joined, split
from talentimg.http.retry_after import DEFAULT_PAUSE, retry_at
from talentimg.models import Reason
from talentimg.providers.interface import Absent, Found, Provider, ProviderInfo, RemotePicture
from talentimg.providers.linked_data import person_images
from talentimg.providers.patterns import HOST_NAME
from talentimg.providers.replies import usable_handle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from talentimg.http.interface import Page
    from talentimg.models import Account
    from talentimg.providers.page_scanner import PagePart, PageScanner

ANY_HOST: Final = r"(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?"
REST: Final = r"(?:[/?][!$%-;=?-\[\]_a-z~]*)?"  # every character that a URL may contain, except `#`
NO_DOTS: Final = r"(?![^?]*/\.\.?(?:[/?]|\Z))"
TYPED: Final = re.compile(
    rf"(?:(?P<scheme>https?)://)?(?P<host>{ANY_HOST})(?P<rest>{REST})(?:#.*)?", re.IGNORECASE | re.ASCII
)
NOT_ASCII: Final = re.compile(r"[^\x00-\x7f\ud800-\udfff]+")  # a lone surrogate has no bytes to quote
INNER: Final = (".local", ".localhost", ".internal", ".home.arpa")

ACCEPT: Final = "text/html, application/xhtml+xml;q=0.9"
HTML: Final = {"", "text/html", "application/xhtml+xml"}
META: Final = (
    "og:image:secure_url",
    "og:image:url",
    "og:image",
    "twitter:image",
    "twitter:image:src",
)
NOWHERE: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
REFUSED: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE}
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
GRAVATAR: Final = "gravatar.com"


class Website(Provider):
    """Reads a talent's own page."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="website",
        label="Website",
        docs="https://ogp.me",
        needs="nothing",
        handle_pattern=rf"(?=.{{1,2000}}\Z){NO_DOTS}(?:{HOST_NAME}|https?://{ANY_HOST}){REST}",
        handle_example="ada.example/about",
        per_host=True,
        notes="The picture is the one that the page names for search engines (schema.org) or for"
        " sharing (`og:image`). It is often a wide card or a logo, so put this source last.",
    )

    @classmethod
    def normalise(cls, handle: str) -> str:
        """A page's URL without `https://`; in full if it has plain HTTP, a port or an internal host.

        Raises:
            HandleError: it is not the URL of a page.
        """
        typed = TYPED.fullmatch(NOT_ASCII.sub(lambda found: quote(found[0]), handle.strip()))
        tidy = _stored(typed["scheme"], typed["host"], typed["rest"]) if typed else ""
        if not re.fullmatch(cls.info.handle_pattern, tidy, flags=re.ASCII):
            raise HandleError(
                f"{handle!r} is not the address of a web page.",
                hint=f"For example: {cls.info.handle_example}",
            )
        return tidy

    def quota_key(self, account: Account) -> str:
        """Every host has its own quota."""
        try:
            return f"{self.info.name}:{host_in(self._address(account))}"
        except ProviderError:
            return self.info.name

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Read the page.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        url = self._address(account)
        asked = f"website: {url.partition('?')[0]}"
        async with self.context.web.open_page(url, headers={"Accept": ACCEPT}) as page:
            if page.status in NOWHERE:
                return Absent(Reason.NOT_FOUND, "The page does not exist.", asked=asked)
            self._raise_for_page(page)
            scanner = _scanner(page)
            picture = await _first_picture(page, scanner)
        if picture is not None:
            return Found(RemotePicture((picture,)), asked=asked)
        if _is_challenge(scanner.notes.head):
            raise _blocked()
        if not scanner.notes.has_tags:
            raise _not_html()
        return Absent(Reason.NO_PICTURE, "The page names no picture.", asked=asked)

    def _address(self, account: Account) -> str:
        """The URL of the page: the account's profile URL if it has a valid one, otherwise its handle."""
        try:
            tidy = self.normalise(account.profile_url or "")
        except HandleError:
            tidy = usable_handle(self, account)
        return tidy if tidy.startswith(("http://", "https://")) else f"https://{tidy}"

    def _raise_for_page(self, page: Page) -> None:
        """Raise for every response that is not a page.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        now = self.context.now()
        if page.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(
                "The website is rate-limiting us.", retry_at=retry_at(page.headers, now, DEFAULT_PAUSE)
            )
        if page.status in REFUSED or page.headers.get("cf-mitigated") == "challenge":
            again = retry_at(page.headers, now, DEFAULT_PAUSE) if "retry-after" in page.headers else None
            raise _blocked(again)
        if page.status != HTTPStatus.OK:
            raise ProviderError(f"The website responded with status {page.status}.", reason=Reason.STATUS)
        if page.headers.get("content-type", "").partition(";")[0].strip().lower() not in HTML:
            raise _not_html()


def _stored(scheme: str | None, host: str, rest: str) -> str:
    """The shortest form of a URL that means the same."""
    host = host.lower()
    rest = "" if rest == "/" else rest
    if re.fullmatch(HOST_NAME, host) and not (scheme and host.endswith(INNER)):
        return host + rest  # every public page is requested over HTTPS
    return f"{scheme.lower()}://{host}{rest}" if scheme else ""


def _scanner(page: Page) -> PageScanner:
    from talentimg.providers.page_scanner import PageScanner  # noqa: PLC0415  slow to import, and often not needed

    return PageScanner(page.headers.get("content-type", ""))


async def _first_picture(page: Page, scanner: PageScanner) -> str | None:
    """The best picture in the head, after which no more is read; otherwise the best one in the body."""
    async for chunk in page.chunks:
        if scanner.feed(chunk) and (picture := _best(scanner.notes.head, page.url)):
            return picture
    scanner.close()
    head, body = scanner.notes.head, scanner.notes.body
    return _best(head, page.url) or _best(replace(body, base=head.base or body.base), page.url)


def _best(part: PagePart, url: str) -> str | None:
    return next(_pictures(part, url), None)


def _pictures(part: PagePart, url: str) -> Iterator[str]:
    """The URLs of the pictures that a part of a page names, the best first."""
    base = joined(url, part.base or "") or url
    named = (part.meta[name] for name in META if name in part.meta)
    for links in (person_images(part.json_ld), named):
        yield from (picture for link in links if (picture := _picture(link, base)))


def _picture(link: str, base: str) -> str | None:
    """The absolute URL of a link, if it could be a picture: `data:` and the like are not."""
    url = joined(base, link.strip()) if link.strip() else None
    parts = split(url) if url else None
    if parts is None:
        return None
    if parts.scheme == "http" and base.startswith("https:"):  # common on old pages
        parts = parts._replace(scheme="https")
    host = (parts.hostname or "").lower()
    if (host == GRAVATAR or host.endswith(f".{GRAVATAR}")) and parts.path.startswith("/avatar/"):
        # Unchanged, it would return a drawing for people without a picture.
        parts = parts._replace(query=urlencode({"s": "512", "d": "404", "r": "pg"}))
    return parts.geturl()


def _is_challenge(head: PagePart) -> bool:
    if CHALLENGE_TITLES.search(head.title or ""):
        return True
    return any(mark in source.lower() for source in head.script_sources for mark in CHALLENGE_SCRIPTS)


def _blocked(again: datetime | None = None) -> ProviderError:
    return ProviderError("The website blocks automated access.", reason=Reason.BLOCKED, retry_at=again)


def _not_html() -> ProviderError:
    return ProviderError("The website's response is not a web page.", reason=Reason.SHAPE)
