"""Who works on which talent, and until when nobody else may."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the leases."""
    tools.create_own(
        "leases",
        sa.Column("talent_id", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", tools.own_time(), nullable=False),
    )


def downgrade() -> None:
    """Remove the leases."""
    tools.drop_own("leases")
