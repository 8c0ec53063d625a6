"""One account in many spellings: `ada`, `@Ada`, a profile's address. The app keeps what people typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from talentimg.errors import UsageError
from talentimg.models.question import handle_key
from talentimg.repository.interface import NewAccount

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import Talent

    Normalised: TypeAlias = Callable[[NewAccount], NewAccount]


def spelling_key(platform: str, handle: str, normalised: Normalised) -> str:
    """What all spellings of a handle have in common, links to the account among them."""
    try:
        return handle_key(normalised(NewAccount(platform, handle)).handle)
    except UsageError:  # what no platform of ours takes for a handle
        return handle_key(handle)


def as_stored(account: NewAccount, talent: Talent, normalised: Normalised) -> NewAccount:
    """The account with its handle as the store spells it, if it is the one that the talent has there already.

    What was learnt is kept for the stored spelling: under another one it would be that of somebody else.

    Args:
        account: the one to be connected, normalised.
        talent: as stored.
        normalised: gives an account its normalised form.
    """
    old = talent.account(account.platform)
    if old is None or old.handle == account.handle:
        return account
    same = spelling_key(old.platform, old.handle, normalised) == handle_key(account.handle)
    return replace(account, handle=old.handle) if same else account
