"""A person on the roster, what people decided about them, and everything that is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from talentimg.models.candidate import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from talentimg.models.candidate import Candidate
    from talentimg.models.picture import Picture
    from talentimg.models.review import Review


@dataclass(frozen=True, slots=True)
class Token:
    """A talent's own credential on one platform. Its text is never shown."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


def can_be_sent(token: str) -> bool:
    """Whether a header can carry it (https://www.rfc-editor.org/rfc/rfc6750#section-2.1)."""
    return token.isascii() and token.isprintable() and " " not in token


@dataclass(frozen=True, slots=True)
class Account:
    """A talent's handle on a platform.

    `platform` is lower-case. `external_id` is the platform's own stable id of
    the person, once a lookup has returned it: a handle can be renamed or taken over. `renamed_to` is
    what the platform calls the account now, if that is not what the roster says.
    """

    id: str
    talent_id: str
    platform: str
    handle: str
    profile_url: str | None = None
    external_id: str | None = None
    token: Token | None = field(default=None, repr=False)
    renamed_to: str | None = None


@dataclass(frozen=True, slots=True)
class Talent:
    """A person on the roster, with the accounts that are connected."""

    id: str
    name: str
    email: str | None = None
    avatar_url: str | None = None
    accounts: tuple[Account, ...] = ()

    def account(self, platform: str) -> Account | None:
        """The connected account on a platform, if there is one."""
        return next((a for a in self.accounts if a.platform == platform), None)


@dataclass(frozen=True, slots=True)
class Lock:
    """A person's decision that the shown picture stays until the lock is removed."""

    by: str
    at: datetime
    why: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's decision that the picture of the source `manual` is shown, whatever platforms offer."""

    by: str
    at: datetime
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A person's order of a talent's sources, highest priority first. The operator's comes after it.

    Who decided it, and when, is None in rows of before that was kept.
    """

    sources: tuple[str, ...]
    by: str | None = None
    at: datetime | None = None
    why: str | None = None


FORGOTTEN: Final = "forgotten"
"""The reason of an opt-out that stands for a tombstone, where the app's own row of the talent stays."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """A talent wants no picture, or none from one platform. Who said it and when may be unknown, as above."""

    platform: str | None = None
    """None: no picture at all."""
    by: str | None = None
    at: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A person's decisions about one talent. They override everything that a platform answers."""

    lock: Lock | None = None
    choice: Choice | None = None
    order: Order | None = None
    opt_outs: tuple[OptOut, ...] = ()
    note: str | None = None

    def is_locked(self, now: datetime) -> bool:
        """Whether there is a lock that still holds."""
        return self.lock is not None and (self.lock.until is None or now < self.lock.until)

    @property
    def opted_out(self) -> bool:
        """Whether the talent wants no picture at all."""
        return self.refuses(None)

    @property
    def is_forgotten(self) -> bool:
        """Whether that is because the talent is to be forgotten."""
        return any(one.platform is None and one.by is None and one.why == FORGOTTEN for one in self.opt_outs)

    @property
    def own_order(self) -> tuple[str, ...]:
        """The talent's own order of sources; empty if they have none."""
        return self.order.sources if self.order else ()

    def refuses(self, platform: str | None) -> bool:
        """Whether the talent has opted out of this platform; of None: of every picture."""
        return any(one.platform == platform for one in self.opt_outs)


@dataclass(frozen=True, slots=True)
class TalentRecord:
    """Everything that the store knows about one talent.

    `candidates` holds those that answer what the roster asks now. `outdated` names the other sources of which
    we have a candidate: it answers another question (a handle, account or avatar that was changed since, by
    whomever), so it is never used. `overwritten` is what we last wrote as shown, if another program has
    written something else to the app's columns since; a lock holds that. `reviews` are the pictures that wait
    for a person, and those on which one has decided. `likenesses` tells what the shown picture and those of
    the candidates look like, by content hash, as far as that is known; `pictures` has their rows, and may
    have those of others.
    """

    talent: Talent
    selection: Selection = Selection()  # noqa: RUF009  frozen: one serves all
    policy: Policy = Policy()
    candidates: Mapping[str, Candidate] = field(default_factory=dict)
    outdated: frozenset[str] = frozenset()
    overwritten: Selection | None = None
    reviews: tuple[Review, ...] = ()
    likenesses: Mapping[str, str] = field(default_factory=dict, repr=False)
    pictures: Mapping[str, Picture] = field(default_factory=dict, compare=False, repr=False)

    @property
    def in_review(self) -> Review | None:
        """The picture that waits for a person, if one does."""
        return next((one for one in self.reviews if not one.is_settled), None)
