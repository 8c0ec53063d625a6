"""What an import leaves out: accounts that a person has disconnected, and who is to stay forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from talentimg.models.question import handle_key
from talentimg.repository.tombstones import without
from talentimg.service.people.spelling import spelling_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Disconnected, Forgotten, NewAccount, NewTalent
    from talentimg.service.people.spelling import Normalised


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An account that an import names and that stays disconnected."""

    talent_id: str
    platform: str
    handle: str


@dataclass(frozen=True, slots=True)
class ForgottenTalent:
    """A talent whom an import names and who is to stay forgotten, or whose account on a platform is."""

    talent_id: str
    platform: str | None = None


def without_disconnected(
    talents: Iterable[NewTalent],
    known: Mapping[str, TalentRecord],
    disconnected: Collection[Disconnected],
    normalised: Normalised,
) -> tuple[list[NewTalent], tuple[LeftOut, ...]]:
    """The talents of an import without the accounts that a person has disconnected, and those accounts.

    One that is connected all the same is taken: the agency's app has connected it again.

    Args:
        talents: those of the import, their accounts normalised.
        known: the records of those who are on the roster.
        disconnected: what persons have disconnected.
        normalised: gives an account its stored form; the app may keep handles as people typed them.
    """
    shunned = {
        (d.talent_id, d.platform, spelling_key(d.platform, d.handle, normalised)) for d in disconnected
    }
    connected = {
        (a.talent_id, a.platform, spelling_key(a.platform, a.handle, normalised))
        for talent_id in {d.talent_id for d in disconnected} & known.keys()
        for a in known[talent_id].talent.accounts
    }
    alone_now = shunned - connected
    taken: list[NewTalent] = []
    left_out: list[LeftOut] = []
    for talent in talents:
        alone = [a for a in talent.accounts if _named(talent, a) in alone_now]
        left_out += [LeftOut(talent.id, a.platform, a.handle) for a in alone]
        taken.append(_without(talent, alone) if alone else talent)
    return taken, tuple(left_out)


def without_forgotten(
    talents: Iterable[NewTalent], forgotten: Collection[Forgotten]
) -> tuple[list[NewTalent], tuple[ForgottenTalent, ...]]:
    """The talents of an import without those who, and accounts that, are to stay forgotten; and those.

    Args:
        talents: those of the import, their accounts normalised.
        forgotten: what of them is forgotten.
    """
    known = list(talents)
    named = {(t.id, platform) for t in known for platform in ("", *(a.platform for a in t.accounts))}
    found = sorted({(f.talent_id, f.platform) for f in forgotten} & named)
    left_out = tuple(ForgottenTalent(talent_id, platform or None) for talent_id, platform in found)
    return without(known, forgotten), left_out


def _named(talent: NewTalent, account: NewAccount) -> tuple[str, str, str]:
    return talent.id, account.platform, handle_key(account.handle)


def _without(talent: NewTalent, alone: Sequence[NewAccount]) -> NewTalent:
    return replace(talent, accounts=tuple(a for a in talent.accounts if a not in alone))
