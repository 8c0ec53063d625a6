"""A month in the life of a roster: what people, the app and the store do, by dice, and what is true then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Final

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
from talentimg.demo.pictures import CROWD, picture
from talentimg.demo.roster import roster_of
from talentimg.demo.world import World as Platforms
from talentimg.models import USER, Token
from talentimg.service.decision.resolver import forms_of
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.the_app import SharedMemory

if TYPE_CHECKING:
    from talentimg.demo.people import Presence
    from talentimg.models import Account, TalentRecord

MIX: Final = {
    INSTAGRAM: 5,
    TIKTOK: 3,
    YOUTUBE: 4,
    BLUESKY: 3,
    MASTODON: 3,
    GITHUB: 2,
    GRAVATAR: 2,
    WEBSITE: 3,
}
WITH_TOKENS: Final = (INSTAGRAM, TIKTOK, YOUTUBE)
MISTYPED: Final = (INSTAGRAM, YOUTUBE, BLUESKY, MASTODON, GITHUB, GRAVATAR)
"""Where the handle says who is asked for. TikTok's token does not name it; a page has an address."""
RENAMED: Final = (BLUESKY, GITHUB)
REMOVABLE: Final = (INSTAGRAM, TIKTOK, BLUESKY, MASTODON, GRAVATAR, WEBSITE)
"""The others draw something in place of a picture, which nobody can tell from one."""
STRANGERS: Final = 12
BASE: Final = "https://people.test"
Place = tuple[str, str]
"""A talent and a platform."""


class Month:
    """A roster of people with two accounts each, and everything that befalls them."""

    def __init__(self, seed: int, people: int) -> None:
        self.now = NOW
        self.dice = Random(f"month {seed}")
        self.platforms = Platforms(seed=seed, clock=self._clock)
        self.app = SharedMemory()
        self.store = MemoryObjectStore(lambda: self.now)
        self.people = [f"t{number:02d}" for number in range(people)]
        self.offered: dict[Place, list[int]] = {}
        """Every picture that somebody ever had on a platform, by person: the seeds."""
        self.placeholders: set[int] = set()
        self.mistyped: dict[Place, str] = {}
        """The right handles."""
        self.renamed: dict[Place, str] = {}
        """The new handles of which the app does not know."""
        self.disconnected: set[Place] = set()
        self.borrowed: set[Place] = set()
        """Accounts with the token of somebody else's."""
        self.revoked: set[Place] = set()
        self._made_of: dict[str | None, str] = {}
        self._seeds = iter(range(1_000_000))
        self._populate()

    def _clock(self) -> float:
        return self.now.timestamp()

    # -- the beginning ---------------------------------------------------------------------

    def _populate(self) -> None:
        for person in self.people:
            has_avatar = self.dice.random() < 0.4
            avatar = self._new_seed() if has_avatar else None
            self.platforms.add(person, person.title(), avatar=avatar)
            self.offered[person, USER] = [] if avatar is None else [avatar]
            for platform in self._some_platforms():
                self._join(person, platform)
        self.app.add(roster_of(self.platforms, BASE), self.now)
        for number in range(STRANGERS):
            self._add_stranger(f"x{number:02d}")
        self._add_stranger("boss", own_token=True)

    def _some_platforms(self) -> list[str]:
        names = list(MIX)
        first, second = self.dice.choices(names, list(MIX.values()), k=2)
        return [first] if first == second else [first, second]

    def _join(self, person: str, platform: str, *, own_token: bool | None = None) -> None:
        handle = {
            BLUESKY: f"{person}.bsky.example",
            MASTODON: f"{person}@social.example",
            GRAVATAR: f"{person}@example.org",
        }.get(platform, person)
        if own_token is None:
            own_token = platform == TIKTOK or (platform in WITH_TOKENS and self.dice.random() < 0.5)
        seed = self._new_seed()
        self.platforms.join(person, platform, handle, picture=seed, own_token=own_token)
        self.offered[person, platform] = [seed]

    def _add_stranger(self, name: str, *, own_token: bool = False) -> None:
        self.platforms.add(name, name.title())
        for platform in MIX:
            self._join(name, platform, own_token=own_token and platform in WITH_TOKENS)

    def _new_seed(self) -> int:
        number = next(self._seeds)
        return CROWD + 24 * (number // 2) + number % 2  # few faces are drawn, and no two pictures are alike

    # -- what happens in a day -------------------------------------------------------------

    def pass_day(self) -> None:
        """A day goes by, on which some of what can happen does."""
        self.now += timedelta(hours=24)
        for chance, happens in (
            (0.6, self._upload),
            (0.4, self._remove),
            (0.3, self._mistype),
            (0.3, self._rename),
            (0.3, self._disconnect),
            (0.3, self._borrow),
            (0.15, self._revoke),
            (0.15, self._give_placeholder),
            (0.1, self._replace_avatar),
        ):
            if self.dice.random() < chance:
                happens()
        self._put_right(0.3)

    def put_everything_right(self) -> None:
        """The app and the people mend all that is wrong on the roster."""
        self._put_right(1.0)

    def _put_right(self, chance: float) -> None:
        for place in self._drawn([*self.mistyped], chance):
            self.app.write_handle(*place, self.mistyped.pop(place))
        for place in self._drawn([*self.renamed], chance):
            self.app.write_handle(*place, self.renamed.pop(place))
        for place in self._drawn(sorted(self.disconnected), chance):
            self.disconnected.discard(place)
            self.app.write_connected(*place, connected=True)
        for place in self._drawn(sorted(self.borrowed | self.revoked), chance):
            self.borrowed.discard(place)
            self.revoked.discard(place)
            self._hand_over(place, self.platforms.issue_token(*place))

    def _drawn(self, places: list[Place], chance: float) -> list[Place]:
        return [place for place in places if self.dice.random() < chance]

    def _undisturbed(self, *platforms: str, with_token: bool = False) -> Place | None:
        """An account at which nothing is wrong."""
        fine = self._all_undisturbed(*platforms, with_token=with_token)
        return self.dice.choice(fine) if fine else None

    def _all_undisturbed(self, *platforms: str, with_token: bool = False) -> list[Place]:
        wrong = {*self.mistyped, *self.renamed, *self.disconnected, *self.borrowed, *self.revoked}
        places = [
            (person, account.platform)
            for person in self.people
            for account in self.app.load(person).talent.accounts
            if account.platform in (platforms or MIX) and (account.token is not None or not with_token)
        ]
        return [place for place in places if place not in wrong]

    def _upload(self) -> None:
        if place := self._undisturbed():
            self._show(place, self._new_seed())

    def _show(self, place: Place, seed: int) -> None:
        self.platforms.set_picture(*place, seed)
        self.offered[place].append(seed)

    def _remove(self) -> None:
        if place := self._undisturbed(*REMOVABLE):
            self.platforms.remove_picture(*place)

    def _mistype(self) -> None:
        if (place := self._undisturbed(*MISTYPED)) and (account := self.account(place)):
            stranger = f"x{self.dice.randrange(STRANGERS):02d}"
            self.mistyped[place] = account.handle
            self.app.write_handle(*place, self.platforms.presence(stranger, place[1]).handle)

    def _rename(self) -> None:
        if (place := self._undisturbed(*RENAMED)) and (account := self.account(place)):
            new = f"n{next(self._seeds)}" + account.handle[3:]
            self.platforms.rename(place[1], account.handle, new)
            self.renamed[place] = new

    def _disconnect(self) -> None:
        if place := self._undisturbed():
            self.disconnected.add(place)
            self.app.write_connected(*place, connected=False)

    def _borrow(self) -> None:
        """Somebody connects logged in to the manager's account. Who it is, is known by then."""
        place = self._undisturbed(*WITH_TOKENS, with_token=True)
        if place and (account := self.account(place)) and account.external_id is not None:
            self.borrowed.add(place)
            self._hand_over(place, self.platforms.issue_token("boss", place[1]))

    def _revoke(self) -> None:
        if place := self._undisturbed(*WITH_TOKENS, with_token=True):
            self.revoked.add(place)
            self.platforms.revoke_token(*place)

    def _give_placeholder(self) -> None:
        """A platform gives its newest default picture to some people, who may have had one of their own."""
        seed, platform = self._new_seed(), self.dice.choice([INSTAGRAM, YOUTUBE])
        self.placeholders.add(seed)
        fine = self._all_undisturbed(platform)
        for place in self.dice.sample(fine, min(4, len(fine))):
            self._show(place, seed)

    def _replace_avatar(self) -> None:
        person, new = self.dice.choice(self.people), f"avatar{next(self._seeds)}"
        seed = self._new_seed()
        self.platforms.add(new, new, avatar=seed)
        self.offered[person, USER] = [seed]
        self.app.write_avatar(person, f"{BASE}/pictures/user/{new}.jpg")

    def _hand_over(self, place: Place, presence: Presence) -> None:
        ends = datetime.fromtimestamp(presence.token_expires_at or 0, UTC)
        stored = self.app._talents[place[0]].stored_accounts[place[1]]
        token = Token(presence.token or "", presence.refresh_token, ends)
        stored.account = replace(stored.account, token=token)

    # -- what happens in the store ---------------------------------------------------------

    def damage(self, number: int) -> None:
        """Empty, cut or lose some objects of what is shown."""
        self.now += timedelta(hours=self.dice.randrange(1, 20))
        shown = [hash_ for i in self.people if (hash_ := self.app.load(i).selection.content_hash)]
        for _ in range(min(number, len(shown))):
            row = self.app.picture(self.dice.choice(shown))
            assert row
            form = self.dice.choice(row.renditions)
            data = self.store.get(form.key) or b""
            bad = self.dice.choice([None, b"", data[: len(data) // 2], bytes(len(data))])
            if bad is None:
                self.store.delete(form.key)
            else:
                self.store.put(form.key, bad, form.media_type, anew=True)

    # -- what is true ----------------------------------------------------------------------

    def account(self, place: Place) -> Account | None:
        """The account of a talent, if it is connected."""
        return self.app.load(place[0]).talent.account(place[1])

    def named(self, record: TalentRecord, source: str) -> Place | None:
        """Whose account it is that the roster names."""
        if source == USER:
            return (record.talent.id, USER) if record.talent.avatar_url else None
        account = record.talent.account(source)
        if account is None:
            return None
        if source in {TIKTOK, WEBSITE}:
            return record.talent.id, source
        by_name = self.platforms.by_handle(source, account.handle)
        found = by_name or self.platforms.by_former_handle(source, account.handle)
        return (found.person_id, source) if found else None

    def offer(self, place: Place) -> int | None:
        """The picture that an account has now, if any."""
        if place[1] == USER:
            return next(iter(self.offered[place]), None)
        return self.platforms.presence(*place).picture

    def troubled(self) -> set[Place]:
        """The accounts that cannot be asked, or whose answer is of no use, whatever the network does."""
        given = {
            place
            for place, seeds in self.offered.items()
            if seeds and seeds[-1] in self.placeholders and self.offer(place) in self.placeholders
        }
        return {*self.borrowed, *self.revoked, *self.renamed, *self.mistyped, *given}

    def source_hash(self, record: TalentRecord) -> str | None:
        """The hash of the bytes that the source gave for the shown picture, be it made anew since."""
        shown = record.selection
        offered = record.candidates.get(shown.source)
        if offered is not None and offered.content_hash == shown.content_hash and offered.source_hash:
            return offered.source_hash
        # What was there before a placeholder is known by its hash, or by that of what it was made anew from.
        forms = forms_of(self.app.history(record.talent.id), shown.content_hash)
        return next((self._made_of[form] for form in forms if form in self._made_of), None)

    def remember_pictures(self) -> None:
        """Learn what each picture was made of: a row no longer tells it when a form was made anew."""
        rows = self.app._pictures.values()
        self._made_of |= {row.content_hash: row.source_hash for row in rows if not row.is_remade}


def is_made_of(source_hash: str | None, seeds: list[int]) -> bool:
    """Whether these are the bytes of one of these pictures, in any of its sizes."""
    return any(source_hash == _hash(seed, side) for side in (None, 168, 240, 100, 88) for seed in seeds)


@cache
def _hash(seed: int, side: int | None) -> str:
    return sha256(picture(seed, "jpeg", side)).hexdigest()
