"""Since when the service has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the table [OPERATING-23]."""
    op.create_table(
        "sunset",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Go back; the former release does not know an end."""
    op.drop_table("sunset")
