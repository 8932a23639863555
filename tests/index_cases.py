"""Entries and indexes for tests that need some."""

from hypothesis import strategies as st

from dp3t.publication.index import Index
from dp3t.publication.listing import IndexEntry
from dp3t.publication.signing import VerificationKey
from dp3t.timeline import Instant
from publication_cases import NOON
from vectors import Case

SLOT = 7200


def index_of(
    *entries: IndexEntry, keys: list[VerificationKey] | None = None, issued: int = NOON
) -> Index:
    index, _ = Index.of(
        entries,
        keys=keys or [],
        region="VN",
        number=1,
        issued=Instant(issued),
        log_key="log",
        checkpoint=b"checkpoint",
    )
    return index


def entry_of(release: int, *, design: str = "gaen", data: bytes = b"file") -> IndexEntry:
    return IndexEntry.of_file(data, design=design, release=Instant(release), leaf=release // SLOT)


entries = st.lists(
    st.builds(
        entry_of,
        st.integers(0, NOON // SLOT).map(lambda slot: slot * SLOT),
        design=st.sampled_from(["gaen", "lowcost", "hybrid"]),
        data=st.binary(min_size=1, max_size=10),
    ),
    unique_by=lambda entry: entry.name,
    max_size=6,
)


def written(entry: Case) -> dict[str, object]:
    """Return an entry as the file has it."""
    fields = {name: value for name, value in entry.items() if name != "name"}
    return {**fields, "digest": bytes.fromhex(entry["digest"])}
