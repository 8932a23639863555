"""spec/publication/batch.md: the envelope, and what a key costs in it."""

import random
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from batches import batch_of_keys, records_of
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.params import STANDARD
from dp3t.proximity import design
from dp3t.publication import batch as module
from dp3t.publication.batch import MAX_BATCH_BYTES, Batch, BatchName
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.signing import HEADER_BYTES
from dp3t.timeline import Instant
from publication_cases import NOON, REFUSALS, SIGNER, TRUSTED, altered, keys_of
from vectors import Case, vector_cases

TODAY = NOON // 86_400
NAME = BatchName(design="gaen", region="VN-HN", release=NOON)

names = st.builds(
    BatchName,
    design=st.text("abz", min_size=1, max_size=16),
    region=st.text("A0-", min_size=1, max_size=16),
    release=st.integers(0, (2**32 - 1) // 7200).map(lambda slot: Instant(7200 * slot)),
)


@pytest.mark.parametrize("case", vector_cases("batch", operation="open", result="valid"))
def test_a_batch_opens_to_its_fields_and_both_witnesses_write_it(case: Case) -> None:
    file, payload = bytes.fromhex(case["file"]), bytes.fromhex(case["payload"])
    named = {field: case[field] for field in ("design", "region", "release")}
    content = bytes.fromhex(case["content"])
    batch = Batch.open(file, trusted=keys_of(case["trusted"]))
    assert batch == Batch(BatchName(**named), content)
    assert (batch.design, batch.region, batch.release) == tuple(named.values())
    assert batch.encode() == payload == oracle.batch_payload(**named, content=content)
    assert file == oracle.signed_file(bytes.fromhex(case["seed"]), "dp3t batch 1", payload)


@pytest.mark.parametrize(
    "case",
    [
        *vector_cases("batch", operation="open", result="malformed"),
        *vector_cases("batch", operation="open", result="unauthentic"),
    ],
)
def test_a_batch_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(REFUSALS[case["result"]]):
        Batch.open(bytes.fromhex(case["file"]), trusted=keys_of(case["trusted"]))


@pytest.mark.parametrize("case", vector_cases("batch", operation="name"))
def test_a_name_has_the_bytes_that_both_witnesses_write(case: Case) -> None:
    named = {field: case[field] for field in ("design", "region", "release")}
    encoded = bytes.fromhex(case["encoded"])
    assert BatchName(**named).encode() == encoded == oracle.batch_name(**named)


@pytest.mark.spec("CODEC-8")
@pytest.mark.parametrize("case", vector_cases("batch", id="version-2"))
def test_a_batch_of_a_later_version_is_refused_by_that_name(case: Case) -> None:
    with pytest.raises(UnsupportedVersionError, match="the batch has version 2"):
        Batch.open(bytes.fromhex(case["file"]), trusted=keys_of(case["trusted"]))


class TestEnvelope:
    """A name and some bytes, signed."""

    @pytest.mark.spec("BATCH-1", "BATCH-9")
    @given(name=names, content=st.binary(max_size=300))
    def test_what_is_signed_opens_to_the_same_batch_whatever_its_content(
        self, name: BatchName, content: bytes
    ) -> None:
        batch = Batch(name, content)
        assert Batch.open(batch.sign(SIGNER), trusted=TRUSTED) == batch
        assert batch.encode() == oracle.batch_payload(
            design=name.design, region=name.region, release=name.release, content=content
        )

    @pytest.mark.spec("BATCH-9")
    @pytest.mark.parametrize("content", [b"", b"\xc1", b"\x80", bytes(1000)])
    def test_what_the_design_refuses_the_envelope_carries(self, content: bytes) -> None:
        batch = Batch.open(Batch(NAME, content).sign(SIGNER), trusted=TRUSTED)
        assert batch.content == content
        with pytest.raises(MalformedError):
            KeyTable.decode(batch.content)

    def test_a_table_of_keys_comes_out_as_it_went_in(self) -> None:
        records = [KeyRecord((n % 3,), bytes([n]) * 16) for n in range(9)]
        batch = batch_of_keys(records, design="gaen", region="VN", release=NOON)
        again = Batch.open(batch.sign(SIGNER), trusted=TRUSTED)
        assert records_of(again) == sorted(records)

    @pytest.mark.spec("BATCH-8")
    @given(one=names, other=names, content=st.binary(max_size=30))
    def test_two_batches_have_the_same_name_only_if_all_three_fields_agree(
        self, one: BatchName, other: BatchName, content: bytes
    ) -> None:
        assert (one.encode() == other.encode()) is (one == other)
        assert Batch(one, content).name.encode() == one.encode()

    @pytest.mark.spec("BATCH-5")
    @pytest.mark.parametrize(
        ("design", "region"),
        [
            ("", "VN"),
            ("a" * 17, "VN"),
            ("GAEN", "VN"),
            ("gaen\n", "VN"),
            ("é", "VN"),
            ("gaen", ""),
            ("gaen", "vn"),
            ("gaen", "V" * 17),
        ],
    )
    def test_a_writer_refuses_names_outside_their_alphabet(self, design: str, region: str) -> None:
        with pytest.raises(MalformedError, match="named by"):
            batch_of_keys([], design=design, region=region, release=NOON)

    @pytest.mark.spec("TIMELINE-5")
    @pytest.mark.parametrize("moment", [NOON + 1, -7200, 2**32])
    def test_a_writer_refuses_a_moment_that_is_no_release(self, moment: int) -> None:
        with pytest.raises(MalformedError, match="multiple of 7200"):
            batch_of_keys([], design="gaen", region="VN", release=Instant(moment))

    def test_a_content_that_may_not_be_public_yet_does_not_show(self) -> None:
        batch = batch_of_keys(
            [KeyRecord((1,), b"ABCDEFGHIJKLMNOP")], design="gaen", region="VN", release=NOON
        )
        assert "ABCDEFG" not in repr(batch)


class TestHostile:
    """Whatever the bytes, an error of ours, soon and in little memory."""

    @given(data=st.binary(max_size=300))
    def test_any_bytes_are_refused_with_an_error_of_ours(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            Batch.open(data, trusted=TRUSTED)
        with pytest.raises(Dp3tError):
            Batch.decode(data)

    @pytest.mark.spec("BATCH-1")
    @given(data=st.data(), content=st.binary(max_size=60))
    def test_an_altered_payload_is_refused_or_is_the_one_encoding_of_another_batch(
        self, data: st.DataObject, content: bytes
    ) -> None:
        payload = data.draw(altered(Batch(NAME, content).encode()))
        try:
            batch = Batch.decode(payload)
        except Dp3tError:
            return
        assert batch.encode() == payload

    @pytest.mark.spec("BATCH-3")
    @given(data=st.data(), content=st.binary(max_size=60))
    def test_an_altered_file_is_refused(self, data: st.DataObject, content: bytes) -> None:
        file = data.draw(altered(Batch(NAME, content).sign(SIGNER)))
        with pytest.raises((VerificationError, MalformedError)):
            Batch.open(file, trusted=TRUSTED)

    @pytest.mark.spec("BATCH-7")
    def test_a_file_over_the_limit_is_refused_for_its_length(self) -> None:
        with pytest.raises(LimitError, match="268435456"):
            Batch.open(bytes(MAX_BATCH_BYTES + 1), trusted=TRUSTED)

    @pytest.mark.spec("BATCH-7")
    def test_a_payload_over_the_limit_is_refused_for_its_length(self) -> None:
        with pytest.raises(LimitError, match="bytes"):
            Batch.decode(bytes(MAX_BATCH_BYTES + 1))

    @pytest.mark.spec("BATCH-7")
    @pytest.mark.parametrize(
        "payload",
        [
            pytest.param(lambda n: b"\xdd" + n.to_bytes(4, "big") + b"\x90" * n, id="empty-lists"),
            pytest.param(lambda n: b"\xdd" + n.to_bytes(4, "big") + b"\x80" * n, id="empty-maps"),
            pytest.param(lambda n: b"\xdd" + n.to_bytes(4, "big") + bytes(n), id="numbers"),
            pytest.param(lambda n: b"\xdd\xff\xff\xff\xff" * (n // 5), id="headers"),
            pytest.param(lambda n: b"\x9f" * n, id="lists-in-lists"),
        ],
    )
    def test_megabytes_of_items_are_refused_before_they_are_built(
        self, payload: Callable[[int], bytes]
    ) -> None:
        """Invalid: well signed, so that the limit alone stands between it and memory."""
        file = SIGNER.sign(payload(2**22), context="dp3t batch 1")
        tracemalloc.start()
        try:
            with pytest.raises(MalformedError):
                Batch.open(file, trusted=TRUSTED)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak_bytes < 6 * len(file)

    @pytest.mark.spec("BATCH-7")
    def test_a_writer_refuses_more_bytes_than_a_reader_takes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        batch = Batch(NAME, bytes(16))
        length = HEADER_BYTES + len(batch.encode())
        monkeypatch.setattr(module, "MAX_BATCH_BYTES", length)
        assert len(batch.sign(SIGNER)) == length
        monkeypatch.setattr(module, "MAX_BATCH_BYTES", length - 1)
        with pytest.raises(LimitError, match="too much for one batch"):
            batch.sign(SIGNER)

    def test_a_large_batch_opens_in_memory_of_its_size(self) -> None:
        file = published(lowcost_keys(random.Random(7), 2**15), named="lowcost").sign(SIGNER)
        tracemalloc.start()
        try:
            table = KeyTable.decode(Batch.open(file, trusted=TRUSTED).content)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert len(table) == 2**15
        assert peak_bytes < 7 * len(file)


def published(records: list[KeyRecord], *, named: str) -> Batch:
    """Return the batch in which a design publishes some records."""
    name = BatchName(design=named, region="VN-HN", release=NOON)
    rand = random.Random(7).randbytes
    return design(named).publish(records, name=name, parameters=STANDARD, rand=rand)


def gaen_uniform(source: random.Random, count: int) -> list[KeyRecord]:
    """Return keys of 14 start days and every onset, each as likely as the next."""
    return [
        KeyRecord(
            ((TODAY - source.randrange(14)) * 144, 144, 1, source.randint(-14, 14)),
            source.randbytes(16),
        )
        for _ in range(count)
    ]


def gaen_scattered(source: random.Random, count: int) -> list[KeyRecord]:
    """Return keys of 14 start days, each with a rolling period and an onset of its own."""
    return [
        KeyRecord(
            (
                (TODAY - source.randrange(14)) * 144,
                source.randint(1, 144),
                1,
                source.randint(-14, 14),
            ),
            source.randbytes(16),
        )
        for _ in range(count)
    ]


def gaen_any(source: random.Random, count: int) -> list[KeyRecord]:
    """Return keys of any interval of 14 days and of any report type besides."""
    return [
        KeyRecord(
            (
                TODAY * 144 - source.randrange(14 * 144),
                source.randint(1, 144),
                source.randint(1, 5),
                source.randint(-14, 14),
            ),
            source.randbytes(16),
        )
        for _ in range(count)
    ]


def gaen_reports(source: random.Random, count: int) -> list[KeyRecord]:
    """Return whole reports: 14 keys of one onset, the last one cut when the patient pressed."""
    records: list[KeyRecord] = []
    while len(records) < count:
        onset, cut = source.randint(-1, 6), source.randint(1, 144)
        kind = source.choice([1] * 8 + [2, 3])
        records += [
            KeyRecord(
                ((TODAY - ago) * 144, 144 if ago else cut, kind, onset - ago),
                source.randbytes(16),
            )
            for ago in range(14)
        ]
    return records[:count]


def lowcost_keys(source: random.Random, count: int) -> list[KeyRecord]:
    return [KeyRecord((TODAY - source.randrange(14),), source.randbytes(32)) for _ in range(count)]


def hybrid_reports(source: random.Random, count: int, *, window_minutes: int) -> list[KeyRecord]:
    """Return whole reports: a seed or decoy for each window since a day of the last fourteen."""
    records: list[KeyRecord] = []
    now = NOON // (60 * window_minutes)
    while len(records) < count:
        since = (TODAY - source.randrange(1, 15)) * 1440 // window_minutes
        records += [KeyRecord((window,), source.randbytes(16)) for window in range(since, now + 1)]
    return records[:count]


def hybrid_windows(minutes: int) -> Callable[[random.Random, int], list[KeyRecord]]:
    return lambda source, count: hybrid_reports(source, count, window_minutes=minutes)


@pytest.mark.spec("BATCH-6")
@pytest.mark.parametrize(
    ("named", "make", "count", "most"),
    [
        ("gaen", gaen_uniform, 1_000, 1.06),
        ("gaen", gaen_uniform, 10_000, 1.01),
        ("gaen", gaen_reports, 1_000, 1.07),
        ("gaen", gaen_reports, 10_000, 1.02),
        ("lowcost", lowcost_keys, 1_000, 1.01),
        ("lowcost", lowcost_keys, 10_000, 1.01),
        ("hybrid", hybrid_windows(10), 1_000, 1.02),
        ("hybrid", hybrid_windows(120), 1_000, 1.04),
        ("hybrid", hybrid_windows(240), 1_000, 1.03),
        ("hybrid", hybrid_windows(240), 10_000, 1.01),
        ("hybrid", hybrid_windows(1440), 1_000, 1.02),
    ],
)
def test_a_key_costs_little_more_than_its_own_bytes(
    named: str, make: Callable[[random.Random, int], list[KeyRecord]], count: int, most: float
) -> None:
    """Valid: the table of sizes in the chapter, head and signature included; at most 1.1."""
    records = make(random.Random(1), count)
    batch = published(records, named=named)
    assert len(records_of(batch)) == count
    assert len(batch.sign(SIGNER)) < most * sum(len(record.key) for record in records)


@pytest.mark.spec("BATCH-6")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("named", "make"),
    [
        ("gaen", gaen_uniform),
        ("gaen", gaen_reports),
        ("lowcost", lowcost_keys),
        ("hybrid", hybrid_windows(10)),
        ("hybrid", hybrid_windows(120)),
        ("hybrid", hybrid_windows(240)),
        ("hybrid", hybrid_windows(1440)),
    ],
)
def test_from_a_thousand_keys_on_a_batch_is_at_most_a_tenth_over_its_keys(
    named: str, make: Callable[[random.Random, int], list[KeyRecord]], seed: int
) -> None:
    source = random.Random(seed)
    for count in (1_000, 1_500, 3_000):
        records = make(source, count)
        size = len(published(records, named=named).sign(SIGNER))
        assert size <= 1.1 * sum(len(record.key) for record in records)


@pytest.mark.parametrize(
    ("make", "count", "over"),
    [
        (gaen_scattered, 1_000, 1.144),
        (gaen_scattered, 10_000, 1.120),
        (gaen_any, 1_000, 1.281),
        (gaen_any, 10_000, 1.246),
    ],
)
def test_keys_that_share_no_attributes_cost_what_the_chapter_says(
    make: Callable[[random.Random, int], list[KeyRecord]], count: int, over: float
) -> None:
    """Valid, and beyond the bound: no phones report so."""
    size = len(published(make(random.Random(1), count), named="gaen").sign(SIGNER))
    assert size / (16 * count) == pytest.approx(over, abs=0.001)
