"""spec/publication/transparency.md: roots, inclusion proofs, consistency proofs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_transparency
from dp3t.errors import MalformedError, VerificationError
from dp3t.publication.transparency.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    check_consistency,
    check_inclusion,
    consistency_stretches,
    inclusion_stretches,
    joined_roots,
    leaf_hash,
    root_of,
)
from transparency_logs import LARGEST, REFUSALS, entries, root, spoilt, tree, unhex
from vectors import Case, vector_cases

sizes = st.integers(1, LARGEST)


@pytest.mark.parametrize("case", vector_cases("transparency", operation="root"))
def test_a_root_is_the_published_one(case: Case) -> None:
    known = unhex(case["entries"])
    assert root_of(map(leaf_hash, known)).hex() == case["root"]
    assert oracle_transparency.root(known).hex() == case["root"]


def check_inclusion_of(case: Case) -> None:
    check_inclusion(
        bytes.fromhex(case["leaf"]),
        index=case["index"],
        size=case["size"],
        root=bytes.fromhex(case["root"]),
        proof=unhex(case["proof"]),
    )


@pytest.mark.parametrize(
    "case", vector_cases("transparency", operation="inclusion", result="valid")
)
def test_an_inclusion_proof_is_what_both_witnesses_make_and_holds(case: Case) -> None:
    known = unhex(case["entries"])
    assert unhex(case["proof"]) == tuple(oracle_transparency.path(case["index"], known))
    check_inclusion_of(case)


@pytest.mark.parametrize("result", ["malformed", "unauthentic"])
def test_there_are_cases_of_each_refusal(result: str) -> None:
    assert vector_cases("transparency", operation="inclusion", result=result)
    assert vector_cases("transparency", operation="consistency", result=result)


@pytest.mark.parametrize(
    "case",
    vector_cases("transparency", operation="inclusion", result="malformed")
    + vector_cases("transparency", operation="inclusion", result="unauthentic"),
)
def test_an_inclusion_proof_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(REFUSALS[case["result"]]):
        check_inclusion_of(case)
    if case["result"] == "unauthentic":
        assert not oracle_transparency.included(
            bytes.fromhex(case["leaf"]),
            case["index"],
            case["size"],
            unhex(case["proof"]),
            bytes.fromhex(case["root"]),
        )


def check_consistency_of(case: Case) -> None:
    check_consistency(
        case["old"],
        case["new"],
        old_root=bytes.fromhex(case["old_root"]),
        new_root=bytes.fromhex(case["new_root"]),
        proof=unhex(case["proof"]),
    )


@pytest.mark.parametrize(
    "case", vector_cases("transparency", operation="consistency", result="valid")
)
def test_a_consistency_proof_is_what_both_witnesses_make_and_holds(case: Case) -> None:
    known = unhex(case["entries"])
    assert unhex(case["proof"]) == tuple(oracle_transparency.consistency(case["old"], known))
    check_consistency_of(case)


@pytest.mark.parametrize(
    "case",
    vector_cases("transparency", operation="consistency", result="malformed")
    + vector_cases("transparency", operation="consistency", result="unauthentic"),
)
def test_a_consistency_proof_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(REFUSALS[case["result"]]):
        check_consistency_of(case)
    if case["result"] == "unauthentic" and 0 < case["old"] < case["new"]:
        assert not oracle_transparency.consistent(
            case["old"],
            case["new"],
            bytes.fromhex(case["old_root"]),
            bytes.fromhex(case["new_root"]),
            unhex(case["proof"]),
        )


class TestInclusion:
    """Every entry of every log of up to 600."""

    @pytest.mark.spec("TRANSPARENCY-2")
    @given(size=sizes, data=st.data())
    def test_the_proof_of_any_entry_holds(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof = tree(size).inclusion_proof(index)
        leaf = leaf_hash(entries(size)[index])
        check_inclusion(leaf, index=index, size=size, root=root(size), proof=proof)
        assert oracle_transparency.included(leaf, index, size, proof, root(size))

    @pytest.mark.spec("TRANSPARENCY-3", "TRANSPARENCY-4")
    @given(size=st.integers(2, LARGEST), data=st.data())
    def test_a_byte_altered_a_hash_left_out_or_doubled_is_refused(
        self, size: int, data: st.DataObject
    ) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof = tree(size).inclusion_proof(index)
        leaf = leaf_hash(entries(size)[index])
        faults = spoilt(proof, lambda below: data.draw(st.integers(0, below - 1)))
        for fault, bad in faults.items():
            expected = VerificationError if fault == "altered" else MalformedError
            with pytest.raises(expected):
                check_inclusion(leaf, index=index, size=size, root=root(size), proof=bad)

    @pytest.mark.spec("TRANSPARENCY-4")
    @given(size=st.integers(2, LARGEST), data=st.data())
    def test_no_other_entry_passes_for_it(self, size: int, data: st.DataObject) -> None:
        index, other = data.draw(
            st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
        )
        proof = tree(size).inclusion_proof(index)
        with pytest.raises(VerificationError):
            check_inclusion(
                leaf_hash(entries(size)[other]),
                index=index,
                size=size,
                root=root(size),
                proof=proof,
            )

    def test_every_size_up_to_70_and_every_entry(self) -> None:
        for size in range(1, 71):
            known = entries(size)
            assert root(size) == oracle_transparency.root(known)
            for index in range(size):
                path = tuple(oracle_transparency.path(index, known))
                assert tree(size).inclusion_proof(index) == path


class TestConsistency:
    """Every pair of sizes."""

    @pytest.mark.spec("TRANSPARENCY-2", "TRANSPARENCY-26")
    @given(new=sizes, data=st.data())
    def test_the_proof_from_any_size_holds(self, new: int, data: st.DataObject) -> None:
        old = data.draw(st.integers(0, new))
        proof = tree(new).consistency_proof(old)
        check_consistency(old, new, old_root=root(old), new_root=root(new), proof=proof)
        if 0 < old < new:
            assert oracle_transparency.consistent(old, new, root(old), root(new), proof)
        if old:
            assert joined_roots(old, new, tree(new).prefix_proof(old)) == (root(old), root(new))

    @pytest.mark.spec("TRANSPARENCY-3", "TRANSPARENCY-4")
    @given(new=st.integers(2, LARGEST), data=st.data())
    def test_a_byte_altered_a_hash_left_out_or_doubled_is_refused(
        self, new: int, data: st.DataObject
    ) -> None:
        old = data.draw(st.integers(1, new - 1))
        proof = tree(new).consistency_proof(old)
        faults = spoilt(proof, lambda below: data.draw(st.integers(0, below - 1)))
        for fault, bad in faults.items():
            expected = VerificationError if fault == "altered" else MalformedError
            with pytest.raises(expected):
                check_consistency(old, new, old_root=root(old), new_root=root(new), proof=bad)

    @pytest.mark.spec("TRANSPARENCY-4")
    @given(new=st.integers(2, LARGEST), data=st.data())
    def test_no_proof_joins_another_history(self, new: int, data: st.DataObject) -> None:
        old = data.draw(st.integers(1, new - 1))
        for proof in (tree(new).consistency_proof(old), tree(new, 1).consistency_proof(old)):
            with pytest.raises(VerificationError):
                check_consistency(old, new, old_root=root(old), new_root=root(new, 1), proof=proof)

    def test_every_pair_of_sizes_up_to_40(self) -> None:
        for new in range(1, 41):
            known = entries(new)
            for old in range(new + 1):
                proof = tuple(oracle_transparency.consistency(old, known))
                assert tree(new).consistency_proof(old) == proof
                if 0 < old < new:
                    prefix = tuple(oracle_transparency.prefix(old, known))
                    assert tree(new).prefix_proof(old) == prefix


class TestBounds:
    """How much work a reader can be given."""

    @pytest.mark.spec("TRANSPARENCY-3")
    @given(size=st.integers(1, MAX_SIZE), data=st.data())
    def test_no_proof_has_more_than_64_hashes(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))
        assert len(inclusion_stretches(index, size)) <= 63
        assert len(consistency_stretches(index + 1, size)) <= 64

    @pytest.mark.spec("TRANSPARENCY-3")
    def test_a_proof_of_a_million_hashes_is_refused_before_it_is_hashed(self) -> None:
        with pytest.raises(MalformedError, match="has 1000000 hashes, not 2"):
            check_inclusion(
                bytes(32), index=0, size=3, root=bytes(32), proof=[b"no hash"] * 1_000_000
            )

    @pytest.mark.spec("TRANSPARENCY-3")
    @pytest.mark.parametrize("size", [-1, MAX_SIZE + 1])
    def test_a_size_that_no_log_has_is_refused(self, size: int) -> None:
        for check in (
            lambda: inclusion_stretches(0, size),
            lambda: consistency_stretches(1, size),
            lambda: check_consistency(0, size, old_root=EMPTY_ROOT, new_root=EMPTY_ROOT, proof=[]),
        ):
            with pytest.raises(MalformedError):
                check()
