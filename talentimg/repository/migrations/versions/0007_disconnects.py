"""Which accounts a person has disconnected, so that no import connects them again."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table. Who disconnected what before nobody knows: the app may have done it itself."""
    tools.create_own(
        "disconnects",
        sa.Column("talent_id", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("handle", sa.Text, primary_key=True),
        sa.Column("disconnected_at", tools.own_time(), nullable=False),
    )


def downgrade() -> None:
    """Remove it."""
    tools.drop_own("disconnects")
