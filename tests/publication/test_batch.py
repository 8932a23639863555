"""spec/publication/batch.md."""

import random
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t.codec import encode
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.publication import batch as module
from dp3t.publication.batch import (
    MAX_BATCH_BYTES,
    MAX_GROUPS,
    Batch,
    KeyGroup,
    KeyRecord,
)
from dp3t.publication.columns import decode_runs, differences, encode_runs, sums
from dp3t.publication.signing import HEADER_BYTES
from dp3t.timeline import Instant
from publication_cases import (
    NOON,
    REFUSALS,
    SIGNER,
    TRUSTED,
    altered,
    keys_of,
    record_lists,
)
from vectors import Case, vector_cases

TODAY = NOON // 86_400


def batch_of(records: list[KeyRecord], *, design: str = "gaen") -> Batch:
    return Batch.of_records(records, design=design, region="VN-HN", release=NOON)


@pytest.mark.parametrize("case", vector_cases("batch", result="valid"))
def test_a_batch_opens_to_its_fields_and_both_witnesses_write_it(case: Case) -> None:
    file, payload = bytes.fromhex(case["file"]), bytes.fromhex(case["payload"])
    groups = [
        (tuple(group["attributes"]), [bytes.fromhex(key) for key in group["keys"]])
        for group in case["groups"]
    ]
    batch = Batch.open(file, trusted=keys_of(case["trusted"]))
    assert [(group.attributes, list(group)) for group in batch.groups] == groups
    assert (batch.design, batch.region, batch.release) == (
        case["design"],
        case["region"],
        case["release"],
    )
    assert batch.encode() == payload
    assert payload == oracle.batch_payload(
        design=case["design"], region=case["region"], release=case["release"], groups=groups
    )
    assert file == oracle.signed_file(bytes.fromhex(case["seed"]), "dp3t batch 1", payload)


@pytest.mark.parametrize(
    "case",
    [*vector_cases("batch", result="malformed"), *vector_cases("batch", result="unauthentic")],
)
def test_a_batch_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(REFUSALS[case["result"]]):
        Batch.open(bytes.fromhex(case["file"]), trusted=keys_of(case["trusted"]))


@pytest.mark.spec("CODEC-8")
@pytest.mark.parametrize("case", vector_cases("batch", id="version-2"))
def test_a_batch_of_a_later_version_is_refused_by_that_name(case: Case) -> None:
    with pytest.raises(UnsupportedVersionError, match="the batch has version 2"):
        Batch.open(bytes.fromhex(case["file"]), trusted=keys_of(case["trusted"]))


class TestRecords:
    """From records to bytes and back."""

    @pytest.mark.spec("BATCH-1", "BATCH-2")
    @given(records=record_lists())
    def test_what_is_signed_opens_to_the_same_batch(self, records: list[KeyRecord]) -> None:
        batch = batch_of(records)
        again = Batch.open(batch.sign(SIGNER), trusted=TRUSTED)
        assert again == batch
        assert sorted(again.records()) == sorted(set(records))
        assert len(again) == len(set(records))

    @pytest.mark.spec("BATCH-4")
    @given(records=record_lists(least=2), seed=st.integers())
    def test_the_order_of_arrival_leaves_no_trace(
        self, records: list[KeyRecord], seed: int
    ) -> None:
        shuffled = [*records, records[0]]
        random.Random(seed).shuffle(shuffled)
        assert batch_of(shuffled).encode() == batch_of(records).encode()

    @pytest.mark.spec("BATCH-1", "BATCH-6")
    @given(records=record_lists())
    def test_both_witnesses_write_any_batch_alike(self, records: list[KeyRecord]) -> None:
        batch = batch_of(records)
        groups = [(group.attributes, list(group)) for group in batch.groups]
        assert batch.encode() == oracle.batch_payload(
            design="gaen", region="VN-HN", release=NOON, groups=groups
        )

    @pytest.mark.parametrize(
        "records",
        [
            [KeyRecord((1,), bytes(16)), KeyRecord((2,), bytes(32))],
            [KeyRecord((1,), bytes(16)), KeyRecord((1,), bytes(32))],
            [KeyRecord((1,), bytes(16)), KeyRecord((1, 2), bytes(16))],
            [KeyRecord((1,), bytes(15))],
            [KeyRecord((1,), bytes(65))],
            [KeyRecord((), bytes(16))],
            [KeyRecord((0,) * 9, bytes(16))],
            [KeyRecord((2**32,), bytes(16))],
            [KeyRecord((-(2**31) - 1,), bytes(16))],
            [KeyRecord((True,), bytes(16))],
        ],
        ids=[
            "two-key-lengths",
            "two-key-lengths-in-a-group",
            "two-widths",
            "key-of-15",
            "key-of-65",
            "no-attributes",
            "nine-attributes",
            "above-range",
            "below-range",
            "boolean",
        ],
    )
    def test_records_that_no_reader_accepts_are_refused_by_the_writer(
        self, records: list[KeyRecord]
    ) -> None:
        with pytest.raises(MalformedError):
            batch_of(records)

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
            Batch.of_records([], design=design, region=region, release=NOON)

    @pytest.mark.spec("TIMELINE-5")
    @pytest.mark.parametrize("moment", [NOON + 1, -7200, 2**32])
    def test_a_writer_refuses_a_moment_that_is_no_release(self, moment: int) -> None:
        with pytest.raises(MalformedError, match="multiple of 7200"):
            Batch.of_records([], design="gaen", region="VN", release=Instant(moment))

    @pytest.mark.spec("BATCH-4")
    def test_a_batch_cannot_be_built_out_of_order(self) -> None:
        one, two = (KeyGroup((n,), 16, bytes(16)) for n in (1, 2))
        for groups in ((two, one), (one, one)):
            with pytest.raises(MalformedError, match="ascending"):
                Batch(design="gaen", region="VN", release=NOON, groups=groups)
        with pytest.raises(MalformedError, match="ascending"):
            KeyGroup((1,), 16, bytes(32))

    def test_keys_that_may_not_be_public_yet_do_not_show(self) -> None:
        record = KeyRecord((1,), b"\xabcdefghijklmnop")
        batch = batch_of([KeyRecord((1,), b"ABCDEFGHIJKLMNOP")])
        assert "cdefgh" not in repr(record)
        assert "ABCDEFG" not in repr(batch)


class TestColumns:
    """Runs of equal numbers, and of equal steps."""

    @pytest.mark.spec("BATCH-6")
    def test_the_example_of_the_chapter(self) -> None:
        steps = list(differences([5, 6, 7, 8, 8]))
        assert steps == [5, 1, 1, 1, 0]
        assert encode_runs(steps) == [5, [1, 3], 0]
        assert sums(decode_runs([5, [1, 3], 0], most=5)) == [5, 6, 7, 8, 8]

    @pytest.mark.spec("BATCH-6")
    @given(numbers=st.lists(st.integers(0, 2) | st.integers(-(2**33), 2**33)))
    def test_a_column_is_inverted_and_has_one_form(self, numbers: list[int]) -> None:
        column = encode_runs(numbers)
        assert column == oracle.column(numbers)
        assert decode_runs(column, most=len(numbers)) == numbers
        assert sums(differences(numbers)) == numbers

    @pytest.mark.spec("BATCH-6")
    @given(
        column=st.lists(
            st.integers(0, 1) | st.lists(st.integers(-1, 4), min_size=1, max_size=3), max_size=6
        )
    )
    def test_a_column_in_another_form_is_refused(self, column: list[int | list[int]]) -> None:
        try:
            numbers = decode_runs(column, most=100)
        except MalformedError:
            return
        assert encode_runs(numbers) == column

    @pytest.mark.spec("BATCH-7")
    @pytest.mark.parametrize("length", [101, 2**31, 2**64 - 1])
    def test_a_run_that_claims_too_much_is_refused_before_it_is_written_out(
        self, length: int
    ) -> None:
        with pytest.raises(LimitError):
            decode_runs([[0, length]], most=100)


class TestHostile:
    """Whatever the bytes, an error of ours, soon and in little memory."""

    @given(data=st.binary(max_size=300))
    def test_any_bytes_are_refused_with_an_error_of_ours(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            Batch.open(data, trusted=TRUSTED)
        with pytest.raises(Dp3tError):
            Batch.decode(data)

    @pytest.mark.spec("BATCH-2", "BATCH-4", "BATCH-6")
    @given(data=st.data(), records=record_lists(least=1, most=8))
    def test_an_altered_payload_is_refused_or_is_the_one_encoding_of_another_batch(
        self, data: st.DataObject, records: list[KeyRecord]
    ) -> None:
        payload = data.draw(altered(batch_of(records).encode()))
        try:
            batch = Batch.decode(payload)
        except Dp3tError:
            return
        assert batch.encode() == payload

    @pytest.mark.spec("BATCH-3")
    @given(data=st.data(), records=record_lists(most=8))
    def test_an_altered_file_is_refused(
        self, data: st.DataObject, records: list[KeyRecord]
    ) -> None:
        file = data.draw(altered(batch_of(records).sign(SIGNER)))
        with pytest.raises((VerificationError, MalformedError)):
            Batch.open(file, trusted=TRUSTED)

    @pytest.mark.spec("BATCH-7")
    def test_a_file_over_the_limit_is_refused_for_its_length(self) -> None:
        with pytest.raises(LimitError, match="67108864"):
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
    def test_more_groups_than_the_limit_are_refused(self) -> None:
        payload = encode(
            {
                "attributes": [[[1, MAX_GROUPS + 1]]],
                "counts": [[1, MAX_GROUPS + 1]],
                "design": "gaen",
                "key_bytes": 16,
                "keys": bytes(16 * (MAX_GROUPS + 1)),
                "region": "VN",
                "release": NOON,
                "version": 1,
            }
        )
        with pytest.raises(LimitError, match="65536"):
            Batch.decode(payload)
        group = KeyGroup((1,), 16, bytes(16))
        with pytest.raises(LimitError, match="65536"):
            Batch(design="gaen", region="VN", release=NOON, groups=(group,) * (MAX_GROUPS + 1))

    @pytest.mark.spec("BATCH-7")
    def test_a_batch_at_the_limit_of_groups_is_written_and_read(self) -> None:
        """Valid: 65,536 groups whose columns do not shrink stay within the limit of items."""
        source = random.Random(7)
        rows = {tuple(source.randrange(-9, 9) for _ in range(8)) for _ in range(MAX_GROUPS)}
        batch = batch_of([KeyRecord(row, bytes(16)) for row in rows])
        assert Batch.open(batch.sign(SIGNER), trusted=TRUSTED) == batch

    @pytest.mark.spec("BATCH-7")
    def test_a_writer_refuses_more_bytes_than_a_reader_takes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        batch = batch_of([KeyRecord((1,), bytes(16))])
        length = HEADER_BYTES + len(batch.encode())
        monkeypatch.setattr(module, "MAX_BATCH_BYTES", length)
        assert len(batch.sign(SIGNER)) == length
        monkeypatch.setattr(module, "MAX_BATCH_BYTES", length - 1)
        with pytest.raises(LimitError, match="too many keys"):
            batch.sign(SIGNER)

    def test_a_large_batch_opens_in_memory_of_its_size(self) -> None:
        source = random.Random(7)
        records = [KeyRecord((TODAY - n % 14,), source.randbytes(32)) for n in range(2**15)]
        file = batch_of(records, design="lowcost").sign(SIGNER)
        tracemalloc.start()
        try:
            Batch.open(file, trusted=TRUSTED)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak_bytes < 7 * len(file)


def gaen_uniform(source: random.Random, count: int) -> list[KeyRecord]:
    """Return keys of 14 start days and every onset, each as likely as the next."""
    return [
        KeyRecord(
            ((TODAY - source.randrange(14)) * 144, 144, 1, source.randint(-14, 14)),
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


@pytest.mark.spec("BATCH-6")
@pytest.mark.parametrize(
    ("make", "count", "per_key"),
    [
        (gaen_uniform, 1_000, 1.05 * 16),
        (gaen_uniform, 10_000, 1.01 * 16),
        (gaen_reports, 1_000, 1.07 * 16),
        (gaen_reports, 10_000, 1.02 * 16),
        (lowcost_keys, 1_000, 1.01 * 32),
    ],
)
def test_a_key_costs_little_more_than_its_own_bytes(
    make: Callable[[random.Random, int], list[KeyRecord]], count: int, per_key: float
) -> None:
    """Valid: the table of sizes in the chapter, head and signature included."""
    batch = batch_of(make(random.Random(1), count))
    assert len(batch) == count
    assert len(batch.sign(SIGNER)) < per_key * count
