"""The transparency log, the lists of days, and what an index of version 2 needs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables; batches of before are logged, and the index is signed anew, at the start."""
    op.create_table(
        "log_files",
        sa.Column("path", sa.String(64), primary_key=True),
        sa.Column("release", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_head",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "day_lists",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.add_column("batches", sa.Column("leaf", sa.BigInteger))
    op.add_column(
        "current_index", sa.Column("number", sa.BigInteger, nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Drop the log and the index, which the former release could not read."""
    op.execute("DELETE FROM current_index")
    op.drop_column("current_index", "number")
    op.drop_column("batches", "leaf")
    for name in ("day_lists", "log_head", "log_files"):
        op.drop_table(name)
