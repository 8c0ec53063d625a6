"""A crowd of made-up people, for benchmarks: cheap to create, and the same for the same seed."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Final

from talentimg.demo.people import BLUESKY, GRAVATAR, INSTAGRAM, MASTODON, TIKTOK, YOUTUBE, make_user_id
from talentimg.demo.pictures import CROWD
from talentimg.demo.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MIX: Final[Mapping[str, float]] = {INSTAGRAM: 4, TIKTOK: 3, YOUTUBE: 4, BLUESKY: 3}
"""How the crowd is spread over platforms by default."""
BLOCK: Final = 1_000_000
"""Picture seeds reserved for each platform place of each crowd: in total fewer than there are pictures."""
FIRST: Final = (
    "Ada Amir Bea Chidi Dana Eiji Fatou Gita Hugo Ines Jana Kofi Lena Malik Nora Omar Pia Rosa Yuki"
)
LAST: Final = (
    "Abe Berg Costa Diallo Evans Fischer Garcia Haddad Ito Khan Mbeki Novak Okafor Patel Toure Wong Xu"
)


def crowd_world(
    n: int,
    *,
    seed: int = 0,
    mix: Mapping[str, float] | None = None,
    accounts: int = 1,
    clock: Callable[[], float] = time.time,
) -> World:
    """A world of `n` made-up people, the same for the same arguments.

    Args:
        n: how many.
        seed: a different crowd for each number.
        mix: platform names with weights; None for the four big ones.
        accounts: how many platforms each person is on.
        clock: as for a world.
    """
    world = World(seed=seed, clock=clock)
    dice = Random(f"crowd {seed}")  # noqa: S311  not for secrets
    weights = dict(mix or MIX)
    for number in range(n):
        person = f"t{number:06d}"
        world.add(person, _name(number), email=f"{person}@example.org")
        for place, platform in enumerate(_platforms(dice, weights, accounts)):
            _join(world, person, platform, CROWD + (seed % 4 * 8 + place) * BLOCK + number)
    return world


def _name(number: int) -> str:
    first, last = FIRST.split(), LAST.split()
    return f"{first[number % len(first)]} {last[number // len(first) % len(last)]}"


def _join(world: World, person: str, platform: str, picture: int) -> None:
    world.join(
        person,
        platform,
        _handle(platform, person),
        picture=picture,
        known_as=make_user_id(platform, person, "") if platform == YOUTUBE else None,
        own_token=platform in {INSTAGRAM, TIKTOK},
    )


def _platforms(dice: Random, weights: Mapping[str, float], accounts: int) -> list[str]:
    """Some platforms, drawn at random without repetition."""
    left, chosen = dict(weights), []
    for _ in range(min(accounts, len(left))):
        name = dice.choices(list(left), list(left.values()))[0]
        chosen.append(name)
        del left[name]
    return chosen


def _handle(platform: str, person: str) -> str:
    if platform == BLUESKY:
        return f"{person}.bsky.example"
    if platform == MASTODON:
        return f"{person}@social.example"
    if platform == GRAVATAR:
        return f"{person}@example.org"
    return person
