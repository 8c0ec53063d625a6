"""What people say: who, when and why, and what they want to go back to, forget, review and undo."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from talentimg.repository.migrations import tools

revision = "0009"
down_revision = "0008"

_POLICY = ("order_by", "order_at", "order_why", "opt_outs", "choice_by", "choice_at", "choice_why")
_HISTORY = ("from_hash", "to_hash", "changed_at")


def upgrade() -> None:
    """Add them."""
    tools.add_own(
        "policies",
        sa.Column("order_by", sa.Text),
        sa.Column("order_at", tools.own_time()),
        sa.Column("order_why", sa.Text),
        sa.Column("opt_outs", _json()),
        sa.Column("choice_by", sa.Text),
        sa.Column("choice_at", tools.own_time()),
        sa.Column("choice_why", sa.Text),
    )
    _create_audit()
    _create_reviews()
    _create_tombstones()
    _create_orphans()
    _index_uses()
    _create_imports()
    # Who said that a picture is a placeholder; None: talentimg found it out.
    tools.add_own("suspects", sa.Column("named_by", sa.Text), sa.Column("name", sa.Text))
    # What the platform calls the account now, if that is not what the roster says.
    tools.add_own("accounts", sa.Column("renamed_to", sa.Text))


def downgrade() -> None:
    """Remove them."""
    tools.drop_own_columns("accounts", "renamed_to")
    tools.drop_own_columns("suspects", "name", "named_by")
    for column in reversed(_HISTORY):
        tools.drop_own_index("history", column)
    tools.drop_own("imports", "orphans", "tombstones", "reviews", "audit")
    tools.drop_own_columns("policies", *reversed(_POLICY))


def _json() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(JSONB, "postgresql")


def _create_audit() -> None:
    tools.create_own(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("talent_id", sa.Text, nullable=False),
        sa.Column("said_at", tools.own_time(), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("said_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("about", _json(), nullable=False),
    )
    tools.index_own("audit", "talent_id", "said_at")
    tools.index_own("audit", "said_at")


def _create_reviews() -> None:
    # A picture that waits for a person's word, or has had it. `source_hash` is that of the bytes.
    tools.create_own(
        "reviews",
        sa.Column("talent_id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("source_hash", sa.Text, primary_key=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("proposed_at", tools.own_time(), nullable=False),
        sa.Column("likeness", sa.Text),
        sa.Column("decided_at", tools.own_time()),
        sa.Column("decided_by", sa.Text),
        sa.Column("why", sa.Text),
    )
    tools.index_own("reviews", "state", "talent_id")


def _create_tombstones() -> None:
    # Nothing that names the person: a salted digest of the id, and of the platform if it is about one.
    tools.create_own(
        "tombstones",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("forgotten_at", tools.own_time(), nullable=False),
        sa.Column("forgotten_by", sa.Text, nullable=False),
    )


def _create_orphans() -> None:
    # What nobody needed when a sweep last looked, and since when.
    tools.create_own(
        "orphans",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("since", tools.own_time(), nullable=False),
        sa.Column("holder", sa.Text),
    )


def _index_uses() -> None:
    # Whether anything goes back to a picture, and what has grown old.
    for column in _HISTORY:
        tools.index_own("history", column)
    tools.index_own("reviews", "content_hash")


def _create_imports() -> None:
    # `before` tells what the talents of the file were like, so that it can be undone.
    tools.create_own(
        "imports",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("imported_at", tools.own_time(), nullable=False),
        sa.Column("imported_by", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("before", _json(), nullable=False),
        sa.Column("undone_at", tools.own_time()),
    )
