"""Parses platforms' responses: what all providers share, so that each provider file holds only facts.

`Part` walks through a JSON document and raises `ProviderError` if its shape is wrong;
`raise_for_status` raises for any status that has no special meaning on the platform.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NoReturn

from talentimg.errors import HandleError, Misconfigured, ProviderError, RateLimited
from talentimg.http.links import path_in, query_in
from talentimg.http.retry_after import DEFAULT_PAUSE, retry_at
from talentimg.models import Reason

if TYPE_CHECKING:
    from datetime import timedelta

    from talentimg.http.interface import Reply
    from talentimg.models import Account
    from talentimg.providers.interface import Provider, ProviderInfo


REFUSALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Part:
    """A place in a platform's JSON response, with everything that an error about it has to mention.

    Methods named after a type (`text`, `id`, ...) require it and raise `ProviderError` with reason
    `shape` otherwise. `dig` and `dig_text` require nothing: they are for error bodies.
    """

    value: Any = field(repr=False)
    label: str
    tries: int = 1
    path: str = ""

    def at(self, *keys: str) -> Part:
        """The part under these keys, each of which must exist."""
        part = self
        for key in keys:
            if key not in part._object():
                part._below(key).fail("is missing")
            part = part._below(key)
        return part

    def has(self, key: str) -> bool:
        """Whether this object has the key, whatever its value."""
        return key in self._object()

    def text(self, key: str) -> str:
        """The text under a key, which must exist and not be empty."""
        return self.at(key).text_or_none() or self._below(key).fail("is empty")

    def id(self, key: str) -> str:
        """The identifier under a key, which some platforms send as a number."""
        value = self.at(key).value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(key)

    def optional_text(self, key: str) -> str | None:
        """The text under a key, or None if the key is absent, null or empty."""
        return self.at(key).text_or_none() if self.has(key) else None

    def text_or_none(self) -> str | None:
        """The text here, or None if the platform uses null or "" for "none"."""
        if self.value is None or self.value == "":
            return None
        if not isinstance(self.value, str):
            self.fail("is not a text")
        return self.value

    def items(self, key: str) -> list[Part]:
        """The parts of the list under a key."""
        part = self.at(key)
        if not isinstance(part.value, list):
            part.fail("is not a list")
        return [
            Part(value, self.label, self.tries, f"{part.path}[{index}]")
            for index, value in enumerate(part.value)
        ]

    def dig(self, *keys: str | int) -> Any:  # noqa: ANN401  unvalidated JSON
        """The value under these keys, or None if the path does not exist."""
        value = self.value
        for key in keys:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def dig_text(self, *keys: str | int) -> str | None:
        """The text under these keys, or None for anything else: objects have been seen in place of codes."""
        value = self.dig(*keys)
        return value if isinstance(value, str) else None

    def fail(self, what: str) -> NoReturn:
        """Report that the response does not have the documented shape.

        Raises:
            ProviderError: always; `shape`.
        """
        raise ProviderError(
            f"{self.label}'s response is not as documented: {self.path or 'the document'} {what}.",
            reason=Reason.SHAPE,
            tries=self.tries,
        )

    def _object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            self.fail("is not an object")
        return self.value

    def _below(self, key: str) -> Part:
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Part(value, self.label, self.tries, f"{self.path}.{key}" if self.path else key)


def read(reply: Reply, info: ProviderInfo) -> Part:
    """The JSON body of a response.

    Raises:
        ProviderError: `bad_json`.
    """
    return Part(reply.json(), info.label, reply.tries)


def peek(reply: Reply, info: ProviderInfo) -> Part:
    """The JSON body of what may be an error response; null if it is not JSON."""
    return Part(json_or_none(reply), info.label, reply.tries)


def json_or_none(reply: Reply) -> Any:  # noqa: ANN401  unvalidated JSON
    """The JSON body of a response, or None if it is something else."""
    with suppress(ProviderError):
        return reply.json()
    return None


def raise_if_throttled(
    reply: Reply, info: ProviderInfo, now: datetime, pause: timedelta = DEFAULT_PAUSE
) -> None:
    """Raise for a 429, whatever its body is: to be called before anything else is made of a response.

    Raises:
        RateLimited: the platform, or whatever stands before it, is rate-limiting us.
    """
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise throttled(reply, info, retry_at(reply.headers, now, pause))


def raise_for_status(reply: Reply, info: ProviderInfo, now: datetime) -> None:
    """Raise for every status other than 200, once the provider has handled the platform's own words.

    Raises:
        RateLimited: the platform is rate-limiting us.
        ProviderError: `blocked` for a refusal, `status` for anything else.
    """
    raise_if_throttled(reply, info, now)
    if reply.status in REFUSALS:
        raise blocked(reply, info)
    if reply.status != HTTPStatus.OK:
        until = None
        if reply.status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in reply.headers:
            until = retry_at(reply.headers, now, DEFAULT_PAUSE)
        raise ProviderError(
            f"{info.label} responded with status {reply.status}.",
            reason=Reason.STATUS,
            retry_at=until,
            tries=reply.tries,
        )


def blocked(reply: Reply, info: ProviderInfo) -> ProviderError:
    """The error for a refusal in other words than the platform's, which says nothing of any credential."""
    return ProviderError(
        f"Our request to {info.label} was refused with status {reply.status}, not in its own words.",
        reason=Reason.BLOCKED,
        hint="A firewall or gateway may stand in between. It will be retried automatically.",
        tries=reply.tries,
    )


def throttled(reply: Reply, info: ProviderInfo, until: datetime) -> RateLimited:
    """The error for rate limiting, with the time of the next attempt."""
    return RateLimited(
        f"{info.label} is rate-limiting us.",
        hint="Nothing to do: it will be retried automatically once the limit is over.",
        retry_at=until,
        tries=reply.tries,
    )


def check_identity(account: Account, user_id: str, info: ProviderInfo, tries: int) -> None:
    """Check that the response is about the person to whom the account belonged when first found.

    Raises:
        ProviderError: `identity`.
    """
    if account.external_id is not None and account.external_id != user_id:
        raise _somebody_else(
            f"The handle now belongs to a different {info.label} account than when it was connected.",
            f"If it is the right one all the same: talentimg accept ID {info.name}",
            user_id,
            tries,
        )


def check_asked(
    provider: Provider, account: Account, named: str | None, tries: int, user_id: str | None = None
) -> None:
    """Check that a token belongs to the account that the roster names, as long as no id is known to compare.

    Once an id is known, another handle only means that the person has renamed the account.

    Args:
        provider: whose answer it is.
        account: what the roster names.
        named: the handle or id in the response, None if it has none.
        tries: how often it was asked.
        user_id: the platform's stable id of who answers, for a person to accept.

    Raises:
        ProviderError: `identity`; no picture has been fetched yet.
    """
    if account.external_id is not None or _normal(provider, named) == _normal(provider, account.handle):
        return
    label, other = provider.info.label, _normal(provider, named)
    raise _somebody_else(
        f"The token belongs to the {label} account {other or 'of somebody else'},"
        f" and {_normal(provider, account.handle) or 'another account'} was asked for.",
        f"If both are theirs: talentimg accept ID {provider.info.name}."
        " Otherwise connect the account again, logged in to it.",
        user_id,
        tries,
    )


def _somebody_else(told: str, hint: str, user_id: str | None, tries: int) -> ProviderError:
    error = ProviderError(told, reason=Reason.IDENTITY, hint=hint, tries=tries)
    error.answered_by = user_id
    return error


def _normal(provider: Provider, handle: str | None) -> str | None:
    try:
        return provider.normalise(handle or "")
    except HandleError:
        return None


def usable_handle(provider: Provider, account: Account) -> str:
    """The account's handle in a form that is safe in a request.

    Raises:
        Misconfigured: what is stored is not a handle of this platform; no request was made.
    """
    try:
        return provider.normalise(account.handle)
    except HandleError:
        raise Misconfigured(
            f"The stored handle is not a valid {provider.info.label} handle.",
            hint=f"Connect the account again, with a handle like {provider.info.handle_example}",
            tries=0,
        ) from None


def last_segment(url: str) -> str | None:
    """The last segment of a URL's path, or None if there is none."""
    return path_in(url).rpartition("/")[2] or None


def expiry_in(url: str, parameter: str, *, base: int = 10) -> datetime | None:
    """When a signed URL expires, from a query parameter in epoch seconds; None if it has none."""
    value = query_in(url).get(parameter, "")
    if not re.fullmatch(r"[0-9a-f]{1,12}", value, flags=re.IGNORECASE):
        return None  # `int` would also accept signs, underscores and digits of other scripts
    try:
        return datetime.fromtimestamp(int(value, base), UTC)
    except (ValueError, OverflowError, OSError):
        return None
