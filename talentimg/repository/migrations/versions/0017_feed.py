"""Which tokens are being renewed, who has to connect again, and the order in which everything is told."""

from __future__ import annotations

import sqlalchemy as sa

from talentimg.repository.migrations import tools

revision = "0017"
down_revision = "0016"

_TOLD = ("history", "runs", "reconnects")


def upgrade() -> None:
    """Make the tables, and number what is told."""
    # Whoever has a row with a holder renews this account's token until then, and nobody else does.
    tools.create_own(
        "renewals",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text),
        sa.Column("until", tools.own_time()),
        sa.Column("failed_at", tools.own_time()),
    )
    tools.create_own(
        "reconnects",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("talent_id", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("since", tools.own_time(), nullable=False),
        sa.Column("ended_at", tools.own_time()),
        sa.Column("detail", sa.Text),
        sa.Column("seq", sa.BigInteger),
    )
    tools.index_own("reconnects", "talent_id")
    # The last number that was given. Whoever gives numbers locks its row.
    tools.create_own(
        "feed",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    for table in ("history", "runs"):
        tools.add_own(table, sa.Column("seq", sa.BigInteger))
    for table in _TOLD:
        tools.index_own(table, "seq")
        tools.index_own(table, "id", where="seq IS NULL")


def downgrade() -> None:
    """Remove them."""
    for table in ("runs", "history"):
        tools.drop_own_index(table, "id")
        tools.drop_own_index(table, "seq")
        tools.drop_own_columns(table, "seq")
    tools.drop_own("feed", "reconnects", "renewals")
