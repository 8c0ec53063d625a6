"""What the roster asks of a source. What was learnt for one question is nothing for another. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models.candidate import INITIALS, MANUAL, USER

if TYPE_CHECKING:
    from talentimg.models.talent import Account, Talent

BY_PROFILE_URL: Final = frozenset({"website"})
"""The platforms that are asked by the address of a profile, if the account has one."""


def question_of(talent: Talent, source: str) -> str | None:
    """What the roster asks of a source: two that are equal ask for the same person's picture.

    It can be stored: of an address, which may hold credentials, it has a digest only.

    Returns:
        None when there is nothing to ask: no connected account, no avatar.
    """
    if source in {MANUAL, INITIALS}:
        return source
    if source == USER:
        return _digest(talent.avatar_url) if talent.avatar_url else None
    account = talent.account(source)
    return account_question(source, account.handle, account.profile_url) if account else None


def account_question(platform: str, handle: str, profile_url: str | None = None) -> str:
    """What is asked of a platform for an account.

    The id of its row is no part of it: an account that is connected anew is the same account. Nor is the
    platform's own id of the person: that is an answer.
    """
    if platform in BY_PROFILE_URL and profile_url:
        return f"{handle_key(handle)} {_digest(profile_url)}"
    return handle_key(handle)


def handle_key(handle: str) -> str:
    """What all spellings of a handle have in common: with or without `@`, in any case.

    No platform tells handles apart by case alone, and the agency's app keeps them as people typed them.
    """
    return handle.strip().removeprefix("@").casefold()


def is_another_name(account: Account, handle: str | None) -> bool:
    """Whether a platform calls an account otherwise than the roster does, by a name that can be shown."""
    if not handle or not handle.isprintable():
        return False
    return handle_key(handle) != handle_key(account.handle)


def _digest(address: str) -> str:
    from hashlib import sha256  # noqa: PLC0415  start-up time

    return sha256(address.strip().encode("utf-8", "surrogatepass")).hexdigest()
