"""Release slots with their seeds, rows to lock, and whose keys the database belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the tables; what was published before begins no more."""
    op.create_table(
        "slots",
        sa.Column("release", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("seed", sa.LargeBinary(32), nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.LargeBinary(16), nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
    )
    locks = op.create_table(
        "locks",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ownership",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
    issued = op.get_bind().execute(sa.text("SELECT max(issued) FROM current_index")).scalar()
    names = ("disclosures", "index", "secrets", "slots")
    values = {"slots": issued or 0}
    op.bulk_insert(locks, [{"name": name, "value": values.get(name, 0)} for name in names])


def downgrade() -> None:
    """Drop the tables, and with them the seeds from which files can be built again."""
    for name in ("ownership", "locks", "slots"):
        op.drop_table(name)
