"""www.googleapis.com (Data API v3) and oauth2.googleapis.com.

Pages: https://developers.google.com/youtube/v3/docs/channels/list and
https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from talentimg.demo.default_avatars import letter_avatar
from talentimg.demo.messages import NOT_MODIFIED, Answer, etag_of, is_unchanged, json_answer
from talentimg.demo.people import TOKEN_LIVES, YOUTUBE
from talentimg.demo.pictures import CROWD_SIDE, etag
from talentimg.demo.platforms.base import NO_PICTURE, Platform, key_of, seed_in, serve
from talentimg.demo.settings import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, YOUTUBE_API_KEY

if TYPE_CHECKING:
    from talentimg.demo.faults import Gate
    from talentimg.demo.messages import Call
    from talentimg.demo.people import Presence

IDS_PER_CALL: Final = 50
SIZES: Final = {"default": 88, "medium": 240, "high": 800}
LETTERS: Final = 1 << 39
"""Seeds from here on are YouTube's default, a letter on a colour, whose URL looks like any other."""
FILE: Final = re.compile(r"/ytc/AIdro_([0-9a-f]+)(?:=s(\d+)[^/]*)?")
FILTERS: Final = ("id", "forHandle", "forUsername", "mine")


class YouTube(Platform):
    """Two hosts: `/youtube` and `/google`."""

    name: ClassVar[str] = YOUTUBE
    prefixes: ClassVar[tuple[str, ...]] = ("youtube", "google")

    def answer(self, call: Call) -> Answer:
        """Channels on one host, tokens on the other."""
        if call.prefix == "google":
            return self._token(call) if call.path == "/token" else _error(404, "Not Found", "notFound")
        if call.path != "/youtube/v3/channels":
            return _error(404, "Not Found", "notFound")
        refusal = self._refusal(call)
        if refusal is not None:
            return refusal
        found = [p for p in self._asked_for(call) if p is not None and p.is_active]
        answer = self._list(call.base, found)
        tag = etag_of(answer.body)
        if is_unchanged(call, tag, None):
            return Answer(NOT_MODIFIED, headers=(("ETag", tag),))
        return answer.plus(("ETag", tag))

    def _refusal(self, call: Call) -> Answer | None:
        """An error response if the request is invalid."""
        chosen = [name for name in FILTERS if name in call.params]
        if "part" not in call.params:
            return _error(400, "No part specified.", "missingRequiredParameter")
        if len(chosen) != 1:
            return _error(400, "Exactly one filter has to be given.", "missingRequiredParameter")
        if len(call.params.get("id", "").split(",")) > IDS_PER_CALL:
            return _error(400, "The request specifies an invalid filter parameter.", "invalidFilters")
        return self._wrong_credential(call, needs_person=chosen == ["mine"])

    def _wrong_credential(self, call: Call, *, needs_person: bool) -> Answer | None:
        if call.bearer is not None:
            grant = self.world.grant(YOUTUBE, call.bearer)
            alive = grant is not None and grant.expires_at > self.world.clock()
            return None if alive else _error(401, "Invalid Credentials", "authError", "UNAUTHENTICATED")
        key = call.params.get("key")
        if key is None or needs_person:
            return _error(403, "The request is missing a valid API key.", "forbidden", "PERMISSION_DENIED")
        if key != YOUTUBE_API_KEY:
            text = "API key not valid. Please pass a valid API key."
            return _error(400, text, "badRequest", "INVALID_ARGUMENT")
        return None

    def _asked_for(self, call: Call) -> list[Presence | None]:
        params = call.params
        if "id" in params:
            # Deliberately not in the requested order: clients must not rely on it.
            wanted = sorted(dict.fromkeys(params["id"].split(",")), key=lambda name: name[::-1])
            return [self.world.by_user_id(YOUTUBE, channel) for channel in wanted]
        if "forHandle" in params:
            return [self.world.by_handle(YOUTUBE, params["forHandle"].removeprefix("@"))]
        grant = self.world.grant(YOUTUBE, call.bearer)
        return [self.world.presence(grant.person_id, YOUTUBE) if grant and "mine" in params else None]

    def _list(self, base: str, found: list[Presence]) -> Answer:
        """If nobody was found, `items` is missing."""
        page = {"totalResults": len(found), "resultsPerPage": max(5, len(found))}
        document: dict[str, Any] = {"kind": "youtube#channelListResponse", "etag": "demo", "pageInfo": page}
        if found:
            document["items"] = [_channel(base, presence) for presence in found]
        return json_answer(document)

    def _token(self, call: Call) -> Answer:
        form = call.form
        if (form.get("client_id"), form.get("client_secret")) != (GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET):
            return _oauth_error("invalid_client", "The OAuth client was not found.", 401)
        if form.get("grant_type") != "refresh_token":
            return _oauth_error("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")
        presence = self.world.refresh(YOUTUBE, form.get("refresh_token", ""), rotate=False)
        if presence is None:
            return _oauth_error("invalid_grant", "Token has been expired or revoked.")
        return json_answer(
            {
                "access_token": presence.token,
                "expires_in": TOKEN_LIVES[YOUTUBE],
                "scope": "https://www.googleapis.com/auth/youtube.readonly",
                "token_type": "Bearer",
            }
        )

    # -- pictures ---------------------------------------------------------------

    def picture(self, call: Call) -> Answer:
        """A picture in the size at the end of its URL; 0 is the original."""
        file = FILE.fullmatch(call.path)
        seed = seed_in(file[1]) if file else None
        if file is None or seed is None:
            return NO_PICTURE
        headers = (("ETag", etag(seed, "yt")), ("Cache-Control", "public, max-age=86400"))
        if is_unchanged(call, headers[0][1], None):
            return Answer(NOT_MODIFIED, headers=headers)
        if seed >= LETTERS:
            return Answer(200, letter_avatar(chr(seed - LETTERS)), "image/jpeg", headers)
        side = int(file[2] or 0)
        return serve(seed, *headers, side=side if 0 < side < CROWD_SIDE else None)

    # -- errors -------------------------------------------------------------------

    def throttled(self, call: Call, gate: Gate) -> Answer:  # noqa: ARG002  it states no reset time
        """The newer format, without `errors`."""
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
        }
        error = {
            "code": 429,
            "message": "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'.",
            "status": "RESOURCE_EXHAUSTED",
            "details": [info],
        }
        return json_answer({"error": error}, 429)

    def out_of_quota(self, call: Call, gate: Gate) -> Answer:  # noqa: ARG002  the same for every request
        """The daily quota, which resets at midnight in California."""
        link = '<a href="/youtube/v3/getting-started#quota">quota</a>'
        text = f"The request cannot be completed because you have exceeded your {link}."
        return _error(403, text, "quotaExceeded", domain="youtube.quota")

    def broken(self, call: Call) -> Answer:  # noqa: ARG002  the same for every request
        """A backend error."""
        return _error(500, "Backend Error", "backendError")


def _channel(base: str, presence: Presence) -> dict[str, Any]:
    seed = presence.picture
    if seed is None:
        seed = LETTERS + ord(presence.handle[0].upper())
    root = f"{base}/pictures/youtube/ytc/AIdro_{key_of(presence, seed, 40)}"
    thumbnails = {
        name: {"url": f"{root}=s{side}-c-k-c0x00ffffff-no-rj", "width": side, "height": side}
        for name, side in SIZES.items()
    }
    snippet = {
        "title": presence.name,
        "description": "",
        "customUrl": f"@{presence.handle}",
        "publishedAt": "2019-05-01T08:00:00Z",
        "thumbnails": thumbnails,
    }
    return {"kind": "youtube#channel", "etag": "demo", "id": presence.user_id, "snippet": snippet}


def _error(
    code: int, message: str, reason: str, status: str | None = None, *, domain: str = "youtube.common"
) -> Answer:
    error: dict[str, Any] = {"code": code, "message": message}
    error["errors"] = [{"message": message, "domain": domain, "reason": reason}]
    if status is not None:
        error["status"] = status
    return json_answer({"error": error}, code)


def _oauth_error(error: str, description: str, status: int = 400) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)
