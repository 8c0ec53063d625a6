"""Of whom a run has something to tell: trouble, or a new picture."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table, and the index by which all that is told of a talent is found."""
    tools.create_own(
        "run_talents",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("talent_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("previous_source", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("content_hash", sa.Text),
        sa.Column("previous_hash", sa.Text),
    )
    tools.index_own("run_talents", "talent_id")


def downgrade() -> None:
    """Remove it."""
    tools.drop_own_index("run_talents", "talent_id")
    tools.drop_own("run_talents")
