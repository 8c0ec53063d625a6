"""How many faces were found in each picture, and which rule cut its square."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add both. For rows that are there, nobody looked for faces, and no rule had a name."""
    tools.add_own("pictures", sa.Column("faces", sa.Integer), sa.Column("crop", sa.Text))


def downgrade() -> None:
    """Remove them."""
    tools.drop_own_columns("pictures", "crop", "faces")
