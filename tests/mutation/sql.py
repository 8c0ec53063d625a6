"""Changes a statement of SQL in one place at a time, as mutmut does not: for it, that is one word."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"""'[^']*' | "[^"]*" | %\(\w+\)s | [:@]\w+ | [\w.]+ | <> | <= | >= | :: | \s+ | .""",
    re.VERBOSE | re.DOTALL,
)
_ENDS: Final = frozenset(
    (
        *("WHERE", "AND", "OR", "ORDER", "GROUP", "LIMIT", "RETURNING", "UNION", "ON", "FOR", "FROM"),
        *("WHEN", "THEN", "SET", "EXISTS", "SELECT", ";"),
    )
)
"""Words that end a condition, on its own level of parentheses."""
_BEGINS: Final = frozenset(("WHERE", "AND", "OR", "WHEN"))
_TURNED: Final = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "<>": "="}
_PHRASES: Final = (
    (r"IS NOT DISTINCT FROM", "IS DISTINCT FROM"),
    (r"IS DISTINCT FROM", "IS NOT DISTINCT FROM"),
    (r"IS NULL", "IS NOT NULL"),
    (r"IS NOT NULL", "IS NULL"),
    (r"(?<=IS )NOT (?=[:?])", ""),
    (r"NOT EXISTS", "EXISTS"),
    (r"DO UPDATE SET [^;]*?(?=\s+(?:RETURNING|WHERE)\b|\s*$)", "DO NOTHING"),
    (r" DESC\b", ""),
    (r"\bLIMIT \S+", ""),
    (r"\bFOR UPDATE SKIP LOCKED", ""),
    (r"\bORDER BY [^()]+?(?=\s+LIMIT|\s+ON CONFLICT|\s*\)|\s*$)", ""),
    (r"\blower\(([^()]*)\)", r"\1"),
    (r"\bcoalesce\(([^,()]*|%\(\w+\)s), ((?:[^()]|%\(\w+\)s)*)\)", r"\1"),
    (r"\bcoalesce\(([^,()]*|%\(\w+\)s), ((?:[^()]|%\(\w+\)s)*)\)", r"\2"),
    (r"\bCASE WHEN (.*?) THEN (.*?) ELSE (.*?) END", r"\2"),
    (r"\bCASE WHEN (.*?) THEN (.*?) ELSE (.*?) END", r"\3"),
    (r"UNION ALL\s+SELECT[^)]*?(?=\n\)|\s*$)", ""),
    (r"SELECT(?:(?!SELECT)[^)])*?(?:\([^()]*\([^()]*\)\)[^)]*?)?UNION ALL", ""),
)
"""What is replaced by what, wherever it stands."""


def changes(statement: str) -> Iterator[tuple[str, str]]:
    """Each change, in a few words, and the statement so changed."""
    seen = {statement}
    for what, changed in _all(statement):
        if changed not in seen:
            seen.add(changed)
            yield what, changed


def _all(statement: str) -> Iterator[tuple[str, str]]:
    tokens = _TOKEN.findall(statement)
    yield from _conditions(tokens)
    yield from _assignments(tokens)
    for place, token in enumerate(tokens):
        if token in _TURNED:
            yield f"{token} as {_TURNED[token]}", _put(tokens, place, place + 1, _TURNED[token])
    for pattern, replacement in _PHRASES:
        for found in re.finditer(pattern, statement, re.DOTALL):
            end = statement[found.end() :]
            yield f"{found[0]!r} replaced", statement[: found.start()] + found.expand(replacement) + end


def _conditions(tokens: list[str]) -> Iterator[tuple[str, str]]:
    """Each condition as one that always holds, and as one that never does."""
    for place, token in enumerate(tokens):
        opens = token == "(" and _holds_conditions(tokens, place)
        if (token not in _BEGINS and not opens) or _is_between(tokens, place):
            continue
        end = _end(tokens, place + 1)
        condition = "".join(tokens[place + 1 : end])
        if not condition.strip() or condition.strip() == "NOT":
            continue
        # Whatever it is given has still to be taken.
        given = "".join(" AND ? IS NULL" for _ in range(condition.count("?")))
        also = given.replace("AND", "OR")
        yield f"always:{condition}", _put(tokens, place + 1, end, f" (true{also}) ")
        yield f"never:{condition}", _put(tokens, place + 1, end, f" (false{given}) ")


def _holds_conditions(tokens: list[str], place: int) -> bool:
    """Whether a parenthesis encloses conditions: then one of them is followed by another."""
    end = _end(tokens, place + 1)
    return end < len(tokens) and tokens[end] in {"AND", "OR"}


def _assignments(tokens: list[str]) -> Iterator[tuple[str, str]]:
    """Each column that is set, left as it is."""
    for place, token in enumerate(tokens):
        if token != "SET":
            continue
        starts = [place + 1]
        while (end := _end(tokens, starts[-1], also=",")) < len(tokens) and tokens[end] == ",":
            starts.append(end + 1)
        bounds = [*starts, end + 1]
        for start, after in pairwise(bounds):
            whole = "".join(tokens[start : after - 1])
            column, _, value = whole.strip().partition(" = ")
            if "?" in whole:
                kept = f" {column} = CASE WHEN true THEN {column} ELSE {value} END "
                yield f"not set: {whole.strip()}", _put(tokens, start, after - 1, kept)
            elif len(starts) > 1:
                first = start == starts[0]
                cut = (start, after) if first else (start - 1, after - 1)
                yield f"not set: {whole.strip()}", _put(tokens, *cut, " ")


def _end(tokens: list[str], start: int, also: str = "") -> int:
    depth = 0
    for place in range(start, len(tokens)):
        token = tokens[place]
        if depth == 0 and (token in {")", also} or (token in _ENDS and place > start)):
            is_part = _is_between(tokens, place) or _is_distinct(tokens, place) or token == "EXISTS"
            if not is_part:
                return place
        depth += (token == "(") - (token == ")")
        depth += (token == "CASE") - (token == "END")
    return len(tokens)


def _is_between(tokens: list[str], place: int) -> bool:
    """Whether an AND belongs to a BETWEEN."""
    return tokens[place] == "AND" and "BETWEEN" in tokens[max(0, place - 5) : place]


def _is_distinct(tokens: list[str], place: int) -> bool:
    """Whether a FROM belongs to an IS DISTINCT FROM."""
    return tokens[place] == "FROM" and "DISTINCT" in tokens[max(0, place - 2) : place]


def _put(tokens: list[str], start: int, end: int, text: str) -> str:
    return "".join([*tokens[:start], text, *tokens[end:]])
