"""Who is told of what happened, and what became of each delivery."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the tables."""
    # `reached` is how far it has come in the feed. Whoever has a row with a holder delivers to it until then.
    tools.create_own(
        "webhooks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("old_secret", sa.Text),
        sa.Column("old_until", tools.own_time()),
        sa.Column("made_at", tools.own_time(), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.Column("stopped_at", tools.own_time()),
        sa.Column("stopped_why", sa.Text),
        sa.Column("holder", sa.Text),
        sa.Column("until", tools.own_time()),
    )
    tools.create_own(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("talent_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", tools.own_time(), nullable=False),
        sa.Column("tried_at", tools.own_time()),
        sa.Column("status", sa.Integer),
        sa.Column("detail", sa.Text),
    )
    tools.index_own("deliveries", "webhook_id", "state", "talent_id")
    tools.index_own("deliveries", "talent_id")


def downgrade() -> None:
    """Remove them."""
    tools.drop_own("deliveries", "webhooks")
