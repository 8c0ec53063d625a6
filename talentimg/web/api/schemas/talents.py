"""Talents, as `talentimg.shapes` tells them."""

from datetime import datetime

from pydantic import Field

from talentimg.models import OutcomeKind, Reason, State
from talentimg.service.decision.chain import Verdict
from talentimg.service.decision.state import TalentState
from talentimg.web.api.schemas.base import Told


class Account(Told):
    """An account that is connected."""

    platform: str = Field(examples=["instagram"])
    handle: str = Field(examples=["ada.lovelace"])
    profile_url: str | None = None
    renamed_to: str | None = Field(None, description="What the platform calls it now, if not that.")


class Talent(Told):
    """Somebody on the roster."""

    talent_id: str = Field(examples=["ada"])
    id: str = Field(description="The older name of the same.", examples=["ada"])
    name: str = Field(examples=["Ada Lovelace"])
    email: str | None = Field(None, examples=["ada@example.org"])
    avatar_url: str | None = Field(None, description="The user's own avatar.")
    accounts: list[Account]


class Word(Told):
    """Who said something, when, and why."""

    by: str | None = Field(None, examples=["eve"])
    at: datetime | None = None
    why: str | None = None


class Lock(Word):
    """What is shown stays."""

    until: datetime | None = Field(None, description="`null` is for good.")


class OptOut(Word):
    """No picture from there is wanted."""

    platform: str | None = Field(None, description="`null` is from anywhere.")


class Policy(Told):
    """What people decided about a talent."""

    lock: Lock | None = None
    choice: Word | None = None
    order: list[str] | None = Field(None, description="The talent's own order of sources.")
    order_by: str | None = None
    order_at: datetime | None = None
    order_why: str | None = None
    opted_out: bool
    opt_outs: list[OptOut]
    note: str | None = None


class Rendition(Told):
    """A stored form of a picture."""

    name: str = Field(examples=["webp-400"])
    key: str
    side: int = Field(description="The longer side in pixels.", examples=[400])
    size: int = Field(description="Bytes.")
    media_type: str = Field(examples=["image/webp"])


class Picture(Told):
    """Our copy of a picture."""

    content_hash: str = Field(description="SHA-256 of its largest form.")
    source_hash: str = Field(description="SHA-256 of the bytes that came from the platform.")
    width: int
    height: int
    renditions: list[Rendition]
    created_at: datetime
    faces: int | None = Field(None, description="How many were found; `null`: nobody looked.")
    crop: str | None = Field(None, description="By which rule it was cut.")


class Waits(Told):
    """A picture that waits for a person's word."""

    since: datetime | None = None
    source: str
    content_hash: str | None = None
    source_hash: str | None = None


class Step(Told):
    """One source in the chain, with the last look at it."""

    source: str = Field(examples=["instagram"])
    verdict: Verdict | None = Field(None, description="`null`: not reached.")
    why: str = Field(examples=["It has a picture."])
    state: State | None = None
    reason: Reason | None = None
    detail: str | None = None
    asked: str | None = None
    tries: int | None = None
    platform_user_id: str | None = None
    picture_url: str | None = None
    picture_key: str | None = None
    url_expires_at: datetime | None = None
    content_hash: str | None = None
    source_hash: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    checked_at: datetime | None = None
    found_at: datetime | None = None
    absent_since: datetime | None = None
    absent_count: int | None = None
    trouble_since: datetime | None = None
    next_due_at: datetime | None = None


class Reconnect(Told):
    """An account that the talent has to connect again."""

    platform: str = Field(examples=["instagram"])
    link: str | None = Field(
        None,
        description="The link to send to them; `null`: `connect.url` is not set.",
        examples=["https://agency.example/connect?talent=ada&platform=instagram"],
    )


class ShownTalent(Talent):
    """Somebody with what is shown, and why."""

    source: str = Field(description="A platform, `manual`, `user`, or `initials`.", examples=["instagram"])
    url: str | None = Field(None, description="The address that the app is given.")
    content_hash: str | None = None
    synced_at: datetime | None = Field(None, description="The last look.")
    picture: Picture | None = None
    policy: Policy
    notes: dict[str, str]
    review: Waits | None = None
    reconnect: list[Reconnect]
    state: TalentState
    why: str
    chain: list[Step]


class ListedTalent(Told):
    """A line of the roster."""

    talent_id: str = Field(examples=["ada"])
    name: str = Field(examples=["Ada Lovelace"])
    platforms: list[str]
    source: str
    url: str | None = None
    synced_at: datetime | None = None
    accounts: list[Account]
    policy: Policy
    state: TalentState
    why: str
    reconnect: list[Reconnect]


class Attempt(Told):
    """One look at one source."""

    source: str
    state: State | None = Field(None, description="`null`: it was not asked.")
    reason: Reason | None = None
    detail: str | None = None
    asked: str | None = None
    tries: int
    seconds: float
    retry_at: datetime | None = None


class Retracted(Told):
    """What the outcome would have been."""

    kind: OutcomeKind
    source: str


class Outcome(Told):
    """What became of a talent."""

    talent_id: str
    name: str
    outcome: OutcomeKind
    source: str = Field(description="Where what is shown comes from.", examples=["instagram"])
    previous_source: str | None = None
    reason: Reason | None = None
    detail: str | None = None
    url: str | None = None
    content_hash: str | None = None
    attempts: list[Attempt]
    seconds: float
    instead_of: Retracted | None = None
