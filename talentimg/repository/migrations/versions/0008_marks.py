"""An index of who was never looked at, and how far claims have passed along the lists of the due."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0008"
down_revision = "0007"

# On SQLite each index of this table ends in the primary key, so the one on the time gives them in this order.
_INDEX = ("Talent", "Talent_never_looked_at_idx")


def upgrade() -> None:
    """Make the table, and the index."""
    tools.create_own(
        "marks",
        sa.Column("list", sa.Text, primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("set_at", tools.own_time(), nullable=False),
    )
    if tools.is_postgres():
        tools.add_missing_index(*_INDEX, "id", where='"lastProfileImageSyncAt" IS NULL')


def downgrade() -> None:
    """Remove both."""
    tools.remove_added_index(*_INDEX)
    tools.drop_own("marks")
