"""The writing half of the Postgres backend.

Every method runs inside a transaction that the caller has begun and ends. Rows are given to
Postgres as one JSON value a statement, which it takes apart by the types of the table itself:
so a batch is one statement, and a column of the app's may have any type that takes our text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository import stored, stored_results
from talentimg.repository.postgres.tables import upsert
from talentimg.repository.stored import to_text, token_values
from talentimg.repository.values import (
    check_new,
    is_storable,
    new_id,
    not_found,
    refused_sources,
    same_handle,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Candidate, Picture, Policy, Talent, Token
    from talentimg.repository.interface import Change, NewAccount, NewTalent
    from talentimg.repository.postgres.connection import Connection, Row
    from talentimg.repository.postgres.tables import Statements

# In the order of ids, so that two who write about the same talents wait for each other in turn.
_LOCK_TALENTS: Final = "SELECT id FROM @Talent WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"

_COLUMNS: Final = b"""
SELECT c.relname AS table, a.attname AS column, a.attnotnull AND NOT a.atthasdef AS needed
FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname IN ('User', 'Talent', 'SocialAccountConnection')
  AND a.attnum > 0 AND NOT a.attisdropped
"""

_RENAME: Final = """
UPDATE @Talent SET name = %(name)s,
    "displayName" = CASE WHEN "displayName" <> '' THEN %(name)s ELSE "displayName" END
WHERE id = %(id)s
"""
_UPDATE_USER: Final = """
UPDATE @User SET email = coalesce(%(email)s, email), "avatarUrl" = coalesce(%(avatar_url)s, "avatarUrl")
WHERE id = %(id)s
"""
_ACCOUNTS: Final = """
SELECT id, coalesce(handle, '') AS handle, connected FROM @SocialAccountConnection
WHERE "creatorId" = %(talent_id)s AND lower(platform::text) = %(platform)s
ORDER BY connected DESC, "updatedAt" DESC, id DESC
"""
_FORGET_ACCOUNT: Final = """
UPDATE @SocialAccountConnection SET "profileUrl" = NULL, "accessToken" = NULL, "refreshToken" = NULL,
    "expiresAt" = NULL, "lastSyncedAt" = NULL, "syncStatus" = DEFAULT, "syncError" = NULL
WHERE id = %(id)s
"""
_CONNECT_ACCOUNT: Final = """
UPDATE @SocialAccountConnection SET connected = true, handle = %(handle)s,
    "profileUrl" = coalesce(%(profile_url)s, "profileUrl"), "updatedAt" = %(now)s
WHERE id = %(id)s
"""
# The app's `updatedAt` tells when somebody changed an account. What a sync writes beside it changes
# nothing that anybody told us, so it stays; `lastSyncedAt` tells when that was.
_RENEW_ACCESS: Final = """
UPDATE @SocialAccountConnection SET "accessToken" = %(access)s, "refreshToken" = %(refresh)s,
    "expiresAt" = %(ends)s
WHERE id = %(id)s AND connected
"""
# Where the server answers before a commit is on disk, a crash could lose it. Results are had
# again; but the platform may have revoked the old token already.
_THROUGH_A_CRASH: Final = """
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'
"""
_DISCONNECT: Final = """
UPDATE @SocialAccountConnection SET connected = false, "accessToken" = NULL, "refreshToken" = NULL,
    "expiresAt" = NULL, "updatedAt" = %(now)s
WHERE id = %(id)s
"""
_FORGET_CANDIDATE: Final = "DELETE FROM talentimg.candidates WHERE talent_id = %(id)s AND source = %(source)s"
_FORGET_EXTERNAL_ID: Final = "DELETE FROM talentimg.accounts WHERE account_id = %(id)s"

_DROP_CANDIDATES: Final = """
DELETE FROM talentimg.candidates AS c USING json_populate_recordset(NULL::talentimg.candidates, %(rows)s) AS r
WHERE c.talent_id = r.talent_id AND c.source = r.source
"""
_SAVE_SELECTIONS: Final = """
UPDATE @Talent AS t SET "profileImageUrl" = r."profileImageUrl",
    "profileImageSource" = r."profileImageSource",
    "lastProfileImageSyncAt" = r."lastProfileImageSyncAt"
FROM json_populate_recordset(NULL::@Talent, %(rows)s) AS r WHERE t.id = r.id
"""
# A save whose acknowledgement was lost is done again: what it told of stands there already.
_SAVE_HISTORY: Final = """
INSERT INTO talentimg.history
    (talent_id, changed_at, from_source, from_hash, from_url, to_source, to_hash, why, changed_by)
SELECT r.talent_id, r.changed_at, r.from_source, r.from_hash, r.from_url, r.to_source, r.to_hash, r.why,
    r.changed_by
FROM (
    SELECT *, row_number() OVER () AS place FROM json_populate_recordset(NULL::talentimg.history, %(rows)s)
) AS r
WHERE NOT EXISTS (
    SELECT FROM talentimg.history AS h WHERE h.talent_id = r.talent_id AND h.changed_at = r.changed_at
    AND (h.from_source, h.to_source, h.why, h.changed_by) = (r.from_source, r.to_source, r.why, r.changed_by)
    AND (h.from_hash, h.to_hash) IS NOT DISTINCT FROM (r.from_hash, r.to_hash)
)
ORDER BY r.place
"""
_SAVE_ACCOUNT_ERRORS: Final = """
UPDATE @SocialAccountConnection AS a SET "lastSyncedAt" = r."lastSyncedAt", "syncStatus" = r."syncStatus",
    "syncError" = r."syncError"
FROM json_populate_recordset(NULL::@SocialAccountConnection, %(rows)s) AS r
WHERE a.id = r.id AND a."creatorId" = r."creatorId" AND a.connected
"""
# The handle stands beside it: should the agency's app write another, the id is not believed.
_SAVE_EXTERNAL_IDS: Final = """
INSERT INTO talentimg.accounts (account_id, handle, external_id)
SELECT a.id, coalesce(a.handle, ''), r.external_id
FROM json_to_recordset(%(rows)s) AS r (account_id text, talent_id text, external_id text)
JOIN @SocialAccountConnection AS a ON a.id = r.account_id AND a."creatorId" = r.talent_id
WHERE a.connected
ORDER BY a.id
ON CONFLICT (account_id) DO UPDATE SET handle = excluded.handle, external_id = excluded.external_id
"""
_END_LEASES: Final = "DELETE FROM talentimg.leases WHERE talent_id = ANY(%(ids)s)"


class Writer:
    """Writes what the repository is told."""

    def __init__(self, sql: Statements) -> None:
        self._sql = sql

    # -- the roster ---------------------------------------------------------

    def add(self, connection: Connection, talents: Sequence[NewTalent], now: datetime) -> None:
        """Add talents whose ids are free."""
        check_new(talents, self.locked(connection, (talent.id for talent in talents)))
        tables = self._columns(connection)
        needs_user = tables.get("Talent", {}).get("userId", False)
        users = {t.id: new_id() for t in talents if t.email or t.avatar_url or needs_user}
        people = [stored.user_row(t, users[t.id]) for t in talents if t.id in users]
        self._insert(connection, "User", people, tables, now)
        entries = [{"id": t.id, "userId": users.get(t.id), "name": t.name} for t in talents]
        self._insert(connection, "Talent", entries, tables, now)
        accounts = [
            stored.account_row(talent.id, account, now)
            for talent in talents
            for account in {a.platform.lower(): a for a in talent.accounts}.values()
        ]
        self._insert(connection, "SocialAccountConnection", accounts, tables, now)

    def update(self, connection: Connection, talents: Sequence[NewTalent], now: datetime) -> None:
        """Add the talents that are new, and bring the others up to date."""
        known = self.locked(connection, (talent.id for talent in talents))
        new: dict[str, NewTalent] = {}
        rest: list[NewTalent] = []
        for talent in talents:
            if talent.id in known or talent.id in new:
                rest.append(talent)
            else:
                new[talent.id] = talent
        self.add(connection, list(new.values()), now)
        for talent in rest:
            self._update(connection, talent, now)

    def _update(self, connection: Connection, talent: NewTalent, now: datetime) -> None:
        # Whichever of the two names the agency's app shows, it is this one from now on.
        self._do(connection, _RENAME, name=talent.name, id=talent.id)
        if talent.email is not None or talent.avatar_url is not None:
            self._update_user(connection, talent, now)
        for account in talent.accounts:
            self._connect(connection, talent.id, account, now)

    def _update_user(self, connection: Connection, talent: NewTalent, now: datetime) -> None:
        (row,) = self._ask(connection, 'SELECT "userId" FROM @Talent WHERE id = %(id)s', id=talent.id)
        user_id = row["userId"]
        if user_id is None:
            user_id = new_id()
            rows = [stored.user_row(talent, user_id)]
            self._insert(connection, "User", rows, self._columns(connection), now)
            statement = 'UPDATE @Talent SET "userId" = %(user_id)s WHERE id = %(id)s'
            self._do(connection, statement, user_id=user_id, id=talent.id)
        self._do(connection, _UPDATE_USER, email=talent.email, avatar_url=talent.avatar_url, id=user_id)

    def connect(self, connection: Connection, talent_id: str, account: NewAccount, now: datetime) -> None:
        """Connect an account of a talent who must be there."""
        self._check(connection, talent_id)
        self._connect(connection, talent_id, account, now)

    def _connect(self, connection: Connection, talent_id: str, account: NewAccount, now: datetime) -> None:
        platform = account.platform.lower()
        rows = self._ask(connection, _ACCOUNTS, talent_id=talent_id, platform=platform)
        if not rows:
            new = [stored.account_row(talent_id, account, now)]
            self._insert(connection, "SocialAccountConnection", new, self._columns(connection), now)
            return
        row, *others = rows
        if not same_handle(row["handle"], account.handle):
            self._do(connection, _FORGET_ACCOUNT, id=row["id"])
            self._forget_learnt(connection, talent_id, platform, row["id"])
        values = {"handle": account.handle, "profile_url": account.profile_url, "now": to_text(now)}
        self._do(connection, _CONNECT_ACCOUNT, id=row["id"], **values)
        if account.token:
            self._renew(connection, row["id"], account.token)
        for other in others:
            if other["connected"]:
                self._do(connection, _DISCONNECT, id=other["id"], now=to_text(now))

    def disconnect(self, connection: Connection, talent_id: str, platform: str, now: datetime) -> bool:
        """Disconnect every connected account of a talent on a platform."""
        self._check(connection, talent_id)
        rows = self._ask(connection, _ACCOUNTS, talent_id=talent_id, platform=platform)
        connected = [row for row in rows if row["connected"]]
        for row in connected:
            self._do(connection, _DISCONNECT, id=row["id"], now=to_text(now))
            self._forget_learnt(connection, talent_id, platform, row["id"])
        return bool(connected)

    def _forget_learnt(self, connection: Connection, talent_id: str, platform: str, account_id: str) -> None:
        self._do(connection, _FORGET_CANDIDATE, id=talent_id, source=platform)
        self._do(connection, _FORGET_EXTERNAL_ID, id=account_id)

    def save_token(self, connection: Connection, account: Account, token: Token) -> None:
        """Keep a refreshed token, unless the account was disconnected or replaced meanwhile."""
        platform = account.platform.lower()
        rows = self._ask(connection, _ACCOUNTS, talent_id=account.talent_id, platform=platform)
        if any(row["id"] == account.id and same_handle(row["handle"], account.handle) for row in rows):
            self._do(connection, _THROUGH_A_CRASH)
            self._renew(connection, account.id, token)

    def _renew(self, connection: Connection, account_id: str, token: Token) -> None:
        access, refresh, ends = token_values(token)
        self._do(connection, _RENEW_ACCESS, access=access, refresh=refresh, ends=ends, id=account_id)

    def save_policy(self, connection: Connection, talent_id: str, policy: Policy) -> None:
        """Keep a person's say about a talent who must be there."""
        self._check(connection, talent_id)
        row = stored.policy_row(talent_id, policy)
        order = None if policy.order is None else list(policy.order)
        self._upsert(connection, "policies", [row | {"source_order": order}], ("talent_id",))

    def _check(self, connection: Connection, talent_id: str) -> None:
        if talent_id not in self.locked(connection, [talent_id]):
            raise not_found(talent_id)

    def locked(self, connection: Connection, talent_ids: Iterable[str]) -> set[str]:
        """Those of these talents that exist, locked as by `lock`."""
        ids = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
        return {row["id"] for row in self._ask(connection, _LOCK_TALENTS, ids=ids)}

    def lock(self, connection: Connection, talent_ids: Sequence[str]) -> None:
        """Keep everybody else from writing about these talents until the transaction ends."""
        self._do(connection, _LOCK_TALENTS, ids=list(talent_ids))

    # -- syncing ------------------------------------------------------------

    def save(
        self, connection: Connection, changes: Sequence[Change], known: Mapping[str, Talent], now: datetime
    ) -> None:
        """Write the results of syncs.

        Args:
            connection: in a transaction that has locked these talents.
            changes: the results.
            known: those of these talents that exist, as they are now.
            now: the time of writing.
        """
        live = [change for change in changes if change.talent_id in known]
        refused = {id(c): refused_sources(c, known[c.talent_id].accounts) for c in live}
        self._save_pictures(connection, [change.picture for change in live if change.picture])
        self._save_candidates(connection, live, refused)
        self._save_selections(
            connection, [change for change in live if change.selection.source not in refused[id(change)]]
        )
        self._save_accounts(connection, live, now)
        self._do(connection, _END_LEASES, ids=[c.talent_id for c in changes if is_storable(c.talent_id)])

    def _save_pictures(self, connection: Connection, pictures: Sequence[Picture]) -> None:
        rows: dict[str, Row] = {}
        for picture in pictures:
            row = stored_results.picture_row(picture)
            row["renditions"] = json.loads(row["renditions"])
            first = rows.get(picture.content_hash, row)
            rows[picture.content_hash] = row | {"created_at": first["created_at"]}
        self._upsert(connection, "pictures", list(rows.values()), ("content_hash",), keep=("created_at",))

    def _save_candidates(
        self, connection: Connection, changes: Sequence[Change], refused: Mapping[int, frozenset[str]]
    ) -> None:
        # The last word on each counts, should one talent come twice.
        final: dict[tuple[str, str], Candidate | None] = {}
        for change in changes:
            final |= {(change.talent_id, source): None for source in change.drop}
            final |= {
                (change.talent_id, c.source): c
                for c in change.candidates
                if c.source not in refused[id(change)]
            }
        gone = [
            {"talent_id": key[0], "source": key[1]} for key, candidate in final.items() if candidate is None
        ]
        self._give(connection, _DROP_CANDIDATES, gone)
        rows = [stored_results.candidate_row(candidate) for candidate in final.values() if candidate]
        self._upsert(connection, "candidates", rows, ("talent_id", "source"))

    def _save_selections(self, connection: Connection, changes: Sequence[Change]) -> None:
        shown = {change.talent_id: change.selection for change in changes}
        columns = [
            {
                "id": talent_id,
                "profileImageUrl": s.url,
                "profileImageSource": s.source,
                "lastProfileImageSyncAt": to_text(s.synced_at),
            }
            for talent_id, s in shown.items()
        ]
        self._give(connection, _SAVE_SELECTIONS, columns)
        rows = [stored.selection_row(talent_id, selection) for talent_id, selection in shown.items()]
        self._upsert(connection, "selections", rows, ("talent_id",))
        history = [stored_results.history_row(change.history) for change in changes if change.history]
        self._give(connection, _SAVE_HISTORY, history)

    def _save_accounts(self, connection: Connection, changes: Sequence[Change], now: datetime) -> None:
        looks = {
            (change.talent_id, account_id): {
                "id": account_id,
                "creatorId": change.talent_id,
                "lastSyncedAt": to_text(now),
                "syncStatus": "READY" if error is None else "ERROR",
                "syncError": error,
            }
            for change in changes
            for account_id, error in change.account_errors
        }
        self._give(connection, _SAVE_ACCOUNT_ERRORS, list(looks.values()))
        learnt = {
            account_id: {
                "account_id": account_id,
                "talent_id": change.talent_id,
                "external_id": external_id,
            }
            for change in changes
            for account_id, external_id in change.external_ids
        }
        self._give(connection, _SAVE_EXTERNAL_IDS, list(learnt.values()))

    # -- statements -----------------------------------------------------------

    def _ask(self, connection: Connection, statement: str, **values: Any) -> list[Row]:  # noqa: ANN401  any value
        return connection.execute(self._sql(statement), values).fetchall()

    def _do(self, connection: Connection, statement: str, **values: Any) -> None:  # noqa: ANN401  likewise
        connection.execute(self._sql(statement), values)

    def _give(self, connection: Connection, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement that takes rows, if there are any."""
        if rows:
            connection.execute(self._sql(statement), {"rows": json.dumps(rows, ensure_ascii=False)})

    def _upsert(
        self,
        connection: Connection,
        table: str,
        rows: Sequence[Row],
        key: tuple[str, ...],
        *,
        keep: tuple[str, ...] = (),
    ) -> None:
        if rows:
            self._give(connection, upsert(table, tuple(rows[0]), key, keep), rows)

    def _insert(
        self,
        connection: Connection,
        table: str,
        rows: Sequence[Row],
        tables: Mapping[str, Mapping[str, bool]],
        now: datetime,
    ) -> None:
        """Insert rows into a table of the agency's, with the times that every row of the app's has."""
        if rows:
            times = {name: to_text(now) for name in ("createdAt", "updatedAt") if name in tables[table]}
            full = [times | row for row in rows]
            names = ", ".join(f'"{name}"' for name in full[0])
            statement = f"""INSERT INTO @{table} ({names})
                SELECT {names} FROM json_populate_recordset(NULL::@{table}, %(rows)s)"""  # noqa: S608  our names
            self._give(connection, statement, full)

    def _columns(self, connection: Connection) -> dict[str, dict[str, bool]]:
        """The columns that the agency's tables have, and whether each needs to be told."""
        found: dict[str, dict[str, bool]] = {}
        for row in connection.execute(_COLUMNS, {"schema": self._sql.schema}):
            found.setdefault(row["table"], {})[row["column"]] = row["needed"]
        return found
