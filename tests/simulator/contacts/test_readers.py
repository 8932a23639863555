"""Readers of contacts: what each format means, and what is refused by file, line and field."""

import gzip
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dp3t import Dp3tError, LimitError, MalformedError
from dp3t_simulator.contacts import table
from dp3t_simulator.contacts.copenhagen import read_copenhagen
from dp3t_simulator.contacts.haslemere import read_haslemere, start_seconds
from dp3t_simulator.contacts.readers import READERS, format_of, read_contacts
from dp3t_simulator.contacts.records import ContactRecords
from dp3t_simulator.contacts.sociopatterns import read_groups, read_sociopatterns
from shared_data import shared

SOCIOPATTERNS = b"28860 117 429\n28840 1362 574\n28840 164 779\n"
COPENHAGEN = b"# timestamp,user_a,user_b,rssi\n300,5,2,-70\n0,1,-1,0\n0,3,-2,-90\n0,2,5,-80\n"
HASLEMERE = b"time_step,user1_id,user2_id,distance_m\n193,1,2,4.5\n1,390,1,17\n1,2,215,9\n"
SAMPLES = {
    "sociopatterns": SOCIOPATTERNS,
    "copenhagen": COPENHAGEN,
    "haslemere": HASLEMERE,
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "contacts.csv"
        path.write_bytes(data)
        return path

    return write


Write = Callable[[bytes], Path]


def rows(records: ContactRecords) -> list[tuple[int, int, int]]:
    columns = (records.start_seconds, records.first, records.second)
    return list(zip(*(each.tolist() for each in columns), strict=True))


@pytest.mark.spec("SIMULATOR-6")
def test_sociopatterns_are_the_twenty_seconds_before_each_time(write: Write) -> None:
    found = read_sociopatterns(write(SOCIOPATTERNS))
    assert rows(found) == [(28820, 164, 779), (28820, 574, 1362), (28840, 117, 429)]
    assert found.duration_seconds.tolist() == [20, 20, 20]
    assert found.distance_m is None
    assert found.rssi_dbm is None
    assert found.people().tolist() == [117, 164, 429, 574, 779, 1362]
    assert found.groups == {}


def test_sociopatterns_with_classes_know_them(write: Write) -> None:
    found = read_sociopatterns(
        write(b"1385982020\t454\t640\tMP\tMP*1\r\n1385982040 1 454 PC MP\r\n")
    )
    assert rows(found) == [(1385982000, 454, 640), (1385982020, 1, 454)]
    assert found.groups == {454: "MP", 640: "MP*1", 1: "PC"}


@pytest.mark.spec("SIMULATOR-6")
def test_copenhagen_counts_empty_scans_and_outsiders_apart(write: Write) -> None:
    found = read_copenhagen(write(COPENHAGEN))
    assert rows(found) == [(0, 2, 5), (300, 2, 5)]
    assert found.rssi_dbm is not None
    assert found.rssi_dbm.tolist() == [-80, -70]
    assert found.duration_seconds.tolist() == [300, 300]
    assert (found.empty_scans, found.outside_sightings) == (1, 1)


@pytest.mark.spec("SIMULATOR-6")
def test_haslemere_days_begin_at_seven_and_leave_out_the_nights(write: Write) -> None:
    found = read_haslemere(write(HASLEMERE))
    assert rows(found) == [(7 * 3600, 1, 390), (7 * 3600, 2, 215), (31 * 3600, 1, 2)]
    assert found.distance_m is not None
    assert found.distance_m.tolist() == [17, 9, 4.5]
    assert len(found) == 3


@pytest.mark.spec("SIMULATOR-6")
def test_of_several_lines_for_one_pair_and_time_the_nearest_counts(write: Write) -> None:
    near = read_haslemere(write(HASLEMERE + b"1,2,215,8\n1,215,2,12\n"))
    assert near.distance_m is not None
    assert (len(near), near.distance_m.tolist()) == (3, [17, 8, 4.5])
    strong = read_copenhagen(write(COPENHAGEN + b"0,5,2,-60\n0,2,5,-75\n"))
    assert strong.rssi_dbm is not None
    assert strong.rssi_dbm.tolist() == [-60, -70]
    assert len(read_sociopatterns(write(SOCIOPATTERNS + SOCIOPATTERNS))) == 3


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("change", ["gzip", "no end of line", "carriage returns", "empty lines"])
def test_what_carries_the_lines_does_not_matter(name: str, change: str, tmp_path: Path) -> None:
    data, path = SAMPLES[name], tmp_path / "contacts.dat"
    match change:
        case "gzip":
            path, data = tmp_path / "contacts.dat.gz", gzip.compress(data)
        case "no end of line":
            data = data.rstrip(b"\n")
        case "carriage returns":
            data = data.replace(b"\n", b"\r\n")
        case _:
            data += b"\n\r\n"
    (tmp_path / "plain").write_bytes(SAMPLES[name])
    path.write_bytes(data)
    assert rows(READERS[name](path)) == rows(READERS[name](tmp_path / "plain"))


@pytest.mark.parametrize("name", READERS)
def test_the_first_line_tells_the_format(name: str, write: Write) -> None:
    path = write(SAMPLES[name])
    assert format_of(path) == name
    assert rows(read_contacts(path)) == rows(READERS[name](path))


@pytest.mark.parametrize("line", [b"20 DCAR", b"20\tDCAR\tF"])
def test_groups_are_read_from_metadata(line: bytes, write: Write) -> None:
    assert read_groups(write(line + b"\n")) == {20: "DCAR"}


@pytest.mark.spec("SIMULATOR-5")
@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"20 A\n20 B\n", "line 2: 20 is in two classes"),
        (b"20 A\n21 B F\n", "line 2: 3 fields, and not the 2 of i, Ci"),
        (b"x A\n", "line 1: i is 'x'"),
    ],
)
def test_metadata_of_another_layout_are_refused(data: bytes, fault: str, write: Write) -> None:
    with pytest.raises(MalformedError, match=fault):
        read_groups(write(data))


HEAD = b"time_step,user1_id,user2_id,distance_m\n"
SCANS = b"# timestamp,user_a,user_b,rssi\n"


@pytest.mark.spec("SIMULATOR-5")
@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("sociopatterns", b"40 1 2\n40 1 x\n", "line 2: j is 'x', and not a number"),
        ("sociopatterns", b"40 1 2\n\n40 1 2 A B\n", "line 3: 5 fields, and not the 3 of t, i, j"),
        ("sociopatterns", b"40 1 2 A\n", "line 1: 4 fields, and not the 3"),
        ("sociopatterns", b"40,1,2\n", "line 1: 1 fields"),
        ("sociopatterns", b"40 1 2.5\n", "line 1: j is '2.5'"),
        ("sociopatterns", b"-40 1 2\n", "line 1: t is '-40'"),
        ("sociopatterns", b"\n\n40 3 2\n60 1 1\n", "line 4: i and j are the same person"),
        ("sociopatterns", b"40 1 2\n40 1 3\r\r\n", r"line 2: j is '3\r', and not"),
        ("sociopatterns", b"40 1 2\n\r", "line 2: 1 fields"),
        ("sociopatterns", b"40 1 2\r40 1 3\n", r"line 1: j is '2\r40'"),
        ("sociopatterns", b" 40 1 2\n", "line 1: 4 fields"),
        ("sociopatterns", b"19 1 2\n", "line 1: t is below 20"),
        ("sociopatterns", b"40 1 2 A B\n60 1 3 B B\n", "line 2: 1 is in two classes"),
        ("copenhagen", b"0,1,2,-70\n", "line 1: the first line is '# timestamp"),
        ("copenhagen", SCANS + b"0,1,-3,-70\n", "line 2: user_b is '-3', and not"),
        ("copenhagen", SCANS + b"0,-1,3,-70\n", "line 2: user_a is '-1'"),
        ("copenhagen", SCANS + b"0,1,3,-700\n", "line 2: rssi is '-700'"),
        ("copenhagen", SCANS + b"0,1,3,\n", "line 2: rssi is ''"),
        ("copenhagen", SCANS + b"0,1,2,-70\n0,3,3,-70\n", "line 3: user_a and user_b are the same"),
        ("haslemere", b"", "line 1: the first line is 'time_step"),
        ("haslemere", HEAD + b"0,1,2,5\n", "line 2: time_step is '0', and not a number from 1"),
        ("haslemere", HEAD + b"1,1,2,nan\n", "line 2: distance_m is 'nan'"),
        ("haslemere", HEAD + b"1,1,2,-5\n", "line 2: distance_m is '-5'"),
        ("haslemere", HEAD + b"1,1,2,5,6\n", "line 2: 5 fields, and not the 4"),
        ("haslemere", HEAD + b"1,7,7,5\n", "line 2: user1_id and user2_id are the same person"),
        ("haslemere", HEAD + b"1,1,\xff\xfe,5\n", r"line 2: user2_id is '\xff\xfe'"),
    ],
)
def test_a_line_of_another_layout_is_refused_by_place(
    name: str, data: bytes, fault: str, write: Write
) -> None:
    path = write(data)
    with pytest.raises(MalformedError) as raised:
        READERS[name](path)
    assert str(raised.value).startswith(f"{path}: ")
    assert fault in str(raised.value)


@pytest.mark.spec("SIMULATOR-5")
def test_a_fault_far_on_is_named_by_its_line(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read a part at a time, and lines count through all parts."""
    monkeypatch.setattr(table, "_PART_BYTES", 100)
    data = b"\n" + SOCIOPATTERNS * 50
    assert len(read_sociopatterns(write(data))) == 3
    with pytest.raises(MalformedError, match="line 152: i is '-1'"):
        read_sociopatterns(write(data + b"40 -1 2\n"))
    with pytest.raises(MalformedError, match="line 153: i and j are the same person"):
        read_sociopatterns(write(data + b"\n40 1 1\n"))


def test_a_line_without_end_is_refused_before_it_is_read_whole(write: Write) -> None:
    with pytest.raises(LimitError, match="line 2: a line has at most 1024 bytes"):
        read_sociopatterns(write(b"40 1 2\n" + b"4" * 5000))


@pytest.mark.parametrize("damage", ["cut", "no gzip", "garbled"])
def test_a_damaged_gzip_file_is_refused_by_name(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "contacts.dat.gz"
    packed = bytearray(gzip.compress(SOCIOPATTERNS * 100))
    packed[20] ^= 0xFF
    whole = {"cut": gzip.compress(SOCIOPATTERNS)[:-9], "no gzip": SOCIOPATTERNS}
    path.write_bytes(whole.get(damage, bytes(packed)))
    with pytest.raises(MalformedError, match=r"contacts\.dat\.gz: "):
        read_sociopatterns(path)


@pytest.mark.parametrize("name", READERS)
def test_a_file_without_contacts_is_none(name: str, write: Write) -> None:
    header = b"" if name == "sociopatterns" else SAMPLES[name].splitlines(keepends=True)[0]
    found = READERS[name](write(header))
    assert len(found) == 0
    assert found.people().tolist() == []


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_is_not_there_is_an_error_of_the_system(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"):
        READERS[name](tmp_path / "absent.csv")


@pytest.mark.spec("SIMULATOR-5")
@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_any_bytes_are_records_or_a_refusal(name: str, data: st.DataObject) -> None:
    words = st.sampled_from([b"0", b"1", b"22", b"-1", b" ", b",", b"\n", b"\r", b"\t", b".", b"A"])
    text = b"".join(data.draw(st.lists(words | st.binary(max_size=3), max_size=40)))
    cut = data.draw(st.integers(0, len(SAMPLES[name])))
    with TemporaryDirectory() as folder:
        path = Path(folder, "contacts.csv")
        path.write_bytes(SAMPLES[name][:cut] + text)
        with suppress(Dp3tError):
            assert (READERS[name](path).first < 10**9).all()


@example(rows=[(40, 1, 2)])
@given(
    rows=st.lists(
        st.tuples(st.integers(20, 9_999_999_999), st.integers(0, 10**9 - 1), st.integers(0, 99)),
        max_size=30,
    )
)
def test_what_is_written_is_read(rows: list[tuple[int, int, int]]) -> None:
    kept = [row for row in rows if row[1] != row[2]]
    with TemporaryDirectory() as folder:
        path = Path(folder, "contacts.dat")
        path.write_text("".join(f"{t} {i} {j}\n" for t, i, j in kept))
        found = read_sociopatterns(path)
    columns = zip(found.start_seconds, found.first, found.second, strict=True)
    expected = sorted({(t - 20, min(i, j), max(i, j)) for t, i, j in kept})
    assert [tuple(map(int, each)) for each in columns] == expected


def test_the_haslemere_study_is_read_as_it_is_described() -> None:
    found = read_haslemere(shared("data/contacts/HaslemereProximity.csv"))
    assert (len(found), len(found.people())) == (102_831, 469)
    assert found.distance_m is not None
    assert (found.distance_m.min(), found.distance_m.max()) == (0, 50)
    assert [len(found.days_together(within_m=metres)) for metres in (2, 10)] == [1086, 1855]


def test_the_workplace_of_sociopatterns_is_read_as_it_is_described() -> None:
    found = read_sociopatterns(shared("data/contacts/tij_InVS15.dat"))
    assert (len(found), len(found.people())) == (78_249, 217)
    assert len(np.unique(found.start_seconds // 86_400)) == 10
    groups = read_groups(shared("data/contacts/metadata_InVS15.dat"))
    assert set(found.people().tolist()) <= groups.keys()
    assert len(set(groups.values())) == 12


def test_the_haslemere_study_s_own_table_of_times_is_ours() -> None:
    """Its steps begin when we say, in the time of the first day's midnight."""
    lines = shared("data/contacts/TimeConversion.csv").read_text(encoding="ascii").splitlines()[1:]
    midnight = datetime(2017, 10, 12, tzinfo=UTC)
    theirs = [
        (datetime.strptime(each[-20:], "%d %b %Y %H:%M:%S").replace(tzinfo=UTC) - midnight)
        for each in lines
    ]
    steps = [int(each.partition(",")[0]) for each in lines]
    assert start_seconds(np.array(steps)).tolist() == [each.total_seconds() for each in theirs]
