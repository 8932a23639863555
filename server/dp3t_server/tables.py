"""The tables. Their history is in `migrations`; a test compares the two.

No table has row numbers: they would tell in which order, and so in whose company, rows came
[SERVER-17]. Releases are Unix seconds, days count from 1970-01-01.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

codes = Table(
    "codes",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("binding", LargeBinary(32), nullable=False),  # 32 zeros until the code is spent
    Column("active_until", BigInteger),  # none for a simple code; 0 while an activated one is not
    Column("first_day", Integer),  # none but for a code that is active
    sqlite_with_rowid=False,
)

commitments = Table(
    "commitments",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Column("used", Integer, nullable=False),
    Column("binding", LargeBinary(32), nullable=False),  # 32 zeros until the hash is spent
    sqlite_with_rowid=False,
)

pending_keys = Table(
    "pending_keys",
    metadata,
    Column("design", String(16), primary_key=True),
    Column("key", LargeBinary(64), primary_key=True),
    Column("attributes", Text, nullable=False),  # a JSON list of integers
    Column("release", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

published_keys = Table(
    "published_keys",
    metadata,
    Column("design", String(16), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("release", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

batches = Table(
    "batches",
    metadata,
    Column("design", String(16), primary_key=True),
    Column("release", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),  # the signed file
)

current_index = Table(
    "current_index",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    Column("issued", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("data", LargeBinary, nullable=False),  # the signed file
)

counters = Table(
    "counters",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("name", String(16), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),  # any; they are summed up
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

disclosures = Table(
    "disclosures",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # opaque here; the authority's key opens it
    sqlite_with_rowid=False,
)
