"""What a run writes of itself while it goes on, and what others ask of it."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns, and the index by which those who take part in a run are found."""
    tools.add_own(
        "runs",
        sa.Column("part_of", sa.Text),
        sa.Column("written_at", tools.own_time()),
        sa.Column("stop_requested_by", sa.Text),
        sa.Column("stop_requested_at", tools.own_time()),
        sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
    tools.index_own("runs", "part_of", where="part_of IS NOT NULL")


def downgrade() -> None:
    """Remove them."""
    tools.drop_own_index("runs", "part_of")
    tools.drop_own_columns(
        "runs", "revision", "stop_requested_at", "stop_requested_by", "written_at", "part_of"
    )
