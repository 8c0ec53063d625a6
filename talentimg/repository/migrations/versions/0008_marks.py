"""An index of the last looks with the ids, and how far claims have passed along the lists of the due."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools
from talentimg.repository.migrations.agency import BY_TIME_AND_ID

revision = "0008"
down_revision = "0007"

# The index is for Postgres alone. On SQLite each index of this table ends in the primary key, so that on the
# time gives them in this order.


def upgrade() -> None:
    """Make the table; the index is made with what else the agency's tables lack."""
    tools.create_own(
        "marks",
        sa.Column("list", sa.Text, primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("set_at", tools.own_time(), nullable=False),
    )


def downgrade() -> None:
    """Remove both."""
    tools.remove_added_index(BY_TIME_AND_ID)
    tools.drop_own("marks")
