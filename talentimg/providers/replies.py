"""Takes platforms' answers apart: what all providers have in common, so that each file holds only facts.

`Part` walks through a JSON document and turns a wrong shape into a `ProviderError`;
`raise_for_status` does the same for a status that says nothing peculiar to a platform.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

from talentimg.errors import HandleError, Misconfigured, ProviderError, RateLimited
from talentimg.http.links import path_in, query_in
from talentimg.http.retry_after import DEFAULT_PAUSE, retry_at
from talentimg.models import Reason

if TYPE_CHECKING:
    from talentimg.http.interface import Reply
    from talentimg.models import Account
    from talentimg.providers.interface import Provider, ProviderInfo


@dataclass(frozen=True, slots=True)
class Part:
    """A place in a platform's JSON answer, and everything that an error about it has to say.

    Methods named after a kind (`text`, `id`, ...) insist on it and raise `ProviderError` with reason
    `shape` otherwise. `dig` and `dig_text` insist on nothing: they are for error bodies.
    """

    value: Any = field(repr=False)
    label: str
    tries: int = 1
    path: str = ""

    def at(self, *keys: str) -> Part:
        """The part under these keys, each of which must be there."""
        part = self
        for key in keys:
            if key not in part._object():
                part._below(key).fail("is missing")
            part = part._below(key)
        return part

    def has(self, key: str) -> bool:
        """Whether this object has a key, whatever its value."""
        return key in self._object()

    def text(self, key: str) -> str:
        """The text under a key; neither absent nor empty."""
        return self.at(key).text_or_none() or self._below(key).fail("is empty")

    def id(self, key: str) -> str:
        """The identifier under a key, which some platforms send as a number."""
        value = self.at(key).value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(key)

    def optional_text(self, key: str) -> str | None:
        """The text under a key, or None when the key is absent, null or empty."""
        return self.at(key).text_or_none() if self.has(key) else None

    def text_or_none(self) -> str | None:
        """The text here, or None where a platform says null or "" for "there is none"."""
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

    def dig(self, *keys: str | int) -> Any:  # noqa: ANN401  a foreign value has no type yet
        """The value under these keys, or None when the way there is not as expected."""
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
        """Say that the answer is not shaped as documented.

        Raises:
            ProviderError: always; `shape`.
        """
        raise ProviderError(
            f"{self.label}'s answer is not shaped as documented: {self.path or 'the whole'} {what}.",
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
    """The JSON body of an answer.

    Raises:
        ProviderError: `bad_json`.
    """
    return Part(reply.json(), info.label, reply.tries)


def peek(reply: Reply, info: ProviderInfo) -> Part:
    """The JSON body of an answer that is not expected to be in order; null if it is not JSON."""
    value = None
    with suppress(ProviderError):
        value = reply.json()
    return Part(value, info.label, reply.tries)


def raise_for_status(reply: Reply, info: ProviderInfo, now: datetime) -> None:
    """Turn every status but 200 into trouble, after the provider has looked for what it knows.

    Raises:
        RateLimited: the platform says that we ask too often.
        ProviderError: `status`, anything else.
    """
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise throttled(reply, info, retry_at(reply.headers, now, DEFAULT_PAUSE))
    if reply.status != HTTPStatus.OK:
        until = None
        if reply.status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in reply.headers:
            until = retry_at(reply.headers, now, DEFAULT_PAUSE)
        raise ProviderError(
            f"{info.label} answered with status {reply.status}.",
            reason=Reason.STATUS,
            retry_at=until,
            tries=reply.tries,
        )


def throttled(reply: Reply, info: ProviderInfo, until: datetime) -> RateLimited:
    """The error that says when to come back."""
    return RateLimited(
        f"{info.label} was asked too often.",
        hint="Nothing to do: it is asked again by itself when it allows it.",
        retry_at=until,
        tries=reply.tries,
    )


def check_identity(account: Account, user_id: str, info: ProviderInfo, tries: int) -> None:
    """See that the answer is about the person whom the account was first seen to belong to.

    Raises:
        ProviderError: `identity`.
    """
    if account.external_id is not None and account.external_id != user_id:
        raise ProviderError(
            f"On {info.label} the handle now belongs to somebody else than when it was connected.",
            reason=Reason.IDENTITY,
            hint="If that is right, disconnect the account and connect it anew.",
            tries=tries,
        )


def usable_handle(provider: Provider, account: Account) -> str:
    """The account's handle in the form that may go into a request.

    Raises:
        Misconfigured: what is stored is no handle of this platform; nothing was asked.
    """
    try:
        return provider.normalise(account.handle)
    except HandleError:
        raise Misconfigured(
            f"What is stored as the handle is not one that {provider.info.label} could have.",
            hint=f"Connect the account again. A handle looks like this: {provider.info.handle_example}",
            tries=0,
        ) from None


def last_segment(url: str) -> str | None:
    """The last part of an address's path, or None if there is none."""
    return path_in(url).rpartition("/")[2] or None


def expiry_in(url: str, parameter: str, *, base: int = 10) -> datetime | None:
    """When a signed address dies, by its query parameter in epoch seconds; None if it does not say."""
    value = query_in(url).get(parameter, "")
    if not re.fullmatch(r"[0-9a-f]{1,12}", value, flags=re.IGNORECASE):
        return None  # `int` would also take signs, underscores and other scripts' digits
    try:
        return datetime.fromtimestamp(int(value, base), UTC)
    except (ValueError, OverflowError, OSError):
        return None
