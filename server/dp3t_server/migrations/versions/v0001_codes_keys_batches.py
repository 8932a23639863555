"""Codes, keys before and after publication, batches and the index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "codes",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("binding", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_keys",
        sa.Column("design", sa.String(16), primary_key=True),
        sa.Column("key", sa.LargeBinary(64), primary_key=True),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("release", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_keys",
        sa.Column("design", sa.String(16), primary_key=True),
        sa.Column("key", sa.LargeBinary(64), primary_key=True),
        sa.Column("release", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "batches",
        sa.Column("design", sa.String(16), primary_key=True),
        sa.Column("release", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "current_index",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("issued", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop every table."""
    for name in ("current_index", "batches", "published_keys", "pending_keys", "codes"):
        op.drop_table(name)
