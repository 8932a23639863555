"""The tables. Their history is in `migrations`; a test compares the two.

No table of what phones send has row numbers: they would tell in which order, and so in whose
company, rows came [SERVER-17]. The record of facilities is public, and its order is what it proves.
Releases are Unix seconds, days count from 1970-01-01.
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
    Column("promised", LargeBinary(8)),  # once it is spent; see `promises`
    Column("purpose", String(8), nullable=False, server_default="report"),  # a `Purpose`
    sqlite_with_rowid=False,
)

commitments = Table(
    "commitments",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Column("used", Integer, nullable=False),
    Column("binding", LargeBinary(32), nullable=False),  # 32 zeros until the hash is spent
    Column("promised", LargeBinary(8)),  # once it is spent; see `promises`
    sqlite_with_rowid=False,
)

pending_keys = Table(
    "pending_keys",
    metadata,
    Column("design", String(16), primary_key=True),
    Column("key", LargeBinary(64), primary_key=True),
    Column("attributes", Text, nullable=False),  # a JSON list of integers
    Column("release", BigInteger, nullable=False),
    Column("revises", Integer, nullable=False, server_default="0"),  # 1 if its key is out already
    Column("revision", Text),  # the attributes that follow in the next batch; mostly none
    sqlite_with_rowid=False,
)

published_keys = Table(
    "published_keys",
    metadata,
    Column("design", String(16), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("release", BigInteger, nullable=False),
    Column("attributes", Text),  # as they are out; none where nothing else may follow
    sqlite_with_rowid=False,
)

padding_sources = Table(
    "padding_sources",
    metadata,
    Column("design", String(16), primary_key=True),
    Column("release", BigInteger, nullable=False),  # of the last batch with accepted keys
    Column("attributes", Text, nullable=False),  # of its keys: JSON, each with its number
)

batches = Table(
    "batches",
    metadata,
    Column("design", String(16), primary_key=True),
    Column("release", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),  # the signed file
    Column("leaf", BigInteger),  # which entry of the log names it
)

key_files = Table(
    "key_files",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("release", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("data", LargeBinary, nullable=False),  # the signed file
)

current_index = Table(
    "current_index",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    Column("issued", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("data", LargeBinary, nullable=False),  # the signed file
    Column("number", BigInteger, nullable=False, server_default="0"),  # 0: of a former version
)

day_lists = Table(
    "day_lists",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("data", LargeBinary, nullable=False),
)

log_files = Table(
    "log_files",
    metadata,
    Column("path", String(64), primary_key=True),  # of a tile or a bundle, below the log's address
    Column("release", BigInteger, nullable=False),  # of the newest edge that it is part of
    Column("data", LargeBinary, nullable=False),
)

log_head = Table(
    "log_head",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    Column("size", BigInteger, nullable=False),
    Column("note", LargeBinary, nullable=False),  # the signed checkpoint, with its cosignatures
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

sunset = Table(
    "sunset",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    Column("since", BigInteger, nullable=False),  # no row while the service goes on
)

disclosures = Table(
    "disclosures",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # opaque here; the authority's key opens it
    sqlite_with_rowid=False,
)

trace_uploads = Table(
    "trace_uploads",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # opaque here; the authority's key opens it
    sqlite_with_rowid=False,
)

pending_traces = Table(
    "pending_traces",
    metadata,
    Column("identity", LargeBinary(32), primary_key=True),
    Column("trace", LargeBinary, nullable=False),
    Column("release", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

published_traces = Table(
    "published_traces",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # of the whole trace
    Column("release", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

token_keys = Table(
    "token_keys",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("scope", String(16), primary_key=True),
    Column("modulus", LargeBinary(256), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the private half; see `token_secrets`
    sqlite_with_rowid=False,
)

token_lists = Table(
    "token_lists",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),  # the signed list; empty where only the log has it
    Column("leaf", BigInteger),  # which entry of the log names it
)

token_issues = Table(
    "token_issues",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # of code, scope and day, under a key
    Column("blinded_digest", LargeBinary(32), nullable=False),
    Column("expires_day", Integer, nullable=False),
    sqlite_with_rowid=False,
)

spent_tokens = Table(
    "spent_tokens",
    metadata,
    Column("nullifier", LargeBinary(32), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    sqlite_with_rowid=False,
)

arrivals_keys = Table(
    "arrivals_keys",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    Column("number", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),  # as the authority has signed it
)

declarations = Table(
    "declarations",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    Column("withdrawal_digest", LargeBinary(32), nullable=False),
    Column("receipt", String(220), nullable=False),  # what its traveller shows
    Column("receipt_expires_day", Integer, nullable=False),
    sqlite_with_rowid=False,
)

sealed_declarations = Table(
    "sealed_declarations",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # opaque here; two recipients' keys open it
    sqlite_with_rowid=False,
)

withdrawn_receipts = Table(
    "withdrawn_receipts",
    metadata,
    Column("receipt_id", LargeBinary(16), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    Column("withdrawal_digest", LargeBinary(32), nullable=False),  # whoever asks again is told so
    sqlite_with_rowid=False,
)

gate_marks = Table(
    "gate_marks",
    metadata,
    Column("mark", LargeBinary(62), primary_key=True),  # opaque here; the gates' secret opens it
    Column("expires_day", Integer, nullable=False),
    sqlite_with_rowid=False,
)

symptom_documents = Table(
    "symptom_documents",
    metadata,
    Column("kind", String(8), primary_key=True),  # a `symptom_store.Kind`
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),  # as the authority has signed it
    Column("expires_day", Integer),  # none while it is handed out
)

symptom_counts = Table(
    "symptom_counts",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("survey", BigInteger, primary_key=True, autoincrement=False),
    Column("commune", String(5), primary_key=True),
    Column("reports", Integer, nullable=False),
    Column("positives", Integer, nullable=False),
    sqlite_with_rowid=False,
)

symptom_estimates = Table(
    "symptom_estimates",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("data", LargeBinary, nullable=False),  # the signed file
)

help_requests = Table(
    "help_requests",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_day", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # opaque here; one station's key opens it
    sqlite_with_rowid=False,
)

facility_acts = Table(
    "facility_acts",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # the record is in order
    Column("received", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("facility", String(32), nullable=False, index=True),  # empty where it is about all
    Column("signed", LargeBinary, nullable=False),  # as its signer made it
    Column("page", BigInteger, index=True),  # none while no page holds it
)

facility_words = Table(
    "facility_words",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # of the act that they belong to
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

facility_pages = Table(
    "facility_pages",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("made", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("leaf", BigInteger),  # where the log holds it; none while it does not
    Column("data", LargeBinary, nullable=False),  # the signed file
)

slots = Table(
    "slots",
    metadata,
    Column("release", BigInteger, primary_key=True, autoincrement=False),
    Column("seed", LargeBinary(32), nullable=False),  # all that is random in the slot's files
    Column("fence", BigInteger, nullable=False),  # grows each time somebody takes the slot
    Column("holder", LargeBinary(16), nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # Unix seconds of the holder's machine
    Column("done", Integer, nullable=False),  # 1 once its files are published
)

locks = Table(
    "locks",
    metadata,
    Column("name", String(16), primary_key=True),  # a `store.Lock`
    Column("value", BigInteger, nullable=False),  # of "slots": the newest release begun
    sqlite_with_rowid=False,
)

ownership = Table(
    "ownership",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    Column("digest", LargeBinary(32), nullable=False),  # tells whose keys it belongs to
)

ERASED_FROM = (
    codes,
    commitments,
    pending_keys,
    published_keys,
    padding_sources,
    batches,
    key_files,
    disclosures,
    trace_uploads,
    pending_traces,
    published_traces,
    slots,
    token_keys,
    token_lists,
    token_issues,
    spent_tokens,
    symptom_documents,
    symptom_counts,
    symptom_estimates,
    help_requests,
    declarations,
    sealed_declarations,
    withdrawn_receipts,
    gate_marks,
    facility_words,
)
"""The tables from which rows are erased because nobody may read them any more."""
