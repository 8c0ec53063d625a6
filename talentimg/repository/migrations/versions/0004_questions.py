"""Which question of the roster's each candidate, and each picture that is shown, answers."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the questions. Rows that are there have none: the next look fills it in."""
    tools.add_own("candidates", sa.Column("question", sa.Text))
    tools.add_own("selections", sa.Column("question", sa.Text))
    tools.add_own("history", sa.Column("from_question", sa.Text))


def downgrade() -> None:
    """Remove them."""
    tools.drop_own_columns("history", "from_question")
    tools.drop_own_columns("selections", "question")
    tools.drop_own_columns("candidates", "question")
