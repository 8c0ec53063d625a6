"""What is shown, read from a SQLite file over a connection of its own, so that no reader waits for a writer.

One connection, and not one for each thread: several were slower, as a read is mostly Python, one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.interface.profiles import (
    ACCOUNT_FACTS,
    PAGE,
    TALENT_FACTS,
    USER_FACTS,
    Profiles,
)
from talentimg.repository.sqlite.backend import SqliteBackend
from talentimg.repository.stored import from_json
from talentimg.repository.stored_profiles import account_from, forms_from, profile_from, user_from
from talentimg.repository.urls import sqlite_path
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from talentimg.models import Rendition
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface.profiles import AppUser, Profile, ProfileAccount

_PROFILE: Final = """
SELECT t.id, t.name, t."displayName", t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt",
    s.source AS own_source, s.url AS own_url, s.content_hash AS own_hash, {forms} AS renditions,
    json_object('facts', {facts}, 'user', {user}, 'accounts', json((
        SELECT json_group_array({account}) FROM (
            SELECT a.*, c.content_hash IS NOT NULL AS pictured FROM "SocialAccountConnection" AS a
            LEFT JOIN talentimg_candidates AS c ON c.talent_id = t.id AND c.source = lower(a.platform)
            WHERE a."creatorId" = t.id
        ) AS a
    ))) AS more
FROM "Talent" AS t
LEFT JOIN "User" AS u ON u.id = t."userId"
LEFT JOIN talentimg_selections AS s ON s.talent_id = t.id
"""
_FORMS: Final = "(SELECT p.renditions FROM talentimg_pictures AS p WHERE p.content_hash = s.content_hash)"
_NO_FORMS: Final = "NULL"
_FORMS_FOR_PAGES: Final = """
SELECT p.renditions FROM talentimg_pictures AS p WHERE p.content_hash = ? AND (
    EXISTS (SELECT 1 FROM talentimg_selections AS s WHERE s.content_hash = p.content_hash)
    OR ? AND EXISTS (
        SELECT 1 FROM talentimg_reviews AS r WHERE r.content_hash = p.content_hash AND r.state = 'waiting'
    )
)
"""
_ACCOUNT: Final = ("id", "platform", "handle", "profileUrl", "connected")
_USER: Final = ("id", "email", "avatarUrl")


class SqliteProfiles(SqliteBackend, Profiles):
    """Reads over one connection that never writes. Made by `open`, with `read_only`."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  as the backend takes them
        super().__init__(*args, **named)
        with self._connection_holder.reading() as connection:
            talent, user, account = (
                _columns(connection, name) for name in ("Talent", "User", "SocialAccountConnection")
            )
        # Another program's file may have columns that ours has not.
        self._has_representation = "representationType" in talent
        self._user = _object("u", [*_USER, *_known(USER_FACTS, user)])
        self._account = _object("a", [*_ACCOUNT, *_known(ACCOUNT_FACTS, account)])
        pictured = f"{self._account[:-1]}, 'pictured', a.pictured)"
        facts = _object("t", _known(TALENT_FACTS, talent))
        self._profile, self._page = (
            _PROFILE.format(facts=facts, user=self._user, account=pictured, forms=forms)
            for forms in (_FORMS, _NO_FORMS)
        )

    def profile(self, talent_id: str) -> Profile | None:
        rows = self._ask(f"{self._profile} WHERE t.id = ?", talent_id)
        return profile_from(rows[0]) if rows else None

    def profile_of_user(self, user_id: str) -> Profile | None:
        rows = self._ask(f'{self._profile} WHERE t."userId" = ? ORDER BY t.id LIMIT 1', user_id)
        return profile_from(rows[0]) if rows else None

    def profiles(
        self, *, before: str | None = None, limit: int = PAGE, representation: str | None = None
    ) -> list[Profile]:
        if representation is not None and not self._has_representation:
            return []
        wanted = [("t.id < ?", before), ('t."representationType" = ?', representation)]
        given = [(where, value) for where, value in wanted if value is not None]
        where = f"WHERE {' AND '.join(where for where, _ in given)}" if given else ""
        statement = f"{self._page} {where} ORDER BY t.id DESC LIMIT ?"
        return [profile_from(row) for row in self._ask(statement, *(value for _, value in given), limit)]

    def account(self, account_id: str) -> ProfileAccount | None:
        statement = f"""SELECT a."creatorId", {self._account} AS account
            FROM "SocialAccountConnection" AS a WHERE a.id = ?"""  # noqa: S608  made of constants
        rows = self._ask(statement, account_id)
        return account_from(rows[0]["creatorId"], from_json(rows[0]["account"])) if rows else None

    def user(self, user_id: str) -> AppUser | None:
        statement = f'SELECT {self._user} AS app_user FROM "User" AS u WHERE u.id = ?'  # noqa: S608  likewise
        rows = self._ask(statement, user_id)
        return user_from(rows[0]["app_user"]) if rows else None

    def forms(self, content_hash: str, *, waiting: bool = False) -> tuple[Rendition, ...]:
        rows = self._ask(_FORMS_FOR_PAGES, content_hash, waiting)
        return forms_from(rows[0]["renditions"]) if rows else ()

    def check(self) -> None:
        self._ask("SELECT 1 FROM talentimg_version")

    def _ask(self, statement: str, *values: str | int) -> Sequence[sqlite3.Row]:
        """The rows of one statement, which sees a consistent state without a transaction."""
        if not all(is_storable(value) for value in values if isinstance(value, str)):
            return []
        return self._connection_holder.rows(statement, values)


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row["name"] for row in connection.execute("SELECT name FROM pragma_table_info(?)", [table])}


def _known(wanted: Iterable[str], there: set[str]) -> list[str]:
    return [name for name in wanted if name in there]


def _object(alias: str, names: Sequence[str]) -> str:
    """An expression for a JSON object of these columns."""
    pairs = (f"'{name}', {alias}.\"{name}\"" for name in names)
    return f"json_object({', '.join(pairs)})"


def open_profiles(url: str, names: AppNames) -> SqliteProfiles:
    """Open what a SQLite URL names. `names` is ignored: the tables of a file are our own."""
    del names
    return SqliteProfiles.open(sqlite_path(url), read_only=True)
