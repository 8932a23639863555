"""Activated codes, commitments, and published keys by their digests."""

import sqlalchemy as sa
from alembic import context, op

from dp3t_server.memories import key_digest

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Widen the codes, add the commitments, and remember published keys by digest [SERVER-52]."""
    op.add_column("codes", sa.Column("active_until", sa.BigInteger))
    op.add_column("codes", sa.Column("first_day", sa.Integer))
    op.create_table(
        "commitments",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("binding", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    former = op.get_bind().execute(sa.text("SELECT design, key, release FROM published_keys")).all()
    digest_key: bytes | None = context.config.attributes.get("digest_key")
    op.drop_table("published_keys")
    published = op.create_table(
        "published_keys",
        sa.Column("design", sa.String(16), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("release", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    if former and digest_key is not None:
        rows = [
            {
                "design": row.design,
                "digest": key_digest(row.design, row.key, digest_key=digest_key),
                "release": row.release,
            }
            for row in former
        ]
        op.bulk_insert(published, rows)


def downgrade() -> None:
    """Go back; keys cannot be had from their digests, so which were published is forgotten.

    So are the codes that were not simple, which the former version would take for simple ones.
    """
    op.drop_table("published_keys")
    op.create_table(
        "published_keys",
        sa.Column("design", sa.String(16), primary_key=True),
        sa.Column("key", sa.LargeBinary(64), primary_key=True),
        sa.Column("release", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.drop_table("commitments")
    op.execute(sa.text("DELETE FROM codes WHERE active_until IS NOT NULL"))
    op.drop_column("codes", "first_day")
    op.drop_column("codes", "active_until")
