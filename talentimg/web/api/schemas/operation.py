"""The server and what it stands on, as `talentimg.shapes` tells it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from talentimg.models.access import Scope
from talentimg.service.run.platforms import PlatformState
from talentimg.web.api.schemas.base import Told


class Me(Told):
    """Who asks."""

    name: str = Field(description="The name of the token: the history has it.", examples=["eve"])
    scope: Scope
    talentimg: str = Field(description="The version of the server.", examples=["0.1.0"])


class RestingHost(Told):
    """A host that is left alone."""

    host: str
    until: datetime
    why: str | None


class Platform(Told):
    """A platform."""

    platform: str = Field(examples=["instagram"])
    label: str = Field(examples=["Instagram"])
    needs: str = Field(description="What look-ups need, in words.", examples=["nothing"])
    has_credentials: bool = Field(description="Whether the settings hold any. Which is never told.")
    state: PlatformState
    until: datetime | None = Field(description="Until when it is left alone.")
    why: str | None
    hosts: list[RestingHost] = Field(description="Hosts of it that are left alone.")
    concurrency: int = Field(description="Calls in progress at once, at most.", examples=[12])
    per_minute: int | None = Field(description="Calls a minute at most; `null` is no limit.")
    per_day: int | None = Field(description="Calls a day at most; `null` is no limit.")
    used_today: int | None = Field(description="Of these; `null` where they are not counted.")
    quota_resets_at: datetime | None


class LatestRun(Told):
    """The latest run."""

    state: str = Field(examples=["finished"])
    started_at: datetime
    ended_at: datetime | None


class Health(Told):
    """How the server and the roster stand."""

    ready: bool
    pictures: Literal["well", "failing"] = Field(description="How reading pictures went last.")
    latest_run: LatestRun | None
    version: str = Field(examples=["0.1.0"])
    talents: int = Field(examples=[240])
    waiting: int = Field(description="Pictures that wait for a person.", examples=[0])
    states: dict[str, int] = Field(description="Talents by state.", examples=[{"fresh": 230, "needs_you": 2}])


class Setting(Told):
    """A setting."""

    value: str = Field(description="Masked if it is secret.")
    origin: str = Field(examples=["default"])
    variable: str = Field(description="Its name in the environment.", examples=["TALENTIMG_SYNC_LIMIT"])


class Config(Told):
    """All settings."""

    config_file: str | None
    settings: dict[str, Setting]
