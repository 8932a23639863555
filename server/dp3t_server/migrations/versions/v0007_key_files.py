"""GAEN key files, published beside the batches of GAEN."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the table; batches that are published already get no key files."""
    op.create_table(
        "key_files",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("release", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("key_files")
