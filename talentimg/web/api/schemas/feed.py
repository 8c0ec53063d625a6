"""What happened, as `talentimg.shapes` tells it."""

from datetime import datetime
from typing import Any

from pydantic import Field

from talentimg.models.feed import FeedKind
from talentimg.web.api.schemas.base import Told


class Change(Told):
    """One thing that happened."""

    cursor: str = Field(description="Its place in the order.", examples=["17"])
    type: FeedKind
    timestamp: datetime
    data: dict[str, Any] = Field(
        description="Of a picture: `talent_id`, `source`, `content_hash`, `previous_source`,"
        " `previous_hash`, `why`, `by`. Of an account: `talent_id`, `platform`, `since`, `detail`, `link`"
        " (to send to them; `null`: `connect.url` is not set). Of a run: `run_id`, `state`, `started_at`,"
        " `ended_at`, `exit_code`, `looked_at`, `outcomes`, `note`.",
        examples=[{"talent_id": "ada", "source": "instagram", "previous_source": "initials"}],
    )


class Changes(Told):
    """A page of what happened."""

    changes: list[Change]
    next: str = Field(description="The cursor to go on with.", examples=["17"])
    is_more: bool = Field(description="Whether there is more now.")
