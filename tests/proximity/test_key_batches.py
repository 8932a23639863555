"""spec/proximity/matching.md and kernels.md: tables of keys, one after the other."""

from collections.abc import Callable
from random import Random

import pytest

from dp3t.params import DAY_SECONDS, STANDARD
from dp3t.proximity import key_batches
from dp3t.proximity.designs import design_named
from dp3t.proximity.gaen import identifiers
from dp3t.proximity.kernels import engine
from dp3t.proximity.key_batches import match_table, match_tables
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.publication.batch import BatchName
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Instant

DAY = 18_377
RELEASE = Instant((DAY + 1) * DAY_SECONDS)
GAEN = design_named("gaen")
NO_SUCH_TYPE = 6


def keys(count: int, *, day: int = DAY, report_type: int = 1, seed: int = 1) -> list[KeyRecord]:
    dice = Random(seed)
    attributes = (144 * day, 144, report_type, 127)
    return [KeyRecord(attributes, dice.randbytes(16)) for _ in range(count)]


def heard(*records: KeyRecord) -> ObservationStore:
    store = ObservationStore()
    for record in records:
        identifier = identifiers(record.key, [record.attributes[0]])
        at = Instant(600 * record.attributes[0])
        store.add(Kept(identifier, NO_PERIOD, b""), at=at, rssi_dbm=-50)
    return store


every_path = pytest.mark.parametrize("worthwhile_keys", [1, 10**9], ids=["kernel", "portable"])
"""With a kernel, where this machine has one, and without."""


@every_path
@pytest.mark.spec("KERNELS-7")
def test_progress_hears_of_every_key_whichever_path_is_taken(
    monkeypatch: pytest.MonkeyPatch, worthwhile_keys: int
) -> None:
    """Keys that are invalid, forgotten or not yet valid have been looked at too."""
    monkeypatch.setattr(engine, "WORTHWHILE_KEYS", worthwhile_keys)
    patient, *others = keys(700)
    forgotten, invalid = keys(30, day=DAY - 40), keys(7, report_type=NO_SUCH_TYPE)
    table = KeyTable.of([patient, *others, *forgotten, *invalid])
    seen: list[int] = []

    def matched(progress: Callable[[int], None] | None) -> int:
        found = match_table(
            heard(patient), table, GAEN, release=RELEASE, parameters=STANDARD, progress=progress
        )
        return len(list(found))

    assert matched(seen.append) == matched(None) == 1
    assert sum(seen) == len(table) == 737
    assert min(seen) > 0


@pytest.mark.spec("KERNELS-7")
def test_without_a_kernel_progress_is_told_as_the_keys_go_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "WORTHWHILE_KEYS", 10**9)
    monkeypatch.setattr(key_batches, "PROGRESS_KEYS", 4)
    seen: list[int] = []
    tables = [KeyTable.of(keys(10)), KeyTable(()), KeyTable.of(keys(8, seed=2))]
    found = match_tables(
        heard(), tables, GAEN, release=RELEASE, parameters=STANDARD, progress=seen.append
    )
    assert list(found) == []
    assert seen == [4, 4, 2, 4, 4]


@pytest.mark.parametrize("name", ["gaen", "unlinkable"])
def test_a_batch_of_keys_tells_progress_and_a_filter_has_none_to_tell_of(name: str) -> None:
    design, seen = design_named(name), list[int]()
    batch = design.publish(
        keys(3) if name == "gaen" else [KeyRecord((96 * DAY,), bytes(32))],
        name=BatchName(design=name, region="VN", release=RELEASE),
        parameters=STANDARD,
        rand=Random(3).randbytes,
    )
    found = design.match(heard(), batch, parameters=STANDARD, progress=seen.append)
    assert list(found) == []
    assert seen == ([3] if name == "gaen" else [])
