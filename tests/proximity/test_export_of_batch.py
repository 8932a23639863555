"""spec/publication/key-files.md: the key files of a batch, and the check that they are its own."""

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_key_files
from batches import batch_of_keys
from dp3t.errors import MalformedError, VerificationError
from dp3t.proximity.export.content import ExportedKey, KeyExport
from dp3t.proximity.export.of_batch import exports_of_batch, require_exports_of_batch
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.export.writer import Signer
from dp3t.publication.batch import Batch
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Interval
from key_files import KEY, OTHER, SIGNER, private_key
from vectors import Case, vector_cases

RELEASE = 1_625_486_400
DAY = RELEASE // 86_400 * 144
RECORDS = [
    KeyRecord((DAY - 144, 144, 1, 127), b"\x03" * 16),
    KeyRecord((DAY - 144, 144, 1, -2), b"\x01" * 16),
    KeyRecord((DAY - 288, 100, 3, 14), b"\x04" * 16),
    KeyRecord((DAY - 432, 1, 5, 0), b"\x02" * 16),
    KeyRecord((DAY, 7, 2, -14), b"\x05" * 16),
]


def batch(*records: KeyRecord, design: str = "gaen", release: int = RELEASE) -> Batch:
    """Return a batch of VN."""
    return batch_of_keys(records, design=design, region="VN", release=release)


def exports(whole: Batch, **options: Any) -> list[KeyExport]:
    """Return the key files of a batch, read and verified."""
    files = exports_of_batch(whole, signers=[SIGNER], **options)
    return [read_export(file, keys={"452-v1": KEY.public()}) for file in files]


def keys_in(*files: KeyExport) -> list[bytes]:
    """Return the keys of files, revised ones included, file by file."""
    return [each.key.key for file in files for each in (*file.keys, *file.revised_keys)]


def batch_in(case: Case) -> Batch:
    """Return the batch of a case."""
    records = (
        KeyRecord(tuple(each["attributes"]), bytes.fromhex(each["key"])) for each in case["records"]
    )
    return batch_of_keys(records, design="gaen", region=case["region"], release=case["release"])


@pytest.mark.parametrize("case", vector_cases("key_files", operation="write"))
def test_the_key_files_of_a_batch_are_those_of_the_vector(case: Case) -> None:
    signers = [
        Signer(private_key(each["private_key"]), each["key_id"], each["key_version"])
        for each in case["signers"]
    ]
    files = exports_of_batch(
        batch_in(case),
        signers=signers,
        revised=[bytes.fromhex(key) for key in case["revised"]],
        most_keys=case["most_keys"],
    )
    assert [file.hex() for file in files] == case["files"]


@pytest.mark.parametrize("case", vector_cases("key_files", operation="write"))
def test_the_oracle_makes_the_same_key_files(case: Case) -> None:
    assert [file.hex() for file in oracle_key_files.key_files(case)] == case["files"]


@pytest.mark.parametrize("case", vector_cases("key_files", operation="check"))
def test_files_are_checked_as_the_vector_says(case: Case) -> None:
    files = [read_export(bytes.fromhex(file), keys=None) for file in case["files"]]
    expected = pytest.raises(VerificationError) if case["result"] != "valid" else nullcontext()
    with expected:
        require_exports_of_batch(files, batch_in(case))


@pytest.mark.spec("KEY-FILES-1", "KEY-FILES-2")
def test_the_key_file_of_a_batch_says_of_each_record_what_the_batch_says() -> None:
    (file,) = exports(batch(*RECORDS))
    assert [each.key.record() for each in file.keys] == sorted(RECORDS, key=lambda each: each.key)
    assert {(each.transmission_risk, each.variant_of_concern) for each in file.keys} == {(0, 0)}
    assert file.keys[2].key.days_since_onset is None
    assert file.keys[2].key.rolling_start == Interval(DAY - 144)
    assert (file.revised_keys, file.region) == ((), "VN")
    assert (file.start, file.end) == (RELEASE - 7_200, RELEASE)


@pytest.mark.spec("KEY-FILES-3", "EXPORT-35")
@pytest.mark.parametrize(("most", "sizes"), [(5, [5]), (4, [4, 1]), (2, [2, 2, 1]), (1, [1] * 5)])
def test_more_keys_than_a_file_holds_go_into_further_files_in_their_order(
    most: int, sizes: list[int]
) -> None:
    files = exports(batch(*RECORDS), most_keys=most, revised={b"\x02" * 16})
    assert [len(keys_in(file)) for file in files] == sizes
    assert [(file.batch_number, file.batch_size) for file in files] == [
        (number, len(sizes)) for number in range(1, len(sizes) + 1)
    ]
    ordered = [key for file in files for key in sorted(keys_in(file))]
    assert ordered == sorted(record.key for record in RECORDS)
    assert {(file.start, file.end) for file in files} == {(RELEASE - 7_200, RELEASE)}


@pytest.mark.spec("KEY-FILES-3")
def test_a_batch_without_keys_has_one_file_without_keys() -> None:
    (file,) = exports(batch())
    assert (keys_in(file), file.batch_size) == ([], 1)


@pytest.mark.spec("KEY-FILES-4")
def test_a_key_that_an_earlier_batch_has_published_stands_among_the_revised() -> None:
    revised = {b"\x04" * 16, b"\x02" * 16, b"\x99" * 16}
    (file,) = exports(batch(*RECORDS), revised=revised)
    assert [each.key.key[0] for each in file.revised_keys] == [2, 4]
    assert [each.key.key[0] for each in file.keys] == [1, 3, 5]


@pytest.mark.spec("KEY-FILES-6")
def test_the_same_batch_gives_the_same_bytes_in_whatever_order_its_records_came() -> None:
    signers = [Signer(KEY, "452", "v2"), Signer(OTHER, "452", "v1")]
    one, other = batch(*RECORDS), batch(*reversed(RECORDS))
    assert exports_of_batch(one, signers=signers) == exports_of_batch(other, signers=signers)
    assert exports_of_batch(one, signers=signers) != exports_of_batch(one, signers=signers[:1])


@pytest.mark.spec("KEY-FILES-1")
@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (batch(KeyRecord((1,), bytes(32)), design="lowcost"), "not of lowcost"),
        (batch(KeyRecord((DAY,), bytes(16))), "four attributes"),
        (batch(KeyRecord((DAY, 145, 1, 0), bytes(16))), "rolling period"),
        (batch(RECORDS[0], replace(RECORDS[0], attributes=(DAY, 1, 1, 0))), "a key twice"),
    ],
    ids=["design", "attributes", "period", "twice"],
)
def test_a_batch_that_is_none_of_gaen_has_no_key_files(made: Batch, fault: str) -> None:
    with pytest.raises(MalformedError, match=fault):
        exports_of_batch(made, signers=[SIGNER])
    with pytest.raises(MalformedError, match=fault):
        require_exports_of_batch([], made)


@pytest.mark.spec("KEY-FILES-2")
def test_the_window_of_the_first_release_of_all_begins_with_it() -> None:
    (file,) = exports(batch(release=0))
    assert (file.start, file.end) == (0, 0)


@pytest.mark.spec("KEY-FILES-12")
@given(st.integers(1, 6), st.sets(st.sampled_from([record.key for record in RECORDS])), st.data())
def test_all_files_of_a_batch_are_found_to_be_its_own(
    most: int, revised: set[bytes], data: st.DataObject
) -> None:
    files = exports(batch(*RECORDS), most_keys=most, revised=revised)
    require_exports_of_batch(data.draw(st.permutations(files)), batch(*RECORDS))


def changed(file: KeyExport, **changes: Any) -> KeyExport:
    """Return a file whose first key says something else."""
    first, *others = file.keys
    return replace(file, keys=(replace(first, key=replace(first.key, **changes)), *others))


def risky(exported: ExportedKey) -> ExportedKey:
    """Return a key with something that no batch says."""
    return replace(exported, transmission_risk=3)


@pytest.mark.spec("KEY-FILES-12")
def test_files_that_are_not_exactly_those_of_the_batch_are_refused() -> None:
    one, two, three = exports(batch(*RECORDS), most_keys=2)
    (alone,) = exports(batch(*RECORDS[:4]))
    for files, fault in {
        (): "all key files",
        (one, two): "all key files",
        (one, two, two): "all key files",
        (one, two, three, three): "all key files",
        (one, two, replace(three, batch_size=4)): "all key files",
        (one, replace(two, region="LA"), three): "region and slot",
        (one, replace(two, end=two.start), three): "region and slot",
        (one, replace(two, start=two.end), three): "region and slot",
        (alone,): "hold the keys",
        (one, two, replace(three, keys=())): "hold the keys",
        (one, changed(two, report_type=5), three): "hold the keys",
        (one, changed(two, days_since_onset=9), three): "hold the keys",
        (one, changed(two, key=b"\x99" * 16), three): "hold the keys",
        (replace(one, keys=two.keys), replace(two, keys=one.keys), three): "hold the keys",
        (one, replace(two, revised_keys=two.keys), three): "hold the keys",
        (one, replace(two, keys=tuple(map(risky, two.keys))), three): "hold the keys",
    }.items():
        with pytest.raises(VerificationError, match=fault):
            require_exports_of_batch(files, batch(*RECORDS))
