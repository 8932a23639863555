"""Symptoms: documents of the authority, counts of the day, estimates, sealed requests for help."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add tables and locks."""
    op.create_table(
        "symptom_documents",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("expires_day", sa.Integer),
    )
    op.create_table(
        "symptom_counts",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("survey", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("commune", sa.String(5), primary_key=True),
        sa.Column("reports", sa.Integer, nullable=False),
        sa.Column("positives", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "symptom_estimates",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "help_requests",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    for lock in ("help", "symptoms"):
        op.execute(sa.text(f"INSERT INTO locks (name, value) VALUES ('{lock}', 0)"))  # noqa: S608


def downgrade() -> None:
    """Go back; what stations have not fetched is lost."""
    op.execute(sa.text("DELETE FROM locks WHERE name IN ('help', 'symptoms')"))
    for table in ("help_requests", "symptom_estimates", "symptom_counts", "symptom_documents"):
        op.drop_table(table)
