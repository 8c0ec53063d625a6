"""The tokens that the server accepts, hashed."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table."""
    tools.create_own(
        "tokens",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created_at", tools.own_time(), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("revoked_at", tools.own_time()),
    )


def downgrade() -> None:
    """Remove it."""
    tools.drop_own("tokens")
