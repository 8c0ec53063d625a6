"""What is shown, read from Postgres over a few connections of its own, each question one statement."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.app_names import ACCOUNT, TALENT, USER
from talentimg.repository.interface.profiles import (
    ACCOUNT_FACTS,
    PAGE,
    TALENT_FACTS,
    USER_FACTS,
    Profiles,
)
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.postgres.database import Database
from talentimg.repository.postgres.pool import SIZE, ConnectionPool
from talentimg.repository.postgres.tables import quoted
from talentimg.repository.stored_profiles import account_from, forms_from, profile_from, user_from
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from talentimg.models import Rendition
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface.profiles import AppUser, Profile, ProfileAccount
    from talentimg.repository.postgres.connection import Row

_PROFILE: Final = """
SELECT t.id, t.name, t."displayName", t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt",
    s.source AS own_source, s.url AS own_url, s.content_hash AS own_hash, {forms} AS renditions,
    json_build_object('facts', {facts}, 'user', {user}, 'accounts', (
        SELECT json_agg({account}) FROM @SocialAccountConnection AS a
        LEFT JOIN talentimg.candidates AS c ON c.talent_id = t.id AND c.source = lower(a.platform::text)
        WHERE a."creatorId" = t.id
    )) AS more
FROM {which}
LEFT JOIN @User AS u ON u.id = t."userId"
LEFT JOIN talentimg.selections AS s ON s.talent_id = t.id
"""
_FORMS: Final = "(SELECT p.renditions FROM talentimg.pictures AS p WHERE p.content_hash = s.content_hash)"
_FORMS_FOR_PAGES: Final = """
SELECT p.renditions FROM talentimg.pictures AS p WHERE p.content_hash = %(hash)s AND (
    EXISTS (SELECT 1 FROM talentimg.selections AS s WHERE s.content_hash = p.content_hash)
    OR %(waiting)s::boolean AND EXISTS (
        SELECT 1 FROM talentimg.reviews AS r WHERE r.content_hash = p.content_hash AND r.state = 'waiting'
    )
)
"""
_NO_FORMS: Final = "NULL"
# The page is chosen before anything is joined to it.
_PAGE: Final = """(SELECT t.id FROM @Talent AS t {where} ORDER BY t.id DESC LIMIT %(limit)s) AS page
JOIN @Talent AS t ON t.id = page.id"""
_ACCOUNT: Final = ("id", "platform", "handle", "profileUrl", "connected")
_USER: Final = ("id", "email", "avatarUrl")
# What the app's pages show besides may be closed to this role, a column at a time.
_READABLE: Final = """
SELECT a.attname::text AS name FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = %(table)s::regclass AND a.attnum > 0 AND NOT a.attisdropped
    AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
"""


class PostgresProfiles(PostgresBackend, Profiles):
    """Reads over a pool. Made by `open`, with `read_only`."""

    at_once = SIZE

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  as the backend takes them
        super().__init__(*args, **named)
        talent, user, account = (self._readable(table) for table in (TALENT, USER, ACCOUNT))
        self._has_representation = "representationType" in talent
        self._user = _object("u", [*_USER, *_known(USER_FACTS, user)])
        of_account = [*_ACCOUNT, *_known(ACCOUNT_FACTS, account)]
        self._account = _object("a", of_account)
        with_picture = _object("a", of_account, "'pictured', c.content_hash IS NOT NULL")
        facts = _object("t", _known(TALENT_FACTS, talent))
        self._profile = partial(_PROFILE.format, facts=facts, user=self._user, account=with_picture)
        self._pool = ConnectionPool(self._connection_holder)

    def _readable(self, table: str) -> set[str]:
        """The columns of one of the app's tables that this role may read, by our names."""
        name = f"{quoted(self._sql.app.schema)}.{quoted(self._sql.names.table(table))}"
        rows = self._read_once(lambda db: db.execute(_READABLE, table=name).fetchall())
        names = [str(row["name"]) for row in rows]
        ours = {theirs: ours for ours, theirs in self._sql.names.columns.items()}
        return {ours.get(name, name) for name in names}

    def profile(self, talent_id: str) -> Profile | None:
        rows = self._ask(self._one("t.id = %(id)s"), id=talent_id)
        return profile_from(rows[0]) if rows else None

    def profile_of_user(self, user_id: str) -> Profile | None:
        rows = self._ask(self._one('t."userId" = %(id)s ORDER BY t.id LIMIT 1'), id=user_id)
        return profile_from(rows[0]) if rows else None

    def profiles(
        self, *, before: str | None = None, limit: int = PAGE, representation: str | None = None
    ) -> list[Profile]:
        if representation is not None and not self._has_representation:
            return []
        # An enum is compared as text, so that a word it has not is nobody's.
        wanted = {
            "t.id < %(before)s": before,
            't."representationType"::text = %(representation)s': representation,
        }
        given = [where for where, value in wanted.items() if value is not None]
        where = f"WHERE {' AND '.join(given)}" if given else ""
        page = self._profile(which=_PAGE.format(where=where), forms=_NO_FORMS)
        statement = f"{page} ORDER BY t.id DESC"
        rows = self._ask(statement, before=before, representation=representation, limit=limit)
        return [profile_from(row) for row in rows]

    def account(self, account_id: str) -> ProfileAccount | None:
        statement = f"""SELECT a."creatorId", {self._account} AS account
            FROM @SocialAccountConnection AS a WHERE a.id = %(id)s"""  # noqa: S608  made of constants
        rows = self._ask(statement, id=account_id)
        return account_from(rows[0]["creatorId"], rows[0]["account"]) if rows else None

    def user(self, user_id: str) -> AppUser | None:
        statement = f"SELECT {self._user} AS app_user FROM @User AS u WHERE u.id = %(id)s"  # noqa: S608  likewise
        rows = self._ask(statement, id=user_id)
        return user_from(rows[0]["app_user"]) if rows else None

    def forms(self, content_hash: str, *, waiting: bool = False) -> tuple[Rendition, ...]:
        rows = self._ask(_FORMS_FOR_PAGES, hash=content_hash, waiting=waiting)
        return forms_from(rows[0]["renditions"]) if rows else ()

    def check(self) -> None:
        self._ask("SELECT 1 FROM talentimg.version LIMIT 1")

    def close(self) -> None:
        super().close()
        self._pool.close()

    def _one(self, where: str) -> str:
        return f"{self._profile(which='@Talent AS t', forms=_FORMS)} WHERE {where}"

    def _ask(self, statement: str, **values: str | int | None) -> Sequence[Row]:
        """The rows of one statement, which sees a consistent state without a transaction."""
        if not all(is_storable(value) for value in values.values() if isinstance(value, str)):
            return []
        return self._pool.read_once(
            lambda connection: Database(connection, self._sql).execute(statement, **values).fetchall()
        )


def _known(wanted: Iterable[str], there: set[str]) -> list[str]:
    return [name for name in wanted if name in there]


def _object(alias: str, names: Sequence[str], more: str = "") -> str:
    """An expression for a JSON object of these columns."""
    pairs = [f"'{name}', {alias}.\"{name}\"" for name in names]
    return f"json_build_object({', '.join([*pairs, more] if more else pairs)})"


def open_profiles(url: str, names: AppNames) -> PostgresProfiles:
    """Open what a Postgres URL names."""
    return PostgresProfiles.open(url, read_only=True, names=names)
