"""What runs leave behind: their reports, quotas, failures in a row, and pictures taken for placeholders."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from talentimg.repository.migrations import tools

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the runs, the suspects, and the columns that go with them."""
    tools.add_own(
        "platforms",
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("quota_used", sa.Integer),
        sa.Column("quota_ends", tools.own_time()),
    )
    tools.add_own("history", sa.Column("from_url", sa.Text))
    tools.index_own("candidates", "content_hash", where="content_hash IS NOT NULL")
    _create_runs()
    _create_suspects()


def downgrade() -> None:
    """Remove them."""
    tools.drop_own("suspects", "runs")
    tools.drop_own_index("candidates", "content_hash")
    tools.drop_own_columns("history", "from_url")
    # What had only a quota was not there before, and is no cool-down.
    tools.delete_own("platforms", where="cooldown_until IS NULL")
    tools.drop_own_columns("platforms", "quota_ends", "quota_used", "failures")


def _create_runs() -> None:
    # What is only ever shown stands in the report, so that it may grow without a step.
    tools.create_own(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("started_at", tools.own_time(), nullable=False),
        sa.Column("ended_at", tools.own_time()),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("exit_code", sa.Integer),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("joined", sa.Boolean, nullable=False),
        sa.Column("report", sa.Text().with_variant(JSONB, "postgresql"), nullable=False),
    )
    tools.index_own("runs", "started_at")


def _create_suspects() -> None:
    tools.create_own(
        "suspects",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("source_hash", sa.Text, primary_key=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("since", tools.own_time(), nullable=False),
        sa.Column("talents", sa.Integer, nullable=False),
        sa.Column("allowed_by", sa.Text),
        sa.Column("allowed_at", tools.own_time()),
    )
