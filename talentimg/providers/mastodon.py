"""Mastodon and the rest of the fediverse: the home server of `user@host` is asked, without credentials.

    account     GET  {base_url}/api/v1/accounts/lookup?acct={user}    Mastodon's own call, which many speak
    name        GET  {base_url}/.well-known/webfinger?resource=       where that call is closed or unknown
    actor       GET  the address that WebFinger names                 its `icon` is the picture

The host is a talent's choice, so everything goes through the guarded client.
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

# Not spoken here, closed to strangers, or no such user: WebFinger and the actor tell which.
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
    r"|/users/[^/]+/avatar\d+\.png\Z"  # Epicyon: an upload is called `icon`
    r"|/images/avi\.png\Z"  # Pleroma and Akkoma
    r"|/assets/default_avatars/"  # GoToSocial
)
# Mastodon gives each upload a random name: the same name, the same picture.
UPLOAD: Final = re.compile(r"/accounts/avatars/(?:\d+/)+(?:original|static)/([0-9a-f]{16,64})\.[a-z0-9]+\Z")
DEEPEST_ICON: Final = 4


class Mastodon(Provider):
    """Asks the home server of a fediverse account."""

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
                "base_url", "Where accounts are asked for; {host} stands for their host name.", BASE_URL
            ),
        ),
        notes="Other servers of the fediverse answer as well, through WebFinger and ActivityPub. A server"
        " that wants signed requests cannot be asked.",
    )

    @classmethod
    def normalise(cls, handle: str) -> str:
        """`user@host`, also out of the address of a profile."""
        link = LINK.fullmatch(handle.strip())
        return super().normalise(f"{link[2]}@{link[3] or link[1]}" if link else handle)

    def quota_key(self, account: Account) -> str:
        """Every host counts for itself."""
        try:
            host = self.normalise(account.handle).partition("@")[2]
        except HandleError:
            return self.info.name
        return f"{self.info.name}:{host}"

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Ask Mastodon's own call; where that says nothing, WebFinger and the actor.

        Raises:
            ProviderError: as the port says.
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

    # -- Mastodon's own call ------------------------------------------------------

    def _from_account(self, account: Account, body: Part) -> Found | Absent:
        user_id = self._identity(account, body.id("id"), body.tries)
        asked = f"mastodon: account {self.normalise(account.handle)}"
        if body.dig("suspended") is True:
            return Absent(Reason.SUSPENDED, "The server has suspended the account.", user_id, asked)
        still = body.optional_text("avatar_static")  # of a moving picture, a still one
        return self._answer(body, still or body.text("avatar"), user_id, asked)

    # -- WebFinger and the actor --------------------------------------------------

    async def _ask_otherwise(self, account: Account, talk: _Talk, base: str, name: str) -> Found | Absent:
        asked = f"mastodon: WebFinger and actor of {name}"
        resource = quote(f"acct:{name}", safe="")
        reply = await talk.get(f"{base}/.well-known/webfinger?resource={resource}", WEBFINGER)
        if reply.status == HTTPStatus.NOT_FOUND:
            return Absent(Reason.NOT_FOUND, "The server knows no such account.", asked=asked)
        if reply.status == HTTPStatus.GONE:
            return Absent(Reason.SUSPENDED, "The server says that the account is gone.", asked=asked)
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise _blocked("The server tells strangers nothing about its accounts.", reply)
        self._raise_for_status(reply)
        card = read(reply, self.info)
        actor, avatar = _links(card)
        if actor is not None:
            reply = await talk.get(self._checked(card, actor), ACTOR)
        if actor is None or (reply.status == HTTPStatus.UNAUTHORIZED and avatar):
            # No actor, or only for signed requests; some servers name the picture in WebFinger, too.
            return self._answer(card, avatar or card.fail("names no actor"), None, asked)
        return self._from_actor(account, reply, asked)

    def _from_actor(self, account: Account, reply: Reply, asked: str) -> Found | Absent:
        if reply.status == HTTPStatus.GONE:
            return Absent(Reason.SUSPENDED, "The server says that the account is gone.", asked=asked)
        if reply.status == HTTPStatus.FORBIDDEN and not _is_page(reply):  # which a bot wall would show
            return Absent(Reason.SUSPENDED, "The server has suspended the account for now.", asked=asked)
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise _blocked("The server wants a signed request, which we cannot make.", reply)
        self._raise_for_status(reply)
        actor = read(reply, self.info)
        user_id = self._identity(account, actor.text("id"), actor.tries)
        if actor.dig("type") == "Tombstone" or actor.dig("suspended") is True:
            return Absent(Reason.SUSPENDED, "The server says that the account is gone.", user_id, asked)
        icon = actor.dig("icon")
        url = next(_addresses(icon), None)
        if icon and url is None:
            actor.at("icon").fail("names no address")
        return self._answer(actor, url, user_id, asked)

    # -- both ---------------------------------------------------------------------

    def _answer(self, part: Part, url: str | None, user_id: str | None, asked: str) -> Found | Absent:
        if url is None:
            return Absent(Reason.NO_PICTURE, "The account has no picture.", user_id, asked)
        path = path_in(url)
        if DEFAULT_PICTURES.search(path):
            return Absent(
                Reason.DEFAULT_PICTURE, "The account shows the server's default picture.", user_id, asked
            )
        upload = UPLOAD.search(path)
        picture = RemotePicture((self._checked(part, url),), upload[1] if upload else None)
        return Found(picture, user_id, None, asked)

    def _checked(self, part: Part, url: str) -> str:
        """An address out of an answer, which is followed only over HTTPS.

        On a server of the operator's own it may be plain HTTP; the address guard still judges.

        Raises:
            ProviderError: `scheme`, or `shape` when it is no address at all.
        """
        scheme = url.partition("://")[0].lower()
        if scheme == "http" and self.base_url == BASE_URL:
            raise ProviderError(
                "The server names an address that is not HTTPS.", reason=Reason.SCHEME, tries=part.tries
            )
        if scheme not in {"http", "https"}:
            part.fail("holds something that is no address")
        return url

    def _identity(self, account: Account, user_id: str, tries: int) -> str | None:
        """The stable id, or None when the one that is known cannot be compared with it.

        Mastodon's own call gives a number, ActivityPub an address; a server may close the one
        and open the other at any time.

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
    """The requests of one look: every answer and every error counts all that went before."""

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
    """Many a server answers what it does not know with a page."""
    try:
        reply.json()
    except ProviderError:
        return False
    return True


def _is_page(reply: Reply) -> bool:
    return reply.body.lstrip().startswith(b"<")


def _links(card: Part) -> tuple[str | None, str | None]:
    """The actor's and the picture's address in a WebFinger answer."""
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


def _addresses(icon: Any, depth: int = DEEPEST_ICON) -> Iterator[str]:  # noqa: ANN401  a foreign value has no type yet
    """The addresses in an `icon`: a text, an Image, a Link, or a list of them, one in the other.

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
