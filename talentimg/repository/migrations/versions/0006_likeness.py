"""What each picture and each suspected placeholder looks like, and indexes to find what looks the same."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0006"
down_revision = "0005"

_HALF = 8


def upgrade() -> None:
    """Add them. Rows that are there have none: they are known by their bytes, as before."""
    tools.add_own("pictures", sa.Column("likeness", sa.Text))
    tools.add_own("suspects", sa.Column("likeness", sa.Text))
    tools.index_own_halves("pictures", "likeness", _HALF)


def downgrade() -> None:
    """Remove them."""
    tools.drop_own_halves("pictures", "likeness", _HALF)
    tools.drop_own_columns("suspects", "likeness")
    tools.drop_own_columns("pictures", "likeness")
