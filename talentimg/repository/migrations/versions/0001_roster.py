"""The agency's tables with the three picture columns, and ours."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from talentimg.repository.migrations import tools

revision = "0001"
down_revision = None

_OWN = ("platforms", "policies", "history", "selections", "pictures", "candidates", "accounts")


def upgrade() -> None:
    """Add what is missing."""
    tools.create_record()
    _create_agency_tables()
    _create_accounts()
    _create_candidates()
    _create_pictures()
    _create_selections()
    _create_history()
    _create_policies()
    _create_platforms()


def downgrade() -> None:
    """Remove what was added."""
    tools.drop_own(*_OWN)
    tools.remove_added()


def _create_agency_tables() -> None:
    tools.create_missing_table(
        "User",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("avatarUrl", sa.Text),
    )
    tools.create_missing_table(
        "Talent",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("userId", sa.Text, sa.ForeignKey("User.id")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("displayName", sa.Text),
        # Each index of such a table ends in the primary key, so the one on the time of the last sync
        # gives due talents in the order in which they are taken, ties by id.
        # https://www.sqlite.org/withoutrowid.html
        sqlite_with_rowid=False,
    )
    tools.create_missing_table(
        "SocialAccountConnection",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("creatorId", sa.Text, sa.ForeignKey("Talent.id", ondelete="CASCADE"), nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("profileUrl", sa.Text),
        sa.Column("connected", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("connectionType", sa.Text),
        sa.Column("syncStatus", sa.Text),
        sa.Column("accessToken", sa.Text),
        sa.Column("refreshToken", sa.Text),
        sa.Column("expiresAt", tools.agency_time()),
        sa.Column("lastSyncedAt", tools.agency_time()),
        sa.Column("syncError", sa.Text),
        sa.Column("metadata", sa.Text().with_variant(JSONB, "postgresql")),
        sa.Column("createdAt", tools.agency_time(), nullable=False),
        sa.Column("updatedAt", tools.agency_time(), nullable=False),
        sa.UniqueConstraint("creatorId", "platform", name="SocialAccountConnection_creatorId_platform_key"),
    )


def _create_accounts() -> None:
    # The platform's stable id of the person, and the handle under which it was learnt.
    tools.create_own(
        "accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
    )


def _create_candidates() -> None:
    tools.create_own(
        "candidates",
        sa.Column("talent_id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("asked", sa.Text),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("platform_user_id", sa.Text),
        sa.Column("content_hash", sa.Text),
        sa.Column("source_hash", sa.Text),
        sa.Column("picture_url", sa.Text),
        sa.Column("picture_key", sa.Text),
        sa.Column("url_expires_at", tools.own_time()),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("checked_at", tools.own_time()),
        sa.Column("found_at", tools.own_time()),
        sa.Column("absent_since", tools.own_time()),
        sa.Column("absent_count", sa.Integer, nullable=False),
        sa.Column("trouble_since", tools.own_time()),
        sa.Column("next_due_at", tools.own_time()),
    )
    tools.index_own("candidates", "next_due_at", "talent_id", where="next_due_at IS NOT NULL")


def _create_pictures() -> None:
    tools.create_own(
        "pictures",
        sa.Column("content_hash", sa.Text, primary_key=True),
        sa.Column("source_hash", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("renditions", sa.Text().with_variant(JSONB, "postgresql"), nullable=False),
        sa.Column("created_at", tools.own_time(), nullable=False),
    )
    tools.index_own("pictures", "source_hash")


def _create_selections() -> None:
    # What we wrote into the agency's columns, and the content hash that belongs to it.
    tools.create_own(
        "selections",
        sa.Column("talent_id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("content_hash", sa.Text),
    )


def _create_history() -> None:
    tools.create_own(
        "history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("talent_id", sa.Text, nullable=False),
        sa.Column("changed_at", tools.own_time(), nullable=False),
        sa.Column("from_source", sa.Text, nullable=False),
        sa.Column("from_hash", sa.Text),
        sa.Column("to_source", sa.Text, nullable=False),
        sa.Column("to_hash", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    tools.index_own("history", "talent_id", "changed_at")


def _create_policies() -> None:
    tools.create_own(
        "policies",
        sa.Column("talent_id", sa.Text, primary_key=True),
        sa.Column("lock_by", sa.Text),
        sa.Column("lock_at", tools.own_time()),
        sa.Column("lock_why", sa.Text),
        sa.Column("lock_until", tools.own_time()),
        sa.Column("source_order", sa.Text().with_variant(JSONB, "postgresql")),
        sa.Column("opted_out", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
    )


def _create_platforms() -> None:
    tools.create_own(
        "platforms",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("cooldown_until", tools.own_time()),
        sa.Column("cooldown_reason", sa.Text),
        sa.Column("cooldown_detail", sa.Text),
    )
