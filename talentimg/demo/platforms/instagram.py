"""graph.instagram.com (own token) and graph.facebook.com (Business Discovery).

Pages: https://developers.facebook.com/docs/instagram-platform/reference/me and
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/business-discovery
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from talentimg.demo.default_avatars import default_avatar
from talentimg.demo.faults import whole_seconds
from talentimg.demo.messages import Answer, http_date, is_unchanged
from talentimg.demo.people import INSTAGRAM, TOKEN_LIVES, Standing
from talentimg.demo.platforms.base import EXPIRED, NO_PICTURE, Platform, serve, signature
from talentimg.demo.settings import AGENCY_TOKEN, AGENCY_USER_ID

if TYPE_CHECKING:
    from talentimg.demo.faults import Gate
    from talentimg.demo.messages import Call, Headers
    from talentimg.demo.people import Grant, Presence

URL_LIFE: Final = (4 * 24 + 11) * 3600.0
YOUNGEST: Final = 86_400.0
"""Tokens younger than this are not refreshed."""
OFFSET: Final = 17_000_000_000_000_000
DEFAULT_FILE: Final = "464760996_1254146839119862_3605321457742435801_n.jpg"
HOSTS: Final = (
    "scontent-sjc3-1.cdninstagram.com",
    "scontent-nrt1-1.cdninstagram.com",
    "scontent-fra5-2.cdninstagram.com",
)
OWN_FIELDS: Final = frozenset({"id", "user_id", "username", "name", "profile_picture_url", "account_type"})
FOUND_FIELDS: Final = frozenset({"id", "username", "name", "profile_picture_url"})
ME: Final = re.compile(r"/(?:v\d+\.\d+/)?me")
NODE: Final = re.compile(r"/(?:v\d+\.\d+/)?(\d+)")
DISCOVERY: Final = re.compile(r"business_discovery\.username\(([^(){}]*)\)\{([a-z_,]*)\}")
FILE: Final = re.compile(r"/[^/]+/v/[^/]+/\d+_(\d+)_\d+_n\.jpg")
TRACE: Final = "AbCdEfGhIjKlMnOpQrStUv"


class Instagram(Platform):
    """Both of Meta's hosts: `/instagram` and `/facebook`."""

    name: ClassVar[str] = INSTAGRAM
    prefixes: ClassVar[tuple[str, ...]] = ("instagram", "facebook")

    def answer(self, call: Call) -> Answer:
        """`me` and `refresh_access_token` here, Business Discovery there."""
        if call.prefix == "facebook":
            return self._discover(call)
        if call.path == "/refresh_access_token":
            return self._refresh(call)
        return self._me(call) if ME.fullmatch(call.path) else _unknown_object()

    # -- own token ------------------------------------------------------------

    def _me(self, call: Call) -> Answer:
        grant = self._usable(call)
        if isinstance(grant, Answer):
            return grant
        presence = self.world.presence(grant.person_id, INSTAGRAM)
        wanted = call.params.get("fields", "id").split(",")
        unknown = [name for name in wanted if name not in OWN_FIELDS]
        if unknown:
            return _error(
                100, f"(#100) Tried accessing nonexisting field ({unknown[0]})", kind="IGApiException"
            )
        person = self._fields(call, presence) | {"user_id": presence.user_id, "id": presence.user_id[::-1]}
        return _document({name: person[name] for name in (*wanted, "id") if name in person})

    def _refresh(self, call: Call) -> Answer:
        if call.params.get("grant_type") != "ig_refresh_token":
            return _error(100, "Unsupported grant_type", kind="IGApiException")
        grant = self._usable(call)
        if isinstance(grant, Answer):
            return grant
        if self.world.clock() - grant.issued_at < YOUNGEST:
            return _error(10, "The access token is too young to be refreshed", kind="IGApiException")
        token = self.world.issue_token(grant.person_id, INSTAGRAM).token
        return _document(
            {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_LIVES[INSTAGRAM]}
        )

    def _usable(self, call: Call) -> Grant | Answer:
        """What the token gives access to, or an error response."""
        grant = self.world.grant(INSTAGRAM, call.bearer or call.params.get("access_token"))
        if grant is None:
            return _refused("Invalid OAuth access token - Cannot parse access token")
        if self.world.presence(grant.person_id, INSTAGRAM).standing is not Standing.ACTIVE:
            return _refused("The user is enrolled in a blocking, logged-in checkpoint", 459)
        if grant.expires_at <= self.world.clock():
            ended, now = http_date(grant.expires_at), http_date(self.world.clock())
            text = f"Session has expired on {ended}. The current time is {now}."
            return _refused(f"Error validating access token: {text}", 463)
        return grant

    # -- Business Discovery -----------------------------------------------------

    def _discover(self, call: Call) -> Answer:
        if (call.bearer or call.params.get("access_token")) != AGENCY_TOKEN:
            return _refused("Invalid OAuth access token - Cannot parse access token")
        node = NODE.fullmatch(call.path)
        if node is None or node[1] != AGENCY_USER_ID:
            return _unknown_object()
        asked = DISCOVERY.fullmatch(call.params.get("fields", ""))
        if asked is None:
            return _error(100, "(#100) Syntax error in the field expression")
        wanted = asked[2].split(",")
        unknown = [name for name in wanted if name not in FOUND_FIELDS]
        if unknown:
            return _error(100, f"(#100) Tried accessing nonexisting field ({unknown[0]})")
        presence = self.world.by_handle(INSTAGRAM, asked[1])
        if presence is None or not presence.is_active:
            return _no_such_handle(asked[1])
        person = self._fields(call, presence) | {"id": presence.user_id}
        found = {name: person[name] for name in dict.fromkeys((*wanted, "id")) if name in person}
        return _document({"business_discovery": found, "id": AGENCY_USER_ID})

    def _fields(self, call: Call, presence: Presence) -> dict[str, Any]:
        person = {"username": presence.handle, "name": presence.name, "account_type": "MEDIA_CREATOR"}
        url = self._picture_url(call.base, presence)
        return person if url is None else person | {"profile_picture_url": url}

    # -- pictures ---------------------------------------------------------------

    def _picture_url(self, base: str, presence: Presence) -> str | None:
        """A new host and signature on every call; only the file name identifies the picture."""
        if presence.picture is None and not presence.shows_default:
            return None
        now = self.world.clock()
        ends = f"{int(now + self.url_life(URL_LIFE)):X}"
        file = DEFAULT_FILE if presence.picture is None else _file_name(presence, presence.picture)
        path = f"/v/t51.82787-15/{file}"
        host = HOSTS[int(signature(file, now), 16) % len(HOSTS)]
        sign = f"00_{self._sign(path, ends)}"
        query = f"_nc_ht={host}&_nc_cat=1&oh={sign}&oe={ends}&_nc_sid=8b3546"
        return f"{base}/pictures/instagram/{host}{path}?{query}"

    def _sign(self, path: str, ends: str) -> str:
        return signature(path, ends, self.world.generation(INSTAGRAM))

    def picture(self, call: Call) -> Answer:
        """A picture, as long as its URL is valid."""
        host, _, _ = call.path[1:].partition("/")
        path = call.path[1 + len(host) :]
        ends = call.params.get("oe", "")
        if not re.fullmatch(r"[0-9A-F]{1,12}", ends):
            return Answer(403, b"Bad URL date param", "text/plain")
        if int(ends, 16) <= self.world.clock() or call.params.get("oh") != f"00_{self._sign(path, ends)}":
            return EXPIRED
        headers: Headers = (("Last-Modified", http_date(1_700_000_000)), ("Cache-Control", "max-age=1209600"))
        if is_unchanged(call, None, 1_700_000_000):
            return Answer(304, headers=headers)
        if path.endswith(DEFAULT_FILE):
            return Answer(200, default_avatar(INSTAGRAM), "image/jpeg", headers)
        file = FILE.fullmatch(call.path)
        return serve(int(file[1]) - OFFSET, *headers) if file else NO_PICTURE

    # -- errors -------------------------------------------------------------------

    def throttled(self, call: Call, gate: Gate) -> Answer:
        """Meta's rate limits are 400s: per app (no reset time), or per account (with minutes)."""
        if call.prefix == "facebook":
            return _error(4, "(#4) Application request limit reached").plus(*self.limits(gate))
        minutes = -(-whole_seconds(gate.closed_until, self.world.clock()) // 60)
        use = {"type": "instagram", "call_count": 100, "total_cputime": 3, "total_time": 4}
        use["estimated_time_to_regain_access"] = minutes
        header = ("X-Business-Use-Case-Usage", json.dumps({AGENCY_USER_ID: [use]}))
        return _error(80002, "(#80002) There have been too many calls to this Instagram account.").plus(
            header
        )

    def limits(self, gate: Gate) -> Headers:
        """The percentage used in a rolling hour, sent only once there is something to report."""
        if gate.limit is None:
            return ()
        used = 100 - (100 * gate.left // gate.limit if gate.limit else 0)
        return (("X-App-Usage", json.dumps({"call_count": used, "total_time": 25, "total_cputime": 25})),)

    def broken(self, call: Call) -> Answer:  # noqa: ARG002  the same for every request
        """A temporary error: code 2."""
        text = "An unexpected error has occurred. Please retry your request later."
        return _error(2, text, status=500, is_transient=True)


def _file_name(presence: Presence, seed: int) -> str:
    """Three numbers: the second one identifies the picture, the third one the upload."""
    salt = signature(presence.user_id, presence.uploads)
    return f"{int(salt[:7], 16)}_{OFFSET + seed}_{int(salt[7:22], 16)}_n.jpg"


def _document(document: dict[str, Any], status: int = 200) -> Answer:
    """JSON with escaped slashes, as Meta sends it."""
    return Answer(
        status, json.dumps(document).replace("/", "\\/").encode(), "application/json; charset=UTF-8"
    )


def _error(
    code: int, message: str, *, status: int = 400, kind: str = "OAuthException", **more: object
) -> Answer:
    return _document(
        {"error": {"message": message, "type": kind, "code": code, **more, "fbtrace_id": TRACE}}, status
    )


def _refused(message: str, subcode: int | None = None) -> Answer:
    """An invalid token: code 190."""
    header = ("WWW-Authenticate", f'OAuth "Facebook Platform" "invalid_token" "{message}"')
    if subcode is None:
        return _error(190, message, status=401).plus(header)
    return _error(190, message, status=401, error_subcode=subcode).plus(header)


def _no_such_handle(handle: str) -> Answer:
    """Missing, personal, renamed and mistyped accounts all give the same error."""
    return _error(
        110,
        "Invalid user id",
        error_subcode=2207013,
        is_transient=False,
        error_user_title="Cannot find User",
        error_user_msg=f"The user with username {handle} cannot be found.",
    )


def _unknown_object() -> Answer:
    text = "Unsupported get request. Object does not exist or cannot be loaded due to missing permissions"
    return _error(100, text, kind="GraphMethodException", error_subcode=33)
