"""What an export of ours tells of a talent, and what is read back of it: exactly what was there.

What a person could have typed is checked like anything else. What nobody would type, such as a handle that
the app keeps as people wrote it, a name with a line break, or a lock, stands in a document of ours (`Word`)
and is taken as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import UsageError
from talentimg.models import Choice, Lock, OptOut, Order, Policy
from talentimg.repository.interface import Disconnected, NewAccount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from talentimg.repository.interface import NewTalent
    from talentimg.repository.interface.entries import EntryAccount, RosterEntry

KEY: Final = "talentimg"
"""The column, and the key of a JSON document, that is ours alone."""
FORMAT: Final = 1
NOT_OURS: Final = "what stands under talentimg is not as talentimg exported it."
NO_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True)
class Word:
    """What an export says exactly. None says nothing."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    avatar_url: str | None = None
    accounts: tuple[NewAccount, ...] = ()
    disconnected: tuple[tuple[str, str], ...] = ()
    """Platform and handle of what a person has disconnected."""
    policy: Policy = NO_POLICY

    def onto(self, talent: NewTalent) -> NewTalent:
        """The talent with what is said here. A handle that a person has changed in the table counts."""
        typed = {account.platform: account for account in talent.accounts}
        told = {a.platform: a for a in self.accounts if _is_still(a, typed.get(a.platform))}
        return replace(
            talent,
            id=self.id or talent.id,
            name=self.name or talent.name,
            email=self.email or talent.email,
            avatar_url=self.avatar_url or talent.avatar_url,
            accounts=tuple((typed | told).values()),
            disconnected=tuple(Disconnected.of(self.id or talent.id, *one) for one in self.disconnected),
        )


def _is_still(told: NewAccount, typed: NewAccount | None) -> bool:
    return typed is None or typed.handle == told.handle


# -- written -----------------------------------------------------------------------------------------


def told(
    entry: RosterEntry, policy: Policy, disconnected: Iterable[Disconnected], *, with_choice: bool = False
) -> dict[str, Any]:
    """Everything about a talent, as an export tells it. What there is nothing of is left out.

    Args:
        entry: what the rows say.
        policy: what people decided.
        disconnected: the accounts that a person has disconnected.
        with_choice: whether a picture that a person chose travels with it.
    """
    return _filled(
        id=entry.talent_id,
        name=entry.name,
        email=entry.email,
        avatar_url=entry.avatar_url,
        accounts=[account_told(account) for account in entry.accounts],
        **said(policy, disconnected, with_choice=with_choice),
    )


def said(
    policy: Policy, disconnected: Iterable[Disconnected], *, with_choice: bool = False
) -> dict[str, Any]:
    """What people decided about a talent."""
    lock, order, choice = policy.lock, policy.order, policy.choice if with_choice else None
    return _filled(
        disconnected=sorted([one.platform, one.handle] for one in disconnected),
        lock=lock and _filled(**_who(lock), until=_time(lock.until)),
        choice=choice and _who(choice),
        order=order and {"sources": list(order.sources), **_who(order)},
        opt_outs=[{"platform": one.platform, **_who(one)} for one in policy.opt_outs],
        note=policy.note,
    )


def account_told(account: EntryAccount) -> dict[str, Any]:
    """An account."""
    off = {} if account.connected else {"connected": False}
    return {
        "platform": account.platform,
        "handle": account.handle,
        **_filled(profile_url=account.profile_url),
        **off,
    }


def _who(word: Lock | Choice | Order | OptOut) -> dict[str, Any]:
    return _filled(by=word.by, at=_time(word.at), why=word.why)


def _filled(**fields: Any) -> dict[str, Any]:  # noqa: ANN401  what JSON holds
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


# -- read --------------------------------------------------------------------------------------------


def check_version(told: object) -> None:
    """Raise for an export of a version that we do not know.

    Raises:
        UsageError: it is one.
    """
    if not isinstance(told, dict) or not isinstance(told.get("export"), int):
        raise UsageError(NOT_OURS)
    if told["export"] > FORMAT:
        raise UsageError("this was exported by a newer talentimg.", hint="Update this one, then import it.")


def word_in(fields: Mapping[str, Any]) -> Word:
    """What an export tells of a talent, read back.

    Raises:
        UsageError: it is not as we wrote it.
    """
    try:
        return Word(
            _text(fields, "id"),
            _text(fields, "name"),
            _text(fields, "email"),
            _text(fields, "avatar_url"),
            accounts=tuple(map(_account, fields.get("accounts", ()))),
            disconnected=tuple((str(p), str(handle)) for p, handle in fields.get("disconnected", ())),
            policy=_policy(fields),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(NOT_OURS, hint="Export it anew, or take it out.") from None


def _account(fields: Mapping[str, Any]) -> NewAccount:
    connected = fields.get("connected", True)
    if not isinstance(connected, bool):
        raise TypeError
    return NewAccount(
        _needed(fields, "platform").lower(),
        _needed(fields, "handle"),
        _text(fields, "profile_url"),
        connected=connected,
    )


def _policy(fields: Mapping[str, Any]) -> Policy:
    lock, choice, order = (fields.get(name) for name in ("lock", "choice", "order"))
    return Policy(
        lock and Lock(*_needed_who(lock), until=_moment(lock, "until")),
        choice and Choice(*_needed_who(choice)),
        order and Order(tuple(map(str, order["sources"])), *_who_in(order)),
        tuple(OptOut(_text(one, "platform"), *_who_in(one)) for one in fields.get("opt_outs", ())),
        _text(fields, "note"),
    )


def _needed_who(fields: Mapping[str, Any]) -> tuple[str, datetime, str | None]:
    return _needed(fields, "by"), _at(_needed(fields, "at")), _text(fields, "why")


def _at(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _who_in(fields: Mapping[str, Any]) -> tuple[str | None, datetime | None, str | None]:
    return _text(fields, "by"), _moment(fields, "at"), _text(fields, "why")


def _moment(fields: Mapping[str, Any], key: str) -> datetime | None:
    text = _text(fields, key)
    return _at(text) if text else None


def _text(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value


def _needed(fields: Mapping[str, Any], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError
    return value


# -- taken -------------------------------------------------------------------------------------------


def together(here: Policy, brought: Policy) -> Policy:
    """What people decided here, and what an export brings where nothing was decided here."""
    platforms = {one.platform for one in here.opt_outs}
    return Policy(
        here.lock or brought.lock,
        here.choice,
        here.order or brought.order,
        (*here.opt_outs, *(one for one in brought.opt_outs if one.platform not in platforms)),
        here.note or brought.note,
    )
