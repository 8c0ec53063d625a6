"""JSON becomes talents: a list of objects, or one object a line, as `talentimg list --json` prints them."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import UsageError
from talentimg.providers.pasted import seen
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.files.columns import columns_of
from talentimg.service.people.files.faults import Fault, Place
from talentimg.service.people.files.own import KEY, check_version, word_in
from talentimg.service.people.files.table import (
    HALF_A_NAME,
    Found,
    half_a_name,
    is_nothing,
    not_read,
    talent_of,
    unknown,
)
from talentimg.service.people.files.token import text_in, token_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from talentimg.service.people.files.columns import Columns

BEGINNINGS: Final = ("[", "{")
ID_NAMES: Final = ("id", "talent_id")
ACCOUNTS: Final = "accounts"
OURS: Final = frozenset(
    {ACCOUNTS, "platforms", "source", "url", "synced_at", "policy", "state", "why", "reconnect"}
)
"""Keys of `list --json` that need no remark: they say again what is in the accounts, or what is shown."""


class Object(dict[str, Any]):
    """A JSON object. `repeated` are the keys that it has more than once, of which the last value is left."""

    repeated: tuple[str, ...] = ()

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> Object:
        """The object with these keys and values."""
        made = cls(pairs)
        if len(made) < len(pairs):
            keys = [key for key, _ in pairs]
            made.repeated = tuple(sorted({key for key in keys if keys.count(key) > 1}))
        return made


def is_json(text: str) -> bool:
    """Whether a text begins like JSON."""
    return text.lstrip()[:1] in BEGINNINGS


def from_json(text: str, platforms: Sequence[str]) -> Found:
    """The talents of a JSON text; keys mean what columns of the same name do."""
    try:
        document = json.loads(text, object_pairs_hook=Object.of)
    except RecursionError:
        return Found(faults=[Fault(Place(1), "this is not JSON.")])
    except ValueError as error:
        lines = list(_lines(text))
        return _talents(lines, platforms) if len(lines) > 1 and _is_object(lines[0][1]) else _no_json(error)
    try:
        is_own = isinstance(document, dict) and KEY in document
        if is_own:
            check_version(document[KEY])
        people = _people(document)
    except UsageError as error:
        return Found(faults=[Fault.of(Place(1), error)])
    if people is None:
        return Found(
            faults=[Fault(None, "has no list of talents.", "A list of objects with id, name and accounts.")]
        )
    placed = ((Place(n, "talent"), person) for n, person in enumerate(people, start=1))
    return _exported(placed) if is_own else _talents(placed, platforms)


def _people(document: object) -> list[object] | None:
    if isinstance(document, dict):
        document = _object(document).get("talents", document)
    if isinstance(document, dict):
        document = [document] if set(ID_NAMES) & document.keys() else None
    return document if isinstance(document, list) else None


def _no_json(error: ValueError) -> Found:
    place = Place(error.lineno) if isinstance(error, json.JSONDecodeError) else Place(1)
    return Found(faults=[Fault(place, "this is not JSON.")])


def _lines(text: str) -> Iterator[tuple[Place, object]]:
    """What stands on each line that is not empty; a line that is no JSON is an error in place of it."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield Place(number), json.loads(line, object_pairs_hook=Object.of)
            except (ValueError, RecursionError):
                yield Place(number), UsageError("this is not JSON.")


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _talents(people: Iterable[tuple[Place, object]], platforms: Sequence[str]) -> Found:
    found = Found()
    foreign: dict[str, Place] = {}
    columns_with = cache(lambda keys: columns_of(keys, platforms))
    for place, person in people:
        try:
            fields = _object(person)
            columns = columns_with(tuple(fields))
            for key in columns.ignored:
                foreign.setdefault(key, place)
            found.add(place, _talent(fields, columns))
        except UsageError as error:
            found.faults.append(Fault.of(place, error))
    _tell_foreign(foreign, platforms, found)
    return found


def _exported(people: Iterable[tuple[Place, object]]) -> Found:
    """The talents of an export of ours, each exactly as it was."""
    found = Found()
    for place, person in people:
        try:
            word = word_in(_object(person))
            found.add(place, NewTalent(word.id or "", word.name or ""), word)
        except UsageError as error:
            found.faults.append(Fault.of(place, error))
    return found


def _tell_foreign(keys: Mapping[str, Place], platforms: Sequence[str], found: Found) -> None:
    """Name the keys that mean nothing, each once; one that is nearly ours is a fault."""
    columns = columns_of([key for key in keys if key not in OURS], platforms)
    for key, meant in columns.misspelt([*platforms, ACCOUNTS]):
        found.faults.append(unknown(keys[key], "key", key, meant))
    found.remarks += not_read("Keys", columns)


def _object(value: object, otherwise: str = "this is not an object.") -> Mapping[str, Any]:
    if isinstance(value, UsageError):
        raise value
    if not isinstance(value, dict):
        raise UsageError(otherwise)
    if isinstance(value, Object) and value.repeated:
        raise UsageError(
            f"the key {value.repeated[0]!r} stands more than once in one object.",
            hint="Only one of its values could be read: leave one.",
        )
    return value


def _talent(person: Mapping[str, Any], columns: Columns) -> NewTalent:
    fields: dict[str, str] = {}
    for key, meaning in zip(person, columns.meanings, strict=True):
        value = _field(person, key, meaning) if meaning else None
        if meaning and value and fields.setdefault(meaning, value) != value:
            raise UsageError(f"two keys mean {meaning}, and differ.", hint="Leave one of them out.")
    if half := half_a_name(columns):
        raise UsageError(f"the key {half[0]!r} stands beside {half[1]!r}.", hint=HALF_A_NAME)
    return talent_of(fields, tuple(_accounts(person.get(ACCOUNTS) or [])))


def _field(person: Mapping[str, Any], key: str, meaning: str) -> str | None:
    """A value by what it means. An id with what nobody sees is refused: it would make another talent."""
    value = text_in(person, key) if meaning in {"id", "name", "first", "last"} else _value(person, key)
    if value and meaning == "id" and value != seen(value).strip():
        raise UsageError(
            f"the id {value!a} has a blank around it, or a character that cannot be seen.",
            hint=f"Write it as {seen(value).strip()!r}.",
        )
    return seen(value).strip() if value and meaning == "email" else value


def _accounts(accounts: object) -> Iterator[NewAccount]:
    if isinstance(accounts, dict):
        accounts = [{"platform": name, "handle": handle} for name, handle in _object(accounts).items()]
    if not isinstance(accounts, list):
        raise UsageError("accounts must be a list or an object.")
    for account in accounts:
        yield from _account(_object(account, "an account is not an object."))


def _account(account: Mapping[str, Any]) -> Iterator[NewAccount]:
    """An account; none if its handle says that there is none."""
    if "handle" not in account:
        raise UsageError(
            "an account has no handle.", hint='Like {"platform": "github", "handle": "ada-lovelace"}.'
        )
    if handle := _value(account, "handle"):
        profile = text_in(account, "profile_url")
        yield NewAccount(text_in(account, "platform") or "", handle, profile, token_in(account))


def _value(fields: Mapping[str, Any], key: str) -> str | None:
    value = text_in(fields, key)
    return None if value is None or is_nothing(value) else value
