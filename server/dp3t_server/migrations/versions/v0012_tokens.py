"""Anonymous tokens: their keys and lists, who got some, and which are spent."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "token_keys",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("scope", sa.String(16), primary_key=True),
        sa.Column("modulus", sa.LargeBinary(256), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "token_lists",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("leaf", sa.BigInteger),
    )
    op.create_table(
        "token_issues",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("blinded_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spent_tokens",
        sa.Column("nullifier", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back; codes for tokens are lost: an earlier release knows no such purpose."""
    for table in ("spent_tokens", "token_issues", "token_lists", "token_keys"):
        op.drop_table(table)
    op.execute(sa.text("DELETE FROM codes WHERE purpose = 'tokens'"))
