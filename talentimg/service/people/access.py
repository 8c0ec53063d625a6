"""Who may ask the server for what: tokens are made, listed, revoked and recognised."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from talentimg.errors import Contradicted, TokenNotFound, UsageError
from talentimg.models.access import AccessToken, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from talentimg.repository.interface.access import Access

PREFIX: Final = "timg_"
"""So that a token is recognised where it should not be: in a log, in a repository of code."""
_BYTES: Final = 32
_LONGEST: Final = 200
"""Of what may be a token at all."""
_LONGEST_NAME: Final = 60


class AccessTokens:
    """The tokens of one roster."""

    def __init__(self, access: Access, now: Callable[[], datetime]) -> None:
        self._access = access
        self._now = now

    def make(self, name: str, scope: Scope, *, by: str) -> str:
        """Make a token. Its text is told this once, and kept nowhere.

        Raises:
            Contradicted: the name is taken.
            UsageError: it will not do.
        """
        return self.issue(name, scope, by=by)[1]

    def issue(self, name: str, scope: Scope, *, by: str) -> tuple[AccessToken, str]:
        """The same with what is kept of it.

        Raises:
            Contradicted: the name is taken.
            UsageError: it will not do.
        """
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise UsageError(
                "A token needs a name that can be read.", hint="Say what it is for: intranet, grafana, ..."
            )
        text = PREFIX + secrets.token_urlsafe(_BYTES)
        token = AccessToken(name, scope, digest_of(text), self._now(), by)
        if not self._access.add_access_token(token):
            raise Contradicted(
                f"There is a token {name!r} already.", hint="Take another name, or revoke that one first."
            )
        return token, text

    def valid(self) -> list[AccessToken]:
        """Those that are good for something."""
        return [token for token in self._access.access_tokens() if token.revoked_at is None]

    def all(self) -> list[AccessToken]:
        """Those that were revoked, too; by name."""
        return self._access.access_tokens()

    def revoke(self, name: str, *, keep_an_admin: bool = False) -> None:
        """Let a token be good for nothing.

        Args:
            name: whose.
            keep_an_admin: refuse if nobody could make a token over the network any more.

        Raises:
            TokenNotFound: there is none of this name.
            Contradicted: it is the last one of an admin.
        """
        admins = {token.name for token in self.valid() if token.scope is Scope.ADMIN}
        if keep_an_admin and admins == {name}:
            raise Contradicted(
                f"{name!r} is the last token with the scope admin.", hint="Make another one first, or insist."
            )
        if not self._access.revoke_access_token(name, self._now()):
            raise TokenNotFound(f"There is no token {name!r}.", hint="See them all with: talentimg tokens")


def digest_of(text: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def recognised(text: str, tokens: Iterable[AccessToken]) -> AccessToken | None:
    """The token with this text. How long that takes does not depend on the text, or on which one it is."""
    digest = digest_of(text[:_LONGEST]).encode()
    found = None
    for token in tokens:
        if hmac.compare_digest(digest, token.digest.encode()):
            found = token
    return found if len(text) <= _LONGEST else None
