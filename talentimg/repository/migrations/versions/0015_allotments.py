"""How many talents a run may still look at, over all who share its work."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column."""
    tools.add_own("runs", sa.Column("allotted", sa.Integer))


def downgrade() -> None:
    """Remove it."""
    tools.drop_own_columns("runs", "allotted")
