"""Entry declarations: the document of keys, what is kept of each, withdrawn receipts, marks."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add tables and lock."""
    op.create_table(
        "arrivals_keys",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "declarations",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sa.Column("withdrawal_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("receipt", sa.String(220), nullable=False),
        sa.Column("receipt_expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sealed_declarations",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "withdrawn_receipts",
        sa.Column("receipt_id", sa.LargeBinary(16), primary_key=True),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sa.Column("withdrawal_digest", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "gate_marks",
        sa.Column("mark", sa.LargeBinary(62), primary_key=True),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(sa.text("INSERT INTO locks (name, value) VALUES ('arrivals', 0)"))


def downgrade() -> None:
    """Go back; what travellers declared and gates noted is lost."""
    op.execute(sa.text("DELETE FROM locks WHERE name = 'arrivals'"))
    for table in (
        "gate_marks",
        "withdrawn_receipts",
        "sealed_declarations",
        "declarations",
        "arrivals_keys",
    ):
        op.drop_table(table)
