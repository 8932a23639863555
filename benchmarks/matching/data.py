"""Keys of strangers, and a phone that heard a few of them."""

from random import Random  # noqa: TID251 - a seed makes the data repeatable

from dp3t.params import DAY_SECONDS, STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Instant

DAY = 18_377
RELEASE = Instant(DAY * DAY_SECONDS)
RETENTION = STANDARD.retention_days
KEY_BYTES = {"gaen": 16, "lowcost": 32, "hybrid": 16}


def table_of(design: str, keys: int, dice: Random) -> KeyTable:
    """Return a table of keys; those of a low-cost key cover all fourteen days."""
    return KeyTable.of(
        KeyRecord(_attributes(design, dice), dice.randbytes(KEY_BYTES[design])) for _ in range(keys)
    )


def _attributes(design: str, dice: Random) -> tuple[int, ...]:
    day = DAY - RETENTION + dice.randrange(RETENTION)
    if design == "gaen":
        return (144 * day, 144, 1, 127)
    if design == "lowcost":
        return (DAY - RETENTION,)
    return (6 * day + dice.randrange(6),)


def store_of(scans: int, dice: Random) -> ObservationStore:
    """Return a phone that heard so many identifiers of nobody in the table, over fourteen days."""
    store = ObservationStore()
    seconds = RETENTION * DAY_SECONDS
    for number in range(scans):
        at = Instant(RELEASE - seconds + number * seconds // scans)
        store.add(Kept(dice.randbytes(16), NO_PERIOD, b""), at=at, rssi_dbm=-70)
    return store


def hear(store: ObservationStore, table: KeyTable, design: str) -> int:
    """Let the phone hear the last identifier of some of the table's keys; return of how many."""
    heard = 0
    for place, record in enumerate(table):
        if place % max(1, len(table) // 10) == 0:
            key = design_named(design).tracing_key(record)
            expansion = key.expand(before=RELEASE, parameters=STANDARD)[-1]
            identifiers = expansion.split()
            kept = Kept(identifiers[-1], expansion.period, b"")
            start = expansion.validity(len(identifiers) - 1).start
            store.add(kept, at=Instant(min(start, RELEASE - 1)), rssi_dbm=-50)
            heard += 1
    return heard
