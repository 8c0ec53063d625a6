"""The fediverse: which names and addresses are those of a person, on servers of many kinds."""

from __future__ import annotations

from typing import Final

from talentimg.providers.profiles import REST, Profiles, listed

USER: Final = r"[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?"

OWN: Final = listed("about auth explore home intent public search settings share tags")

PROFILES: Final = Profiles(
    paths=(
        rf"/(?:(?:web|deck)/)?(?:@|users/)([^/]+){REST}",
        # Friendica, Hubzilla, Lemmy, BookWyrm, PeerTube, WordPress, Funkwhale, in this order.
        rf"/(?:profile|channel|u|user|a|accounts|c|video-channels|author|federation/actors)/([^/]+){REST}",
    ),
    others={
        "a post": ("notes", "notice", "objects", "display", "statuses", "videos", "w", "comment"),
        "an account by its number, not by its name": ("web/accounts",),
        "a page of the server's own": OWN,
    },
    schemes=("acct",),
    like="mastodon.social/@ada",
    any_host=True,
)
