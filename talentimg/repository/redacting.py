"""Takes somebody's names, handles and addresses out of what people wrote in other rows, on every database.

Only the words go: the rest of a remark may be about somebody else. The functions run in a transaction of the
caller's.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from talentimg.models.audit import NAMES_NOBODY, REDACTED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from talentimg.repository.sql import Sql
    from talentimg.repository.stored import ReadRow

_SHORTEST: Final = 2
"""A word of one letter would be found anywhere."""
_FEW: Final = 16
"""The database looks for each of so many words; for more, all that was written is read once."""
_RUN: Final = re.compile(r"[^\W_]+")
_TEXTS: Final = (
    ("audit", "why"),
    ("history", "why"),
    ("reviews", "why"),
    ("policies", "note"),
    ("policies", "lock_why"),
    ("policies", "choice_why"),
    ("policies", "order_why"),
    ("imports", "name"),
    ("suspects", "name"),
    ("run_talents", "detail"),
    ("reconnects", "detail"),
)
# Text that JSON writes with escapes, or as it is; which of the two depends on the database.
_JSON: Final = """
SELECT {key} AS id, talent_id, {column} AS value FROM talentimg.{table}
WHERE lower(CAST({column} AS text)) LIKE lower(CAST(:escaped AS text)) ESCAPE '!'
    OR lower(CAST({column} AS text)) LIKE lower(CAST(:plain AS text)) ESCAPE '!'
"""
_ABOUT: Final = _JSON.format(key="id", column="about", table="audit")
_OPT_OUTS: Final = _JSON.format(key="talent_id", column="opt_outs", table="policies")
_SAVE_OPT_OUTS: Final = "UPDATE talentimg.policies SET opt_outs = :opt_outs WHERE talent_id = :id"
_SAVE_ABOUT: Final = "UPDATE talentimg.audit SET about = :about WHERE id = :id"
_OF_THE_TALENT: Final = "SELECT id, about FROM talentimg.audit WHERE talent_id = :id"


def names(text: str, word: str) -> bool:
    """Whether a text has this word, or these words, in it, however they are joined and written."""
    return len(word) >= _SHORTEST and _pattern(word).search(text) is not None


def redacted(text: str, words: Collection[str]) -> str:
    """The text without these words."""
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST:
            text = _pattern(word).sub(REDACTED, text)
    return text


def redacted_about(about: Mapping[str, str], words: Collection[str]) -> dict[str, str]:
    """What something was about: a value that is one of the words goes as a whole, if it can name somebody."""
    return {
        name: value if name in NAMES_NOBODY else redacted(value, words)
        for name, value in about.items()
        if name in NAMES_NOBODY or value not in words
    }


def _pattern(word: str) -> re.Pattern[str]:
    """Finds the word as a whole; a file's name may join two with other marks than a person's has."""
    parts = (re.escape(part) for part in re.split(r"[\s_-]+", word) if part)
    joined = r"[\s_-]+".join(parts)
    return re.compile(rf"(?<![^\W_]){joined}(?![^\W_])" if joined else r"(?!)", re.IGNORECASE)


class Finder:
    """Looks for many words in many texts: only for those that begin as something in the text does."""

    def __init__(self, words: Collection[str]) -> None:
        """Get ready to look for these."""
        self._by_run: dict[str, list[str]] = {}
        for word in words:
            first = _RUN.search(word.casefold())
            self._by_run.setdefault(first.group() if first else "", []).append(word)

    def finds_any(self, text: str) -> bool:
        """Whether a text has one of the words in it."""
        return any(names(text, word) for word in self._within(text))

    def redacted(self, text: str) -> str:
        """The text without the words."""
        return redacted(text, self._within(text))

    def redacted_about(self, about: Mapping[str, str]) -> dict[str, str]:
        """What something was about, without the words."""
        return redacted_about(about, {word for value in about.values() for word in self._within(value)})

    def _within(self, text: str) -> list[str]:
        runs = {"", *_RUN.findall(text.casefold())}
        return [word for run in runs for word in self._by_run.get(run, ())]


# -- in rows --------------------------------------------------------------------------


def redact(sql: Sql, words: Collection[str]) -> int:
    """Take the words out of every remark; how many rows were changed."""
    changed = 0
    for table, column, text, cleaned in list(_remarks(sql, words)):
        update = f"UPDATE talentimg.{table} SET {column} = :new WHERE {column} = :old"  # noqa: S608  our names
        changed += sql.change(update, new=cleaned, old=text)
    for talent_id, opt_outs in list(_opt_outs(sql, words)):
        changed += sql.change(_SAVE_OPT_OUTS, opt_outs=json.dumps(opt_outs), id=talent_id)
    return changed


def redact_about(sql: Sql, ids: set[str], platform: str | None, words: Collection[str]) -> int:
    """Take the words out of what people's words were about, but for other platforms of those talents."""
    found = list(_abouts(sql, ids, platform, words))
    return sum(sql.change(_SAVE_ABOUT, about=json.dumps(cleaned), id=row_id) for row_id, cleaned in found)


def remarks(sql: Sql, ids: set[str], platform: str | None, words: Collection[str]) -> dict[str, int]:
    """How many remarks still have one of the words, by kind."""
    return {
        "remarks": sum(1 for found in (_remarks, _opt_outs) for _ in found(sql, words)),
        "audit of others": sum(1 for _ in _abouts(sql, ids, platform, words)),
    }


def said_of(sql: Sql, talent_id: str, platform: str) -> list[Any]:
    """The ids of what people said about a talent that was about this platform."""
    rows = [(row["id"], read(row["about"])) for row in sql.rows(_OF_THE_TALENT, id=talent_id)]
    return [row_id for row_id, about in rows if str(about.get("platform")).lower() == platform]


def read(stored: Any) -> Any:  # noqa: ANN401  JSON
    """A stored value, however the database keeps JSON."""
    return json.loads(stored) if isinstance(stored, str) else stored


def _remarks(sql: Sql, words: Collection[str]) -> Iterator[tuple[str, str, str, str]]:
    """Table, column, text, and the text without the words."""
    finder = Finder(words)
    for table, column in _TEXTS:
        statement = f"""SELECT DISTINCT {column} AS remark FROM talentimg.{table}
            WHERE lower({column}) LIKE lower(CAST(:like AS text)) ESCAPE '!'"""  # noqa: S608  our names
        likes = (_like(part) for part in _parts(words))
        for text in sorted({row["remark"] for like in likes for row in sql.rows(statement, like=like)}):
            if (cleaned := finder.redacted(text)) != text:
                yield table, column, text, cleaned


def _abouts(
    sql: Sql, ids: set[str], platform: str | None, words: Collection[str]
) -> Iterator[tuple[Any, dict[str, str]]]:
    finder = Finder(words)
    for row in _with_any(sql, _ABOUT, words):
        about = read(row["value"])
        is_others = platform is not None and row["talent_id"] in ids and "platform" in about
        if not is_others and (cleaned := finder.redacted_about(about)) != about:
            yield row["id"], cleaned


def _opt_outs(sql: Sql, words: Collection[str]) -> Iterator[tuple[str, list[Any]]]:
    finder = Finder(words)
    for row in _with_any(sql, _OPT_OUTS, words):
        opt_outs = read(row["value"])
        cleaned = [[*one[:-1], one[-1] and finder.redacted(one[-1])] for one in opt_outs]
        if cleaned != opt_outs:
            yield row["id"], cleaned


def _with_any(sql: Sql, statement: str, words: Collection[str]) -> list[ReadRow]:
    """The rows that may have one of the words in their JSON."""
    parts = _parts(words)
    found = (sql.rows(statement, escaped=_like(_escaped(part)), plain=_like(part)) for part in parts)
    return list({row["id"]: row for rows in found for row in rows}.values())


def _parts(words: Collection[str]) -> Collection[str]:
    """What to look for, so that every text with one of the words is found: for many of them, anything."""
    return words if len(words) <= _FEW else ("",)


def _escaped(word: str) -> str:
    return json.dumps(word).strip('"')


def _like(word: str) -> str:
    for special in "!%_":
        word = word.replace(special, f"!{special}")
    joined = re.sub(r"(\s|-|!_)+", "%", word)
    return f"%{joined}%"
