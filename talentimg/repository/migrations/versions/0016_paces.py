"""How far the calls of each platform are given out, over all who ask it."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the table: a row for each platform that is asked no faster than so many times a minute."""
    tools.create_own(
        "paces",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("next_at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    """Remove it."""
    tools.drop_own("paces")
