"""What the demo's platforms have in common."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.demo.faults import whole_seconds
from talentimg.demo.messages import HTML, NOT_MODIFIED, Answer, http_date, is_unchanged, text_answer
from talentimg.demo.pictures import etag, picture

if TYPE_CHECKING:
    from talentimg.demo.faults import Gate
    from talentimg.demo.messages import Call, Headers
    from talentimg.demo.people import Presence
    from talentimg.demo.pictures import Media
    from talentimg.demo.world import World

SEED_DIGITS: Final = 10
MEDIA_TYPES: Final[dict[Media, str]] = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
YEAR: Final = ("Cache-Control", "public, max-age=31536000")
SORRY: Final = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Please wait.</body></html>"
)
NO_PICTURE: Final = Answer(404, b"Not Found", "text/plain")
EXPIRED: Final = Answer(403, b"URL signature expired", "text/plain")


class Platform(ABC):
    """Answers the requests to one platform, and serves its pictures."""

    name: ClassVar[str]
    prefixes: ClassVar[tuple[str, ...]]
    """The first segments of its paths."""

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def answer(self, call: Call) -> Answer:
        """The response to a request."""

    def picture(self, call: Call) -> Answer:  # noqa: ARG002  used by overrides
        """The picture at a URL below `/pictures/<name>`; `call.path` is the rest."""
        return NO_PICTURE

    def throttled(self, call: Call, gate: Gate) -> Answer:  # noqa: ARG002  used by overrides
        """The platform's response when it is rate-limiting."""
        return gateway_throttled(whole_seconds(gate.closed_until, self.world.clock()))

    def broken(self, call: Call) -> Answer:  # noqa: ARG002  used by overrides
        """The platform's own temporary error."""
        return gateway_broken()

    def out_of_quota(self, call: Call, gate: Gate) -> Answer:
        """The response once the daily quota is used up, if there is one."""
        return self.throttled(call, gate)

    def garbled(self, call: Call) -> Answer:  # noqa: ARG002  the same for all
        """An HTML page in place of data."""
        return text_answer(SORRY, 200, HTML)

    def limits(self, gate: Gate) -> Headers:  # noqa: ARG002  used by overrides
        """The headers that state the remaining rate limit."""
        return ()

    def url_life(self, usual: float) -> float:
        """How long a picture URL is valid."""
        life = self.world.faults(self.name).url_life
        return usual if life is None else life


def gateway_throttled(seconds: int) -> Answer:
    """A 429 as a gateway in front of a platform would send it."""
    return text_answer(_small_page("429 Too Many Requests"), 429, HTML).plus(("Retry-After", str(seconds)))


def gateway_broken() -> Answer:
    """A 503 from a gateway."""
    return text_answer(_small_page("503 Service Unavailable"), 503, HTML)


def _small_page(title: str) -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


def key_of(presence: Presence, seed: int, length: int = 32) -> str:
    """A file name for a picture: hexadecimal, different for every upload, and reversed by `seed_in`."""
    salt = f"{presence.platform} {presence.user_id} {presence.uploads}"
    return hashlib.sha256(salt.encode()).hexdigest()[: length - SEED_DIGITS] + f"{seed:0{SEED_DIGITS}x}"


def seed_in(key: str) -> int | None:
    """The seed of the picture with this file name."""
    try:
        return int(key[-SEED_DIGITS:], 16)
    except ValueError:
        return None


def signature(*parts: object, length: int = 32) -> str:
    """A signature as CDNs add it to their URLs."""
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:length]


def serve(
    seed: int | None, *headers: tuple[str, str], media: Media = "jpeg", side: int | None = None
) -> Answer:
    """The bytes of a picture at a URL that depends on its content."""
    if seed is None:
        return NO_PICTURE
    return Answer(200, picture(seed, media, side), MEDIA_TYPES[media], headers)


def serve_fixed(
    call: Call,
    presence: Presence | None,
    *,
    media: Media = "jpeg",
    side: int | None = None,
    tagged: bool = True,
) -> Answer:
    """The bytes of somebody's current picture, at a URL that never changes.

    Args:
        call: the request, for its validators.
        presence: whose picture.
        media: how it is encoded.
        side: its width and height.
        tagged: whether an entity tag is sent in addition to the date.
    """
    if presence is None or presence.picture is None or not presence.is_active:
        return NO_PICTURE
    tag = etag(presence.picture, f"{presence.uploads} {side}") if tagged else None
    headers: Headers = (("Last-Modified", http_date(presence.changed_at)), ("Cache-Control", "max-age=300"))
    if tag is not None:
        headers = (*headers, ("ETag", tag))
    if is_unchanged(call, tag, presence.changed_at):
        return Answer(NOT_MODIFIED, headers=headers)
    return serve(presence.picture, *headers, media=media, side=side)
