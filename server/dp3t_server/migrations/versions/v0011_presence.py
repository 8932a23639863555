"""What codes are for, sealed uploads of venue owners, and traces before and after publication."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add column, tables and lock; whatever code there is permits a report."""
    op.add_column(
        "codes", sa.Column("purpose", sa.String(8), nullable=False, server_default="report")
    )
    op.create_table(
        "trace_uploads",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_traces",
        sa.Column("identity", sa.LargeBinary(32), primary_key=True),
        sa.Column("trace", sa.LargeBinary, nullable=False),
        sa.Column("release", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_traces",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("release", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(sa.text("INSERT INTO locks (name, value) VALUES ('traces', 0)"))


def downgrade() -> None:
    """Go back; codes for traces are lost: they would permit reports."""
    op.execute(sa.text("DELETE FROM locks WHERE name = 'traces'"))
    op.drop_table("published_traces")
    op.drop_table("pending_traces")
    op.drop_table("trace_uploads")
    op.execute(sa.text("DELETE FROM codes WHERE purpose = 'trace'"))
    op.drop_column("codes", "purpose")
