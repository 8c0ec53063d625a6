"""public.api.bsky.app: the AppView of the AT Protocol.

Page: https://docs.bsky.app/docs/api/app-bsky-actor-get-profile
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from talentimg.demo.messages import json_answer
from talentimg.demo.people import BLUESKY, Standing
from talentimg.demo.pictures import is_crowd
from talentimg.demo.platforms.base import YEAR, Platform, serve

if TYPE_CHECKING:
    from talentimg.demo.faults import Gate
    from talentimg.demo.messages import Answer, Call, Headers
    from talentimg.demo.people import Presence

BATCH: Final = 25
ACTOR: Final = re.compile(r"did:[a-z]+:\S+|(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*", re.IGNORECASE)
FILE: Final = re.compile(r"/img/avatar/plain/([^/@]+)/b([a-z2-7]+)(?:@(?:jpeg|webp))?")
CID_START: Final = b"\x01\x55\x12\x20"
SEED_BYTES: Final = 8
REFUSALS: Final = {
    Standing.DELETED: ("InvalidRequest", "Profile not found"),
    Standing.DEACTIVATED: ("AccountDeactivated", "Account is deactivated"),
    Standing.SUSPENDED: ("AccountTakedown", "Account has been suspended"),
}


class Bluesky(Platform):
    """One host: `/bluesky`."""

    name: ClassVar[str] = BLUESKY
    prefixes: ClassVar[tuple[str, ...]] = ("bluesky",)

    def answer(self, call: Call) -> Answer:
        """One profile, or up to 25."""
        if call.path == "/xrpc/app.bsky.actor.getProfile":
            return self._profile(call, call.params.get("actor", ""))
        if call.path == "/xrpc/app.bsky.actor.getProfiles":
            return self._profiles(call)
        return _error("MethodNotImplemented", "Method Not Implemented", 501)

    def _profile(self, call: Call, actor: str) -> Answer:
        if not ACTOR.fullmatch(actor):
            return _error("InvalidRequest", "Error: actor must be a valid did or a handle")
        presence = self._find(actor)
        standing = presence.standing if presence else Standing.DELETED
        if presence is None or standing in REFUSALS:
            return _error(*REFUSALS[standing])
        return json_answer(_view(call.base, presence))

    def _profiles(self, call: Call) -> Answer:
        """Unknown and hidden accounts are silently omitted."""
        actors = call.all_of("actors")
        if not actors:
            return _error("InvalidRequest", 'Error: Params must have the property "actors"')
        if len(actors) > BATCH:
            return _error("InvalidRequest", f"Error: actors must not have more than {BATCH} elements")
        if not all(ACTOR.fullmatch(actor) for actor in actors):
            return _error("InvalidRequest", "Error: actors/0 must be a valid did or a handle")
        found = {p.user_id: p for p in map(self._find, actors) if p is not None and p.is_active}
        return json_answer({"profiles": [_view(call.base, presence) for presence in found.values()]})

    def _find(self, actor: str) -> Presence | None:
        if actor.startswith("did:"):
            return self.world.by_user_id(BLUESKY, actor)
        return self.world.by_handle(BLUESKY, actor)

    def picture(self, call: Call) -> Answer:
        """A re-encoded picture, still served after the avatar or the account has been removed."""
        file = FILE.fullmatch(call.path)
        seed = _seed_in(file[2]) if file else None
        if seed is None:
            return json_answer({"error": "NotFoundError", "message": "Blob not found"}, 404)
        return serve(seed, YEAR, media="jpeg" if is_crowd(seed) else "webp")

    # -- errors -------------------------------------------------------------------

    def throttled(self, call: Call, gate: Gate) -> Answer:  # noqa: ARG002  the same for every request
        """A 429 without Retry-After: the reset is in seconds since 1970."""
        return _error("RateLimitExceeded", "Rate Limit Exceeded", 429).plus(*self.limits(gate))

    def limits(self, gate: Gate) -> Headers:
        """Sent if a limit is set: the reset is a point in time, not a duration."""
        if gate.limit is None:
            return ()
        reset = max(gate.closed_until, self.world.clock() + 1)
        return (
            ("RateLimit-Limit", str(gate.limit)),
            ("RateLimit-Remaining", str(gate.left)),
            ("RateLimit-Reset", str(math.ceil(reset))),
            ("RateLimit-Policy", f"{gate.limit};w=1"),
        )

    def broken(self, call: Call) -> Answer:  # noqa: ARG002  the same for every request
        """An internal error."""
        return _error("InternalServerError", "Internal Server Error", 500)


def _view(base: str, presence: Presence) -> dict[str, Any]:
    labels = []
    if presence.withheld:
        labels = [{"src": presence.user_id, "uri": f"at://{presence.user_id}", "val": "!no-unauthenticated"}]
    view: dict[str, Any] = {"did": presence.user_id, "handle": presence.handle, "displayName": presence.name}
    if presence.picture is not None:
        cid = _cid(presence.picture)
        view["avatar"] = f"{base}/pictures/bluesky/img/avatar/plain/{presence.user_id}/{cid}"
    return view | {"labels": labels, "createdAt": "2024-02-06T10:00:00.000Z", "followersCount": 12}


def _cid(seed: int) -> str:
    """A content identifier. Originals are not served here, so the digest need not be that of the bytes."""
    digest = hashlib.sha256(f"blob {seed}".encode()).digest()[:-SEED_BYTES] + seed.to_bytes(SEED_BYTES, "big")
    return "b" + base64.b32encode(CID_START + digest).decode().lower().rstrip("=")


def _seed_in(code: str) -> int | None:
    """The seed in a content identifier, without its first letter."""
    try:
        raw = base64.b32decode(code.upper() + "=" * (-len(code) % 8))
    except binascii.Error:
        return None
    seed = int.from_bytes(raw[-SEED_BYTES:], "big")
    return seed if _cid(seed) == f"b{code}" else None


def _error(error: str, message: str, status: int = 400) -> Answer:
    return json_answer({"error": error, "message": message}, status)
