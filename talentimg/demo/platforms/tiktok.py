"""open.tiktokapis.com: the Display API, own token only.

Pages: https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info and
https://developers.tiktok.com/docs/en/oauth-refresh-a-user-access-token
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from talentimg.demo.default_avatars import default_avatar
from talentimg.demo.messages import Answer, json_answer
from talentimg.demo.people import TIKTOK, TOKEN_LIVES
from talentimg.demo.pictures import CROWD_SIDE
from talentimg.demo.platforms.base import EXPIRED, NO_PICTURE, Platform, key_of, seed_in, serve, signature
from talentimg.demo.settings import TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET

if TYPE_CHECKING:
    from talentimg.demo.faults import Gate
    from talentimg.demo.messages import Call
    from talentimg.demo.people import Presence

HOUR: Final = 3600
URL_LIFE: Final = 48.0 * HOUR
REFRESH_LIFE: Final = 180 * 24 * HOUR
SIZES: Final = {"avatar_large_url": 1080, "avatar_url": 168, "avatar_url_100": 100}
BASIC: Final = frozenset({"open_id", "union_id", "display_name", *SIZES})
OTHER_SCOPES: Final = frozenset(
    {"username", "bio_description", "profile_deep_link", "is_verified", "follower_count"}
)
DEFAULT_PATH: Final = "musically-maliva-obj/1594805258216454"
LOG_ID: Final = "20261124020000DEMO0000000000000001"
FILE: Final = re.compile(r"/([^/]+)/(.+?)~[^/:]+(?::(\d+):\d+)?\.jpeg")


class TikTok(Platform):
    """One host: `/tiktok`."""

    name: ClassVar[str] = TIKTOK
    prefixes: ClassVar[tuple[str, ...]] = ("tiktok",)

    def answer(self, call: Call) -> Answer:
        """The person's own profile, and token refreshes."""
        if call.path == "/v2/user/info/":
            return self._info(call)
        if call.path == "/v2/oauth/token/":
            return self._token(call)
        return _error(404, "invalid_params", "Unsupported path(Janus)")

    def _info(self, call: Call) -> Answer:
        grant = self.world.grant(TIKTOK, call.bearer)
        presence = self.world.presence(grant.person_id, TIKTOK) if grant else None
        if (
            grant is None
            or presence is None
            or grant.expires_at <= self.world.clock()
            or not presence.is_active
        ):
            text = "The access token is invalid or not found in the request."
            return _error(401, "access_token_invalid", text)
        wanted = [name for name in call.params.get("fields", "").split(",") if name]
        if not wanted:
            return _error(400, "invalid_params", "Fields is required, please provide fields.")
        if set(wanted) & OTHER_SCOPES:
            return _error(401, "scope_not_authorized", "The user did not authorize the scope required.")
        unknown = sorted(set(wanted) - BASIC)
        if unknown:
            return _error(400, "invalid_params", f"Invalid field(s): {','.join(unknown)}")
        user = self._user(call.base, presence)
        return json_answer(
            {"data": {"user": {name: user[name] for name in wanted}}, "error": _status("ok", "")}
        )

    def _user(self, base: str, presence: Presence) -> dict[str, str]:
        user = {name: self._picture_url(base, presence, side) for name, side in SIZES.items()}
        union = signature("union", presence.user_id)
        return user | {"open_id": presence.user_id, "union_id": union, "display_name": presence.name}

    def _token(self, call: Call) -> Answer:
        form = call.form
        client = (form.get("client_key"), form.get("client_secret"))
        if call.method != "POST" or form.get("grant_type") != "refresh_token":
            return _oauth_error("invalid_request", "The request parameters are malformed.")
        if client != (TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET):
            return _oauth_error("invalid_client", "Client key or secret is incorrect.")
        presence = self.world.refresh(TIKTOK, form.get("refresh_token", ""), rotate=True)
        if presence is None:
            return _oauth_error("invalid_grant", "Refresh token is invalid or expired.")
        return json_answer(
            {
                "access_token": presence.token,
                "expires_in": TOKEN_LIVES[TIKTOK],
                "open_id": presence.user_id,
                "refresh_expires_in": REFRESH_LIFE,
                "refresh_token": presence.refresh_token,
                "scope": "user.info.basic",
                "token_type": "Bearer",
            }
        )

    # -- pictures ---------------------------------------------------------------

    def _picture_url(self, base: str, presence: Presence, side: int) -> str:
        """Each size has its own signature; URLs expire on the hour."""
        now = self.world.clock()
        life = self.url_life(URL_LIFE)
        ends = int(now + life) // HOUR * HOUR if life >= HOUR else int(now + life)
        if presence.picture is None:
            path = f"/p16-sign-va.tiktokcdn.com/{DEFAULT_PATH}~tplv-tiktokx-cropcenter:{side}:{side}.jpeg"
        else:
            key = f"tos-maliva-avt-0068/{key_of(presence, presence.picture)}"
            path = f"/p16-sign-va.tiktokcdn.com/{key}~tplv-tiktokx-cropcenter:{side}:{side}.jpeg"
        noise = signature(path, now, length=8)
        sign = self._sign(path, str(ends))
        return (
            f"{base}/pictures/tiktok{path}?dr=14579&refresh_token={noise}&x-expires={ends}&x-signature={sign}"
        )

    def _sign(self, path: str, ends: str) -> str:
        return signature(path, ends, self.world.generation(TIKTOK), length=28) + "%3D"

    def picture(self, call: Call) -> Answer:
        """A picture in the size that was signed."""
        ends = call.params.get("x-expires", "")
        signed = call.params.get("x-signature", "").replace("=", "%3D")
        if not ends.isdecimal() or int(ends) <= self.world.clock() or signed != self._sign(call.path, ends):
            return EXPIRED
        file = FILE.fullmatch(call.path)
        if file is None:
            return NO_PICTURE
        age = ("Cache-Control", "max-age=172800")
        if file[2] == DEFAULT_PATH:
            return Answer(200, default_avatar(TIKTOK), "image/jpeg", (age,))
        side = int(file[3] or 0)
        return serve(seed_in(file[2]), age, side=side if 0 < side < CROWD_SIDE else None)

    # -- errors -------------------------------------------------------------------

    def throttled(self, call: Call, gate: Gate) -> Answer:  # noqa: ARG002  it states no reset time
        """A 429 without a reset time."""
        return _error(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")

    def broken(self, call: Call) -> Answer:  # noqa: ARG002  the same for every request
        """An internal error."""
        return _error(500, "internal_error", "Something went wrong. Please try again later.")


def _status(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message, "log_id": LOG_ID}


def _error(status: int, code: str, message: str) -> Answer:
    document: dict[str, Any] = {"data": {}, "error": _status(code, message)}
    return json_answer(document, status)


def _oauth_error(error: str, description: str) -> Answer:
    return json_answer({"error": error, "error_description": description, "log_id": LOG_ID}, 400)
