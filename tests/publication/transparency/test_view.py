"""spec/publication/transparency.md: what a reader accepts, remembers and can prove."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import decode, encode
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    MalformedError,
    SplitViewError,
    VerificationError,
)
from dp3t.publication.transparency import (
    Checkpoint,
    Entry,
    LogView,
    NoteSigner,
    SignedCheckpoint,
    compare,
    require_split,
)
from publication_cases import NOON, altered
from transparency_logs import (
    LARGEST,
    POLICY,
    REFUSALS,
    policy_of,
    root,
    signed,
    tree,
    unhex,
    view_of,
)
from vectors import Case, vector_cases

sizes = st.integers(1, LARGEST)


@pytest.mark.parametrize("case", vector_cases("transparency", operation="advance"))
def test_a_checkpoint_is_accepted_or_refused_as_the_case_says(case: Case) -> None:
    policy, view, note = policy_of(case), view_of(case["last"]), case["note"].encode()
    proof = unhex(case["proof"])
    if case["result"] == "valid":
        advanced = view.advance(note, proof, policy=policy, now=case["now"])
        assert advanced.last == SignedCheckpoint.parse(note)
        return
    with pytest.raises(REFUSALS[case["result"]]) as caught:
        view.advance(note, proof, policy=policy, now=case["now"])
    assert isinstance(caught.value, SplitViewError) == case.get("split", False)
    if isinstance(caught.value, SplitViewError):
        assert (caught.value.first, caught.value.second) == (case["last"].encode(), note)
        evidence = (caught.value.first, caught.value.second, caught.value.proof)
        require_split(*evidence, policy=policy)


@pytest.mark.parametrize("case", vector_cases("transparency", operation="included"))
def test_an_entry_is_included_or_not_as_the_case_says(case: Case) -> None:
    view, entry = view_of(case["last"]), Entry.decode(bytes.fromhex(case["entry"]))
    proof = unhex(case["proof"])
    if case["result"] == "valid":
        view.require_included(entry, index=case["index"], proof=proof)
        return
    with pytest.raises(REFUSALS[case["result"]]):
        view.require_included(entry, index=case["index"], proof=proof)


@pytest.mark.parametrize("case", vector_cases("transparency", operation="evidence"))
def test_evidence_convicts_or_not_as_the_case_says(case: Case) -> None:
    evidence = (case["first"].encode(), case["second"].encode(), unhex(case["proof"]))
    if case["result"] == "valid":
        require_split(*evidence, policy=policy_of(case))
        return
    with pytest.raises(REFUSALS[case["result"]]):
        require_split(*evidence, policy=policy_of(case))


def advanced(view: LogView, size: int, *, history: int = 0) -> LogView:
    proof = tree(size, history).consistency_proof(view.size)
    return view.advance(signed(size, history).note, proof, policy=POLICY, now=NOON)


class TestAdvance:
    """One history."""

    @pytest.mark.spec("TRANSPARENCY-22")
    @given(steps=st.lists(st.integers(0, LARGEST), min_size=1, max_size=6).map(sorted))
    def test_a_view_follows_a_growing_log(self, steps: list[int]) -> None:
        view = LogView()
        for size in steps:
            proof = tree(size).consistency_proof(view.size)
            view = view.advance(signed(size).note, proof, policy=POLICY, now=NOON)
            assert view.size == size

    @pytest.mark.spec("TRANSPARENCY-21")
    @given(size=sizes, data=st.data())
    def test_a_view_never_goes_back(self, size: int, data: st.DataObject) -> None:
        smaller = data.draw(st.integers(0, size - 1))
        view = advanced(LogView(), size)
        for proof in ((), tree(size).consistency_proof(smaller)):
            with pytest.raises(ExpiredError, match=f"{size} were seen"):
                view.advance(signed(smaller).note, proof, policy=POLICY, now=NOON)

    @pytest.mark.spec("TRANSPARENCY-22", "TRANSPARENCY-24")
    @given(size=sizes, data=st.data())
    def test_a_view_never_moves_to_another_history(self, size: int, data: st.DataObject) -> None:
        seen = data.draw(st.integers(1, size))
        view = advanced(LogView(), seen)
        power_of_two = seen & (seen - 1) == 0
        with pytest.raises(VerificationError) as caught:
            advanced(view, size, history=1)
        assert isinstance(caught.value, SplitViewError) == (seen == size or not power_of_two)

    @pytest.mark.spec("TRANSPARENCY-22")
    def test_a_view_of_another_log_is_not_advanced(self) -> None:
        other = NoteSigner(name="other.example/log", seed=bytes(32))
        checkpoint = Checkpoint(origin=other.name, size=3, root=root(3))
        view = LogView(SignedCheckpoint(checkpoint, checkpoint.sign(other)))
        with pytest.raises(VerificationError, match="two logs"):
            advanced(view, 5)

    @pytest.mark.spec("TRANSPARENCY-22")
    @given(data=altered(signed(7).note))
    def test_an_altered_note_moves_nothing(self, data: bytes) -> None:
        view = advanced(LogView(), 3)
        proof = tree(7).consistency_proof(3)
        with pytest.raises(Dp3tError):
            view.advance(data, proof, policy=POLICY, now=NOON)


class TestCompare:
    """Two readers."""

    @pytest.mark.spec("TRANSPARENCY-24", "TRANSPARENCY-26")
    @given(old=sizes, new=sizes)
    def test_readers_of_one_history_agree_in_either_order(self, old: int, new: int) -> None:
        small, large = sorted((old, new))
        proofs = [tree(large).consistency_proof(small)]
        proofs += [tree(large).prefix_proof(small)] if small < large else []
        for proof in proofs:
            compare(signed(old), signed(new), proof)
            compare(signed(new), signed(old), proof)

    @pytest.mark.spec("TRANSPARENCY-24", "TRANSPARENCY-26")
    @given(old=sizes, new=sizes)
    def test_readers_of_two_histories_can_convict_the_log(self, old: int, new: int) -> None:
        small, large = sorted((old, new))
        proof = tree(large, 1).prefix_proof(small) if small < large else ()
        with pytest.raises(SplitViewError) as caught:
            compare(signed(large, 1), signed(small), proof)
        evidence = caught.value
        require_split(evidence.first, evidence.second, evidence.proof, policy=POLICY)

    @pytest.mark.spec("TRANSPARENCY-24")
    @given(new=st.integers(2, LARGEST), data=st.data())
    def test_an_honest_log_is_never_convicted_whatever_proof_is_made_up(
        self, new: int, data: st.DataObject
    ) -> None:
        old = data.draw(st.integers(1, new))
        hashes = st.binary(min_size=32, max_size=32)
        good = tree(new).prefix_proof(old) if old < new else ()
        proof = data.draw(st.lists(hashes, max_size=12) | st.just(list(good)))
        if proof:
            place = data.draw(st.integers(0, len(proof) - 1))
            proof[place] = data.draw(hashes | st.just(proof[place]))
        try:
            compare(signed(old), signed(new), proof)
        except SplitViewError:
            pytest.fail("an honest log was convicted")
        except Dp3tError:
            pass

    @pytest.mark.spec("TRANSPARENCY-24")
    def test_two_logs_are_not_compared(self) -> None:
        other = NoteSigner(name="other.example/log", seed=bytes(32))
        checkpoint = Checkpoint(origin=other.name, size=7, root=root(7, 1))
        with pytest.raises(VerificationError, match="two logs"):
            compare(signed(7), SignedCheckpoint(checkpoint, checkpoint.sign(other)))

    def test_an_empty_log_contradicts_nothing(self) -> None:
        compare(signed(0), signed(7))
        compare(signed(0), signed(0))
        with pytest.raises(MalformedError):
            compare(signed(0), signed(7), [bytes(32)])


class TestSaved:
    """Between runs."""

    @pytest.mark.spec("TRANSPARENCY-27")
    def test_a_view_is_restored_and_goes_on(self) -> None:
        view = advanced(LogView(), 5)
        restored = LogView.from_value(decode(encode(view.to_value()), limit_bytes=1000))
        assert restored == view
        assert advanced(restored, 9).size == 9
        with pytest.raises(ExpiredError):
            restored.advance(signed(3).note, (), policy=POLICY, now=NOON)
        assert LogView.from_value(LogView().to_value()) == LogView()

    @pytest.mark.spec("TRANSPARENCY-27")
    @pytest.mark.parametrize(
        "value",
        [
            1,
            {},
            {"version": 1},
            {"note": b""},
            {"note": b"", "version": 2},
            {"note": "", "version": 1},
            {"note": b"x", "version": 1},
            {"note": b"", "version": 1, "more": 1},
            {"note": signed(5).note[:-1], "version": 1},
        ],
    )
    def test_anything_else_is_refused(self, value: object) -> None:
        with pytest.raises(MalformedError):
            LogView.from_value(value)  # type: ignore[arg-type]  # what a file may hold
