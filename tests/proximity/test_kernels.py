"""spec/proximity/kernels.md."""

from collections.abc import Callable, Collection, Iterator
from random import Random
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS, STANDARD, Parameters
from dp3t.proximity import gaen
from dp3t.proximity.designs import design_named
from dp3t.proximity.interface import Match
from dp3t.proximity.kernels import engine
from dp3t.proximity.key_batches import match_table
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Instant, Interval

np = pytest.importorskip("numpy", reason="the extra fast is not installed")
pytest.importorskip("numba", reason="the extra fast is not installed")

from dp3t.proximity.kernels import features, index, marking, native  # noqa: E402 - only where numba is
from dp3t.proximity.kernels.index import index_of  # noqa: E402
from dp3t.proximity.kernels.probe import LARGE_FILTER_SHIFT  # noqa: E402

if not features.SUPPORTED:
    pytest.skip("the processor has no AES instructions", allow_module_level=True)

DAY = 18_377
RELEASE = Instant((DAY + 1) * DAY_SECONDS)
WIDTHS = {"gaen": 16, "lowcost": 32, "hybrid": 16}
RETENTION = STANDARD.retention_days


@pytest.fixture(autouse=True)
def every_table_goes_through_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTHWHILE_KEYS", 0)


@pytest.mark.spec("KERNELS-2")
def test_heads_that_an_attacker_chose_alike_are_all_found() -> None:
    """They fall into one word of the filter and one part of the list."""
    key = gaen.TemporaryExposureKey(key=bytes(16), rolling_start=Interval(DAY * 144))
    identifier = gaen.identifiers(key.key, [key.rolling_start + 143])
    alike = [identifier[:2] + n.to_bytes(4, "big") + identifier[6:] for n in range(3000)]
    store = ObservationStore()
    for one in [*alike, identifier]:
        store.add(Kept(one, NO_PERIOD, b""), at=Instant(RELEASE - 300), rssi_dbm=-50)
    found = matched("gaen", KeyTable.of([key.record()]), store)
    assert [match.observation.identity for match in found] == [identifier]


def test_what_is_derived_of_the_identities_is_made_anew_when_they_change() -> None:
    store, made = ObservationStore(), list[int]()

    def count(identities: Collection[bytes]) -> int:
        made.append(len(identities))
        return len(identities)

    changes: list[Callable[[], None]] = [
        lambda: store.add(Kept(bytes(16), 1, b""), at=Instant(9000), rssi_dbm=0),
        lambda: store.add(Kept(bytes(16), 1, b""), at=Instant(9001), rssi_dbm=0),
        lambda: store.add(Kept(b"1" * 16, 1, b""), at=Instant(9000), rssi_dbm=0),
        lambda: store.discard([bytes(16)]),
        lambda: store.forget_after(Instant(0)),
    ]
    for change, expected in zip(changes, (1, 1, 2, 1, 0), strict=True):
        change()
        assert store.derived(count) == store.derived(count) == expected
    assert made == [1, 2, 1, 0]


# --- the same matches ---------------------------------------------------------------------------


def matched(
    name: str,
    table: KeyTable,
    store: ObservationStore,
    parameters: Parameters = STANDARD,
    progress: Callable[[int], None] | None = None,
) -> list[Match]:
    return list(
        match_table(
            store,
            table,
            design_named(name),
            release=RELEASE,
            parameters=parameters,
            progress=progress,
        )
    )


def portable(
    name: str, table: KeyTable, store: ObservationStore, parameters: Parameters = STANDARD
) -> list[Match]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "kernel", lambda _design: None)
        return matched(name, table, store, parameters)


@st.composite
def tables(draw: st.DrawFn, name: str) -> KeyTable:
    """Draw keys around the days that count, with rolling periods of every length."""
    days = st.integers(DAY - RETENTION - 3, DAY + 1)
    shapes = {
        "gaen": st.tuples(
            days.map(lambda day: 144 * day),
            st.sampled_from([1, 2, 15, 16, 17, 143, 144]),
            st.integers(0, 6),  # 6 is no report type
            st.sampled_from([127, 0, -14]),
        ),
        "lowcost": st.tuples(days | st.sampled_from([-1, 0, DAY - 128])),
        "hybrid": st.tuples(st.builds(lambda day, part: 6 * day + part, days, st.integers(0, 5))),
    }
    count = draw(st.sampled_from([0, 1, 2, 15, 16, 17, 40]))
    dice = Random(draw(st.integers(0, 2**32)))
    groups = draw(st.lists(shapes[name], min_size=1, max_size=4))
    width = WIDTHS[name]
    return KeyTable.of(KeyRecord(dice.choice(groups), dice.randbytes(width)) for _ in range(count))


def oracle_identifiers(name: str, record: KeyRecord, parameters: Parameters) -> Iterator[bytes]:
    """Yield what the second witness derives of a key."""
    first, key = record.attributes[0], record.key
    if name == "gaen":
        yield from (oracle.gaen_rpi(key, first + at) for at in (0, record.attributes[1] - 1))
    if name == "hybrid":
        yield from oracle.hybrid_identifiers(key, 16)
    if name == "lowcost":
        for _ in range(max(0, DAY - first)):
            key = oracle.lowcost_next_key(key)
        yield from oracle.lowcost_identifiers(key, parameters.epochs_per_day)


def street(name: str, table: KeyTable, dice: Random, parameters: Parameters) -> ObservationStore:
    """Return what a phone heard: of some keys the first and last identifier, much else besides."""
    store, design = ObservationStore(), design_named(name)
    for _ in range(dice.choice([0, 1, 50])):
        store.add(
            Kept(dice.randbytes(16), NO_PERIOD, b""),
            at=Instant(RELEASE - dice.randrange(1, 14 * DAY_SECONDS)),
            rssi_dbm=-70,
        )
    for record in table:
        if dice.random() < 0.6:
            continue
        try:
            expansions = design.tracing_key(record).expand(before=RELEASE, parameters=parameters)
        except MalformedError:
            continue
        for expansion in expansions:
            for place in {0, len(expansion.split()) - 1}:
                start, end = expansion.validity(place)
                at = dice.choice([start, end - 1, end, dice.randrange(start, end)])
                kept = Kept(expansion.split()[place], expansion.period, b"")
                store.add(kept, at=Instant(at), rssi_dbm=-50)
                if not dice.randrange(3):
                    store.add(kept, at=Instant(at), rssi_dbm=-51)
    return store


@pytest.mark.parametrize("name", engine.DESIGNS)
@given(data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.spec("KERNELS-1", "KERNELS-2")
def test_a_kernel_changes_no_match(name: str, data: st.DataObject) -> None:
    assert engine.kernel(name) is not None
    table = data.draw(tables(name))
    dice = Random(data.draw(st.integers(0, 2**32)))
    parameters = dice.choice([STANDARD, Parameters(epoch_minutes=1, window_minutes=10)])
    store = street(name, table, dice, parameters)
    try:
        expected = portable(name, table, store, parameters)
    except MalformedError as error:
        with pytest.raises(MalformedError, match=str(error)):
            matched(name, table, store, parameters)
        return
    assert matched(name, table, store, parameters) == expected


@pytest.mark.parametrize("bits", [20, 10**6], ids=["small filter", "large filter"])
@pytest.mark.parametrize("name", engine.DESIGNS)
@pytest.mark.spec("KERNELS-2")
def test_a_kernel_marks_every_key_of_which_the_oracle_derives_an_identifier(
    name: str, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words of a large filter are fetched ahead."""
    monkeypatch.setattr(index, "FILTER_BITS", bits)
    dice = Random(7)
    attributes = {"gaen": (144 * DAY, 144, 1, 127), "lowcost": (DAY - 2,), "hybrid": (6 * DAY,)}
    records = sorted(KeyRecord(attributes[name], dice.randbytes(WIDTHS[name])) for _ in range(36))
    for offset in range(3):
        spoken = [list(oracle_identifiers(name, one, STANDARD)) for one in records[offset::7]]
        heard = [dice.choice([one[0], one[-1]]) for one in spoken]
        store = ObservationStore()
        for identifier in heard:
            store.add(Kept(identifier, DAY, b""), at=Instant(RELEASE - 1), rssi_dbm=-50)
        table = KeyTable.of(records)
        design = design_named(name)
        groups = [(one, design.tracing_key(records[0])) for one in table.groups]
        asked = store.derived(index_of)
        assert asked is not None
        assert bool(asked.word_shift <= LARGE_FILTER_SHIFT) is (bits > 20)
        planned = engine.plans(name, groups, release=RELEASE, parameters=STANDARD)
        assert list(engine.candidates(name, planned, store)) == records[offset::7]


@pytest.mark.parametrize("name", engine.DESIGNS)
@pytest.mark.spec("KERNELS-1")
def test_nothing_heard_and_nothing_published_match_nothing(name: str) -> None:
    attributes = {"gaen": (144 * DAY, 144, 1, 127), "lowcost": (DAY,), "hybrid": (6 * DAY,)}
    table = KeyTable.of([KeyRecord(attributes[name], bytes(WIDTHS[name]))])
    hashes = ObservationStore()
    hashes.add(Kept(bytes(32), NO_PERIOD, b""), at=Instant(RELEASE - 1), rssi_dbm=-50)
    for store in (ObservationStore(), hashes):
        assert matched(name, table, store) == []
        assert matched(name, KeyTable(()), store) == []


@pytest.mark.spec("KERNELS-1")
def test_an_identifier_that_shares_its_head_with_a_published_one_is_no_match() -> None:
    key = gaen.TemporaryExposureKey(key=bytes(16), rolling_start=Interval(DAY * 144))
    identifier = gaen.identifiers(key.key, [key.rolling_start])
    store = ObservationStore()
    store.add(Kept(identifier[:8] + bytes(8), NO_PERIOD, b""), at=RELEASE, rssi_dbm=-50)
    assert matched("gaen", KeyTable.of([key.record()]), store) == []


@pytest.mark.spec("KERNELS-7")
def test_keys_are_taken_in_parts_and_each_part_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert marking.CHUNK_KEYS == 65_536
    monkeypatch.setattr(marking, "CHUNK_KEYS", 10)
    dice, seen = Random(3), list[int]()
    records = [
        KeyRecord((144 * (DAY - day), 144, 1, 127), dice.randbytes(16))
        for day in range(3)
        for _ in range((25, 4, 13)[day])
    ]
    table = KeyTable.of(records)
    store = street("gaen", table, Random(4), STANDARD)
    taken = []
    flags = marking.Marking.flags

    def noted(self: Any, parts: Any, index: Any) -> Any:
        taken.append(sum(part.keys for part in parts))
        return flags(self, parts, index)

    monkeypatch.setattr(marking.Marking, "flags", noted)
    found = matched("gaen", table, store, progress=seen.append)
    assert found == portable("gaen", table, store)
    assert found
    assert taken == seen == [10, 10, 10, 10, 2]


def test_other_threads_run_while_a_kernel_does() -> None:
    """A kernel that held the interpreter's lock would let nothing happen until it is done."""
    count = 400_000
    keys = np.frombuffer(bytes(16 * count), np.uint32)  # not to be written to, as always
    starts, counts = np.zeros(count, np.uint32), np.full(count, 144, np.uint32)
    found, index = np.zeros(count, np.uint8), index_of([bytes(16)])
    assert index is not None
    native.mark_gaen(keys[:4], starts[:1], counts[:1], index, found[:1])
    done = list[int]()

    def mark() -> None:
        native.mark_gaen(keys, starts, counts, index, found)
        done.append(1)

    thread = Thread(target=mark)
    thread.start()
    steps = 0
    while not done:
        steps += 1
    thread.join()
    assert steps > 1000
