"""Entries and lists of days: what an index lists, and what must not pass for it."""

from collections.abc import Iterator

from dp3t.codec import Value, encode
from dp3t.primitives import sha256
from dp3t.publication.index import Index
from dp3t.publication.listing import DayEntry, DayList, IndexEntry
from dp3t.timeline import Day, Instant, day_of
from spec.vectors.signing import DAY, FIRST, NOON, SECOND, Case

FILES = {"gaen": b"a file", "lowcost": b"another file"}
ENTRIES = [
    IndexEntry.of_file(data, design=design, release=release, leaf=leaf)
    for leaf, (release, design, data) in enumerate(
        (release, design, data)
        for release in (Instant(NOON - DAY), NOON)
        for design, data in FILES.items()
    )
]
OLD = [
    IndexEntry.of_file(b"old", design="gaen", release=Instant(NOON - days * DAY), leaf=2**48 - days)
    for days in (2, 3)
]
KEYS = [FIRST.public(), SECOND.public()]


def indexed(
    *, issued: Instant = NOON, entries: list[IndexEntry] = ENTRIES, sunset: Instant | None = None
) -> tuple[Index, list[DayList]]:
    """Return an index of some entries, and its lists."""
    return Index.of(
        entries,
        keys=KEYS,
        region="VN-HN",
        number=7,
        issued=issued,
        sunset=sunset,
        log_key="example.org/log+00000000+AA==",
        checkpoint=b"opaque to this chapter",
    )


def entry_as_json(entry: IndexEntry) -> Case:
    """Return an entry as the cases have it."""
    return {
        "name": entry.name,
        "release": entry.release,
        "design": entry.design,
        "size_bytes": entry.size_bytes,
        "digest": entry.digest.hex(),
        "leaf": entry.leaf,
    }


def entry_fields(**changes: Value) -> dict[str, Value]:
    """Return the fields of an entry with some changed."""
    first = ENTRIES[0]
    return {
        "design": first.design,
        "digest": first.digest,
        "leaf": first.leaf,
        "release": first.release,
        "size_bytes": first.size_bytes,
        **changes,
    }


def described() -> Iterator[Case]:
    """Yield an entry with its file, and with others."""
    entry, file = ENTRIES[0], FILES["gaen"]
    files = {
        "the-file": (file, "valid"),
        "another-of-its-length": (file[:-1] + b"!", "malformed"),
        "shorter": (file[:-1], "malformed"),
        "longer": (file + b"\0", "malformed"),
        "empty": (b"", "malformed"),
    }
    for name, (data, result) in files.items():
        yield {
            "id": f"described-{name}",
            "comment": "the entry gives length and SHA-256 of the whole signed file",
            "spec": ["INDEX-4"],
            "flags": ["digest"],
            "operation": "describes",
            "size_bytes": entry.size_bytes,
            "digest": entry.digest.hex(),
            "design": entry.design,
            "release": entry.release,
            "file": data.hex(),
            "result": result,
        }


def days() -> Iterator[Case]:
    """Yield the list of a day, and what must not pass for it."""
    _, lists = indexed(entries=[*OLD, *ENTRIES])
    listed = lists[-1]
    yield {
        **_listed("the-list", listed.encode(), "valid", "a canonical map without a signature"),
        "region": listed.region,
        "entries": [entry_as_json(entry) for entry in listed.entries],
    }
    fields: dict[str, Value] = {
        "day": listed.day,
        "entries": [entry.to_value() for entry in listed.entries],
        "region": listed.region,
        "version": 1,
    }
    entry = fields["entries"]
    assert isinstance(entry, list)  # noqa: S101 - for the type checker
    wrong: dict[str, dict[str, Value]] = {
        "of-version-2": {"version": 2},
        "of-another-day": {"day": listed.day - 1},
        "of-another-region": {"region": "VN-SG"},
        "of-nothing": {"entries": []},
        "with-one-entry-twice": {"entries": [*entry, *entry]},
        "with-a-batch-of-another-day": {"entries": [entry_fields()]},
        "with-an-unknown-field": {"comment": "hello"},
    }
    for name, change in wrong.items():
        data = encode({**fields, **change})
        yield _listed(name, data, "malformed", "the digest fits, so only this fault is left")
    good = listed.encode()
    for name, data in {"cut": good[:-1], "longer": good + b"\0", "empty": b""}.items():
        yield _listed(name, data, "malformed", "its digest fits unless it is empty")
    flipped = good[:-1] + bytes([good[-1] ^ 1])
    yield {
        **_listed("flipped", good, "malformed", "a bit of the file differs"),
        "file": flipped.hex(),
    }


def _listed(name: str, data: bytes, result: str, comment: str) -> Case:
    day = DayEntry(day=Day(day_of(NOON) - 2), size_bytes=max(1, len(data)), digest=sha256(data))
    return {
        "id": f"day-{name}",
        "comment": comment,
        "spec": ["INDEX-9"],
        "flags": ["day"],
        "operation": "day",
        "day": day.day,
        "size_bytes": day.size_bytes,
        "digest": day.digest.hex(),
        "of_region": "VN-HN",
        "file": data.hex(),
        "result": result,
    }
