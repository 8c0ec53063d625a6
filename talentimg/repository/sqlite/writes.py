"""The writing half of the SQLite backend, over sqlite-utils; loaded by the first write.

Every method runs inside a transaction that the caller has begun and ends.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlite_utils import Database

from talentimg.repository import stored, stored_runs
from talentimg.repository.stored import to_text, token_values
from talentimg.repository.values import (
    FORGOTTEN_AFTER,
    check_new,
    is_storable,
    new_id,
    not_found,
    refused_sources,
    same_handle,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Candidate, Cooldown, Picture, Policy, Run, Suspect, Token
    from talentimg.repository.interface import Change, NewAccount, NewTalent

_FORGET_ACCOUNT = """
UPDATE "SocialAccountConnection" SET "profileUrl" = NULL, "accessToken" = NULL, "refreshToken" = NULL,
    "expiresAt" = NULL, "lastSyncedAt" = NULL, "syncStatus" = NULL, "syncError" = NULL
WHERE id = ?
"""

_CONNECT_ACCOUNT = """
UPDATE "SocialAccountConnection" SET connected = 1, handle = :handle,
    "profileUrl" = coalesce(:profile_url, "profileUrl"), "updatedAt" = :now
WHERE id = :id
"""

_RENEW_ACCESS = """
UPDATE "SocialAccountConnection" SET "accessToken" = ?, "refreshToken" = ?, "expiresAt" = ?
WHERE id = ? AND connected
"""

_DISCONNECT = """
UPDATE "SocialAccountConnection" SET connected = 0, "accessToken" = NULL, "refreshToken" = NULL,
    "expiresAt" = NULL, "updatedAt" = ?
WHERE id = ?
"""

_SAVE_ACCOUNT_ERROR = """
UPDATE "SocialAccountConnection" SET "lastSyncedAt" = ?, "syncStatus" = ?, "syncError" = ?
WHERE id = ? AND "creatorId" = ? AND connected
"""

_FORGIVE = """
UPDATE talentimg_platforms SET failures = 0, cooldown_until = NULL, cooldown_reason = NULL,
    cooldown_detail = NULL
WHERE platform = ? AND failures > 0
"""

_SAVE_SELECTION = """
UPDATE "Talent" SET "profileImageUrl" = ?, "profileImageSource" = ?, "lastProfileImageSyncAt" = ?
WHERE id = ?
"""

# What a person said is not undone by a suspicion.
_SAVE_SUSPECT = """
INSERT INTO talentimg_suspects AS known
    (source, source_hash, content_hash, since, talents, allowed_by, allowed_at)
VALUES (:source, :source_hash, :content_hash, :since, :talents, :allowed_by, :allowed_at)
ON CONFLICT (source, source_hash) DO UPDATE SET
    content_hash = excluded.content_hash, since = excluded.since, talents = excluded.talents,
    allowed_by = CASE WHEN excluded.allowed_at IS NULL THEN known.allowed_by ELSE excluded.allowed_by END,
    allowed_at = coalesce(excluded.allowed_at, known.allowed_at)
"""

_SPEND = """
INSERT INTO talentimg_platforms AS known (platform, quota_used, quota_ends) VALUES (?, ?, ?)
ON CONFLICT (platform) DO UPDATE SET
    quota_used = excluded.quota_used
        + CASE WHEN known.quota_ends = excluded.quota_ends THEN known.quota_used ELSE 0 END,
    quota_ends = excluded.quota_ends
RETURNING quota_used
"""

_FORGET_COOLDOWNS = "DELETE FROM talentimg_platforms WHERE quota_ends IS NULL AND cooldown_until < ?"


class _Upserting(Database):
    """A database that is known to understand ON CONFLICT: our schema needs a newer SQLite than that."""

    @property
    def supports_on_conflict(self) -> bool:
        """True; to find out, sqlite-utils would make and drop a table in the middle of our transaction."""
        return True


class Writer:
    """Writes what the repository is told."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # Plugins of sqlite-utils are a matter of its command line, not ours.
        self._db = _Upserting(connection, recursive_triggers=False, execute_plugins=False)

    # -- the roster ---------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """Add talents whose ids are free."""
        check_new(talents, self._known(talent.id for talent in talents))
        users = {talent.id: new_id() for talent in talents if talent.email or talent.avatar_url}
        self._db.table("User").insert_all(stored.user_row(t, users[t.id]) for t in talents if t.id in users)
        self._db.table("Talent").insert_all(
            {"id": talent.id, "userId": users.get(talent.id), "name": talent.name} for talent in talents
        )
        self._db.table("SocialAccountConnection").insert_all(
            stored.account_row(talent.id, account, now)
            for talent in talents
            for account in {a.platform.lower(): a for a in talent.accounts}.values()
        )

    def update(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """Add the talents that are new, and bring the others up to date."""
        known = self._known(talent.id for talent in talents)
        new: dict[str, NewTalent] = {}
        rest: list[NewTalent] = []
        for talent in talents:
            if talent.id in known or talent.id in new:
                rest.append(talent)
            else:
                new[talent.id] = talent
        self.add(list(new.values()), now)
        for talent in rest:
            self._update(talent, now)

    def _update(self, talent: NewTalent, now: datetime) -> None:
        # Whichever of the two names the agency's app shows, it is this one from now on.
        self._db.execute(
            """UPDATE "Talent" SET name = :name,
               "displayName" = CASE WHEN "displayName" <> '' THEN :name ELSE "displayName" END
               WHERE id = :id""",
            {"name": talent.name, "id": talent.id},
        )
        if talent.email is not None or talent.avatar_url is not None:
            self._update_user(talent)
        for account in talent.accounts:
            self._connect(talent.id, account, now)

    def _update_user(self, talent: NewTalent) -> None:
        ((user_id,),) = self._db.execute('SELECT "userId" FROM "Talent" WHERE id = ?', [talent.id])
        if user_id is None:
            user_id = new_id()
            self._db.table("User").insert(stored.user_row(talent, user_id))
            self._db.execute('UPDATE "Talent" SET "userId" = ? WHERE id = ?', [user_id, talent.id])
        self._db.execute(
            """UPDATE "User" SET email = coalesce(?, email), "avatarUrl" = coalesce(?, "avatarUrl")
               WHERE id = ?""",
            [talent.email, talent.avatar_url, user_id],
        )

    def connect(self, talent_id: str, account: NewAccount, now: datetime) -> None:
        """Connect an account of a talent who must be there."""
        self._check(talent_id)
        self._connect(talent_id, account, now)

    def _connect(self, talent_id: str, account: NewAccount, now: datetime) -> None:
        rows = self._accounts(talent_id, account.platform.lower())
        if not rows:
            self._db.table("SocialAccountConnection").insert(stored.account_row(talent_id, account, now))
            return
        row, *others = rows
        if not same_handle(row["handle"], account.handle):
            self._db.execute(_FORGET_ACCOUNT, [row["id"]])
            self._forget_learnt(talent_id, account.platform.lower(), row["id"])
        values = {"handle": account.handle, "profile_url": account.profile_url}
        self._db.execute(_CONNECT_ACCOUNT, {**values, "now": to_text(now), "id": row["id"]})
        if account.token:
            self._db.execute(_RENEW_ACCESS, [*token_values(account.token), row["id"]])
        for other in others:
            if other["connected"]:
                self._disconnect(other["id"], now)

    def disconnect(self, talent_id: str, platform: str, now: datetime) -> bool:
        """Disconnect every connected account of a talent on a platform."""
        self._check(talent_id)
        connected = [row for row in self._accounts(talent_id, platform) if row["connected"]]
        for row in connected:
            self._disconnect(row["id"], now)
            self._forget_learnt(talent_id, platform, row["id"])
        return bool(connected)

    def _disconnect(self, account_id: str, now: datetime) -> None:
        self._db.execute(_DISCONNECT, [to_text(now), account_id])

    def _forget_learnt(self, talent_id: str, platform: str, account_id: str) -> None:
        self._db.execute(
            "DELETE FROM talentimg_candidates WHERE talent_id = ? AND source = ?", [talent_id, platform]
        )
        self._db.execute("DELETE FROM talentimg_accounts WHERE account_id = ?", [account_id])

    def save_token(self, account: Account, token: Token) -> None:
        """Keep a refreshed token, unless the account was disconnected or replaced meanwhile."""
        rows = self._accounts(account.talent_id, account.platform.lower())
        if any(row["id"] == account.id and same_handle(row["handle"], account.handle) for row in rows):
            self._db.execute(_RENEW_ACCESS, [*token_values(token), account.id])

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        """Keep a person's say about a talent who must be there."""
        self._check(talent_id)
        row = stored.policy_row(talent_id, policy)
        self._db.table("talentimg_policies").upsert(row, pk="talent_id")

    def _accounts(self, talent_id: str, platform: str) -> list[sqlite3.Row]:
        """The rows of a talent on a platform; first the one that is read."""
        query = """SELECT id, handle, connected FROM "SocialAccountConnection"
            WHERE "creatorId" = ? AND lower(platform) = ?
            ORDER BY connected DESC, "updatedAt" DESC, id DESC"""
        return list(self._db.execute(query, [talent_id, platform]))

    def _check(self, talent_id: str) -> None:
        if talent_id not in self._known([talent_id]):
            raise not_found(talent_id)

    def _known(self, talent_ids: Iterable[str]) -> set[str]:
        query = 'SELECT id FROM "Talent" WHERE id IN (SELECT value FROM json_each(?))'
        return {
            row["id"]
            for row in self._db.execute(query, [json.dumps([i for i in talent_ids if is_storable(i)])])
        }

    # -- syncing ------------------------------------------------------------

    def save(self, changes: Sequence[Change], now: datetime) -> None:
        """Write the results of syncs."""
        known = self._known(change.talent_id for change in changes)
        live = [change for change in changes if change.talent_id in known]
        connected = self._connected(known)
        refused = {id(c): refused_sources(c, connected.get(c.talent_id, ())) for c in live}
        self._save_pictures([change.picture for change in live if change.picture])
        self._save_candidates(live, refused)
        self._save_selections(
            [change for change in live if change.selection.source not in refused[id(change)]]
        )
        for change in live:
            self._save_accounts(change, now)
        self._end_leases([change.talent_id for change in changes])

    def _connected(self, talent_ids: Iterable[str]) -> dict[str, set[str]]:
        query = """SELECT "creatorId", lower(platform) AS platform FROM "SocialAccountConnection"
            WHERE connected AND "creatorId" IN (SELECT value FROM json_each(?))"""
        found: dict[str, set[str]] = {}
        for row in self._db.execute(query, [json.dumps(list(talent_ids))]):
            found.setdefault(row["creatorId"], set()).add(row["platform"])
        return found

    def _save_pictures(self, pictures: Sequence[Picture]) -> None:
        rows = {picture.content_hash: stored.picture_row(picture) for picture in pictures}
        query = """SELECT content_hash, created_at FROM talentimg_pictures
            WHERE content_hash IN (SELECT value FROM json_each(?))"""
        for known in self._db.execute(query, [json.dumps(list(rows))]):
            rows[known["content_hash"]]["created_at"] = known["created_at"]
        self._db.table("talentimg_pictures").upsert_all(rows.values(), pk="content_hash")

    def _save_candidates(self, changes: Sequence[Change], refused: Mapping[int, frozenset[str]]) -> None:
        # The last word on each counts, should one talent come twice.
        final: dict[tuple[str, str], Candidate | None] = {}
        for change in changes:
            final |= {(change.talent_id, source): None for source in change.drop}
            final |= {
                (change.talent_id, c.source): c
                for c in change.candidates
                if c.source not in refused[id(change)]
            }
        self._connection.executemany(
            "DELETE FROM talentimg_candidates WHERE talent_id = ? AND source = ?",
            [key for key, candidate in final.items() if candidate is None],
        )
        rows = [stored.candidate_row(candidate) for candidate in final.values() if candidate]
        self._db.table("talentimg_candidates").upsert_all(rows, pk=("talent_id", "source"))

    def _save_selections(self, changes: Sequence[Change]) -> None:
        shown = {change.talent_id: change.selection for change in changes}
        self._connection.executemany(
            _SAVE_SELECTION,
            [(s.url, s.source, to_text(s.synced_at), talent_id) for talent_id, s in shown.items()],
        )
        rows = [stored.selection_row(talent_id, selection) for talent_id, selection in shown.items()]
        self._db.table("talentimg_selections").upsert_all(rows, pk="talent_id")
        self._db.table("talentimg_history").insert_all(
            stored.history_row(change.history) for change in changes if change.history
        )

    def _save_accounts(self, change: Change, now: datetime) -> None:
        for account_id, error in change.account_errors:
            status = "READY" if error is None else "ERROR"
            self._db.execute(_SAVE_ACCOUNT_ERROR, [to_text(now), status, error, account_id, change.talent_id])
        for account_id, external_id in change.external_ids:
            # The handle stands beside it: should the agency's app write another, the id is not believed.
            self._db.execute(
                """INSERT INTO talentimg_accounts (account_id, handle, external_id)
                   SELECT id, handle, ? FROM "SocialAccountConnection"
                   WHERE id = ? AND "creatorId" = ? AND connected
                   ON CONFLICT (account_id)
                   DO UPDATE SET handle = excluded.handle, external_id = excluded.external_id""",
                [external_id, account_id, change.talent_id],
            )

    def lease(self, talent_ids: Sequence[str], holder: str, until: datetime) -> None:
        """Write down that somebody works on these talents."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO talentimg_leases (talent_id, holder, until) VALUES (?, ?, ?)",
            [(talent_id, holder, to_text(until)) for talent_id in talent_ids],
        )

    def renew(self, talent_ids: Sequence[str], holder: str, until: datetime) -> None:
        """Let the leases that this holder has run until then."""
        self._db.execute(
            """UPDATE talentimg_leases SET until = ?
               WHERE holder = ? AND talent_id IN (SELECT value FROM json_each(?))""",
            [to_text(until), holder, json.dumps(talent_ids)],
        )

    def release(self, talent_ids: Sequence[str], holder: str) -> None:
        """End the leases that this holder has."""
        self._db.execute(
            """DELETE FROM talentimg_leases
               WHERE holder = ? AND talent_id IN (SELECT value FROM json_each(?))""",
            [holder, json.dumps(talent_ids)],
        )

    def _end_leases(self, talent_ids: Sequence[str]) -> None:
        self._db.execute(
            "DELETE FROM talentimg_leases WHERE talent_id IN (SELECT value FROM json_each(?))",
            [json.dumps(talent_ids)],
        )

    # -- politeness ---------------------------------------------------------

    def save_cooldown(self, cooldown: Cooldown) -> None:
        """Remember to leave a platform alone, if that is for longer than we knew."""
        row = stored.cooldown_row(cooldown)
        query = "SELECT 1 FROM talentimg_platforms WHERE platform = ? AND cooldown_until >= ?"
        if not self._db.execute(query, [row["platform"], row["cooldown_until"]]).fetchone():
            self._db.table("talentimg_platforms").upsert(row, pk="platform")
        self._db.execute(_FORGET_COOLDOWNS, [to_text(cooldown.until - FORGOTTEN_AFTER)])

    def forgive(self, platform: str) -> None:
        """Forget the failures of a platform."""
        self._db.execute(_FORGIVE, [platform])

    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        """Count units of a day's quota; how many are used of it now."""
        ((used,),) = self._db.execute(_SPEND, [platform, units, to_text(day_ends)]).fetchall()
        return int(used)

    # -- runs ---------------------------------------------------------------

    def save_suspect(self, suspect: Suspect) -> None:
        """Keep what is known of a picture that was taken for a placeholder."""
        self._db.execute(_SAVE_SUSPECT, stored_runs.suspect_row(suspect))

    def save_run(self, run: Run) -> None:
        """Keep a run, in place of what was kept of it before."""
        self._db.table("talentimg_runs").upsert(stored_runs.run_row(run), pk="id")
