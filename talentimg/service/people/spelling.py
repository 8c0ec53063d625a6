"""One account in many spellings: `ada`, `@Ada`, a profile's address. The app keeps what people typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from talentimg.errors import UsageError
from talentimg.models.question import BY_PROFILE_URL, handle_key
from talentimg.repository.interface import NewAccount

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import Account, Talent

    Normalised: TypeAlias = Callable[[NewAccount], NewAccount]


def spelling_key(platform: str, handle: str, normalised: Normalised) -> str:
    """What all spellings of a handle have in common, links to the account among them."""
    try:
        return handle_key(normalised(NewAccount(platform, handle)).handle)
    except UsageError:  # what no platform of ours takes for a handle
        return handle_key(handle)


def as_stored(account: NewAccount, talent: Talent, normalised: Normalised) -> NewAccount:
    """The account with its handle and page as the store spells them, if the talent has it there already.

    What was learnt is kept for the stored spelling: under another one it would be that of somebody else.

    Args:
        account: the one to be connected, normalised.
        talent: as stored.
        normalised: gives an account its normalised form.
    """
    old = talent.account(account.platform)
    if old is None or not _is_of(old, account, normalised):
        return account
    if _asks_the_page_of(old, account, normalised):
        return replace(account, handle=old.handle, profile_url=None)
    return replace(account, handle=old.handle)


def _is_of(old: Account, new: NewAccount, normalised: Normalised) -> bool:
    if old.handle == new.handle:
        return True
    return spelling_key(old.platform, old.handle, normalised) == handle_key(new.handle)


def _asks_the_page_of(old: Account, new: NewAccount, normalised: Normalised) -> bool:
    """Whether a platform that is asked by the address of a profile is given the one that it has already."""
    if old.platform not in BY_PROFILE_URL or not new.profile_url:
        return False
    pages = (old.profile_url or old.handle, new.profile_url)
    before, after = (_page(old.platform, page, normalised) for page in pages)
    return before == after


def _page(platform: str, address: str, normalised: Normalised) -> str:
    try:
        return normalised(NewAccount(platform, address)).handle
    except UsageError:
        return address
