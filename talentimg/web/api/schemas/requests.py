"""What the roster's routes are sent."""

from pydantic import Field

from talentimg.web.api.schemas.base import Given
from talentimg.web.api.schemas.words import Reasoned


class GivenAccount(Given):
    """An account: a platform and a handle, or the address of a profile as the handle alone."""

    platform: str | None = Field(
        None, description="May be left out where the handle is an address.", examples=["bluesky"]
    )
    handle: str = Field(
        description="As typed or pasted.", examples=["@ada.example", "https://www.instagram.com/ada/?hl=en"]
    )
    profile_url: str | None = Field(None, description="Address of the profile page, if one is needed.")


class ConnectedAccount(GivenAccount, Reasoned):
    """An account to connect."""


class AddedTalent(Reasoned):
    """Somebody who is to be on the roster."""

    id: str | None = Field(None, description="By default it is made from the name.", examples=["ada"])
    name: str = Field(examples=["Ada Lovelace"])
    email: str | None = Field(None, examples=["ada@example.org"])
    avatar_url: str | None = Field(None, description="The user's own avatar.")
    accounts: list[GivenAccount] = Field(default=[], max_length=50)


class EditedTalent(Reasoned):
    """What is to change. What is left out stays as it is; `null` erases."""

    name: str | None = Field(None, examples=["Ada King"])
    email: str | None = Field(None, examples=["ada@example.org"])
    avatar_url: str | None = None


class MergeInto(Reasoned):
    """Who stays."""

    into: str = Field(description="The id of the talent who stays.", examples=["ada"])
