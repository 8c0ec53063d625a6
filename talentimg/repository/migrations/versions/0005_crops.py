"""How many faces were found in each picture, which rule cut its square, and an index of who shows it."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add both. For rows that are there, nobody looked for faces, and no rule had a name."""
    tools.add_own("pictures", sa.Column("faces", sa.Integer), sa.Column("crop", sa.Text))
    tools.index_own("selections", "content_hash", where="content_hash IS NOT NULL")


def downgrade() -> None:
    """Remove them."""
    tools.drop_own_index("selections", "content_hash")
    tools.drop_own_columns("pictures", "crop", "faces")
