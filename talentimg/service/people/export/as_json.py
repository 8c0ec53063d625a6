"""The roster as one JSON document, a talent a line, which `import` reads back exactly."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from talentimg.service.people.files.own import FORMAT, KEY, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.service.people.export.talents import Exported


def write_json(talents: Iterable[Exported], file: IO[bytes], *, with_choice: bool = False) -> int:
    """Write it.

    Args:
        talents: everybody.
        file: where it goes.
        with_choice: whether the pictures that people chose travel beside it.

    Returns:
        How many talents there are.
    """
    number = 0
    file.write(_bytes({KEY: {"export": FORMAT}})[:-1] + b', "talents": [')
    for number, one in enumerate(talents, start=1):
        talent = told(one.entry, one.record.policy, one.disconnected, with_choice=with_choice)
        file.write((b"\n" if number == 1 else b",\n") + _bytes(talent))
    file.write(b"\n]}\n")
    return number


def _bytes(value: Any) -> bytes:  # noqa: ANN401  whatever JSON holds
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
