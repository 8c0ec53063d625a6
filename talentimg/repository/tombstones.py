"""Whom, and what of them, talentimg was told to forget: kept as salted digests, alike for every database.

The salt is random and made with the first tombstone; it lies beside the digests. Where tombstones of
two rosters came together there are two of them. So nobody reads from them
who it was, but whoever has the roster's database and an id can ask about that id, as every sync has to.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import Contradicted, TalentForgotten
from talentimg.models.talent import FORGOTTEN, OptOut, Policy
from talentimg.repository.stored import required, to_text
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from talentimg.repository.interface import Forgotten, NewTalent
    from talentimg.repository.sql import Sql

# As a rule one: those who write tombstones come one at a time (`Sql.lock_pictures`).
_SALT: Final = "SELECT DISTINCT salt FROM talentimg.tombstones ORDER BY salt"
_FIND: Final = "SELECT * FROM talentimg.tombstones WHERE digest IN (:digests)"
_SAVE: Final = """
INSERT INTO talentimg.tombstones (digest, salt, forgotten_at, forgotten_by) VALUES (:digest, :salt, :at, :by)
ON CONFLICT (digest) DO NOTHING
"""
_DROP: Final = "DELETE FROM talentimg.tombstones WHERE digest IN (:digests)"


def digest(salt: str, talent_id: str, platform: str | None) -> str:
    """What stands for a talent, or one platform of theirs."""
    import hashlib  # noqa: PLC0415  start-up time

    return hashlib.sha256(json.dumps([salt, talent_id, platform]).encode()).hexdigest()


def forgotten(sql: Sql, what: Iterable[tuple[str, str | None]]) -> list[Forgotten]:
    """Which of these are forgotten, sorted."""
    from talentimg.repository.interface import Forgotten  # noqa: PLC0415  start-up time

    wanted = _digests(sql, what)
    rows = sql.rows(_FIND, digests=list(wanted)) if wanted else ()
    found: dict[tuple[str, str | None], Forgotten] = {}
    for row in sorted(rows, key=lambda one: required(one["forgotten_at"])):
        talent_id, platform = wanted[row["digest"]]
        one = Forgotten(talent_id, platform or "", required(row["forgotten_at"]), row["forgotten_by"])
        found.setdefault((talent_id, platform), one)
    return sorted(found.values())


def _digests(sql: Sql, what: Iterable[tuple[str, str | None]]) -> dict[str, tuple[str, str | None]]:
    salts = [row["salt"] for row in sql.rows(_SALT)]  # none where nobody was forgotten
    pairs = {(i, p.lower() if p else None) for i, p in what if is_storable(i)} if salts else set()
    return {digest(salt, *pair): pair for salt in salts for pair in pairs}


def bury(sql: Sql, talent_id: str, platform: str | None, at: datetime, by: str) -> None:
    """Keep that they are to be forgotten; the first word of it stays."""
    if forgotten(sql, [(talent_id, platform)]):
        return
    import secrets  # noqa: PLC0415  start-up time

    salt = next((row["salt"] for row in sql.rows(_SALT)), None) or secrets.token_hex(16)
    named = digest(salt, talent_id, platform)
    sql.change(_SAVE, digest=named, salt=salt, at=to_text(at), by=by)


def unbury(sql: Sql, what: Sequence[tuple[str, str | None]]) -> list[Forgotten]:
    """Forget that; returns what was forgotten until now, sorted."""
    found = forgotten(sql, what)
    if found:
        sql.change(_DROP, digests=list(_digests(sql, what)))
    return found


def told(policy: Policy, platform: str | None, at: datetime) -> Policy:
    """The policy of a talent whose row stays, so that every look leaves them, or the platform, alone.

    Of one who is forgotten as a whole nothing else is kept; it names nobody.
    """
    own = OptOut(platform, at=at, why=FORGOTTEN)
    if platform is None:
        return Policy(opt_outs=(own,))
    others = tuple(one for one in policy.opt_outs if one.platform != platform)
    return Policy(policy.lock, policy.choice, policy.order, (*others, own), policy.note)


def untold(policy: Policy, found: Iterable[Forgotten]) -> Policy:
    """The policy without the opt-outs that stood for these tombstones."""
    platforms = {one.platform or None for one in found}
    kept = tuple(
        o for o in policy.opt_outs if not (o.why == FORGOTTEN and o.by is None and o.platform in platforms)
    )
    return Policy(policy.lock, policy.choice, policy.order, kept, policy.note)


# -- refusals ------------------------------------------------------------------


def asked_of(talents: Iterable[NewTalent]) -> set[tuple[str, str | None]]:
    """What would come back with these talents."""
    known = list(talents)
    return {(t.id, None) for t in known} | {(t.id, a.platform.lower()) for t in known for a in t.accounts}


def without(talents: Iterable[NewTalent], found: Iterable[Forgotten]) -> list[NewTalent]:
    """These talents without those who are forgotten, and without accounts that are."""
    gone = {(one.talent_id, one.platform) for one in found}
    if not gone:
        return list(talents)
    return [_allowed(talent, gone) for talent in talents if (talent.id, "") not in gone]


def _allowed(talent: NewTalent, gone: set[tuple[str, str]]) -> NewTalent:
    accounts = tuple(a for a in talent.accounts if (talent.id, a.platform.lower()) not in gone)
    return replace(talent, accounts=accounts)


def refuse(found: Sequence[Forgotten]) -> None:
    """Refuse what is forgotten.

    Raises:
        Contradicted: there is anything; it names the first.
    """
    if found:
        raise Contradicted(sentence(found[0]), hint=_hint(found[0].talent_id))


def no_longer(found: Sequence[Forgotten]) -> TalentForgotten | None:
    """The error for a talent who is not on the roster because they are forgotten; None if they are not."""
    whole = next((one for one in found if not one.platform), None)
    if whole is None:
        return None
    return TalentForgotten(sentence(whole), hint=_hint(whole.talent_id))


def sentence(one: Forgotten) -> str:
    """What is told to whoever asks for them."""
    what = f"{one.platform} of {one.talent_id!r}" if one.platform else f"{one.talent_id!r}"
    return f"{what[0].upper()}{what[1:]} was forgotten on {one.at:%Y-%m-%d}, and is to stay so."


def _hint(talent_id: str) -> str:
    import shlex  # noqa: PLC0415  start-up time

    return f"To let it come back: talentimg remember {shlex.quote(talent_id)}"
