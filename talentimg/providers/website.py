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
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import quote

from talentimg.errors import HandleError, ProviderError, RateLimited
from talentimg.http.gravatars import without_drawing
from talentimg.http.links import host_in, joined, path_in, split
from talentimg.http.retry_after import DEFAULT_PAUSE, retry_at
from talentimg.models import Reason
from talentimg.providers.evidence import shown, standing
from talentimg.providers.interface import Absent, Found, Provider, ProviderInfo, RemotePicture
from talentimg.providers.linked_data import person_images
from talentimg.providers.page_marks import is_challenge, is_stand_in
from talentimg.providers.pasted import ascii_host, quoted, seen
from talentimg.providers.patterns import HOST_NAME
from talentimg.providers.profiles import Profiles
from talentimg.providers.replies import last_segment, usable_handle

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.http.interface import Page
    from talentimg.models import Account
    from talentimg.providers.page_scanner import PageNotes, PagePart, PagePicture, PageScanner
    from talentimg.providers.spoken import Spoken

ANY_HOST: Final = r"(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?"
REST: Final = r"(?:[/?][!$%-;=?-\[\]_a-z~]*)?"  # every character that a URL may contain, except `#`
NO_DOTS: Final = r"(?![^?]*/\.\.?(?:[/?]|\Z))"
TYPED: Final = re.compile(
    rf"(?:(?P<scheme>https?)://)?(?P<host>{ANY_HOST})(?P<rest>{REST})(?:#.*)?", re.IGNORECASE | re.ASCII
)
HOST: Final = re.compile(r"\A(https?://)?([^/?#@:\[\]\s]+)", re.IGNORECASE)
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
MOST_PICTURES: Final = 5
SQUARE: Final = 1.4
"""How much longer than the other one side of a portrait may be."""
NO_FACE: Final = re.compile(
    r"\.svgz?\Z|(?:\A|[._-])(?:site-?)?(?:logo|logotype|wordmark|favicon|apple-touch-icon)(?:[._@0-9-]|\Z)",
    re.IGNORECASE,
)


class Website(Provider):
    """Reads a talent's own page."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="website",
        label="Website",
        docs="https://ogp.me",
        needs="nothing",
        handle_pattern=rf"(?=.{{1,2000}}\Z){NO_DOTS}(?:{HOST_NAME}|https?://{ANY_HOST}){REST}",
        handle_example="ada.example/about",
        profiles=Profiles(any_page=True),
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
        text = HOST.sub(lambda found: (found[1] or "") + ascii_host(found[2]), seen(handle).strip())
        typed = TYPED.fullmatch(NOT_ASCII.sub(lambda found: quote(found[0]), text))
        tidy = _stored(typed["scheme"], typed["host"], typed["rest"]) if typed else ""
        if not re.fullmatch(cls.info.handle_pattern, tidy, flags=re.ASCII):
            raise HandleError(
                f"{quoted(handle)} is not the address of a web page.",
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
        read = await self._read(url)
        if read is None:
            return await self._gone(url, asked)
        notes, pictures, where = read
        if is_stand_in(notes.head):
            raise _not_the_page()
        if pictures:
            likeliest, *others = pictures
            return Found(RemotePicture((likeliest,), others=tuple(others)), asked=asked)
        spoken = _evidence(notes, url, where)
        return Absent(Reason.NO_PICTURE, "The page names no picture.", spoken, asked=asked)

    async def _read(self, url: str) -> tuple[PageNotes, list[str], str] | None:
        """What is on a page, its pictures, and its final URL; None if it is said not to exist."""
        async with self.context.web.open_page(url, headers={"Accept": ACCEPT}) as page:
            if page.status in NOWHERE:
                return None
            self._raise_for_page(page)
            scanner = _scanner(page)
            pictures = await _all_pictures(page, scanner)
            return scanner.notes, pictures, page.url

    async def _gone(self, url: str, asked: str) -> Absent:
        """Absence, if the site itself is there and says again that it has no such page.

        Raises:
            ProviderError: it is not, so that this may be the word of a dead host or of something in between.
        """
        front = await self._read(joined(url, "/") or url) if path_in(url).strip("/") else None
        spoken = standing(front[0]) if front else None
        if spoken is None or await self._read(url) is not None:
            raise ProviderError(
                "The website has no such page, and no front page either.", reason=Reason.STATUS
            )
        return Absent(Reason.NOT_FOUND, "The page does not exist.", spoken, asked=asked)

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


def _evidence(notes: PageNotes, asked: str, at: str) -> Spoken:
    """The evidence that a page without a picture is surely the one that was asked for.

    Raises:
        ProviderError: it may be something in its place.
    """
    if is_challenge(notes.head):
        raise _blocked()
    if not notes.has_tags:
        raise _not_html()
    spoken = shown(notes, asked, at)
    if spoken is None:
        raise _not_the_page()
    return spoken


async def _all_pictures(page: Page, scanner: PageScanner) -> list[str]:
    """The pictures in the head, after which no more is read; otherwise those in the body."""
    async for chunk in page.chunks:
        if scanner.feed(chunk) and (pictures := _pictures(scanner.notes.head, page.url)):
            return pictures
    scanner.close()
    head, body = scanner.notes.head, scanner.notes.body
    whole = replace(
        body, base=head.base or body.base, title=head.title, json_ld=[*head.json_ld, *body.json_ld]
    )
    return _pictures(head, page.url) or _pictures(whole, page.url)


def _pictures(part: PagePart, url: str) -> list[str]:
    """The URLs of the pictures that a part of a page names, the likeliest portrait first."""
    base = joined(url, part.base or "") or url
    titles = [title for title in (part.title, part.meta.get("og:title")) if title]
    links = [*person_images(part.json_ld, titles), *_named(part)]
    urls = (picture for link in links if (picture := _picture(link, base)))
    return list(islice(dict.fromkeys(urls), MOST_PICTURES))


def _named(part: PagePart) -> list[str]:
    """The links that the page names for sharing, without logos, and those known to be wide last."""
    named = [picture for name in META for picture in part.pictures if picture.name == name]
    faces = [picture for picture in named if not NO_FACE.search(last_segment(picture.url) or "")]
    return [picture.url for picture in sorted(faces, key=_distance)]


def _distance(picture: PagePicture) -> int:
    """How far from a portrait the stated size is; in between if there is none."""
    if not picture.width or not picture.height:
        return 1
    sides = sorted((picture.width, picture.height))
    return 0 if sides[1] <= sides[0] * SQUARE else 2


def _picture(link: str, base: str) -> str | None:
    """The absolute URL of a link, if it could be a picture: `data:` and the like are not."""
    url = joined(base, link.strip()) if link.strip() else None
    parts = split(url) if url else None
    if parts is None:
        return None
    if parts.scheme == "http" and base.startswith("https:"):  # common on old pages
        parts = parts._replace(scheme="https")
    return without_drawing(parts.geturl())


def _not_the_page() -> ProviderError:
    return ProviderError(
        "The page names no picture, and nothing on it says that it is the page that was asked for:"
        " a login, a consent or a maintenance page looks the same.",
        reason=Reason.SHAPE,
    )


def _blocked(again: datetime | None = None) -> ProviderError:
    return ProviderError("The website blocks automated access.", reason=Reason.BLOCKED, retry_at=again)


def _not_html() -> ProviderError:
    return ProviderError("The website's response is not a web page.", reason=Reason.SHAPE)
