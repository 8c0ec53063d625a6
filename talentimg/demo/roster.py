"""The demo's dozen: named people, each an example of what happens on real rosters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from talentimg.demo.faults import Faults
from talentimg.demo.people import (
    BLUESKY,
    GITHUB,
    GRAVATAR,
    INSTAGRAM,
    MASTODON,
    TIKTOK,
    WEBSITE,
    YOUTUBE,
)
from talentimg.demo.world import World
from talentimg.models import Token
from talentimg.repository.interface import NewAccount, NewTalent

if TYPE_CHECKING:
    from talentimg.demo.people import Person, Presence


def demo_world() -> World:
    """A new world with the dozen in it; its tokens are the same every time."""
    world = World(seed=12)
    _plain_sailing(world)
    _down_the_chain(world)
    _names_and_tokens(world)
    _nothing_to_show(world)
    return world


def demo_roster(server_url: str, world: World | None = None) -> list[NewTalent]:
    """The dozen as entries of an agency's roster. `world` is the one that the server shows."""
    return roster_of(world or demo_world(), server_url)


def roster_of(world: World, server_url: str) -> list[NewTalent]:
    """Everybody in a world as roster entries, with the handles that the agency knows, and their tokens."""
    base = server_url.rstrip("/")
    return [_talent(person, base) for person in world.people()]


def _talent(person: Person, base: str) -> NewTalent:
    avatar = None if person.avatar is None else f"{base}/pictures/user/{person.id}.jpg"
    accounts = tuple(_account(presence, base) for presence in person.presences.values())
    return NewTalent(person.id, person.name, person.email, avatar, accounts)


def _account(presence: Presence, base: str) -> NewAccount:
    token = None
    if presence.token is not None:
        ends = presence.token_expires_at
        expires_at = None if ends is None else datetime.fromtimestamp(ends, UTC)
        token = Token(presence.token, presence.refresh_token, expires_at)
    if presence.platform == WEBSITE:  # the handle is made up; the profile URL is where the page really is
        return NewAccount(WEBSITE, f"{presence.known_as}.example", f"{base}/site/{presence.known_as}")
    return NewAccount(presence.platform, presence.known_as, token=token)


def _plain_sailing(world: World) -> None:
    """On several platforms: the first in the order wins."""
    world.add("ada", "Ada Lovelace", email="ada@example.org")
    world.join("ada", INSTAGRAM, "ada.lovelace", picture=130, own_token=True)
    world.join("ada", BLUESKY, "ada.bsky.example", picture=131)
    world.join("ada", GITHUB, "ada-lovelace", picture=132)

    world.add("sakura", "田中 さくら", email="sakura@example.org")
    world.join("sakura", YOUTUBE, "tanakasakura", picture=800)

    # Looked up by name, with the agency's token.
    world.add("priya", "Priya Raman 🪷", email="priya@example.org")
    world.join("priya", INSTAGRAM, "priya.raman", picture=202)

    world.add("olu", "Olúwaṣeun Adéyẹmí", email="olu@example.org")
    world.join("olu", WEBSITE, "oluwaseun", picture=120)


def _down_the_chain(world: World) -> None:
    """The first source has no picture to show, the next one does."""
    world.add("nour", "نور الهاشمي", email="nour@example.org")
    world.join("nour", INSTAGRAM, "nour.alhashimi", own_token=True)
    world.default_avatar("nour", INSTAGRAM)
    world.join("nour", TIKTOK, "nour.alhashimi", picture=50, own_token=True)

    world.add("yael", "יעל כהן", email="yael@example.org")
    world.join("yael", BLUESKY, "yael.bsky.example", picture=20)
    world.suspend("yael", BLUESKY)
    world.join("yael", MASTODON, "yael@art.example", picture=21)


def _names_and_tokens(world: World) -> None:
    """What changes behind an agency's back."""
    world.add("zoe", "Zoë Brandt 🌻", email="zoe@example.org")
    world.join("zoe", GITHUB, "zoe-brandt", picture=160)
    world.rename(GITHUB, "zoe-brandt", "zoe-in-bloom")

    world.add("kwame", "Kwame Mensah", email="kwame@example.org")
    world.join("kwame", TIKTOK, "kwame.mensah", picture=30, own_token=True)
    world.expire_token("kwame", TIKTOK)

    # This server's API is not public, but WebFinger and the actor are.
    world.add("siobhan", "Siobhán Ní Bhriain", email="siobhan@example.org")
    world.join("siobhan", MASTODON, "siobhan@quiet.example", picture=80)
    world.lock_host("quiet.example")


def _nothing_to_show(world: World) -> None:
    """The end of the chain: the user's own avatar, initials, and a platform that is rate-limiting us."""
    world.add("ingrid", "Ingrid Solbakken", email="ingrid@example.org", avatar=320)

    world.add("mateo", "Mateo Fernández", email="mateo@example.org")
    world.join("mateo", INSTAGRAM, "mateo.fdez")
    world.delete_account("mateo", INSTAGRAM)

    world.add("lukasz", "Łukasz Żółć", email="lukasz@example.org")
    world.join("lukasz", GRAVATAR, "lukasz@example.org", picture=0)
    world.set_faults(GRAVATAR, Faults(throttle=0, hold=900))
