"""Acts that a record takes or refuses, each for one reason."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from dp3t.canonical_json import encode_json
from dp3t.facilities.authority_acts import Verdict
from dp3t.facilities.checklist import Checklist
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.objection import Objection, objection_key_of
from dp3t.facilities.presence_proof import presence_key
from dp3t.facilities.words import Words
from dp3t.primitives import sha256
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant
from spec.vectors.builders.facility_record import (
    AUTHORITY,
    CHECKLIST,
    REGION,
    SERVER,
    SETTINGS,
    TODAY,
    Record,
    at,
    key_of,
    objection,
)
from spec.vectors.builders.objection_tokens import token, token_list

Case = dict[str, object]

PRESENCE = sha256(b"a day's seed of a proof of presence")
WORDS = Words(bytes(range(16)), "Không có xà phòng")
NOW = at(0, 12)
_UTC_DAY = NOW // 86_400
_NEXT_DAY = at(1, 8)


def base() -> Record:
    """Return a record with schools: one has attested and was objected to, one has a new key."""
    record = Record()
    record.settle(at(-1, 1))
    record.publish(at(-1, 1))
    record.enrol("an-cuu", at(0, 2))
    record.enrol("vy-da", at(0, 2))
    record.attest("an-cuu", at(0, 7), presence=presence_key(PRESENCE), words=WORDS.commitment())
    record.list_keys(at(0, 8))
    record.object("an-cuu", at(0, 9), who="first")
    record.enrol("kim-long", at(0, 10))
    record.rekey("kim-long", at(0, 10), key_of("new"))
    return record


def judged() -> Iterator[Case]:
    """Return the cases."""
    for name, (clause, refusal, build) in _CASES.items():
        record = "nothing" if name.startswith("before-settings") else "base"
        received, signed = build(Record() if record == "nothing" else base())
        yield case_of(name, clause, refusal, received, signed, record=record)
    yield from _worded()


def case_of(
    name: str, clause: str, refusal: str, received: Instant, signed: bytes, *, record: str = "base"
) -> Case:
    """Return the case of an act that is judged."""
    return {
        "id": name,
        "operation": "judge",
        "spec": [clause],
        "record": record,
        "received": received,
        "act": signed.hex(),
        "refusal": refusal,
    }


def _worded() -> Iterator[Case]:
    other = Words(bytes(16), WORDS.text)
    with_words = objection("vy-da", NOW, who="wordy", words=WORDS.commitment())
    without = objection("vy-da", NOW, who="wordy")
    for name, refusal, signed, words in (
        ("words-of-the-act", "", with_words, WORDS),
        ("words-missing", "wrong-words", with_words, None),
        ("words-of-another-salt", "wrong-words", with_words, other),
        ("words-where-none-are-committed-to", "wrong-words", without, WORDS),
    ):
        said = words.to_json() if words else None
        yield case_of(name, "RECORD-6", refusal, NOW, signed) | {"words": said}


Built = tuple[Instant, bytes]
Build = Callable[[Record], Built]


def _attest(**changes: Any) -> Build:
    return lambda record: (NOW, record.attest("vy-da", NOW, **changes))


def _again(place: int) -> Build:
    return lambda record: (NOW, record.acts[place][1])


def _object(name: str = "vy-da", *, received: Instant = NOW, **changes: Any) -> Build:
    return lambda _: (received, objection(name, received, **changes))


def _list(
    received: Instant = _NEXT_DAY,
    *,
    issued: Instant | None = None,
    key: SigningKey = SERVER,
    region: str = REGION,
) -> Build:
    moment = received if issued is None else issued
    return lambda _: (received, token_list(moment, key=key, region=region))


def _with_key(chain: str, word: str) -> Build:
    def build(record: Record) -> Built:
        record.keys[chain] = key_of(word)
        if chain == "authority":
            return NOW, record.close("vy-da", NOW, from_day=TODAY)
        return NOW, record.attest(chain, NOW)

    return build


def _gap(record: Record) -> Built:
    record.ends["vy-da"] = record.ends["an-cuu"].after(b"an act that nobody has")
    return NOW, record.attest("vy-da", NOW)


def _other_previous(record: Record) -> Built:
    end = record.ends["an-cuu"]
    record.ends["an-cuu"] = replace(end, previous=bytes(range(32)))
    return NOW, record.attest("an-cuu", NOW, corrects=sha256(record.acts[4][1]))


def _forked(record: Record) -> Built:
    del record.ends["an-cuu"]
    return NOW, record.attest("an-cuu", NOW, done=("air",))


def _settings(offset_minutes: int) -> Build:
    moved = replace(SETTINGS, utc_offset_minutes=offset_minutes)
    return lambda record: (NOW, record.settle(NOW, moved))


def _checklist(number: int, valid_from: int, *, kind: str = "school") -> Build:
    new: Checklist = replace(
        CHECKLIST, number=number, valid_from=LocalDay(valid_from), facility_kind=kind
    )
    return lambda record: (NOW, record.publish(NOW, new))


def _raw(payload: bytes, word: str, context: str) -> Build:
    return lambda _: (NOW, key_of(word).sign(payload, context=context))


def _other_region(record: Record) -> Built:
    signed = record.attest("vy-da", NOW)
    payload = signed[72:].replace(b'"VN-26"', b'"VN-27"')
    return NOW, key_of("vy-da").sign(payload, context="facility act 1")


def _spaced(record: Record) -> Built:
    payload = record.attest("vy-da", NOW)[72:].replace(b",", b", ", 1)
    return NOW, key_of("vy-da").sign(payload, context="facility act 1")


def _of_another_owner(record: Record) -> Built:
    signed = objection("vy-da", NOW, who="owner")
    return NOW, key_of("thief").sign(signed[72:], context="objection 1")


def _forged_token(record: Record) -> Built:
    seed = sha256(b"forger")
    forged = replace(token(seed, _UTC_DAY), signature=bytes(255) + b"\1")
    return NOW, objection("vy-da", NOW, who="forger", token=forged)


def _of_symptoms(record: Record) -> Built:
    made = Objection.decode(objection("vy-da", NOW, who="scoped")[72:])
    seed = sha256(b"scoped")
    said = {**made.to_json(), "token": token(seed, _UTC_DAY, scope="symptoms").encode().hex()}
    return NOW, objection_key_of(seed).sign(encode_json(said), context="objection 1")


_CASES: Mapping[str, tuple[str, str, Build]] = {
    "attestation": ("RECORD-2", "", _attest()),
    "attestation-of-yesterday": ("RECORD-14", "", _attest(day=TODAY - 1)),
    "correction": (
        "RECORD-14",
        "",
        lambda r: (NOW, r.attest("an-cuu", NOW, corrects=sha256(r.acts[4][1]))),
    ),
    "objection": ("OBJECTION-4", "", _object()),
    "objection-of-one-person-to-another-facility": ("OBJECTION-5", "", _object(who="first")),
    "objection-with-a-proof-of-presence": (
        "OBJECTION-8",
        "",
        _object("an-cuu", who="present", presence=PRESENCE),
    ),
    "objection-to-a-task": ("OBJECTION-7", "", _object(task="hands", who="precise")),
    "objection-about-seven-days-ago": ("OBJECTION-6", "", _object(day=TODAY - 7)),
    "resolution": (
        "RECORD-2",
        "",
        lambda r: (NOW, r.resolve(r.acts[6][1], NOW, Verdict.UPHELD)),
    ),
    "answer": ("RECORD-2", "", lambda r: (NOW, r.answer("an-cuu", r.acts[6][1], NOW))),
    "strike": ("RECORD-2", "", lambda r: (NOW, r.strike(r.acts[4][1], NOW))),
    "list-of-the-next-day": ("RECORD-15", "", _list()),
    "first-list-of-another-kind": ("RECORD-8", "", _checklist(1, TODAY, kind="clinic")),
    "made-ten-minutes-ahead": (
        "RECORD-5",
        "",
        lambda r: (Instant(NOW - 600), r.attest("vy-da", NOW)),
    ),
    "truncated": ("RECORD-3", "malformed", lambda r: (NOW, r.attest("vy-da", NOW)[:71])),
    "with-a-space": ("RECORD-3", "malformed", _spaced),
    "of-an-unknown-kind": (
        "RECORD-3",
        "malformed",
        _raw(b'{"kind":"praise"}', "vy-da", "facility act 1"),
    ),
    "neither-json-nor-token-keys": (
        "RECORD-3",
        "malformed",
        _raw(b"\x80", "server", "dp3t token keys 1"),
    ),
    "of-another-region": ("RECORD-2", "other-region", _other_region),
    "made-more-than-ten-minutes-ahead": (
        "RECORD-5",
        "early",
        lambda r: (Instant(NOW - 601), r.attest("vy-da", NOW)),
    ),
    "before-settings-a-checklist": (
        "RECORD-2",
        "no-settings",
        lambda r: (NOW, r.publish(NOW)),
    ),
    "of-a-facility-not-enrolled": (
        "RECORD-2",
        "unknown-facility",
        lambda r: (NOW, r.attest("nobody", NOW)),
    ),
    "closure-of-a-facility-not-enrolled": (
        "RECORD-2",
        "unknown-facility",
        lambda r: (NOW, r.close("nobody", NOW, from_day=TODAY)),
    ),
    "objection-to-a-facility-not-enrolled": (
        "RECORD-2",
        "unknown-facility",
        _object("nobody"),
    ),
    "act-again": ("RECORD-4", "known", _again(4)),
    "act-of-the-authority-again": ("RECORD-4", "known", _again(0)),
    "objection-again": ("RECORD-4", "known", _again(6)),
    "list-of-token-keys-again": ("RECORD-4", "known", _again(5)),
    "attestation-under-another-key": ("ACT-4", "wrong-key", _with_key("vy-da", "an-cuu")),
    "act-of-the-authority-under-a-facilitys-key": (
        "ACT-4",
        "wrong-key",
        _with_key("authority", "vy-da"),
    ),
    "attestation-under-the-new-key": ("ACT-4", "", _with_key("kim-long", "new")),
    "attestation-under-the-key-before": ("ACT-4", "wrong-key", _with_key("kim-long", "kim-long")),
    "number-taken": ("RECORD-4", "forked", _forked),
    "number-beyond-the-next": ("RECORD-4", "gap", _gap),
    "other-previous": ("RECORD-4", "gap", _other_previous),
    "clock-of-another-zone": ("RECORD-7", "moved-clock", _settings(480)),
    "checklist-of-the-number-before": ("RECORD-8", "old-checklist", _checklist(1, TODAY + 1)),
    "checklist-that-holds-today": ("RECORD-8", "back-dated", _checklist(2, TODAY)),
    "checklist-from-tomorrow": ("RECORD-8", "", _checklist(2, TODAY + 1)),
    "answer-of-another-facility": (
        "RECORD-2",
        "unknown-objection",
        lambda r: (NOW, r.answer("vy-da", r.acts[6][1], NOW)),
    ),
    "verdict-on-nothing": (
        "RECORD-2",
        "unknown-objection",
        lambda r: (NOW, r.resolve(b"no", NOW, Verdict.UPHELD)),
    ),
    "strike-of-an-act-without-words": (
        "RECORD-2",
        "unknown-act",
        lambda r: (NOW, r.strike(r.acts[6][1], NOW)),
    ),
    "attestation-of-tomorrow": ("RECORD-14", "early", _attest(day=TODAY + 1)),
    "attestation-of-two-days-ago": ("RECORD-14", "back-dated", _attest(day=TODAY - 2)),
    "attestation-by-another-list": ("RECORD-14", "other-checklist", _attest(checklist=2)),
    "attestation-of-a-task-not-listed": ("RECORD-14", "unknown-task", _attest(done=("sea",))),
    "absent-task-not-listed": ("RECORD-14", "unknown-task", _attest(absent=("sea",))),
    "second-attestation-of-a-day": (
        "RECORD-14",
        "other-attestation",
        lambda r: (NOW, r.attest("an-cuu", NOW)),
    ),
    "correction-of-nothing": (
        "RECORD-14",
        "other-attestation",
        _attest(corrects=bytes(range(32))),
    ),
    "objection-about-tomorrow": ("OBJECTION-6", "early", _object(day=TODAY + 1)),
    "objection-about-eight-days-ago": ("OBJECTION-6", "back-dated", _object(day=TODAY - 8)),
    "objection-to-a-task-not-listed": ("OBJECTION-7", "unknown-task", _object(task="sea")),
    "token-for-something-else": ("OBJECTION-4", "bad-token", _of_symptoms),
    "token-of-yesterday": (
        "OBJECTION-4",
        "bad-token",
        _object(token=token(sha256(b"citizen"), _UTC_DAY - 1)),
    ),
    "token-of-a-day-without-a-list": ("OBJECTION-4", "bad-token", _object(received=at(9, 12))),
    "token-whose-key-stands-in-the-list-of-the-day-before-alone": (
        "OBJECTION-4",
        "bad-token",
        _object(received=_NEXT_DAY),
    ),
    "token-that-nobody-signed": ("OBJECTION-4", "bad-token", _forged_token),
    "second-objection": (
        "OBJECTION-5",
        "spent-token",
        _object("an-cuu", who="first", task="hands"),
    ),
    "objection-under-another-key": ("OBJECTION-3", "wrong-key", _of_another_owner),
    "proof-under-another-key": (
        "OBJECTION-8",
        "bad-presence",
        _object("an-cuu", who="liar", presence=bytes(32)),
    ),
    "proof-where-no-key-is-published": (
        "OBJECTION-8",
        "bad-presence",
        _object("vy-da", who="liar", presence=PRESENCE),
    ),
    "list-under-another-key": ("RECORD-15", "wrong-key", _list(key=AUTHORITY)),
    "list-of-another-region": ("RECORD-2", "other-region", _list(region="VN-27")),
    "list-of-tomorrow": ("RECORD-15", "early", _list(at(1, 8), issued=at(1, 11))),
    "list-of-two-days-ago": ("RECORD-15", "back-dated", _list(at(3, 8), issued=at(1, 8))),
    "second-list-of-a-day": ("RECORD-15", "forked", _list(NOW, issued=at(0, 8.5))),
}
