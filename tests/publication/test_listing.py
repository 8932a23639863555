"""spec/publication/index.md, lists of days: dp3t/publication/listing.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.publication.index import Index
from dp3t.publication.listing import DayEntry, IndexEntry
from dp3t.timeline import Day, Instant
from index_cases import SLOT, entries, entry_of, index_of, written
from oracle_crypto import sha256
from publication_cases import DAY, NOON, REFUSALS, SIGNER, signer
from vectors import Case, vector_cases


@pytest.mark.parametrize("case", vector_cases("index", operation="describes"))
def test_an_entry_describes_one_file_and_no_other(case: Case) -> None:
    entry = IndexEntry(
        release=case["release"],
        design=case["design"],
        size_bytes=case["size_bytes"],
        digest=bytes.fromhex(case["digest"]),
        leaf=0,
    )
    data = bytes.fromhex(case["file"])
    if case["result"] == "valid":
        entry.require_describes(data)
        assert sha256(data) == entry.digest
    else:
        with pytest.raises(MalformedError, match="not the file"):
            entry.require_describes(data)


@pytest.mark.parametrize("case", vector_cases("index", operation="day"))
def test_the_list_of_a_day_is_read_only_as_the_index_names_it(case: Case) -> None:
    entry = DayEntry(
        day=case["day"], size_bytes=case["size_bytes"], digest=bytes.fromhex(case["digest"])
    )
    data = bytes.fromhex(case["file"])
    if case["result"] != "valid":
        with pytest.raises(REFUSALS[case["result"]]):
            entry.open(data, region=case["of_region"])
        return
    listed = entry.open(data, region=case["of_region"])
    assert [each.name for each in listed.entries] == [each["name"] for each in case["entries"]]
    message = {
        "day": case["day"],
        "entries": [written(each) for each in case["entries"]],
        "region": case["region"],
        "version": 1,
    }
    assert data == listed.encode() == oracle.msgpack_encode(message)


class TestDays:
    """Recent batches stand in the index, older ones in lists of their days."""

    @pytest.mark.spec("INDEX-8", "INDEX-9")
    @given(listed=entries, issued=st.integers(0, 40).map(lambda slot: NOON + slot * SLOT))
    def test_every_batch_is_listed_once_and_only_old_ones_apart(
        self, listed: list[IndexEntry], issued: int
    ) -> None:
        index, lists = Index.of(
            listed,
            keys=[],
            region="VN",
            number=1,
            issued=Instant(issued),
            log_key="log",
            checkpoint=b"checkpoint",
        )
        yesterday = issued // DAY - 1
        assert all(entry.release // DAY >= yesterday for entry in index.entries)
        found = list(index.entries)
        for day, file in zip(index.days, lists, strict=True):
            assert day.day < yesterday
            found += day.open(file.encode(), region="VN").entries
        assert sorted(found) == sorted(listed)

    @pytest.mark.spec("INDEX-8")
    def test_fourteen_days_of_one_design_cost_a_phone_four_kilobytes(self) -> None:
        releases = range(NOON - 14 * DAY, NOON + 1, SLOT)
        index = index_of(*map(entry_of, releases), keys=[signer(1).public(), signer(2).public()])
        assert len(index.sign(SIGNER)) < 4096

    @pytest.mark.spec("INDEX-9")
    @given(data=st.binary(max_size=300))
    def test_any_bytes_are_a_list_or_refused_with_an_error_of_ours(self, data: bytes) -> None:
        entry = DayEntry(day=Day(5), size_bytes=max(1, len(data)), digest=sha256(data))
        with pytest.raises(Dp3tError):
            entry.open(data, region="VN")

    @pytest.mark.spec("INDEX-9")
    def test_a_list_of_too_many_is_refused(self) -> None:
        names = ["x" * 14 + first + last for first in "abcdefghij" for last in "abcdefghij"]
        most = [entry_of(NOON - SLOT * n, design=name) for name in names for n in range(6)]
        with pytest.raises(LimitError, match="512 entries"):
            index_of(*most, issued=NOON + 3 * DAY)
