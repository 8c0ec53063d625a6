"""Gravatar: the picture of an e-mail address, under its SHA-256.

    picture        HEAD  {base_url}/avatar/{hash}?s=512&d=404&r=pg
    any rating     HEAD  the same with r=x, if there is none: it may only be rated higher
    control        HEAD  the same with d=mp, which a server of pictures answers with a drawing

Profiles are not requested: they add nothing to the picture, and have a separate quota. With
`d=404` a missing picture is a 404; any other value would return a drawing. The URL never
changes, so only validators and the hash of the bytes reveal a new picture.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import urlencode

from talentimg.errors import ProviderError
from talentimg.models import Reason
from talentimg.providers.evidence import drawn
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
from talentimg.providers.profiles import Profiles
from talentimg.providers.replies import raise_for_status, usable_handle

if TYPE_CHECKING:
    from talentimg.http.interface import Reply
    from talentimg.models import Account
    from talentimg.providers.pasted import Pasted

BASE_URL: Final = "https://gravatar.com"
# https://docs.gravatar.com/sdk/images/
PARAMS: Final = {"s": "512", "d": "404", "r": "pg"}
ASKED: Final = "gravatar: picture by e-mail hash"
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
NAMED: Final = re.compile(r"[^<>]*<([^<>]+)>")
NOT_SAID: Final = {"", "application/octet-stream", "binary/octet-stream"}


class Gravatar(Provider):
    """Queries Gravatar, or another server with the same URLs."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="gravatar",
        label="Gravatar",
        docs="https://docs.gravatar.com/sdk/images/",
        needs="nothing",
        handle_pattern=rf"(?=.{{3,254}}\Z)[^\s@]{{1,64}}@{HOST_NAME}",
        handle_example="ada@example.com",
        profiles=Profiles(
            hosts=("gravatar.com",),
            schemes=("mailto",),
            otherwise="a profile, which does not tell the e-mail address",
        ),
        picture_hosts=("gravatar.com", ".gravatar.com"),
        settings=(ProviderSetting("base_url", "Base URL of Gravatar.", BASE_URL),),
        notes="The handle is an e-mail address, of which only the SHA-256 is sent. Anybody who knows the"
        " address can compute the hash, so the picture's URL does not make the person anonymous.",
    )

    @classmethod
    def name_in(cls, pasted: Pasted) -> str:
        """The e-mail address, also with a name before it: `Ada <ada@example.com>`."""
        named = NAMED.fullmatch(pasted.text)
        return named[1] if named else super().name_in(pasted)

    @classmethod
    def stored_form(cls, name: str) -> str:
        """In lower case, the domain as DNS has it."""
        return ascii_host(super().stored_form(name))

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Check whether there is a picture, without fetching it.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        email = usable_handle(self, account)
        digest = hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()
        url = self._url(digest)
        reply = await self._ask(url)
        if reply.status == HTTPStatus.NOT_FOUND:
            return await self._absent(digest)
        self._raise_for_error(reply)
        return Found(RemotePicture((url,), hosts=self.picture_hosts), asked=ASKED)

    async def _absent(self, digest: str) -> Absent:
        """Make sure that "not found" is the word of a server of pictures, and about this picture.

        A dead host, a portal or a firewall would not draw a default picture when it is asked for one.

        Raises:
            ProviderError: `blocked`, if there is a picture that is not for everybody; otherwise as above.
        """
        any_rating = await self._ask(self._url(digest, r="x"))
        if any_rating.status == HTTPStatus.OK and drawn(any_rating):
            raise ProviderError(
                f"Gravatar has a picture for this e-mail address, rated higher than {PARAMS['r']}.",
                reason=Reason.BLOCKED,
                hint="Ask the talent for a picture that suits everybody, or for its rating to be corrected.",
                tries=any_rating.tries,
            )
        if any_rating.status != HTTPStatus.NOT_FOUND:
            self._raise_for_error(any_rating)
        control = await self._ask(self._url(digest, d="mp", f="y"))
        spoken = drawn(control)
        if spoken is None:
            self._raise_for_error(control)
            raise _no_picture(control)
        what = "Gravatar has no picture for this e-mail address."
        return Absent(Reason.NO_PICTURE, what, spoken, asked=ASKED)

    def _url(self, digest: str, **params: str) -> str:
        return f"{self.base_url}/avatar/{digest}?{urlencode(PARAMS | params)}"

    async def _ask(self, url: str) -> Reply:
        """The status and headers at a URL. Redirects, as of Libravatar, are for the guarded client."""
        reply = await self.context.api.request("HEAD", url)
        if reply.status not in REDIRECTS:
            return reply
        async with self.context.web.open_page(url) as page:
            return replace(reply, status=page.status, headers=page.headers, tries=reply.tries + 1)

    def _raise_for_error(self, reply: Reply) -> None:
        """Raise for every response that is not a picture.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        raise_for_status(reply, self.info, self.context.now())
        kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not kind.startswith("image/") and kind not in NOT_SAID:
            raise _no_picture(reply)


def _no_picture(reply: Reply) -> ProviderError:
    return ProviderError("Gravatar's response is not a picture.", reason=Reason.SHAPE, tries=reply.tries)
