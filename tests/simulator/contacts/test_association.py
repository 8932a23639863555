"""Association matrices in R's own files: values, networks, refusals, and the real one."""

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import r_files as r
from dp3t import Dp3tError, LimitError, MalformedError, UnsupportedVersionError
from dp3t_simulator.contacts import r_data
from dp3t_simulator.contacts.association import read_association
from dp3t_simulator.contacts.haslemere import read_haslemere
from dp3t_simulator.contacts.network import ContactNetwork
from dp3t_simulator.contacts.r_data import RVector, read_r_data
from shared_data import shared

TRIANGLE = r.matrix([[9, 2, 0], [2, 0, 0.5], [0, 0.5, 0]])
PAIR = r.wrapped(r.integers([0, 3, 3, 0], r.pairs(dim=r.integers([2, 2]))))
BOTH = r.a_list([TRIANGLE, PAIR], r.pairs(names=r.strings(["All", None])))


def network(data: bytes, folder: Path, *, item: int = 1) -> ContactNetwork:
    path = folder / "matrices.RData"
    path.write_bytes(data)
    return read_association(path, item=item)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_matrix_is_a_network_without_its_diagonal(
    version: int, compressed: bool, tmp_path: Path
) -> None:
    data = r.r_data(version=version, compressed=compressed, am=TRIANGLE)
    found = network(data, tmp_path)
    assert found.people == 3
    assert (found.first.tolist(), found.second.tolist()) == ([0, 1], [1, 2])
    assert found.weight.tolist() == [2.0, 0.5]


def test_a_matrix_of_a_list_is_chosen_by_its_number(tmp_path: Path) -> None:
    found = network(r.r_data(am_list=BOTH), tmp_path, item=2)
    assert (found.people, found.weight.tolist()) == (2, [3.0])


def test_values_have_their_types_and_attributes() -> None:
    values = read_r_data(
        r.r_data(a=BOTH, b=r.strings(["Hà", None]), c=r.NULL, d=r.number(10) + r.number(0))
    )
    assert list(values) == ["a", "b", "c", "d"]
    assert values["c"] is None
    both, text, empty = values["a"], values["b"], values["d"]
    assert isinstance(both, RVector)
    assert isinstance(text, RVector)
    assert isinstance(empty, RVector)
    assert text.values == ("Hà", None)
    assert len(empty.values) == 0
    names = both.attributes["names"]
    assert isinstance(names, RVector)
    assert names.values == ("All", None)


def test_a_symbol_that_comes_again_is_a_reference() -> None:
    again = r.number(0x402) + r.number(255 | 1 << 8) + r.integers([1]) + r.NULL
    vector = r.number(13 | 0x200) + r.number(1) + r.number(5) + again
    value = read_r_data(r.r_data(dim=vector))["dim"]
    assert isinstance(value, RVector)
    dim = value.attributes["dim"]
    assert isinstance(dim, RVector)
    assert np.array_equal(np.asarray(dim.values), [1])


@pytest.mark.spec("SIMULATOR-7")
@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "not an .RData file"),
        (b"RDX4\nX\n", "not an .RData file"),
        (b"RDX3\nA\n3\n", "only the binary form"),
        (r.r_data(compressed=False, a=TRIANGLE).replace(b"RDX3", b"RDX2"), "names two versions"),
        (r.r_data(a=TRIANGLE)[:-12], "cut off"),
        (r.r_data(a=TRIANGLE) + b"x", "something follows"),
        (b"\x1f\x8b\x08garbage of some length", "not a gzip file"),
        (r.r_data(compressed=False, a=TRIANGLE)[:-1], "ends too early"),
        (r.r_data(compressed=False, a=TRIANGLE) + b"\0", "goes on after byte"),
        (r.r_data(a=r.number(14) + r.number(-1)), "a negative length"),
        (r.r_data(a=r.number(14) + r.number(2**31 - 1)), "ends too early"),
        (r.r_data(a=r.number(3)), "a value of type 3"),
        (r.r_data(a=r.number(16) + r.number(1) + r.NULL), "text that holds something else"),
        (r.r_data(a=r.number(16) + r.number(1) + r.number(9) + r.number(-2)), "negative length"),
        (r.r_data(a=r.strings(["x"]).replace(b"x", b"\xff")), "not UTF-8"),
        (r.r_data(a=r.number(255 | 9 << 8)), "symbol 9, which is not there"),
        (r.r_data(a=r.number(255)), "symbol 0, which is not there"),
        (r.r_data(a=r.number(1) * 1000), "text that holds something else"),
        (r.r_data(a=r.wrapped(r.integers([1]), "compact_intseq")), "kept as compact_intseq"),
        (r.r_data(a=r.wrapped(r.NULL)), "a wrapper of nothing"),
        (r.r_data(a=TRIANGLE, b=TRIANGLE), "2 values, and not one"),
        (r.r_data(a=r.a_list([])), "item 1 of a list of 0"),
        (r.r_data(a=r.a_list([r.strings(["x"])])), "no matrix of numbers"),
        (r.r_data(a=r.NULL), "no matrix of numbers"),
        (r.r_data(a=r.integers([1])), "a vector, and not a matrix"),
        (r.r_data(a=r.matrix([[0, 1]])), "not square"),
        (r.r_data(a=r.integers([0] * 4, r.pairs(dim=r.integers([-2, -2])))), "not square"),
        (r.r_data(a=r.integers([0] * 3, r.pairs(dim=r.integers([2, 2])))), "sides do not fit"),
        (r.r_data(a=r.matrix([[0, 1], [2, 0]])), "not symmetric"),
        (r.r_data(a=r.matrix([[0, -1], [-1, 0]])), "negative, infinite or missing"),
        (r.r_data(a=r.matrix([[0, float("nan")], [1, 0]])), "negative, infinite or missing"),
    ],
)
def test_what_is_no_matrix_in_a_file_of_r_is_refused_by_name(
    data: bytes, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(MalformedError) as raised:
        network(data, tmp_path)
    assert str(raised.value).startswith(f"{tmp_path / 'matrices.RData'}: ")
    assert fault in str(raised.value)


@pytest.mark.spec("SIMULATOR-7")
@pytest.mark.parametrize("item", [0, 3])
def test_an_item_that_is_not_there_is_refused(item: int, tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match=f"item {item} of a list of 2"):
        network(r.r_data(am_list=BOTH), tmp_path, item=item)


def test_another_compression_is_refused_as_such() -> None:
    with pytest.raises(UnsupportedVersionError, match="gzip"):
        read_r_data(bz2.compress(b"RDX3\n"))


def test_deep_and_large_files_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deep = r.integers([1])
    for _ in range(40):
        deep = r.a_list([deep])
    with pytest.raises(LimitError, match="at most 32 deep"):
        read_r_data(r.r_data(a=deep))
    monkeypatch.setattr(r_data, "MAX_BYTES", 1000)
    with pytest.raises(LimitError, match="at most 1000 bytes"):
        read_r_data(gzip.compress(bytes(1001)))
    monkeypatch.setattr("dp3t_simulator.contacts.association.MAX_BYTES", 10)
    with pytest.raises(LimitError, match=r"matrices\.RData: .* at most 10 bytes"):
        network(r.r_data(a=TRIANGLE), tmp_path)


@pytest.mark.spec("SIMULATOR-7")
@given(data=st.data())
def test_any_bytes_are_values_or_a_refusal(data: st.DataObject) -> None:
    """Bytes of a good file, changed in some places, cut, and continued with anything."""
    good = bytearray(r.r_data(compressed=False, am_list=BOTH))
    for place in data.draw(st.lists(st.integers(23, len(good) - 1), max_size=4)):
        good[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(good)) | st.just(len(good)))
    try:
        values = read_r_data(bytes(good[:cut]) + data.draw(st.binary(max_size=20)))
    except Dp3tError:
        return
    assert isinstance(values, dict)


def test_the_network_of_firth_is_the_haslemere_study_within_four_metres() -> None:
    """Two published files, two readers, one network; the authors left out the last person."""
    published = read_association(shared("data/contacts/firth_haslemere_am_list.RData"))
    measured = read_haslemere(shared("data/contacts/HaslemereProximity.csv"))
    ours = measured.days_together(within_m=4)
    kept = ours.second < 468
    assert (published.people, len(published), ours.people) == (468, 1257, 469)
    assert np.array_equal(published.first, ours.first[kept])
    assert np.array_equal(published.second, ours.second[kept])
    assert np.array_equal(published.weight, ours.weight[kept])
