"""What the app has changed, to be looked at soon, and which workers live."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the tables. The triggers that write wishes are made behind the steps (see `triggers`)."""
    # A wish without `due_at` is for now. One with a holder is being looked at until then.
    tools.create_own(
        "wishes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("talent_id", sa.Text, nullable=False),
        sa.Column("wished_at", tools.own_time(), nullable=False, server_default=tools.own_now()),
        sa.Column("due_at", tools.own_time()),
        sa.Column("holder", sa.Text),
        sa.Column("tries", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
    tools.index_own("wishes", "talent_id")
    tools.index_own("wishes", "wished_at")
    tools.create_own(
        "workers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", tools.own_time(), nullable=False),
        sa.Column("seen_at", tools.own_time(), nullable=False),
        sa.Column("doing", sa.Text, nullable=False),
        sa.Column("looked_at", sa.Integer, nullable=False, server_default=sa.text("0")),
        # Until when it wants to be notified; no longer than it lives.
        sa.Column("listens_until", tools.own_time()),
    )
    # What all workers have counted on a day because of wishes, for the safety valve.
    tools.create_own(
        "wish_counts",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("lost", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Remove them, and the triggers with their functions, wherever these are."""
    tools.drop_functions("account_changed()", "avatar_changed()", "wish(text[])")
    tools.drop_own("wish_counts", "workers", "wishes")
