"""spec/publication/transparency.md: notes, their keys, and the checkpoints in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_transparency
import published_transparency as published
from dp3t.errors import Dp3tError, MalformedError, UnknownKeyError, VerificationError
from dp3t.primitives import ed25519_public
from dp3t.publication.transparency import (
    Checkpoint,
    LogPolicy,
    NoteKey,
    NoteKeyType,
    NoteSigner,
    SignedCheckpoint,
)
from dp3t.publication.transparency.merkle import EMPTY_ROOT
from dp3t.publication.transparency.note import MAX_SIGNATURES, Note
from dp3t.timeline import Instant
from publication_cases import NOON, altered
from transparency_logs import LOG, ORIGIN, POLICY, REFUSALS, WITNESS, policy_of, root, signed
from vectors import Case, vector_cases

WITNESS_KEY = WITNESS.key(NoteKeyType.WITNESS)
NOTE = signed(5).note


@pytest.mark.parametrize("case", vector_cases("transparency", operation="key", result="valid"))
def test_a_key_is_read_to_its_fields_and_both_witnesses_write_it(case: Case) -> None:
    key = NoteKey.decode(case["key"])
    public = bytes.fromhex(case["public"])
    assert (key.name, key.type, key.public) == (case["name"], case["type"], public)
    assert (key.key_id.hex(), key.encode()) == (case["key_id"], case["key"])
    assert oracle_transparency.key_id(key.name, key.type, public) == key.key_id
    assert oracle_transparency.key(key.name, key.type, public) == case["key"]


@pytest.mark.parametrize("case", vector_cases("transparency", operation="key", result="malformed"))
def test_a_key_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        NoteKey.decode(case["key"])


@pytest.mark.parametrize("case", vector_cases("transparency", operation="note"))
def test_a_note_is_taken_or_refused_as_the_case_says(case: Case) -> None:
    keys = list(map(NoteKey.decode, case["keys"]))
    if case["result"] != "valid":
        with pytest.raises(REFUSALS[case["result"]]):
            Note.decode(case["note"].encode()).verified(keys)
        return
    note = Note.decode(case["note"].encode())
    found = note.verified(keys)
    assert [key.encode() for key in found] == case["signed"]
    assert note.encode() == case["note"].encode()
    data = {(each.name, each.key_id): each.data for each in note.signatures}
    for key in found:
        witness = key.type is NoteKeyType.WITNESS
        line = data[key.name, key.key_id]
        assert oracle_transparency.line_verifies(key.public, note.text, line, witness=witness)


@pytest.mark.parametrize("case", vector_cases("transparency", operation="checkpoint"))
def test_a_checkpoint_is_taken_or_refused_as_the_case_says(case: Case) -> None:
    policy, note = policy_of(case), case["note"].encode()
    if case["result"] != "valid":
        with pytest.raises(REFUSALS[case["result"]]):
            policy.open(note)
        return
    checkpoint = policy.open(note).checkpoint
    assert (checkpoint.size, checkpoint.root.hex()) == (case["size"], case["root"])
    text = oracle_transparency.checkpoint(case["origin"], checkpoint.size, checkpoint.root)
    seed = bytes.fromhex(case["seed"])
    line = oracle_transparency.signature_line(case["origin"], seed, text)
    assert oracle_transparency.note(text, line) == note
    assert checkpoint.sign(NoteSigner(name=case["origin"], seed=seed)) == note


class TestPublished:
    """Notes of other people."""

    @pytest.mark.spec("TRANSPARENCY-19", "TRANSPARENCY-20", "TRANSPARENCY-23")
    def test_the_checkpoint_of_a_public_log_and_its_cosignature_are_good(self) -> None:
        log = NoteKey.decode(published.LOG_KEY)
        witness = NoteKey.decode(published.WITNESS_KEY)
        policy = LogPolicy(origin=log.name, keys=(log,), witnesses=(witness,), required=1)
        opened = policy.open(published.COSIGNED.encode())
        assert opened.checkpoint.size == 1_432_088_532
        policy.require_witnessed(opened, now=Instant(published.COSIGNED_AT))
        found = Note.decode(opened.note).verified((log, witness))
        assert found == {log: None, witness: published.COSIGNED_AT}
        clobbered = published.COSIGNED.replace("1432088532", "1432088533").encode()
        with pytest.raises(VerificationError):
            policy.open(clobbered)


class TestNote:
    """Text and lines."""

    @pytest.mark.spec("TRANSPARENCY-15")
    @given(data=st.binary(max_size=200) | altered(NOTE))
    def test_any_bytes_are_refused_or_the_one_form_of_a_note(self, data: bytes) -> None:
        try:
            note = Note.decode(data)
        except Dp3tError:
            return
        assert note.encode() == data

    @pytest.mark.spec("TRANSPARENCY-18", "TRANSPARENCY-20")
    @given(data=altered(NOTE))
    def test_an_altered_checkpoint_is_refused(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            POLICY.open(data)

    @pytest.mark.spec("TRANSPARENCY-18")
    def test_the_lines_of_strangers_are_ignored_up_to_the_limit(self) -> None:
        text = signed(5).checkpoint.text()
        strangers = [
            NoteSigner(name=f"stranger{n}", seed=bytes([n]) * 32).sign("another text\n")
            for n in range(1, MAX_SIGNATURES)
        ]
        whole = Note(text, (*strangers, LOG.sign(text))).encode()
        assert POLICY.open(whole).checkpoint == signed(5).checkpoint

    @pytest.mark.spec("TRANSPARENCY-16")
    def test_the_type_is_part_of_the_id(self) -> None:
        both = {LOG.key(kind).key_id for kind in NoteKeyType}
        assert len(both) == 2
        text = "text\n"
        with pytest.raises(UnknownKeyError):
            Note(text, (LOG.sign(text),)).verified([LOG.key(NoteKeyType.WITNESS)])

    @pytest.mark.spec("TRANSPARENCY-17")
    @given(text=st.text(max_size=80) | st.from_regex(r"\A[a-z]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\Z"))
    def test_any_text_is_a_key_or_refused(self, text: str) -> None:
        try:
            key = NoteKey.decode(text)
        except Dp3tError:
            return
        assert key.encode() == text

    def test_a_repr_hides_the_seed(self) -> None:
        assert "seed" not in repr(NoteSigner(name="a", seed=bytes(range(32))))
        assert LOG.key(NoteKeyType.LOG).public == ed25519_public(bytes(32))

    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_a_seed_or_key_of_another_length_is_refused(self, length: int) -> None:
        with pytest.raises(MalformedError, match="32"):
            NoteSigner(name="a", seed=bytes(length))
        with pytest.raises(MalformedError, match="32"):
            NoteKey(name="a", type=NoteKeyType.LOG, public=bytes(length))


class TestCheckpoint:
    """Origin, size and root."""

    @pytest.mark.spec("TRANSPARENCY-19")
    @given(text=st.text(max_size=40) | st.sampled_from(["0", "1", "\n"]).map(lambda t: f"a\n{t}\n"))
    def test_any_text_is_refused_or_the_one_form_of_a_checkpoint(self, text: str) -> None:
        try:
            checkpoint = Checkpoint.parse(text)
        except Dp3tError:
            return
        assert checkpoint.text() == text

    @pytest.mark.spec("TRANSPARENCY-19")
    @given(size=st.integers(0, 2**63 - 1))
    def test_what_is_written_is_read(self, size: int) -> None:
        root_hash = bytes(range(32)) if size else EMPTY_ROOT
        checkpoint = Checkpoint(origin=ORIGIN, size=size, root=root_hash)
        assert Checkpoint.parse(checkpoint.text()) == checkpoint

    @pytest.mark.spec("TRANSPARENCY-20")
    def test_a_log_signs_with_keys_of_its_own_name_only(self) -> None:
        checkpoint = Checkpoint(origin=ORIGIN, size=5, root=root(5))
        successor = NoteSigner(name=ORIGIN, seed=bytes([2]) * 32)
        for keys in ((LOG,), (successor,)):
            policy = LogPolicy(origin=ORIGIN, keys=tuple(key.key(NoteKeyType.LOG) for key in keys))
            assert policy.open(checkpoint.sign(LOG, successor)).checkpoint == checkpoint
        for signers in ((), (WITNESS,), (LOG, WITNESS)):
            with pytest.raises(ValueError, match="its name"):
                checkpoint.sign(*signers)

    def test_cosignatures_are_added_line_by_line(self) -> None:
        line = WITNESS.cosign(signed(5).checkpoint.text(), at=NOON).line()
        added = signed(5).with_cosignatures([line])
        assert added.note == NOTE + line.encode()
        for wrong in ("", "\n", "x\n", line[:-1], line + line):
            if wrong:
                with pytest.raises(MalformedError):
                    signed(5).with_cosignatures([wrong])
        with pytest.raises(MalformedError, match="two signatures"):
            added.with_cosignatures([line])


LOG_KEY = LOG.key(NoteKeyType.LOG)


class TestPolicy:
    """Whom a reader believes."""

    @pytest.mark.parametrize(
        ("keys", "witnesses", "required", "age"),
        [
            ((), (), 0, 1),
            ((WITNESS.key(NoteKeyType.LOG),), (), 0, 1),
            ((LOG.key(NoteKeyType.WITNESS),), (), 0, 1),
            ((LOG_KEY,), (WITNESS.key(NoteKeyType.LOG),), 0, 1),
            ((LOG_KEY,), (LOG.key(NoteKeyType.WITNESS),), 0, 1),
            ((LOG_KEY,), (WITNESS_KEY, WITNESS_KEY), 0, 1),
            ((LOG_KEY,), (WITNESS_KEY,), 2, 1),
            ((LOG_KEY,), (WITNESS_KEY,), -1, 1),
            ((LOG_KEY,), (WITNESS_KEY,), 1, -1),
            ((LOG_KEY,) * 33, (), 0, 1),
        ],
    )
    def test_a_policy_that_makes_no_sense_is_refused(
        self, keys: tuple[NoteKey, ...], witnesses: tuple[NoteKey, ...], required: int, age: int
    ) -> None:
        LogPolicy(origin=ORIGIN, keys=(LOG_KEY,), witnesses=(WITNESS_KEY,), required=1)
        with pytest.raises(MalformedError):
            LogPolicy(
                origin=ORIGIN,
                keys=keys,
                witnesses=witnesses,
                required=required,
                max_age_seconds=age,
            )

    @pytest.mark.spec("TRANSPARENCY-23")
    def test_one_witness_under_two_names_counts_once(self) -> None:
        alias = NoteSigner(name="alias.example", seed=WITNESS.seed)
        with pytest.raises(MalformedError, match="the same"):
            LogPolicy(
                origin=ORIGIN,
                keys=(LOG_KEY,),
                witnesses=(WITNESS_KEY, alias.key(NoteKeyType.WITNESS)),
                required=2,
            )

    def test_a_parsed_checkpoint_is_not_yet_verified(self) -> None:
        forged = signed(5).checkpoint.sign(NoteSigner(name=ORIGIN, seed=bytes([9]) * 32))
        assert SignedCheckpoint.parse(forged).checkpoint == signed(5).checkpoint
        with pytest.raises(UnknownKeyError):
            POLICY.open(forged)
