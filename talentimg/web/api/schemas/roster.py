"""Lists, imports and what becomes of talents, as `talentimg.shapes` tells them."""

from datetime import datetime

from pydantic import Field

from talentimg.web.api.schemas.base import Told
from talentimg.web.api.schemas.talents import ListedTalent, Talent


class TalentPage(Told):
    """A page of the roster."""

    talents: list[ListedTalent]
    next: str | None = Field(
        description="What to send as `after` for the next page; `null`: this is the last."
    )
    total: int = Field(description="How many are wanted, on all pages.", examples=[1])


class Facets(Told):
    """How many there are of each kind."""

    all: int = Field(description="On the roster.", examples=[240])
    found: int = Field(description="Those who are wanted.", examples=[12])
    waiting: int = Field(description="Those with a picture that waits for a person.", examples=[0])
    states: dict[str, int] = Field(
        description="By state, of those who are wanted but for their state.", examples=[{"fresh": 200}]
    )
    platforms: dict[str, int] = Field(
        description="By platform, of those who are wanted.", examples=[{"instagram": 180}]
    )
    sources: dict[str, int] = Field(
        description="By where what is shown comes from, of those who are wanted but for that.",
        examples=[{"instagram": 150, "initials": 20}],
    )


class Edited(Talent):
    """Somebody after an edit."""

    changed: list[str] = Field(description="The fields that were changed.", examples=[["name"]])
    source: str = Field(description="What is shown now.")


class Proof(Told):
    """What was removed of a talent, and what was looked for afterwards."""

    talent_id: str
    name: str | None
    platform: str | None
    rows: dict[str, int] = Field(description="By table.")
    pictures: int
    files: int
    shared: int
    left: dict[str, int] = Field(description="What was found afterwards, by table: nothing.")
    files_left: int
    is_own: bool
    free_space: str | None = Field(description="Why free space could not be overwritten yet.")
    by: str | None
    why: str | None
    forgotten_before: datetime | None
    holds: bool = Field(description="Whether nothing was found; otherwise say the same again.")


class Merged(Told):
    """Two talents who are one now."""

    talent_id: str
    into: str
    merged: bool = Field(description="`false`: it was done before.")
    moved: list[str]
    left: list[str]
    pictures: int
    files: int


class LeftOut(Told):
    """An account that an import leaves out, as somebody disconnected it."""

    talent_id: str
    platform: str
    handle: str


class Reconnected(LeftOut):
    """An account on a platform where somebody had disconnected another one."""


class ForgottenTalent(Told):
    """Somebody who is to stay forgotten."""

    talent_id: str
    platform: str | None = Field(description="`null`: all of them.")


class RefusedChoice(Told):
    """A picture that somebody chose, and that is not shown here."""

    talent_id: str
    why: str


class Imported(Told):
    """What an import came to."""

    added: int
    updated: int
    left_out: list[LeftOut]
    reconnected: list[Reconnected]
    forgotten: list[ForgottenTalent]
    id: str
    decided: int = Field(description="About how many the file brought decisions.")
    unchosen: list[str]
    refused: list[RefusedChoice]
    remarks: list[str] = Field(description="How the file was read, where that is not plain.")


class Person(Told):
    """A talent by id and name."""

    talent_id: str
    name: str


class FieldChange(Told):
    """A field, before and after."""

    field: str
    old: str | None
    new: str | None


class Changed(Person):
    """A talent whom the file changes."""

    changes: list[FieldChange]
    loses_picture: bool


class Preview(Told):
    """What an import would do."""

    dry_run: bool
    new: list[Person]
    changed: list[Changed]
    reconnected: list[Reconnected]
    left_out: list[LeftOut]
    forgotten: list[ForgottenTalent]
    gone: list[Person] = Field(description="On the roster and not in the file; they stay.")
    unchanged: int
    refused: str | None = Field(description="Why it would not be done.")
    remarks: list[str]


class Staying(Told):
    """Somebody whom the import added and who stays."""

    talent_id: str
    why: str


class Undone(Told):
    """What taking an import back came to."""

    dry_run: bool
    id: str
    name: str
    at: datetime
    restored: list[str]
    removed: list[str]
    stay: list[Staying]
    gone: list[str]
    conflicts: list[str]
    decided: list[str]
