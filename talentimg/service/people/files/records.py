"""JSON becomes talents: a list of objects, or one object a line, as `talentimg list --json` prints them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import UsageError
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.files.faults import Fault, Place
from talentimg.service.people.files.table import Found, is_nothing
from talentimg.service.people.files.token import text_in, token_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

BEGINNINGS: Final = ("[", "{")
ID_NAMES: Final = ("id", "talent_id")


def is_json(text: str) -> bool:
    """Whether a text begins like JSON."""
    return text.lstrip()[:1] in BEGINNINGS


def from_json(text: str) -> Found:
    """The talents of a JSON text."""
    try:
        document = json.loads(text)
    except RecursionError:
        return Found(faults=[Fault(Place(1), "this is not JSON.")])
    except ValueError as error:
        lines = list(_lines(text))
        return _talents(lines) if len(lines) > 1 and _is_object(lines[0][1]) else _no_json(error)
    people = document.get("talents", document) if isinstance(document, dict) else document
    if isinstance(people, dict):
        people = [people] if set(ID_NAMES) & people.keys() else None
    if not isinstance(people, list):
        return Found(
            faults=[Fault(None, "has no list of talents.", "A list of objects with id, name and accounts.")]
        )
    return _talents((Place(number, "talent"), person) for number, person in enumerate(people, start=1))


def _no_json(error: ValueError) -> Found:
    place = Place(error.lineno) if isinstance(error, json.JSONDecodeError) else Place(1)
    return Found(faults=[Fault(place, "this is not JSON.")])


def _lines(text: str) -> Iterator[tuple[Place, object]]:
    """What stands on each line that is not empty; a line that is no JSON is an error in place of it."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield Place(number), json.loads(line)
            except (ValueError, RecursionError):
                yield Place(number), UsageError("this is not JSON.")


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _talents(people: Iterable[tuple[Place, object]]) -> Found:
    found = Found()
    for place, person in people:
        try:
            found.add(place, _talent(person))
        except UsageError as error:
            found.faults.append(Fault.of(place, error))
    return found


def _talent(person: object) -> NewTalent:
    if isinstance(person, UsageError):
        raise person
    if not isinstance(person, dict):
        raise UsageError("this is not an object.")
    talent_id = text_in(person, "id") or text_in(person, "talent_id") or ""
    name = text_in(person, "name") or ""
    accounts = tuple(_accounts(person.get("accounts") or []))
    return NewTalent(talent_id, name, _value(person, "email"), _value(person, "avatar_url"), accounts)


def _accounts(accounts: object) -> Iterator[NewAccount]:
    if isinstance(accounts, dict):
        accounts = [{"platform": platform, "handle": handle} for platform, handle in accounts.items()]
    if not isinstance(accounts, list):
        raise UsageError("accounts must be a list or an object.")
    for account in accounts:
        if not isinstance(account, dict):
            raise UsageError("an account is not an object.")
        if handle := _value(account, "handle"):
            profile = text_in(account, "profile_url")
            yield NewAccount(text_in(account, "platform") or "", handle, profile, token_in(account))


def _value(fields: Mapping[str, Any], key: str) -> str | None:
    value = text_in(fields, key)
    return None if value is None or is_nothing(value) else value
