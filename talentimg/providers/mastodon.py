"""Mastodon and the rest of the fediverse: queries the home server of `user@host`, without credentials.

    account     GET  {base_url}/api/v1/accounts/lookup?acct={user}    Mastodon's API, which many implement
    name        GET  {base_url}/.well-known/webfinger?resource=       where that API is closed or missing
    elsewhere   GET  {base_url}/.well-known/host-meta                 where WebFinger is, if the host has none
    actor       GET  the URL that WebFinger returns                   its `icon` is the picture
    software    GET  {base_url}/.well-known/nodeinfo                  before "no such account" is believed

The talent chooses the host, so all requests go through the guarded client.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import quote

from talentimg.errors import HandleError, ProviderError
from talentimg.http.gravatars import without_drawing
from talentimg.http.links import host_in, path_in
from talentimg.models import Reason
from talentimg.providers.drawings import is_drawing
from talentimg.providers.evidence import heard, told_of, words
from talentimg.providers.fediverse_profiles import PROFILES, USER
from talentimg.providers.icons import by_size
from talentimg.providers.interface import (
    Absent,
    Found,
    Provider,
    ProviderInfo,
    ProviderSetting,
    RemotePicture,
)
from talentimg.providers.pasted import ascii_host
from talentimg.providers.patterns import HOST_NAME
from talentimg.providers.replies import (
    REFUSALS,
    check_asked,
    check_identity,
    peek,
    raise_for_status,
    raise_if_throttled,
    read,
    usable_handle,
)
from talentimg.providers.webfinger import (
    ACCEPT_CARD,
    ACCEPT_HOST_META,
    NODEINFO,
    WELL_KNOWN,
    address_in,
    is_json,
    is_page,
    links,
    server_of,
    template_in,
)

if TYPE_CHECKING:
    from talentimg.http.interface import Reply, Web
    from talentimg.models import Account
    from talentimg.providers.replies import Part
    from talentimg.providers.spoken import Spoken

BASE_URL: Final = "https://{host}"

JSON: Final = "application/json"
ACTIVITY: Final = "application/activity+json"
# https://www.w3.org/TR/activitypub/#retrieving-objects
ACTOR: Final = f'{ACTIVITY}, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

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

# Mastodon gives each upload a random name: same name, same picture.
UPLOAD: Final = re.compile(r"/accounts/avatars/(?:\d+/)+(?:original|static)/([0-9a-f]{16,64})\.[a-z0-9]+\Z")
LONGEST_NAME: Final = 300

# In Mastodon's own words; many others have copied them.
NO_RECORD: Final = words(404, error="Record not found")
ACTOR_GONE: Final = (words(410, error="Gone"), words(404, 410, type="Tombstone", id="https?://.+"))
ACCOUNT: Final = ("id", "username", "acct")
PERSON: Final = ("id", "type", "preferredUsername")
NOBODY: Final = {
    HTTPStatus.NOT_FOUND: (Reason.NOT_FOUND, "There is no such account on the server."),
    HTTPStatus.GONE: (Reason.SUSPENDED, "The server says that the account no longer exists."),
}


class Mastodon(Provider):
    """Queries the home server of a fediverse account."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="mastodon",
        label="Mastodon",
        docs="https://docs.joinmastodon.org/methods/accounts/#lookup",
        needs="nothing",
        handle_pattern=rf"(?=.{{3,320}}\Z){USER}@{HOST_NAME}",
        handle_example="ada@mastodon.social",
        profiles=PROFILES,
        per_host=True,
        settings=(
            ProviderSetting(
                "base_url", "Base URL of a server; {host} is replaced by its host name.", BASE_URL
            ),
        ),
        notes="Other fediverse servers work as well (WebFinger, ActivityPub), except those that require"
        " signed requests.",
    )

    @classmethod
    def stored_form(cls, name: str) -> str:
        """In lower case, the host as DNS has it."""
        return ascii_host(super().stored_form(name))

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
            if is_json(reply):  # many servers respond to unknown paths with an HTML page
                return self._from_account(account, read(reply, self.info))
        return await self._ask_otherwise(account, talk, base, f"{user}@{host}", heard(reply, NO_RECORD))

    # -- Mastodon's API -----------------------------------------------------------

    def _from_account(self, account: Account, body: Part) -> Found | Absent:
        user_id = self._identity(account, body.id("id"), body.tries)
        self._check_name(account, body, user_id)
        asked = f"mastodon: account {self.normalise(account.handle)}"
        if body.dig("suspended") is True:
            what, spoken = "The server has suspended the account.", told_of(body, *ACCOUNT)
            return Absent(Reason.SUSPENDED, what, spoken, user_id, asked)
        still = body.optional_text("avatar_static")  # a still frame of an animated picture
        url = still or body.at("avatar").text_or_none()
        moved = body.dig_text("moved", "acct")
        answer = self._answer(body, [url] if url else [], ACCOUNT, user_id, asked)
        return _with_move(answer, moved)

    # -- WebFinger and the actor --------------------------------------------------

    async def _ask_otherwise(
        self, account: Account, talk: _Talk, base: str, name: str, unknown: Spoken | None
    ) -> Found | Absent:
        """`unknown` is the evidence that Mastodon's own API knows no such account."""
        asked = f"mastodon: WebFinger and actor of {name}"
        at, reply = await self._webfinger(talk, base, name, elsewhere=unknown is None)
        if reply.status in NOBODY:
            spoken = unknown or await self._repeated(talk, at, reply, ACCEPT_CARD)
            return self._nobody(reply, spoken, asked)
        if reply.status in REFUSALS:
            raise _blocked("The server does not show its accounts to the public.", reply)
        self._raise_for_status(reply)
        card = read(reply, self.info)
        actor, avatar = links(card)
        if actor is not None:
            reply = await talk.get(self._checked(card, actor), ACTOR)
        if actor is None or (reply.status == HTTPStatus.UNAUTHORIZED and avatar):
            # No actor, or only for signed requests; some servers include the picture in WebFinger.
            return self._from_card(card, avatar or card.fail("contains no actor"), asked)
        return await self._from_actor(account, talk, actor, reply, asked)

    async def _webfinger(self, talk: _Talk, base: str, name: str, *, elsewhere: bool) -> tuple[str, Reply]:
        """The response of WebFinger and its URL; with `elsewhere`, from where host-meta says that it is."""
        resource = quote(f"acct:{name}", safe="")
        at = f"{base}{WELL_KNOWN}webfinger?resource={resource}"
        reply = await talk.get(at, ACCEPT_CARD)
        is_answer = reply.status == HTTPStatus.OK and is_json(reply)
        if is_answer or reply.status in REFUSALS or not elsewhere:
            return at, reply
        if reply.status not in ASK_OTHERWISE | {HTTPStatus.OK}:
            return at, reply
        host_meta = await talk.get(f"{base}{WELL_KNOWN}host-meta", ACCEPT_HOST_META)
        raise_if_throttled(host_meta, self._at(host_meta), self.context.now())
        template = template_in(host_meta) if host_meta.status == HTTPStatus.OK else None
        there = address_in(template, resource) if template else at
        if there == at:
            return at, reply
        return there, await talk.get(self._checked(peek(reply, self.info), there), ACCEPT_CARD)

    async def _repeated(self, talk: _Talk, at: str, reply: Reply, accept: str) -> Spoken | None:
        """Evidence that a fediverse server is at work there, and says again that there is no such account.

        Servers do so in many forms, some without a body at all, so the answer itself proves nothing.
        """
        if is_page(reply):
            return None
        node = await talk.get(f"{server_of(reply.url)}{WELL_KNOWN}nodeinfo", JSON)
        raise_if_throttled(node, self._at(node), self.context.now())
        spoken = heard(node, *NODEINFO)
        if spoken is None:
            return None
        again = await talk.get(at, accept)
        raise_if_throttled(again, self._at(again), self.context.now())
        return spoken if again.status == reply.status and not is_page(again) else None

    def _nobody(self, reply: Reply, spoken: Spoken | None, asked: str) -> Absent:
        if spoken is None:
            raise ProviderError(
                f"{host_in(reply.url)} responded with status {reply.status},"
                " and not as a fediverse server that knows no such account.",
                reason=Reason.STATUS,
                tries=reply.tries,
            )
        reason, detail = NOBODY[HTTPStatus(reply.status)]
        return Absent(reason, detail, spoken, asked=asked)

    def _from_card(self, card: Part, avatar: str, asked: str) -> Found | Absent:
        return self._answer(card, [avatar], ("subject",), None, asked)

    async def _from_actor(
        self, account: Account, talk: _Talk, at: str, reply: Reply, asked: str
    ) -> Found | Absent:
        if reply.status in NOBODY:
            spoken = heard(reply, *ACTOR_GONE)
            if spoken is None and reply.status == HTTPStatus.GONE:
                spoken = await self._repeated(talk, at, reply, ACTOR)
            return replace(self._nobody(reply, spoken, asked), reason=Reason.SUSPENDED)
        if reply.status in REFUSALS:
            raise _blocked("The server does not show the account to us, or only to signed requests.", reply)
        self._raise_for_status(reply)
        actor = read(reply, self.info)
        user_id = self._identity(account, actor.text("id"), actor.tries)
        if actor.dig("type") == "Tombstone" or actor.dig("suspended") is True:
            what = "The server says that the account no longer exists."
            return Absent(Reason.SUSPENDED, what, told_of(actor, "id", "type"), user_id, asked)
        icon = actor.dig("icon")
        urls = by_size(icon)
        if icon and not urls:
            actor.at("icon").fail("contains no URL")
        answer = self._answer(actor, urls, PERSON, user_id, asked)
        return _with_move(answer, actor.dig_text("movedTo"))

    # -- used by both -------------------------------------------------------------

    def _answer(
        self, part: Part, urls: list[str], names: tuple[str, ...], user_id: str | None, asked: str
    ) -> Found | Absent:
        """The answer in a document, which under these names says whom it is about."""
        if not urls:
            what, spoken = "The account has no picture.", told_of(part, *names)
            return Absent(Reason.NO_PICTURE, what, spoken, user_id, asked)
        faces = [without_drawing(self._checked(part, url)) for url in urls if not is_drawing(url)]
        if not faces:
            what, spoken = "The account has only the server's default picture.", told_of(part, *names)
            return Absent(Reason.DEFAULT_PICTURE, what, spoken, user_id, asked)
        upload = UPLOAD.search(path_in(faces[0]))
        return Found(RemotePicture(tuple(faces), upload[1] if upload else None), user_id, None, asked)

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

    def _check_name(self, account: Account, body: Part, user_id: str | None) -> None:
        """Check that a server's own account has the name that was asked for, as long as no id is known.

        Raises:
            ProviderError: `identity`.
        """
        user, _, host = self.normalise(account.handle).partition("@")
        named = f"{body.optional_text('username') or user}@{host}"
        check_asked(self, account, named, body.tries, user_id)

    def _raise_for_status(self, reply: Reply) -> None:
        raise_for_status(reply, self._at(reply), self.context.now())

    def _at(self, reply: Reply) -> ProviderInfo:
        """The fact sheet with the server's own name: each of them has its limits and its moods."""
        return replace(self.info, label=host_in(reply.url) or self.info.label)


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


def _with_move(answer: Found | Absent, moved: str | None) -> Found | Absent:
    """The answer, which also tells where the account has moved."""
    if not moved:
        return answer
    note = _moved_to(moved)
    if isinstance(answer, Found):
        return replace(answer, note=note)
    return replace(answer, detail=f"{answer.detail} {note}")


def _moved_to(where: str) -> str:
    name = where if where.isprintable() and len(where) <= LONGEST_NAME else "another account"
    return f"The account has moved to {name}."
