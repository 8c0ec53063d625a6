"""Answers that are kept for a while, so that a request that is sent again is not done again."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    tools.create_own(
        "answers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", tools.own_time(), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text),
        sa.Column("body", sa.LargeBinary),
    )
    tools.index_own("answers", "until")


def downgrade() -> None:
    """Remove it."""
    tools.drop_own_index("answers", "until")
    tools.drop_own("answers")
