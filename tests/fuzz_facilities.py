"""Targets of the fuzz loop for facilities: acts, words, lists that people write, tables."""

from dp3t.canonical_json import decode_json, encode_json, read_json
from dp3t.facilities.acts import Act, act_payload, read_act, verify_act
from dp3t.facilities.built_in import built_in_checklist, checklist_of_document
from dp3t.facilities.csv_import import read_facilities
from dp3t.facilities.words import Words
from dp3t.primitives import sha256
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Instant
from fuzz_target import Target, again
from vectors import load

_KEY = SigningKey(seed=sha256(b"anybody"), valid_from=Instant(0), valid_until=Instant(2**32 - 1))


def _in_a_file(payload: bytes) -> bytes:
    """Return a payload behind what a signed file has before it, here with no signature."""
    return bytes(72) + payload


def _act(payload: bytes) -> Act:
    return read_act(_in_a_file(payload))[0]


def of_facilities() -> dict[str, Target]:
    """Return the decoders of what authorities and facilities say."""
    cases = load("facilities")["cases"]
    files = [
        bytes.fromhex(case["file"])
        for case in cases
        if case["operation"] == "act" and case["result"] == "valid"
    ]
    words = encode_json(Words(bytes(16), "Vòi nước hỏng").to_json())
    tables = [bytes.fromhex(case["table"]) for case in load("facility_table")["cases"]]
    signed = _KEY.sign(files[0][72:], context="authority act 1")
    return {
        "act of a facility or an authority": Target(
            again(_act, act_payload), tuple(file[72:] for file in files)
        ),
        "signed act": Target(
            lambda data: verify_act(data, TrustedKeys([_KEY.public()])), (signed,)
        ),
        "words beside an act": Target(
            again(
                lambda data: Words.of_value(decode_json(data, limit_bytes=2**12)),
                lambda said: encode_json(said.to_json()),
            ),
            (words,),
        ),
        "checklist of a person": Target(
            lambda data: checklist_of_document(read_json(data, limit_bytes=2**16)),
            (encode_json(built_in_checklist("school").to_json()),),
        ),
        "table of facilities": Target(read_facilities, tuple(tables)),
    }
