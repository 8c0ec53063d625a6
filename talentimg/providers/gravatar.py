"""Gravatar: the picture of an e-mail address, under its SHA-256.

    picture        HEAD  {base_url}/avatar/{hash}?s=512&d=404&r=pg

No profile is asked for: it adds nothing to the picture, and has a quota of its own. With
`d=404` nobody's picture is a 404; every other value would give a drawing. The address never
changes, so validators and the hash of the bytes tell a new picture.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import urlencode

from talentimg.errors import ProviderError
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
from talentimg.providers.replies import raise_for_status, usable_handle

if TYPE_CHECKING:
    from talentimg.http.interface import Reply
    from talentimg.models import Account

BASE_URL: Final = "https://gravatar.com"
# https://docs.gravatar.com/sdk/images/
PARAMS: Final = {"s": "512", "d": "404", "r": "pg"}
ASKED: Final = "gravatar: picture by e-mail hash"
NOT_SAID: Final = {"", "application/octet-stream", "binary/octet-stream"}


class Gravatar(Provider):
    """Asks Gravatar, or another server that speaks its addresses."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="gravatar",
        label="Gravatar",
        docs="https://docs.gravatar.com/sdk/images/",
        needs="nothing",
        handle_pattern=rf"(?=.{{3,254}}\Z)[^\s@]{{1,64}}@{HOST_NAME}",
        handle_example="ada@example.com",
        picture_hosts=("gravatar.com", ".gravatar.com"),
        settings=(ProviderSetting("base_url", "Where Gravatar is asked.", BASE_URL),),
        notes="The handle is an e-mail address; Gravatar is sent its SHA-256. Whoever knows the address"
        " knows the hash: the picture's own address does not make the person anonymous.",
    )

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Ask whether there is a picture, without fetching it.

        Raises:
            ProviderError: as the port says.
        """
        email = usable_handle(self, account)
        digest = hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()
        url = f"{self.base_url}/avatar/{digest}?{urlencode(PARAMS)}"
        reply = await self.context.api.request("HEAD", url)
        if reply.status == HTTPStatus.NOT_FOUND:
            return Absent(Reason.NO_PICTURE, "Gravatar has no picture for the e-mail address.", asked=ASKED)
        self._raise_for_error(reply)
        return Found(RemotePicture((url,), hosts=self.picture_hosts), asked=ASKED)

    def _raise_for_error(self, reply: Reply) -> None:
        """Turn every answer but a picture into trouble.

        Raises:
            ProviderError: as the port says.
        """
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise ProviderError("Gravatar refuses to answer us.", reason=Reason.BLOCKED, tries=reply.tries)
        raise_for_status(reply, self.info, self.context.now())
        kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not kind.startswith("image/") and kind not in NOT_SAID:
            raise ProviderError(
                "Gravatar answered with something that is not a picture.",
                reason=Reason.SHAPE,
                tries=reply.tries,
            )
