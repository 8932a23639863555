"""The vectors of spec/symptoms and of spec/canonical-json.md, with their second witness."""

import json

import pytest

import oracle_hpke
import oracle_symptoms
from dp3t.canonical_json import decode_json, encode_json
from dp3t.errors import (
    Dp3tError,
    MalformedError,
    PolicyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.primitives import X25519PrivateKey
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.symptoms.advice import advise
from dp3t.symptoms.diary import Diary, Member
from dp3t.symptoms.entry import Entry, TestResult
from dp3t.symptoms.help import SealedHelp
from dp3t.symptoms.rules import RuleTable
from dp3t.symptoms.stations import StationKeys
from dp3t.timeline import Day, Instant
from rule_tables import TABLE, document
from vectors import Case, vector_cases

FAULTS: dict[str, type[Dp3tError]] = {
    "malformed": MalformedError,
    "policy": PolicyError,
    "unauthentic": VerificationError,
}


def key_of(case: Case, name: str = "private") -> X25519PrivateKey:
    return X25519PrivateKey(bytes.fromhex(case[name]))


@pytest.mark.parametrize("case", vector_cases("canonical_json", operation="encode"))
def test_a_value_has_the_encoding_of_the_vector(case: Case) -> None:
    encoded = bytes.fromhex(case["encoded"])
    assert encode_json(case["value"]) == encoded == oracle_symptoms.text(case["value"])
    assert decode_json(encoded, limit_bytes=len(encoded)) == case["value"]


@pytest.mark.parametrize("case", vector_cases("canonical_json", operation="decode"))
def test_bytes_that_are_not_canonical_are_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        decode_json(bytes.fromhex(case["encoded"]), limit_bytes=64)


def opened_list(case: Case) -> StationKeys:
    signing = SigningKey(
        seed=bytes.fromhex(case["seed"]), valid_from=Instant(0), valid_until=Instant(2**32 - 1)
    )
    return StationKeys.open(
        bytes.fromhex(case["file"]),
        trusted=TrustedKeys([signing.public()]),
        now=Instant(case["now"]),
        newest=case["newest"],
    )


@pytest.mark.parametrize("case", vector_cases("help", operation="stations"))
def test_a_list_of_stations_is_read_or_refused(case: Case) -> None:
    signed = oracle_symptoms.station_keys(bytes.fromhex(case["seed"]), case["said"])
    assert signed.hex() == case["file"]
    if case["result"] == "valid":
        assert StationKeys.of_value(case["said"]) == opened_list(case)
    else:
        with pytest.raises(FAULTS[case["result"]]):
            opened_list(case)


@pytest.mark.parametrize("case", vector_cases("help", operation="request"))
def test_a_request_opens_and_is_what_the_second_witness_seals(case: Case) -> None:
    sealed = SealedHelp.decode(bytes.fromhex(case["sealed"]))
    assert (sealed.keys_number, sealed.expires) == (case["keys_number"], case["expires"])
    assert sealed.open([key_of(case)]).to_value() == case["said"]
    assert len(sealed.encode()) == 4_096


def test_the_second_witness_seals_a_request_alike() -> None:
    case = next(each.values[0] for each in vector_cases("help", operation="request"))
    assert isinstance(case, dict)
    public = oracle_hpke.public_of(bytes.fromhex(case["private"]))
    sealed = oracle_symptoms.sealed_help(
        case["said"],
        bytes.fromhex(case["ephemeral"]),
        public,
        case["keys_number"],
        case["expires"],
    )
    assert sealed.hex() == case["sealed"]


@pytest.mark.parametrize("case", vector_cases("help", operation="open"))
def test_a_request_that_is_not_one_is_refused(case: Case) -> None:
    with pytest.raises(FAULTS[case["result"]]):
        SealedHelp.decode(bytes.fromhex(case["sealed"])).open([key_of(case)])


@pytest.mark.parametrize("case", vector_cases("symptom_diary", operation="load", result="valid"))
def test_a_saved_diary_is_read_and_written_again(case: Case) -> None:
    key, saved = bytes.fromhex(case["key"]), bytes.fromhex(case["saved"])
    diary = Diary.load(saved, key=key, today=Day(case["today"]))
    assert [member.to_value() for member in diary.members] == case["content"]["members"]
    assert [
        {"member": number, "day": day, "entry": entry.to_value()}
        for (number, day), entry in sorted(diary.entries.items())
    ] == case["content"]["entries"]
    nonce = bytes.fromhex(case["nonce"])
    again = diary.save(key=key, today=Day(case["today"]), rand=lambda length: nonce[:length])
    assert again == saved
    assert saved[20:44] == nonce
    content = oracle_symptoms.opened_diary(key, saved)
    assert content == oracle_symptoms.diary_content(case["content"])


DAMAGED = [
    *vector_cases("symptom_diary", operation="load", result="malformed"),
    *vector_cases("symptom_diary", operation="load", result="unauthentic"),
]


@pytest.mark.parametrize("case", DAMAGED)
def test_a_saved_diary_that_is_damaged_is_refused(case: Case) -> None:
    key, saved = bytes.fromhex(case["key"]), bytes.fromhex(case["saved"])
    with pytest.raises(FAULTS[case["result"]]) as refusal:
        Diary.load(saved, key=key, today=Day(case["today"]))
    of_version = isinstance(refusal.value, UnsupportedVersionError)
    assert of_version == case["id"].startswith("version")


def diary_of(case: Case) -> Diary:
    diary = Diary().with_member(Member(number=1, name="x", **case["person"]))
    for noted in case["days"]:
        entry = {name: value for name, value in noted.items() if name != "day"}
        entry["symptoms"] = frozenset(entry.get("symptoms", ()))
        if "test" in entry:
            entry["test"] = TestResult(entry["test"])
        diary = diary.noted(1, Day(noted["day"]), Entry(**entry), today=Day(case["today"]))
    return diary


@pytest.mark.parametrize("case", vector_cases("rules", operation="advise"))
def test_advice_is_that_of_the_vector_and_of_the_second_witness(case: Case) -> None:
    found = advise(diary_of(case), 1, Day(case["today"]), TABLE)
    told = {each.rule.name: [[fact.vi, fact.en] for fact in each.facts] for each in found.fired}
    assert (found.outcome.value, told) == (case["outcome"], case["fired"])
    again = oracle_symptoms.advice(
        json.loads(encode_json(document())), case["person"], case["days"], case["today"]
    )
    assert again == (case["outcome"], case["fired"])


@pytest.mark.parametrize("case", vector_cases("rules", operation="table"))
def test_a_table_with_one_more_rule_is_read_or_refused(case: Case) -> None:
    value = document()
    value["rules"].append(case["rule"])
    if case["result"] == "valid":
        assert RuleTable.of_value(value).rules[-1].name == case["rule"]["id"]
        return
    with pytest.raises(MalformedError):
        RuleTable.of_value(value)
