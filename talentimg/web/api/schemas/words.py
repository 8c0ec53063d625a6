"""What a person says, as the body of a request."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field, model_validator

from talentimg.models import Scope
from talentimg.web.api.schemas.base import Given

MOST_SETTLED = 1000
"""Pictures that are settled by one request."""
LONGEST_WHY = 1000
_LONGEST_NAME = 200

WHY = "Why; kept in the history."
Why = Annotated[str | None, Field(max_length=LONGEST_WHY, description=WHY, examples=["press kit"])]
WhyInQuery = Annotated[str | None, Query(max_length=LONGEST_WHY, description=WHY, examples=["press kit"])]
Crop = Annotated[
    str | None,
    Field(
        pattern=r"^[0-9]{1,6},[0-9]{1,6},[0-9]{1,6}$",
        description="Only this square: left, top and side in pixels of the upright picture.",
        examples=["120,40,600"],
    ),
]
Hash = Annotated[
    str,
    Field(
        pattern="^[0-9a-fA-F]{6,64}$",
        description="The `content_hash` that was seen, or at least six characters of its beginning.",
        examples=["3f2a9c"],
    ),
]


class Reasoned(Given):
    """Why, if one wants to say it."""

    why: Why = None


class LockWord(Reasoned):
    """Until when, if not for good."""

    until: str | None = Field(
        None,
        max_length=100,
        description="A date or time, in UTC unless it says otherwise; or weeks, days or hours from now.",
        examples=["2026-12-24T18:00:00Z", "3w"],
    )


class OrderWord(Reasoned):
    """The sources that come first."""

    sources: list[Annotated[str, Field(max_length=100)]] = Field(
        min_length=1,
        max_length=50,
        description="The highest first: platforms, and `user` for the user's own avatar.",
        examples=[["youtube", "instagram"]],
    )


class OptOutWord(Reasoned):
    """Of what."""

    platform: str | None = Field(
        None, max_length=100, description="`null`: of every picture.", examples=["tiktok"]
    )


class RollbackWord(Reasoned):
    """To which version."""

    to: int | None = Field(
        None,
        ge=0,
        le=2**63 - 1,
        description="The number of a version, as the history tells it; `null`: the one before.",
        examples=[3],
    )


class ShowWord(Reasoned):
    """Whose picture."""

    source: str = Field(max_length=100, description="A source of the talent.", examples=["tiktok"])


class PictureAddress(Reasoned):
    """Where a picture is."""

    url: str = Field(
        pattern="^[Hh][Tt][Tt][Pp][Ss]?://",
        max_length=4000,
        description="It is fetched once.",
        examples=["https://agency.example/ada.jpg"],
    )
    crop: Crop = None


class AcceptWord(Reasoned):
    """Who is accepted."""

    answers_as: str = Field(
        min_length=1,
        max_length=500,
        description="As it was seen; nobody else is accepted.",
        examples=["17841"],
    )


class ForgetWord(Given):
    """What is forgotten, and that it is meant."""

    confirm: str = Field(
        max_length=500, description="The id of the talent once more: it is for good.", examples=["ada"]
    )
    platform: str | None = Field(None, max_length=100, description="`null`: everything.", examples=["tiktok"])
    why: str | None = Field(
        None, max_length=LONGEST_WHY, description="Why; told with the proof, kept nowhere."
    )


class ReviewWord(Reasoned):
    """Which picture is meant."""

    content_hash: Hash


class SeenPicture(Given):
    """A picture that somebody has looked at."""

    talent_id: str = Field(max_length=500, examples=["ada"])
    content_hash: Hash


class SettleWord(Reasoned):
    """Which pictures, and what becomes of them."""

    state: Literal["approved", "rejected"]
    pictures: list[SeenPicture] | None = Field(
        None, min_length=1, max_length=MOST_SETTLED, description="Exactly these."
    )
    listed: datetime | None = Field(
        None,
        description="In their place: all that waited at this time, which `GET /reviews` told with its list.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "SettleWord":
        if (self.pictures is None) == (self.listed is None):
            raise ValueError("Give either pictures or listed")
        return self


class PlaceholderWord(Reasoned):
    """Whose picture is a placeholder."""

    talent_id: str = Field(max_length=500, description="Who shows it.", examples=["ada"])
    name: str | None = Field(
        None, max_length=_LONGEST_NAME, description="What to call it.", examples=["our logo"]
    )
    allow_losses: int | None = Field(
        None, ge=0, le=2**31, description="How many pictures it may take away in place of the usual limit."
    )


class TokenWord(Given):
    """What a token is called, and what it is good for."""

    name: str = Field(max_length=100, description="What it is for.", examples=["intranet"])
    scope: Scope = Scope.READ
