"""Facilities: the acts of the public record, the words beside them, and its pages."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add tables and a lock."""
    op.create_table(
        "facility_acts",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("facility", sa.String(32), nullable=False, index=True),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("page", sa.BigInteger, index=True),
    )
    op.create_table(
        "facility_words",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facility_pages",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("leaf", sa.BigInteger),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.execute(sa.text("INSERT INTO locks (name, value) VALUES ('facilities', 0)"))


def downgrade() -> None:
    """Go back; the record is lost, and the log still names its pages."""
    op.execute(sa.text("DELETE FROM locks WHERE name = 'facilities'"))
    for table in ("facility_pages", "facility_words", "facility_acts"):
        op.drop_table(table)
