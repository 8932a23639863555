"""Targets of the fuzz loop for facilities: acts, words, lists that people write, tables."""

import json
from base64 import b64encode

from dp3t.canonical_json import decode_json, encode_json, read_json
from dp3t.facilities.acts import Act, act_payload, read_act, verify_act
from dp3t.facilities.answers import read_length, read_place, read_region, read_taken
from dp3t.facilities.built_in import built_in_checklist, checklist_of_document
from dp3t.facilities.csv_import import read_facilities
from dp3t.facilities.snapshot import MapRow
from dp3t.facilities.state import State
from dp3t.facilities.words import Words
from dp3t.primitives import sha256
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Instant
from fuzz_target import Target, again
from spec.vectors.builders.facility_record import (
    AUTHORITIES,
    CHECKLIST,
    MIDNIGHT,
    REGION,
    SETTINGS,
    Record,
    facility,
)
from vectors import load

_KEY = SigningKey(seed=sha256(b"anybody"), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
_SHOWN = (
    "facility",
    "facility_kind",
    "name",
    "address",
    "latitude_microdegrees",
    "longitude_microdegrees",
    "commune",
)


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
        **_of_answers(),
    }


def _of_answers() -> dict[str, Target]:
    """Return the decoders of what a server answers."""
    record = Record()
    act = record.enrol("le-loi", MIDNIGHT)
    end = {"number": 0, "previous": "00" * 32}
    task = {**CHECKLIST.tasks[0].to_json(), "last_done_day": -1, "due": True, "today": False}
    row = MapRow(
        **{name: getattr(facility("le-loi"), name) for name in _SHOWN},
        state=State.DUE,
        late=False,
        objections=0,
    )
    place: dict[str, object] = {
        "acts": [
            {
                "act": b64encode(act).decode(),
                "number": 2,
                "received": MIDNIGHT,
                "struck": False,
                "words": None,
            }
        ],
        "chain": end,
        "days": [{"day": 9, "state": "safe", "late": False, "missing": False}],
        "facility": row.to_json(),
        "now": MIDNIGHT,
        "state": "due",
        "tasks": [task],
        "today": 9,
    }
    region: dict[str, object] = {
        "acts": 3,
        "authorities": ["00" * 32],
        "chain": end,
        "checklists": [CHECKLIST.to_json()],
        "region": REGION,
        "settings": SETTINGS.to_json(),
        "today": 9,
    }
    taken: dict[str, object] = {"number": 1, "received": 2, "refusal": None}
    return {
        "what a server shows of a facility": Target(
            lambda data: read_place(data, "le-loi", authorities=AUTHORITIES), (_json(place),)
        ),
        "what a server says of its region": Target(
            read_region, (_json(region), _json({**region, "settings": None, "today": -1}))
        ),
        "answer to an act": Target(read_taken, (_json(taken),)),
        "length of a record": Target(read_length, (_json({"pages": 1, "acts": 2}),)),
    }


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
