"""The second witness for what a record takes: the table of reasons, in its order.

Written from `spec/facilities/record.md` and `objection.md`, by brute force.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import oracle_tokens
from oracle_board import Reader, Received, Said, nullifier, proof_message, said
from oracle_crypto import ed25519_verifies, sha256
from oracle_facilities import AUTHORITY_KINDS, text, verifies

_ZEROS = "00" * 32
_HEX = bytes.fromhex


def refusal(
    record: Sequence[Received], received: int, file: bytes, keys: tuple[str, bytes, bytes]
) -> str:
    """Return the first reason why an act is refused; empty where there is none."""
    value = said(file)
    if value is None:
        return "malformed"
    reader = Reader(record, received, keys)
    if value["kind"] == "token-keys":
        reasons = _list(reader, file, value)
    elif value["kind"] == "objection":
        reasons = _objection(reader, file, value)
    else:
        reasons = _act(reader, file, value)
    return next(reasons, "")


def wrong_words(file: bytes, words: Mapping[str, str] | None) -> bool:
    """Return whether words are not those that an act commits to."""
    committed = (said(file) or {}).get("words", "")
    if words is None:
        return bool(committed)
    salted = b"dp3t words 1" + _HEX(words["salt"]) + words["text"].encode()
    return bool(sha256(salted).hex() != committed)


def _act(reader: Reader, file: bytes, act: Said) -> Iterator[str]:
    yield from _common(reader, act)
    of_authority = act["kind"] in AUTHORITY_KINDS
    if of_authority and act["kind"] != "settings" and not reader.of_kind("settings"):
        yield "no-settings"
    if not of_authority and reader.enrolment(act["facility"]) is None:
        yield "unknown-facility"
    chain = [(f, a) for _, f, a in reader.acts if _chain(a) == _chain(act)]
    if file in [each for each, _ in chain]:
        yield "known"
    public = reader.authority if of_authority else _public(reader, act["facility"])
    if not verifies(file, public):
        yield "wrong-key"
    if act["number"] < len(chain):
        yield "forked"
    last = sha256(chain[-1][0]).hex() if chain else _ZEROS
    if act["number"] > len(chain) or act["previous"] != last:
        yield "gap"
    yield from _of_kind(reader, act)


def _common(reader: Reader, act: Said) -> Iterator[str]:
    if act["region"] != reader.region:
        yield "other-region"
    if act["made"] > reader.now + 600:
        yield "early"


def _chain(act: Said) -> str:
    if act["kind"] in AUTHORITY_KINDS:
        return "authority"
    return "" if act["kind"] in ("objection", "token-keys") else str(act["facility"])


def _public(reader: Reader, facility: str) -> bytes:
    acts = reader.of_kind("enrolment", "rekey")
    return _HEX([act["public"] for _, _, act in acts if act["facility"] == facility][-1])


def _of_kind(reader: Reader, act: Said) -> Iterator[str]:
    match act["kind"]:
        case "settings":
            former = reader.settings()
            offset = "utc_offset_minutes"
            if former is not None and former[offset] != act[offset]:
                yield "moved-clock"
        case "checklist":
            yield from _checklist(reader, act)
        case "closure" | "opening":
            if reader.enrolment(act["facility"]) is None:
                yield "unknown-facility"
        case "resolution":
            if act["objection"] not in _digests(reader, "objection"):
                yield "unknown-objection"
        case "answer":
            if act["objection"] not in _digests(reader, "objection", act["facility"]):
                yield "unknown-objection"
            answers = reader.of_kind("answer")
            if len([a for _, _, a in answers if a["objection"] == act["objection"]]) >= 8:
                yield "too-many"
        case "rekey":
            if _of_today(reader, act) >= 8:
                yield "too-many"
        case "strike":
            worded = [sha256(f).hex() for _, f, a in reader.acts if a.get("words")]
            if act["act"] not in worded:
                yield "unknown-act"
        case "attestation":
            yield from _attestation(reader, act)


def _of_today(reader: Reader, act: Said) -> int:
    """Return how many acts of this kind of a facility were received on this local day."""
    today = reader.day_of(reader.now)
    same = [at for at, _, a in reader.of_kind(act["kind"]) if a["facility"] == act["facility"]]
    return sum(reader.day_of(at) == today for at in same)


def _checklist(reader: Reader, act: Said) -> Iterator[str]:
    kind = act["facility_kind"]
    former = [a for _, _, a in reader.of_kind("checklist") if a["facility_kind"] == kind]
    if former and act["checklist"] <= former[-1]["checklist"]:
        yield "old-checklist"
    if former and act["valid_from"] <= reader.day_of(reader.now):
        yield "back-dated"


def _digests(reader: Reader, kind: str, facility: str | None = None) -> list[str]:
    return [
        sha256(file).hex()
        for _, file, act in reader.of_kind(kind)
        if facility in (None, act["facility"])
    ]


def _attestation(reader: Reader, act: Said) -> Iterator[str]:
    today, day, facility = reader.day_of(reader.now), act["day"], act["facility"]
    if _of_today(reader, act) >= 24:
        yield "too-many"
    if day > today:
        yield "early"
    settings = reader.settings(day)
    assert settings is not None
    if day < today - settings["late_days"]:
        yield "back-dated"
    held = reader.checklist(facility, day)
    if held is None or held["checklist"] != act["checklist"]:
        yield "other-checklist"
        return
    named = {done["task"] for done in act["done"]} | set(act["absent"])
    if not named <= {task["id"] for task in held["tasks"]}:
        yield "unknown-task"
    former = [
        sha256(file).hex()
        for _, file, a in reader.of_kind("attestation")
        if (a["facility"], a["day"]) == (facility, day)
    ]
    if act["corrects"] != (former[-1] if former else ""):
        yield "other-attestation"


def _objection(reader: Reader, file: bytes, act: Said) -> Iterator[str]:
    token = _HEX(act["token"])
    scope, token_day = token[1:17].rstrip(b"\0"), int.from_bytes(token[17:21], "big")
    if scope != b"objections":
        yield "bad-token"
    yield from _common(reader, act)
    if reader.enrolment(act["facility"]) is None:
        yield "unknown-facility"
        return
    if sha256(file).hex() in _digests(reader, "objection"):
        yield "known"
    yield from _about(reader, act)
    if token_day != reader.now // 86_400:
        yield "bad-token"
    spent = [nullifier(_HEX(a["token"]), a["facility"]) for _, _, a in reader.of_kind("objection")]
    if nullifier(token, act["facility"]) in spent:
        yield "spent-token"
    if not _is_signed(reader, token, token_day):
        yield "bad-token"
    if not _is_by(file, token[21:53]):
        yield "wrong-key"
    if act["presence"] and not any(_proves(key, act) for key in _presence_keys(reader, act)):
        yield "bad-presence"


def _about(reader: Reader, act: Said) -> Iterator[str]:
    today = reader.day_of(reader.now)
    settings, held = reader.settings(today), reader.checklist(act["facility"], act["day"])
    assert settings is not None
    if act["day"] > today:
        yield "early"
    if act["day"] < today - settings["objection_days"]:
        yield "back-dated"
    listed = [task["id"] for task in held["tasks"]] if held else []
    if act["task"] and act["task"] not in listed:
        yield "unknown-task"


def _is_signed(reader: Reader, token: bytes, day: int) -> bool:
    keys = {
        key["day"]: key["modulus"]
        for _, _, listed in reader.of_kind("token-keys")
        for key in listed["keys"]
        if key["scope"] == "objections"
    }
    nonce, prefix, signature = token[21:53], token[53:85], token[85:]
    message = oracle_tokens.signed_message("objections", day, nonce, prefix)
    issued = [listed["issued"] // 86_400 for _, _, listed in reader.of_kind("token-keys")]
    if day not in keys or day not in issued:
        return False
    return oracle_tokens.verifies(int.from_bytes(keys[day], "big"), message, signature)


def _is_by(file: bytes, public: bytes) -> bool:
    message = b"\x0bobjection 1" + file[:8] + file[72:]
    return sha256(public)[:8] == file[:8] and ed25519_verifies(public, message, file[8:72])


def _presence_keys(reader: Reader, act: Said) -> list[bytes]:
    about = (act["facility"], act["day"])
    return [
        _HEX(a["presence"])
        for _, _, a in reader.of_kind("attestation")
        if a["presence"] and (a["facility"], a["day"]) == about
    ][-8:]


def _proves(public: bytes, act: Said) -> bool:
    digest = sha256(text({**act, "presence": ""}))
    return ed25519_verifies(public, proof_message(digest), _HEX(act["presence"]))


def _list(reader: Reader, file: bytes, listed: Said) -> Iterator[str]:
    if listed["region"] != reader.region:
        yield "other-region"
    former = [(f, a) for _, f, a in reader.of_kind("token-keys")]
    if file in [each for each, _ in former]:
        yield "known"
    message = b"\x11dp3t token keys 1" + file[:8] + file[72:]
    ours = sha256(reader.server)[:8] == file[:8]
    if not (ours and ed25519_verifies(reader.server, message, file[8:72])):
        yield "wrong-key"
    day = listed["issued"] // 86_400
    if listed["issued"] > reader.now + 7_200:
        yield "early"
    if reader.now >= 86_400 * (day + 1) + 7_200:
        yield "back-dated"
    if day in [each["issued"] // 86_400 for _, each in former]:
        yield "forked"
    keys: dict[Any, Any] = {key["day"]: key for _, each in former for key in each["keys"]}
    if any(keys.get(key["day"], key) != key for key in listed["keys"]):
        yield "forked"
