"""What people said and what came of it, as `talentimg.shapes` tells it."""

from datetime import datetime

from pydantic import Field

from talentimg.models import Scope, State
from talentimg.web.api.schemas.base import Told
from talentimg.web.api.schemas.talents import Outcome


class Event(Told):
    """Something that happened to a talent."""

    at: datetime | None
    by: str = Field(examples=["eve"])
    action: str | None = Field(description="What a person did; `null` if nobody did.", examples=["set"])
    why: str | None
    about: dict[str, str]
    version: int | None = Field(description="What came to be shown; `null` if that stayed.")
    source: str | None = Field(examples=["manual"])
    content_hash: str | None
    is_shown: bool


class History(Told):
    """What happened, newest first."""

    events: list[Event]
    before: datetime | None = Field(description="For `before` of the next page; `null`: that was all.")


class WaitingPicture(Told):
    """A picture that waits for a person, beside what is shown."""

    talent_id: str = Field(examples=["ada"])
    name: str = Field(examples=["Ada Lovelace"])
    since: datetime
    source: str = Field(examples=["instagram"])
    content_hash: str
    source_hash: str
    shown_source: str
    shown_content_hash: str | None
    shown_url: str | None


class Reviews(Told):
    """What waits, the longest first."""

    reviews: list[WaitingPicture]
    listed: datetime = Field(description="When this was so: for `listed` of `POST /reviews/settle`.")
    total: int = Field(description="How many wait in all.")
    next: str | None = Field(description="For `after` of the next page.")


class NotSettled(Told):
    """A picture that was not settled, and why."""

    talent_id: str
    detail: str
    hint: str | None
    code: str = Field(examples=["usage"])


class SettledPictures(Told):
    """What became of several pictures."""

    outcomes: list[Outcome]
    faults: list[NotSettled]


class Lifted(Told):
    """What may come back."""

    platform: str | None
    at: datetime
    by: str | None


class Remembered(Told):
    """What of a talent may come back."""

    talent_id: str
    remembered: list[Lifted]


class Identity(Told):
    """An account that answers as somebody else."""

    platform: str = Field(examples=["instagram"])
    handle: str = Field(examples=["ada.lovelace"])
    known_id: str | None = Field(description="Whom we knew.", examples=["17840"])
    answers_as: str = Field(description="Who answers now.", examples=["17841"])
    asked: str | None
    detail: str | None
    checked_at: datetime | None
    content_hash: str | None = Field(description="Our copy of the picture from before, if there is one.")


class Identities(Told):
    """All accounts of a talent that answer as somebody else."""

    identities: list[Identity]


class Offered(Told):
    """What whoever answers offers now."""

    platform: str
    state: State
    picture_url: str | None
    detail: str | None


class Suspect(Told):
    """A picture that is treated as a placeholder, or that was."""

    source: str = Field(description="A platform, or `*` for all.")
    source_hash: str
    content_hash: str
    since: datetime
    talents: int
    allowed_by: str | None
    allowed_at: datetime | None
    named_by: str | None
    name: str | None
    why: str | None = Field(description="Why a person said what holds of it.")


class PlaceholderSaid(Told):
    """What a person said of a placeholder."""

    at: datetime
    by: str = Field(examples=["eve"])
    action: str
    why: str | None
    source: str | None
    source_hash: str | None
    name: str | None


class PlaceholderWords(Told):
    """What people said of placeholders, newest first."""

    words: list[PlaceholderSaid]


class Placeholders(Told):
    """Pictures that are treated as placeholders, or that were; the latest first."""

    placeholders: list[Suspect]


class NamedPlaceholder(Told):
    """A placeholder, and what became of those who showed it."""

    placeholder: Suspect
    outcomes: list[Outcome]


class Token(Told):
    """Who may ask the server."""

    name: str = Field(examples=["intranet"])
    scope: Scope
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


class NewToken(Token):
    """A new one, with its text, which is told this once."""

    token: str = Field(examples=["timg_..."])


class Tokens(Told):
    """All tokens, by name; those that were revoked, too."""

    tokens: list[Token]
