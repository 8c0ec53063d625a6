"""What YouTube's errors mean, in both of Google's formats, and when its daily quota resets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from talentimg.errors import Misconfigured, ProviderError
from talentimg.http.retry_after import retry_at
from talentimg.models import Reason
from talentimg.providers.evidence import heard, words
from talentimg.providers.interface import Absent
from talentimg.providers.replies import REFUSALS, peek, raise_for_status, throttled
from talentimg.providers.tokens import refused

if TYPE_CHECKING:
    from datetime import tzinfo

    from talentimg.http.interface import Reply
    from talentimg.providers.interface import ProviderInfo
    from talentimg.providers.replies import Part
    from talentimg.providers.spoken import Spoken

QUOTA_ZONE: Final = "America/Los_Angeles"
PAUSE: Final = timedelta(minutes=1)

# https://developers.google.com/youtube/v3/docs/errors
OUT_OF_QUOTA: Final = {"quotaExceeded", "dailyLimitExceeded"}
TOO_FAST: Final = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
KEY_IS_WRONG: Final = {"keyInvalid", "keyExpired", "badRequest", "API_KEY_INVALID"}
APP_IS_WRONG: Final = {"accessNotConfigured", "SERVICE_DISABLED", "ipRefererBlocked"}
# Google's errors repeat their status in `error.code`, and say who reports them, or which status that is.
# https://cloud.google.com/apis/design/errors
REFUSED: Final = (
    words(401, error__code="401", error__message=".*", error__status="UNAUTHENTICATED"),
    words(401, error__code="401", error__errors__0__reason=".+"),
    words(403, error__code="403", error__errors__0__reason=".+"),
    words(403, error__code="403", error__status="PERMISSION_DENIED"),
    words(400, error__code="400", error__message=".*"),
)
# Reported for the whole call although it concerns one channel of many.
OF_ONE: Final = "channel"
OF_CHANNEL: Final[dict[str, tuple[Reason, str]]] = {
    "channelSuspended": (Reason.SUSPENDED, "YouTube has suspended the channel."),
    "channelClosed": (Reason.SUSPENDED, "The channel has been closed."),
    "channelNotFound": (Reason.NOT_FOUND, "There is no such channel on YouTube."),
}
GONE: Final = (
    words(403, error__code="403", error__errors__0__reason=".+"),
    words(404, error__code="404", error__errors__0__reason=".+"),
)


def error_reasons(reply: Reply, info: ProviderInfo) -> set[str]:
    """Every reason that an answer gives for being an error; none for one that is no error."""
    return set() if reply.status == HTTPStatus.OK else reasons_in(peek(reply, info))


def absence_in(reply: Reply, info: ProviderInfo, asked: str) -> Absent | None:
    """What an error that concerns a channel says about it."""
    reasons = error_reasons(reply, info)
    about = next((OF_CHANNEL[reason] for reason in reasons if reason in OF_CHANNEL), None)
    spoken = heard(reply, *GONE) if about else None
    return Absent(*about, spoken, asked=asked) if about and spoken else None


def raise_for_error(reply: Reply, info: ProviderInfo, now: datetime, *, own: bool) -> None:
    """Raise for Google's error reasons.

    Args:
        reply: what came back.
        info: YouTube's fact sheet.
        now: the time.
        own: whether it was asked with the talent's own token.

    Raises:
        ProviderError: the response is an error, whatever its status.
    """
    body = peek(reply, info)
    reasons = reasons_in(body)
    if reasons & OUT_OF_QUOTA or is_daily(body):
        raise throttled(reply, info, next_midnight(now))
    if reasons & TOO_FAST or reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise throttled(reply, info, retry_at(reply.headers, now, PAUSE))
    if any(reason.startswith(OF_ONE) for reason in reasons):
        raise ProviderError("YouTube does not show the channel.", reason=Reason.BLOCKED, tries=reply.tries)
    spoken = heard(reply, *REFUSED)
    if spoken and (reply.status in REFUSALS or (reasons & KEY_IS_WRONG and not own)):
        raise _refused(reply, info, spoken, own=own and not reasons & APP_IS_WRONG)
    raise_for_status(reply, info, now)
    if body.dig("error") is not None:
        raise ProviderError("YouTube responded with an error.", reason=Reason.STATUS, tries=reply.tries)


def _refused(reply: Reply, info: ProviderInfo, spoken: Spoken, *, own: bool) -> ProviderError:
    if own:
        return refused(info, "YouTube no longer accepts the talent's token.", spoken, tries=reply.tries)
    return Misconfigured(
        "YouTube does not accept the agency's API key or app.",
        hint="Check providers.youtube.api_key, and that the YouTube Data API is enabled for it.",
        tries=reply.tries,
    )


def is_daily(body: Part) -> bool:
    """Whether a limit is the day's, which the newer format only says in the name of the limit."""
    details = body.dig("error", "details")
    limits = [
        body.dig_text("error", "details", n, "metadata", key)
        for n in range(len(details) if isinstance(details, list) else 0)
        for key in ("quota_limit", "quota_unit")
    ]
    return any(limit and re.search(r"(?i)per_?day|/d(?:/|$)", limit) for limit in limits)


def reasons_in(body: Part) -> set[str]:
    """Every reason in an error, in both the older and the newer format."""
    reasons = set()
    for key in ("errors", "details"):
        entries = body.dig("error", key)
        for index in range(len(entries) if isinstance(entries, list) else 0):
            reason = body.dig("error", key, index, "reason")
            if isinstance(reason, str):
                reasons.add(reason)
    return reasons


def next_midnight(now: datetime, zone: str = QUOTA_ZONE) -> datetime:
    """When the daily quota resets: at midnight in California.

    https://developers.google.com/youtube/v3/determine_quota_cost
    """
    local: tzinfo
    try:
        local = ZoneInfo(zone)
    except ZoneInfoNotFoundError:  # no time zone data on this machine: an hour late in summer, never early
        local = timezone(timedelta(hours=-8))
    tomorrow = now.astimezone(local).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, local).astimezone(UTC)
