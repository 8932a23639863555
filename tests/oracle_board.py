"""The second witness for the record of facilities: what it takes, states, pages and maps.

Written from `spec/facilities`, by brute force: everything is found anew from the whole record each
time. Signatures, tokens and acts of a chain are those of the other witnesses.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import oracle_tokens
from oracle import msgpack_encode, signed_file
from oracle_crypto import ed25519_sign, hkdf_sha256, sha256
from oracle_facilities import AUTHORITY_KINDS, text

FACILITY_KINDS = {"attestation", "answer", "rekey"}
Said = Mapping[str, Any]
Received = tuple[int, bytes]


def said(file: bytes) -> Said | None:
    """Return what a file says, a list of token keys too; None where it is malformed."""
    payload = file[72:]
    try:
        value = json.loads(payload) if payload[:1] == b"{" else _list_of(payload)
    except (ValueError, IndexError):
        return None
    kinds = {"objection", "token-keys", *AUTHORITY_KINDS, *FACILITY_KINDS}
    if not isinstance(value, dict) or value.get("kind") not in kinds:
        return None
    return value if value["kind"] == "token-keys" or text(value) == payload else None


class Reader:
    """Everybody who has a record up to a moment, and the two keys."""

    def __init__(self, record: Sequence[Received], now: int, keys: tuple[str, bytes, bytes]):
        self.region, self.authority, self.server = keys
        self.now = now
        self.acts = [(at, file, said(file) or {}) for at, file in record if at <= now]

    def of_kind(self, *kinds: str) -> list[tuple[int, bytes, Said]]:
        return [each for each in self.acts if each[2]["kind"] in kinds]

    def settings(self, day: int | None = None) -> Said | None:
        """Return the newest settings, or those of a day."""
        return self._version([(at, act) for at, _, act in self.of_kind("settings")], day)

    def enrolment(self, facility: str, day: int | None = None) -> Said | None:
        rows = [(at, a) for at, _, a in self.of_kind("enrolment") if a["facility"] == facility]
        return self._version(rows, day)

    def _version(self, rows: list[tuple[int, Said]], day: int | None) -> Said | None:
        if not rows:
            return None
        if day is None:
            return rows[-1][1]
        offset = self.of_kind("settings")[0][2]["utc_offset_minutes"]
        before = [act for at, act in rows if at <= 86_400 * day - 60 * offset]
        return before[-1] if before else rows[0][1]

    def day_of(self, moment: int) -> int:
        return int(moment + 60 * self.of_kind("settings")[0][2]["utc_offset_minutes"]) // 86_400

    def checklist(self, facility: str, day: int) -> Said | None:
        enrolled = self.enrolment(facility, day)
        kind = enrolled["facility_kind"] if enrolled else ""
        lists = [a for _, _, a in self.of_kind("checklist") if a["facility_kind"] == kind]
        held = [each for each in lists if self._holds_from(each) <= day]
        return max(held, key=lambda each: int(each["checklist"])) if held else None

    def _holds_from(self, listed: Said) -> int:
        """Return from which day a list holds: not before it was received."""
        at = next(at for at, _, each in self.of_kind("checklist") if each == listed)
        return max(int(listed["valid_from"]), self.day_of(at))

    def counting(self, facility: str, day: int, moment: int) -> Said | None:
        found = [
            act
            for at, _, act in self.of_kind("attestation")
            if (act["facility"], act["day"]) == (facility, day)
            and at <= moment
            and not (act["closed"] and at >= self.deadline(day))
        ]
        return found[-1] if found else None

    def outstanding(self, facility: str, day: int, moment: int) -> list[Said]:
        held = self.checklist(facility, day)
        left = []
        for task in held["tasks"] if held else []:
            period = task["period_days"]
            days = range(day - period + 1, day + 1)
            attested = [self.counting(facility, each, moment) for each in days]
            done = any(task["id"] in [d["task"] for d in a["done"]] for a in attested if a)
            ever = any(
                task["id"] in [d["task"] for d in act["done"]]
                for _, _, act in self.of_kind("attestation")
                for counting in [self.counting(facility, act["day"], moment)]
                if act["facility"] == facility and act["day"] <= day and act is counting
            )
            asked = self._asked_from(facility, day, task["id"]) + period - 1
            if not done and (ever or day >= asked):
                left.append(task)
        return left

    def _asked_from(self, facility: str, day: int, task: str) -> int:
        """Return from which day on a task was asked of a facility."""
        enrolled, held = self.enrolment(facility, day), self.checklist(facility, day)
        assert enrolled is not None
        assert held is not None
        since = min(
            self._holds_from(each)
            for _, _, each in self.of_kind("checklist")
            if each["facility_kind"] == held["facility_kind"]
            and each["checklist"] <= held["checklist"]
            and task in [listed["id"] for listed in each["tasks"]]
        )
        return max(self._first_day(facility, enrolled), int(since))

    def _first_day(self, facility: str, enrolled: Said) -> int:
        moments = [at for at, _, a in self.of_kind("enrolment") if a["facility"] == facility]
        return max(int(enrolled["first_day"]), self.day_of(moments[0]))

    def complete(self, facility: str, day: int, moment: int) -> bool:
        attested = self.counting(facility, day, moment) is not None
        return attested and not self.outstanding(facility, day, moment)

    def deadline(self, day: int) -> int:
        held = self.settings(day)
        assert held is not None
        return int(86_400 * day + 60 * (held["deadline_minutes"] - held["utc_offset_minutes"]))

    def state(self, facility: str, day: int) -> tuple[str, bool, bool]:
        """Return the state, whether it is late, and whether it is missing."""
        word = self._word(facility, day)
        held = self.settings(day)
        assert held is not None
        complete = self.complete(facility, day, self.now)
        late = (
            word != "closed"
            and complete
            and self.now >= self.deadline(day)
            and not self.complete(facility, day, self.deadline(day) - 1)
        )
        over = self.day_of(self.now) > day + held["late_days"]
        about = [(a["facility"], a["day"]) for _, _, a in self.of_kind("attestation")]
        unsaid = (facility, day) not in about
        return word, late, word != "closed" and over and unsaid

    def _word(self, facility: str, day: int) -> str:
        if self._closed(facility, day):
            return "closed"
        if self._unsafe(facility, day):
            return "unsafe"
        if self.contesting(facility, day):
            return "contested"
        attested = self.counting(facility, day, self.now)
        if attested and attested["closed"]:
            return "closed"
        if self.complete(facility, day, self.now):
            return "safe"
        return "overdue" if self.now >= self.deadline(day) else "due"

    def _closed(self, facility: str, day: int) -> bool:
        enrolled = self.enrolment(facility, day)
        assert enrolled is not None
        last = "opening"
        for at, _, act in self.of_kind("closure", "opening"):
            until = act.get("until_day", -1)
            starts = max(act["from_day"], self.day_of(at))
            if act["facility"] == facility and starts <= day and until in (-1, max(day, until)):
                last = act["kind"]
        return (
            day < self._first_day(facility, enrolled)
            or not enrolled["weekdays"][(day + 3) % 7]
            or self.checklist(facility, day) is None
            or last == "closure"
        )

    def _unsafe(self, facility: str, day: int) -> bool:
        for _, file, objected in self._objections(facility):
            upheld: list[int] = []
            for at, act in self._verdicts(file):
                if act["verdict"] == "upheld":
                    upheld.append(self.day_of(at))
                elif act["verdict"] == "dismissed":
                    upheld = []
                elif upheld:
                    if _spoils(day, objected["day"], upheld[0], self.day_of(at)):
                        return True
                    upheld = []
            if upheld and _spoils(day, objected["day"], upheld[0], 2**40):
                return True
        attested = self.counting(facility, day, self.now)
        past = self.now >= self.deadline(day)
        open_ = bool(attested and not attested["closed"])
        left = self.outstanding(facility, day, self.now) if open_ else []
        absent = attested["absent"] if attested else []
        return any(task["critical"] and (past or task["id"] in absent) for task in left)

    def contesting(self, facility: str, day: int) -> int:
        """Return how many objections contest a day."""
        held = self.settings(day)
        assert held is not None
        found = 0
        for at, file, objected in self._objections(facility):
            since = day - self.day_of(at)
            recent = 0 <= since < held["objection_days"] or day == objected["day"]
            found += recent and not self._verdicts(file)
        return found

    def _objections(self, facility: str) -> list[tuple[int, bytes, Said]]:
        return [each for each in self.of_kind("objection") if each[2]["facility"] == facility]

    def _verdicts(self, file: bytes) -> list[tuple[int, Said]]:
        digest = sha256(file).hex()
        return [(at, a) for at, _, a in self.of_kind("resolution") if a["objection"] == digest]


def _spoils(day: int, about: int, first: int, settled: int) -> bool:
    return first <= day < settled or day == about < settled


def row(reader: Reader, facility: str) -> Said:
    """Return what a map shows of a facility."""
    today = reader.day_of(reader.now)
    enrolled = reader.enrolment(facility)
    assert enrolled is not None
    state, late, _ = reader.state(facility, today)
    copied = ("facility_kind", "name", "address", "latitude", "longitude", "commune")
    return {
        "facility": facility,
        "state": state,
        "late": late,
        "objections": reader.contesting(facility, today),
        **{name: enrolled[name] for name in copied},
    }


def facility_map(reader: Reader, seed: bytes, pages: int) -> bytes:
    """Return the signed map of a moment."""
    names = sorted({act["facility"] for _, _, act in reader.of_kind("enrolment")})
    value = {
        "version": 1,
        "region": reader.region,
        "made": reader.now,
        "day": reader.day_of(reader.now),
        "acts": len(reader.acts),
        "pages": pages,
        "facilities": [row(reader, name) for name in names],
    }
    return signed_file(seed, "facility map 1", text(value))


def page(seed: bytes, region: str, case: Said, acts: Sequence[Received]) -> bytes:
    """Return a signed page."""
    value = {
        "version": 1,
        "region": region,
        **{name: case[name] for name in ("number", "made", "previous", "first")},
        "acts": [{"received": at, "act": b64encode(file).decode()} for at, file in acts],
    }
    return signed_file(seed, "record page 1", text(value))


def log_entry(file: bytes, region: str, case: Said) -> bytes:
    """Return what the log says of a page."""
    return msgpack_encode(
        {
            "digest": sha256(file),
            "kind": "facilities",
            "moment": case["made"],
            "name": f"page-{case['number']}",
            "region": region,
            "size_bytes": len(file),
            "version": 1,
        }
    )


def proof_seed(payload: bytes, day: int) -> bytes:
    """Return the seed of the proofs of presence of a day."""
    return hkdf_sha256(payload, b"dp3t presence proof 1" + day.to_bytes(4, "big"), 32)


def proof(seed: bytes, digest: bytes) -> tuple[bytes, bytes]:
    """Return the key of a day and the proof of something."""
    return ed25519_sign(seed, proof_message(digest))


def proof_message(digest: bytes) -> bytes:
    """Return what a proof of presence signs."""
    return b"dp3t presence proof 1" + digest


def objection(seed: bytes, value: Said, presence_seed: bytes) -> tuple[bytes, bytes]:
    """Return an objection, signed, and the digest that its proof of presence is for."""
    digest = sha256(text({**value, "presence": ""}))
    shown = proof(presence_seed, digest)[1].hex() if presence_seed else ""
    return signed_file(seed, "objection 1", text({**value, "presence": shown})), digest


def nullifier(token: bytes, facility: str) -> bytes:
    """Return by what a second objection to a facility shows."""
    scope, day = token[1:17].rstrip(b"\0").decode(), int.from_bytes(token[17:21], "big")
    spent = oracle_tokens.nullifier(scope, day, token[21:53])
    return sha256(b"dp3t objection 1" + spent + facility.encode())


def _list_of(payload: bytes) -> Said:
    """Return what a list of token keys says."""
    value, end = _msgpack(payload, 0)
    if end < len(payload) or not value or msgpack_encode(value) != payload:
        raise ValueError("no list of token keys")
    return {**value, "kind": "token-keys"}


def _msgpack(data: bytes, at: int) -> tuple[Any, int]:
    """Return the value at a place and where it ends; of the kinds that a list has."""
    head = data[at]
    if head < 0x80:
        return head, at + 1
    if head >> 4 in (8, 9):
        items, at = [], at + 1
        for _ in range((head & 15) * (2 if head >> 4 == 8 else 1)):
            item, at = _msgpack(data, at)
            items.append(item)
        return (items if head >> 4 == 9 else dict(zip(items[::2], items[1::2], strict=True))), at
    if head >> 5 == 5:
        return data[at + 1 : at + 1 + (head & 31)].decode(), at + 1 + (head & 31)
    width = {0xC4: 1, 0xC5: 2, 0xCC: 1, 0xCD: 2, 0xCE: 4}.get(head)
    if width is None:
        raise ValueError("another kind of value")
    number, end = int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width
    return (data[end : end + number], end + number) if head in (0xC4, 0xC5) else (number, end)
