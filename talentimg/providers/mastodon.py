"""Mastodon and the rest of the fediverse: queries the home server of `user@host`, without credentials.

    account     GET  {base_url}/api/v1/accounts/lookup?acct={user}    Mastodon's API, which many implement
    name        GET  {base_url}/.well-known/webfinger?resource=       where that API is closed or missing
    actor       GET  the URL that WebFinger returns                   its `icon` is the picture

The talent chooses the host, so all requests go through the guarded client.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote

from talentimg.errors import HandleError, ProviderError
from talentimg.http.links import path_in
from talentimg.models import Reason
from talentimg.providers.interface import (
    Absent,
    Found,
    Provider,
    ProviderInfo,
    ProviderSetting,
    RemotePicture,
)
from talentimg.providers.patterns import HOST_NAME
from talentimg.providers.replies import check_identity, raise_for_status, read, usable_handle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.http.interface import Reply, Web
    from talentimg.models import Account
    from talentimg.providers.replies import Part

BASE_URL: Final = "https://{host}"
USER: Final = r"[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?"
LINK: Final = re.compile(rf"https://({HOST_NAME})/(?:@|users/)({USER})(?:@({HOST_NAME}))?/?", re.IGNORECASE)

JSON: Final = "application/json"
WEBFINGER: Final = "application/jrd+json, application/json;q=0.9"
ACTIVITY: Final = "application/activity+json"
# https://www.w3.org/TR/activitypub/#retrieving-objects
ACTOR: Final = f'{ACTIVITY}, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
AVATAR_LINK: Final = "http://webfinger.net/rel/avatar"

# Not implemented, not public, or no such user: WebFinger and the actor tell which.
ASK_OTHERWISE: Final = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.GONE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.NOT_IMPLEMENTED,
}

DEFAULT_PICTURES: Final = re.compile(
    r"/avatars/original/missing\.png\Z"  # Mastodon
    r"|/identicon(?:/|\Z)"  # Misskey and its forks, Mitra
    r"|/storage/avatars/default\.(?:jpg|png)\Z"  # Pixelfed
    r"|/users/[^/]+/avatar\d+\.png\Z"  # Epicyon, where an uploaded picture is called `icon`
    r"|/images/avi\.png\Z"  # Pleroma and Akkoma
    r"|/assets/default_avatars/"  # GoToSocial
)
# Mastodon gives each upload a random name: same name, same picture.
UPLOAD: Final = re.compile(r"/accounts/avatars/(?:\d+/)+(?:original|static)/([0-9a-f]{16,64})\.[a-z0-9]+\Z")
DEEPEST_ICON: Final = 4


class Mastodon(Provider):
    """Queries the home server of a fediverse account."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="mastodon",
        label="Mastodon",
        docs="https://docs.joinmastodon.org/methods/accounts/#lookup",
        needs="nothing",
        handle_pattern=rf"(?=.{{3,320}}\Z){USER}@{HOST_NAME}",
        handle_example="ada@mastodon.social",
        per_host=True,
        settings=(
            ProviderSetting(
                "base_url", "Base URL of an account's server; {host} is replaced by its host name.", BASE_URL
            ),
        ),
        notes="Other fediverse servers work as well, through WebFinger and ActivityPub, except those"
        " that require signed requests.",
    )

    @classmethod
    def normalise(cls, handle: str) -> str:
        """`user@host`, or the one in a profile URL."""
        link = LINK.fullmatch(handle.strip())
        return super().normalise(f"{link[2]}@{link[3] or link[1]}" if link else handle)

    def quota_key(self, account: Account) -> str:
        """Every host has its own quota."""
        try:
            host = self.normalise(account.handle).partition("@")[2]
        except HandleError:
            return self.info.name
        return f"{self.info.name}:{host}"

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Query Mastodon's API or, where that is inconclusive, WebFinger and the actor.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        user, _, host = usable_handle(self, account).partition("@")
        talk = _Talk(self.context.web)
        base = self.base_url.replace("{host}", host)
        reply = await talk.get(f"{base}/api/v1/accounts/lookup?acct={quote(user, safe='')}", JSON)
        if reply.status not in ASK_OTHERWISE:
            self._raise_for_status(reply)
            if _is_json(reply):
                return self._from_account(account, read(reply, self.info))
        return await self._ask_otherwise(account, talk, base, f"{user}@{host}")

    # -- Mastodon's API -----------------------------------------------------------

    def _from_account(self, account: Account, body: Part) -> Found | Absent:
        user_id = self._identity(account, body.id("id"), body.tries)
        asked = f"mastodon: account {self.normalise(account.handle)}"
        if body.dig("suspended") is True:
            return Absent(Reason.SUSPENDED, "The server has suspended the account.", user_id, asked)
        still = body.optional_text("avatar_static")  # a still frame of an animated picture
        return self._answer(body, still or body.text("avatar"), user_id, asked)

    # -- WebFinger and the actor --------------------------------------------------

    async def _ask_otherwise(self, account: Account, talk: _Talk, base: str, name: str) -> Found | Absent:
        asked = f"mastodon: WebFinger and actor of {name}"
        resource = quote(f"acct:{name}", safe="")
        reply = await talk.get(f"{base}/.well-known/webfinger?resource={resource}", WEBFINGER)
        if reply.status == HTTPStatus.NOT_FOUND:
            return Absent(Reason.NOT_FOUND, "There is no such account on the server.", asked=asked)
        if reply.status == HTTPStatus.GONE:
            return Absent(Reason.SUSPENDED, "The server says that the account no longer exists.", asked=asked)
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise _blocked("The server does not show its accounts to the public.", reply)
        self._raise_for_status(reply)
        card = read(reply, self.info)
        actor, avatar = _links(card)
        if actor is not None:
            reply = await talk.get(self._checked(card, actor), ACTOR)
        if actor is None or (reply.status == HTTPStatus.UNAUTHORIZED and avatar):
            # No actor, or only for signed requests; some servers include the picture in WebFinger.
            return self._answer(card, avatar or card.fail("contains no actor"), None, asked)
        return self._from_actor(account, reply, asked)

    def _from_actor(self, account: Account, reply: Reply, asked: str) -> Found | Absent:
        if reply.status == HTTPStatus.GONE:
            return Absent(Reason.SUSPENDED, "The server says that the account no longer exists.", asked=asked)
        if reply.status == HTTPStatus.FORBIDDEN and not _is_page(reply):  # a bot wall would look like this
            return Absent(Reason.SUSPENDED, "The server has suspended the account temporarily.", asked=asked)
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise _blocked("The server requires a signed request, which is not supported.", reply)
        self._raise_for_status(reply)
        actor = read(reply, self.info)
        user_id = self._identity(account, actor.text("id"), actor.tries)
        if actor.dig("type") == "Tombstone" or actor.dig("suspended") is True:
            return Absent(
                Reason.SUSPENDED, "The server says that the account no longer exists.", user_id, asked
            )
        icon = actor.dig("icon")
        url = next(_addresses(icon), None)
        if icon and url is None:
            actor.at("icon").fail("contains no URL")
        return self._answer(actor, url, user_id, asked)

    # -- used by both -------------------------------------------------------------

    def _answer(self, part: Part, url: str | None, user_id: str | None, asked: str) -> Found | Absent:
        if url is None:
            return Absent(Reason.NO_PICTURE, "The account has no picture.", user_id, asked)
        path = path_in(url)
        if DEFAULT_PICTURES.search(path):
            return Absent(
                Reason.DEFAULT_PICTURE, "The account has only the server's default picture.", user_id, asked
            )
        upload = UPLOAD.search(path)
        picture = RemotePicture((self._checked(part, url),), upload[1] if upload else None)
        return Found(picture, user_id, None, asked)

    def _checked(self, part: Part, url: str) -> str:
        """A URL from a response, which is followed only if it is HTTPS.

        With a base URL set by the operator it may be plain HTTP; the address guard applies either way.

        Raises:
            ProviderError: `scheme`, or `shape` if it is not a URL at all.
        """
        scheme = url.partition("://")[0].lower()
        if scheme == "http" and self.base_url == BASE_URL:
            raise ProviderError(
                "The server returned a URL that is not HTTPS.", reason=Reason.SCHEME, tries=part.tries
            )
        if scheme not in {"http", "https"}:
            part.fail("contains an invalid URL")
        return url

    def _identity(self, account: Account, user_id: str, tries: int) -> str | None:
        """The stable id, or None if it cannot be compared with the known one.

        Mastodon's API returns a number, ActivityPub a URL, and a server may start or stop
        offering either of them at any time.

        Raises:
            ProviderError: `identity`.
        """
        known = account.external_id
        if known is not None and ("://" in known) != ("://" in user_id):
            return None
        check_identity(account, user_id, self.info, tries)
        return user_id

    def _raise_for_status(self, reply: Reply) -> None:
        raise_for_status(reply, self.info, self.context.now())


class _Talk:
    """The requests of one look-up: each response and error includes all earlier ones in its count."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._tries = 0

    async def get(self, url: str, accept: str) -> Reply:
        try:
            reply = await self._web.request(url, headers={"Accept": accept})
        except ProviderError as error:
            error.tries += self._tries
            raise
        self._tries += reply.tries
        return replace(reply, tries=self._tries)


def _blocked(message: str, reply: Reply) -> ProviderError:
    return ProviderError(message, reason=Reason.BLOCKED, tries=reply.tries)


def _is_json(reply: Reply) -> bool:
    """Many servers respond to unknown paths with an HTML page."""
    try:
        reply.json()
    except ProviderError:
        return False
    return True


def _is_page(reply: Reply) -> bool:
    return reply.body.lstrip().startswith(b"<")


def _links(card: Part) -> tuple[str | None, str | None]:
    """The URLs of the actor and the picture in a WebFinger response."""
    actor = avatar = None
    for link in card.items("links"):
        rel, kind, href = (link.dig(key) for key in ("rel", "type", "href"))
        if not isinstance(href, str) or not href:
            continue
        if rel == "self" and isinstance(kind, str) and ("activity+json" in kind or "ld+json" in kind):
            actor = actor or href
        elif rel == AVATAR_LINK:
            avatar = avatar or href
    return actor, avatar


def _addresses(icon: Any, depth: int = DEEPEST_ICON) -> Iterator[str]:  # noqa: ANN401  unvalidated JSON
    """The URLs in an `icon`: a string, an Image, a Link, or a list of these, possibly nested.

    https://www.w3.org/TR/activitystreams-vocabulary/#dfn-icon
    """
    if isinstance(icon, str) and icon:
        yield icon
    elif depth and isinstance(icon, list):
        for item in icon:
            yield from _addresses(item, depth - 1)
    elif depth and isinstance(icon, dict):
        yield from _addresses(icon.get("url"), depth - 1)
        yield from _addresses(icon.get("href"), depth - 1)
