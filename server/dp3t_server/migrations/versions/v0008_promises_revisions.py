"""What was promised for an upload, and what may follow a key that is out."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the columns; what was spent or published before is not promised, nor ever revised."""
    op.add_column("codes", sa.Column("promised", sa.LargeBinary(8)))
    op.add_column("commitments", sa.Column("promised", sa.LargeBinary(8)))
    op.add_column(
        "pending_keys", sa.Column("revises", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("pending_keys", sa.Column("revision", sa.Text))
    op.add_column("published_keys", sa.Column("attributes", sa.Text))
    op.execute(sa.text("INSERT INTO locks (name, value) VALUES ('keys', 0)"))


def downgrade() -> None:
    """Go back; revisions that wait are lost: they would be published as keys never seen before."""
    op.execute(sa.text("DELETE FROM locks WHERE name = 'keys'"))
    op.drop_column("published_keys", "attributes")
    op.execute(sa.text("DELETE FROM pending_keys WHERE revises = 1"))
    op.drop_column("pending_keys", "revision")
    op.drop_column("pending_keys", "revises")
    op.drop_column("commitments", "promised")
    op.drop_column("codes", "promised")
