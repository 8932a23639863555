"""spec/facilities: the record, states, pages and maps, as two witnesses have them."""

from functools import cache
from itertools import pairwise
from typing import Any

import pytest

import oracle_board
import oracle_record
import oracle_tokens
from dp3t.errors import VerificationError
from dp3t.facilities import Board, BoardRefusal, FacilityMap, RecordPage, Words, page_digest
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.objection import Objection, objection_key_of
from dp3t.facilities.presence_proof import check_presence, presence_key, prove_presence
from dp3t.presence.entry import EntryCode
from dp3t.presence.proof import presence_proof_seed
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.publication.tokens import Token
from dp3t.timeline import Instant
from vectors import Case, load, vector_cases

FILE = load("board")
REGION, AUTHORITY, SERVER = (
    FILE["region"], bytes.fromhex(FILE["authority"]), bytes.fromhex(FILE["server"]),
)  # fmt: skip
KEYS = (REGION, AUTHORITY, SERVER)
AUTHORITIES = TrustedKeys([VerificationKey.pinned(AUTHORITY)])
SERVERS = TrustedKeys([VerificationKey.pinned(SERVER)])


@cache
def record(name: str) -> tuple[tuple[Instant, bytes], ...]:
    acts = FILE["records"][name]
    return tuple((Instant(act["received"]), bytes.fromhex(act["act"])) for act in acts)


def board(name: str) -> Board:
    return Board(REGION, authorities=AUTHORITIES, servers=SERVERS).replay(record(name))


@cache
def life() -> Board:
    return board("life")


def refusal(case: Case) -> str:
    """Return why the board refuses an act, without a look at words where the case has none."""
    signed, received = bytes.fromhex(case["act"]), Instant(case["received"])
    if "words" in case:
        words = Words.of_value(case["words"]) if case["words"] else None
        judged = board(case["record"]).judge(signed, words, received=received)
        return judged.value if isinstance(judged, BoardRefusal) else ""
    try:
        board(case["record"]).replay([(received, signed)])
    except VerificationError as error:
        return str(error).rpartition(": ")[2]
    return ""


@pytest.mark.parametrize("case", vector_cases("board", operation="judge"))
def test_an_act_enters_or_is_refused_for_the_first_reason(case: Case) -> None:
    signed = bytes.fromhex(case["act"])
    found = oracle_record.refusal(record(case["record"]), case["received"], signed, KEYS)
    if not found and oracle_record.wrong_words(signed, case.get("words")) and "words" in case:
        found = "wrong-words"
    assert found == case["refusal"]
    assert refusal(case) == case["refusal"]


@pytest.mark.parametrize("case", vector_cases("board", operation="state"))
def test_a_state_is_the_one_found_by_hand_and_by_both_witnesses(case: Case) -> None:
    expected = (case["state"], case["late"], case["missing"])
    reader = oracle_board.Reader(record(case["record"]), case["now"], KEYS)
    assert reader.state(case["facility"], case["day"]) == expected
    day, now = LocalDay(case["day"]), Instant(case["now"])
    (found,) = life().calendar(case["facility"], day, 1, now)
    assert (found.state, found.late, found.missing) == expected


@pytest.mark.parametrize("case", vector_cases("board", operation="objection"))
def test_an_objection_is_the_same_to_both_witnesses(case: Case) -> None:
    seed, token = bytes.fromhex(case["seed"]), bytes.fromhex(case["token"])
    presence_seed = bytes.fromhex(case["presence_seed"])
    made = Objection(
        region=REGION,
        made=Instant(case["made"]),
        facility=case["facility"],
        day=LocalDay(case["day"]),
        task="",
        token=Token.decode(token),
    )
    if presence_seed:
        made = made.with_presence(presence_seed)
    assert made.sign(objection_key_of(seed)).hex() == case["signed"]
    assert made.digest.hex() == case["digest"]
    assert made.nullifier.hex() == case["nullifier"]
    assert Objection.read(bytes.fromhex(case["signed"])) == made
    said: dict[str, Any] = {"kind": "objection", "version": 1, "region": REGION, "task": ""}
    said |= {name: case[name] for name in ("made", "facility", "day", "token")} | {"words": ""}
    signed, digest = oracle_board.objection(seed, said, presence_seed)
    assert (signed.hex(), digest.hex()) == (case["signed"], case["digest"])
    assert oracle_board.nullifier(token, case["facility"]).hex() == case["nullifier"]
    assert token[21:53] == objection_key_of(seed).public().public
    assert oracle_tokens.place("objections", made.token.day) == token[1:21]


@pytest.mark.parametrize("case", vector_cases("board", operation="proof"))
def test_a_proof_of_presence_follows_from_the_code_and_the_day(case: Case) -> None:
    payload, digest = bytes.fromhex(case["payload"]), bytes.fromhex(case["digest"])
    seed = presence_proof_seed(EntryCode.parse(payload), case["day"])
    assert seed.hex() == case["seed"] == oracle_board.proof_seed(payload, case["day"]).hex()
    public, proof = oracle_board.proof(seed, digest)
    assert presence_key(seed) == public == bytes.fromhex(case["public"])
    assert prove_presence(seed, digest) == proof == bytes.fromhex(case["proof"])
    check_presence(public, digest, proof)


@pytest.mark.parametrize("case", vector_cases("board", operation="page"))
def test_a_page_and_its_entry_in_the_log_are_the_same_to_both_witnesses(case: Case) -> None:
    acts = record(case["record"])[case["first"] : case["first"] + case["acts"]]
    signed = bytes.fromhex(case["signed"])
    page = RecordPage.open(signed, trusted=SERVERS)
    assert page.acts == acts
    assert page.logged(signed).encode().hex() == case["entry"]
    assert oracle_board.page(bytes.fromhex(case["seed"]), REGION, case, acts) == signed
    assert oracle_board.log_entry(signed, REGION, case).hex() == case["entry"]


@pytest.mark.spec("RECORD-11")
def test_the_pages_of_the_vectors_continue_one_another() -> None:
    pages = [each for each in FILE["cases"] if each["operation"] == "page"]
    for former, later in pairwise(pages):
        assert page_digest(bytes.fromhex(former["signed"])).hex() == later["previous"]
        assert former["first"] + former["acts"] == later["first"]


@pytest.mark.parametrize("case", vector_cases("board", operation="map"))
def test_a_map_is_what_both_witnesses_make_of_the_record(case: Case) -> None:
    made, signed = Instant(case["made"]), bytes.fromhex(case["signed"])
    shown = FacilityMap.open(signed, trusted=SERVERS, region=REGION, now=made)
    assert FacilityMap.of(board(case["record"]), made=made, pages=case["pages"]) == shown
    reader = oracle_board.Reader(record(case["record"]), made, KEYS)
    seed = bytes.fromhex(case["seed"])
    assert oracle_board.facility_map(reader, seed, case["pages"]) == signed
