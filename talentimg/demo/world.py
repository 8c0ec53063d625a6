"""The world that the demo's platforms show: its people can be changed while the server is running."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from talentimg.demo.faults import PICTURES, Faults, Gate
from talentimg.demo.people import (
    PLATFORMS,
    TOKEN_LIVES,
    TOKEN_STARTS,
    Grant,
    Person,
    Presence,
    Standing,
    make_refresh_token,
    make_token,
    make_user_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DAY: Final = 86_400.0
TOKEN_AGE: Final = 30 * DAY
"""How old a token is when its holder joins: Instagram refreshes none younger than a day."""
NO_FAULTS: Final = Faults()
UNHELD: Final[frozenset[str]] = frozenset()


class World:
    """People, their accounts, and what is wrong with each platform. Safe to change from any thread.

    A person is identified by their id, an account by that and the platform's name. Handles are
    case-insensitive.

    Args:
        seed: makes random errors and jitter repeatable.
        clock: the time in seconds since 1970, by which tokens and picture URLs expire.
    """

    def __init__(self, *, seed: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._seed = seed
        self._lock = RLock()
        self._people: dict[str, Person] = {}
        self._handles: dict[tuple[str, str], str] = {}
        self._former: dict[tuple[str, str], str] = {}
        self._user_ids: dict[tuple[str, str], str] = {}
        self._grants: dict[str, Grant] = {}
        self._refresh_tokens: dict[str, Grant] = {}
        self._tokens_made = 0
        self._generations: dict[str, int] = {}
        self._locked_hosts = UNHELD
        self._gates: dict[str, Gate] = {}

    # -- people -------------------------------------------------------------

    def add(self, person: str, name: str, *, email: str | None = None, avatar: int | None = None) -> Person:
        """Add somebody who is on no platform yet; `person` is their id, `avatar` the seed of a picture."""
        with self._lock:
            self._people[person] = Person(person, name, email, avatar)
            return self._people[person]

    def join(
        self,
        person: str,
        platform: str,
        handle: str,
        *,
        picture: int | None = None,
        known_as: str | None = None,
        own_token: bool = False,
    ) -> Presence:
        """Add an account for somebody; `picture` is a seed, `own_token` connects it with a token."""
        if platform not in PLATFORMS:
            raise ValueError(platform)
        with self._lock:
            user_id = make_user_id(platform, person, handle)
            presence = Presence(
                person_id=person,
                name=self._people[person].name,
                platform=platform,
                handle=handle,
                known_as=known_as or handle,
                user_id=user_id,
                picture=picture,
                changed_at=self.clock() - DAY,
            )
            self._handles[platform, handle.lower()] = person
            self._user_ids[platform, user_id] = person
            self._put(presence)
            if own_token and platform in TOKEN_STARTS:
                self._issue(presence, age=min(TOKEN_AGE, TOKEN_LIVES[platform] / 10), number=0)
            return self.presence(person, platform)

    def people(self) -> list[Person]:
        """Everybody, in the order in which they were added."""
        with self._lock:
            return list(self._people.values())

    def person(self, person: str) -> Person | None:
        """Somebody by id."""
        return self._people.get(person)

    def presence(self, person: str, platform: str) -> Presence:
        """Somebody's account on a platform.

        Raises:
            KeyError: there is no such person or account.
        """
        return self._people[person].presences[platform]

    def seeds(self) -> set[int]:
        """The seeds of all current pictures, including avatars: what can be drawn in advance."""
        seeds = {p.picture for person in self.people() for p in person.presences.values()}
        return {seed for seed in seeds | {person.avatar for person in self.people()} if seed is not None}

    # -- finding, for the platforms -----------------------------------------

    def by_handle(self, platform: str, handle: str) -> Presence | None:
        """Whose handle this is now, including inactive accounts."""
        return self._find(self._handles, platform, handle.lower())

    def by_former_handle(self, platform: str, handle: str) -> Presence | None:
        """Whose handle this was before a rename."""
        return self._find(self._former, platform, handle.lower())

    def by_user_id(self, platform: str, user_id: str) -> Presence | None:
        """Whose stable id this is."""
        return self._find(self._user_ids, platform, user_id)

    def grant(self, platform: str, token: str | None) -> Grant | None:
        """What this access token, which may have expired, gives access to; None if it is unknown."""
        grant = self._grants.get(token or "")
        return grant if grant and grant.platform == platform else None

    # -- what people do ------------------------------------------------------

    def set_picture(self, person: str, platform: str, seed: int) -> None:
        """Upload a new picture."""
        self._upload(person, platform, picture=seed, shows_default=False)

    def remove_picture(self, person: str, platform: str) -> None:
        """Remove the picture: there is then none, or the default one, depending on the platform."""
        self._upload(person, platform, picture=None, shows_default=False)

    def default_avatar(self, person: str, platform: str) -> None:
        """Switch to the platform's default picture, at its own URL."""
        self._upload(person, platform, picture=None, shows_default=True)

    def rename(self, platform: str, old: str, new: str) -> None:
        """Change the handle of an account.

        Raises:
            KeyError: nobody has the old one.
        """
        with self._lock:
            person = self._handles.pop((platform, old.lower()))
            self._former[platform, old.lower()] = person
            self._handles[platform, new.lower()] = person
            self._change(person, platform, handle=new)

    def suspend(self, person: str, platform: str) -> None:
        """The platform suspends the account; its tokens become invalid."""
        self._stand(person, platform, Standing.SUSPENDED)

    def deactivate(self, person: str, platform: str) -> None:
        """The owner deactivates the account."""
        self._stand(person, platform, Standing.DEACTIVATED)

    def delete_account(self, person: str, platform: str) -> None:
        """The account is deleted for good."""
        self._stand(person, platform, Standing.DELETED)

    def restore(self, person: str, platform: str) -> None:
        """The account is active again."""
        self._stand(person, platform, Standing.ACTIVE)

    def withhold(self, person: str, platform: str) -> None:
        """The person hides the account from visitors who are not logged in (Bluesky)."""
        with self._lock:
            self._change(person, platform, withheld=True)

    # -- tokens ---------------------------------------------------------------

    def expire_token(self, person: str, platform: str) -> None:
        """Let the access token expire; a refresh token still works."""
        with self._lock:
            presence = self.presence(person, platform)
            past = self.clock() - 60
            if presence.token is not None:
                self._grants[presence.token] = replace(self._grants[presence.token], expires_at=past)
            self._change(person, platform, token_expires_at=past)

    def revoke_token(self, person: str, platform: str) -> None:
        """The person or the platform revokes all tokens."""
        with self._lock:
            for tokens in (self._grants, self._refresh_tokens):
                ended = [t for t, g in tokens.items() if (g.person_id, g.platform) == (person, platform)]
                for token in ended:
                    del tokens[token]

    def issue_token(self, person: str, platform: str) -> Presence:
        """Issue a new token, in addition to the existing ones."""
        with self._lock:
            return self._issue(self.presence(person, platform), age=0.0)

    def refresh(self, platform: str, refresh_token: str, *, rotate: bool) -> Presence | None:
        """Use a refresh token; None if it is unknown or used up. With `rotate` it can be used only once."""
        with self._lock:
            grant = self._refresh_tokens.get(refresh_token)
            if grant is None or grant.platform != platform:
                return None
            presence = self.presence(grant.person_id, platform)
            if not presence.is_active:
                return None
            if rotate:
                del self._refresh_tokens[refresh_token]
            return self._issue(presence, age=0.0, keep_refresh=not rotate)

    # -- the platforms themselves ---------------------------------------------

    def set_faults(self, platform: str, faults: Faults | None = None) -> None:
        """Set what is wrong with a platform from now on; None for nothing.

        Raises:
            ValueError: there is no such platform (`pictures` stands for all picture hosts).
        """
        if platform not in {*PLATFORMS, PICTURES}:
            raise ValueError(platform)
        with self._lock:
            self._gates[platform] = self._make_gate(platform, faults or NO_FAULTS)

    def faults(self, platform: str) -> Faults:
        """What is wrong with a platform."""
        return self.gate(platform).faults

    def gate(self, platform: str) -> Gate:
        """The gate that decides on the requests to a platform."""
        gate = self._gates.get(platform)
        if gate is None:
            with self._lock:
                gate = self._gates.setdefault(platform, self._make_gate(platform, NO_FAULTS))
        return gate

    def expire_urls(self, platform: str | None = None) -> None:
        """Expire every picture URL returned so far, if the platform's URLs can expire."""
        with self._lock:
            for name in PLATFORMS if platform is None else (platform,):
                self._generations[name] = self.generation(name) + 1

    def generation(self, platform: str) -> int:
        """How often the platform's picture URLs have been made to expire."""
        return self._generations.get(platform, 0)

    def lock_host(self, host: str) -> None:
        """Close the API of this fediverse server to visitors who are not logged in."""
        with self._lock:
            self._locked_hosts |= {host.lower()}

    def is_locked_host(self, host: str) -> bool:
        """Whether the API of this server is closed."""
        return host.lower() in self._locked_hosts

    # -- inside -----------------------------------------------------------------

    def _find(self, index: dict[tuple[str, str], str], platform: str, key: str) -> Presence | None:
        with self._lock:
            person = index.get((platform, key))
            return None if person is None else self._people[person].presences[platform]

    def _put(self, presence: Presence) -> None:
        person = self._people[presence.person_id]
        presences = {**person.presences, presence.platform: presence}
        self._people[person.id] = replace(person, presences=presences)

    def _change(self, person: str, platform: str, **changes: Any) -> Presence:  # noqa: ANN401  fields of Presence
        changed = replace(self.presence(person, platform), **changes)
        self._put(changed)
        return changed

    def _upload(self, person: str, platform: str, *, picture: int | None, shows_default: bool) -> None:
        with self._lock:
            self._change(
                person,
                platform,
                picture=picture,
                shows_default=shows_default,
                uploads=self.presence(person, platform).uploads + 1,
                changed_at=self.clock(),
            )

    def _stand(self, person: str, platform: str, standing: Standing) -> None:
        with self._lock:
            self._change(person, platform, standing=standing)

    def _issue(
        self, presence: Presence, *, age: float, number: int | None = None, keep_refresh: bool = False
    ) -> Presence:
        if number is None:
            self._tokens_made += 1
            number = self._tokens_made
        platform, person, now = presence.platform, presence.person_id, self.clock()
        ends = now - age + TOKEN_LIVES[platform]
        grant = Grant(platform, person, now - age, ends)
        token = make_token(platform, person, number)
        self._grants[token] = grant
        refresh = presence.refresh_token if keep_refresh else make_refresh_token(platform, person, number)
        if refresh is not None:
            self._refresh_tokens[refresh] = grant
        return self._change(person, platform, token=token, refresh_token=refresh, token_expires_at=ends)

    def _make_gate(self, platform: str, faults: Faults) -> Gate:
        return Gate(faults, self.clock, f"{self._seed} {platform}")
