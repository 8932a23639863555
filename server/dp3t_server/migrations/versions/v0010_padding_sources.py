"""What the last batch of each design leaves for padding to come."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the table; padding begins with phones that are made up."""
    op.create_table(
        "padding_sources",
        sa.Column("design", sa.String(16), primary_key=True),
        sa.Column("release", sa.BigInteger, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("padding_sources")
