"""An act of each kind, with the keys that sign them: what the cases of facilities are made of."""

from collections.abc import Mapping
from typing import Any

from dp3t.canonical_json import JsonValue, encode_json
from dp3t.facilities.act import START, ChainEnd
from dp3t.facilities.acts import AUTHORITY_CONTEXT, FACILITY_CONTEXT
from dp3t.facilities.words import Words
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant

Case = dict[str, object]
Said = dict[str, Any]

NOW = 1_795_392_000
"""2026-11-23T00:00:00Z, 07:00 in Huế."""
DAY = 20_780
AUTHORITY = bytes(range(32))
SCHOOL = bytes(range(32, 64))
SUCCESSOR = bytes(range(64, 96))
OBJECTION = bytes(range(96, 128)).hex()
WORDS = Words(bytes(range(16)), "Vòi nước ở sân sau hỏng, đã sửa lúc 6:50.")
END = NOW + 365 * 86_400

TASK: Said = {
    "critical": True,
    "id": "hand-washing",
    "period_days": 1,
    "role": "caretaker",
    "text": {"en": "Water and soap are there", "vi": "Có nước và xà phòng"},
}
WEEKLY: Said = {
    "critical": False,
    "id": "big-cleaning",
    "period_days": 7,
    "role": "cleaner",
    "text": {"en": "Clean everything", "vi": "Tổng vệ sinh"},
}
DONE: Said = {"at": NOW - 600, "role": "caretaker", "task": "hand-washing"}

FIELDS: Mapping[str, Said] = {
    "settings": {
        "deadline_minutes": 600,
        "late_days": 1,
        "name": {"en": "Department of Health of Huế", "vi": "Sở Y tế thành phố Huế"},
        "objection_days": 7,
        "utc_offset_minutes": 420,
    },
    "checklist": {
        "checklist": 1,
        "facility_kind": "school",
        "source": "An example",
        "tasks": [TASK, WEEKLY],
        "title": {"en": "A safe school", "vi": "Trường học an toàn"},
        "valid_from": DAY - 7,
    },
    "enrolment": {
        "address": "1 Lê Lợi, Huế",
        "commune": "19789",
        "facility": "th-le-loi",
        "facility_kind": "school",
        "first_day": DAY,
        "latitude": 16_463_713,
        "longitude": 107_590_866,
        "name": "Trường Tiểu học Lê Lợi",
        "public": "",
        "weekdays": [True, True, True, True, True, False, False],
    },
    "closure": {"facility": "th-le-loi", "from_day": DAY, "until_day": DAY + 2, "words": ""},
    "opening": {"facility": "th-le-loi", "from_day": DAY + 1},
    "resolution": {"objection": OBJECTION, "verdict": "upheld", "words": ""},
    "strike": {"act": OBJECTION, "reason": "Tên của một học sinh"},
    "attestation": {
        "absent": ["big-cleaning"],
        "checklist": 1,
        "closed": False,
        "corrects": "",
        "day": DAY,
        "done": [DONE],
        "facility": "th-le-loi",
        "photos": [],
        "presence": "",
        "words": WORDS.commitment().hex(),
    },
    "answer": {
        "facility": "th-le-loi",
        "objection": OBJECTION,
        "words": WORDS.commitment().hex(),
    },
    "rekey": {"facility": "th-le-loi", "public": ""},
}
"""The fields of an act of each kind beside those of the head."""

AUTHORITY_KINDS = tuple(FIELDS)[:7]


def signing_key(seed: bytes) -> SigningKey:
    """Return a key that may speak from the moment of the cases on."""
    return SigningKey(seed=seed, valid_from=Instant(NOW), valid_until=Instant(END))


def public(seed: bytes) -> str:
    """Return the public half of a key, as acts have it."""
    return signing_key(seed).public().public.hex()


def payload(kind: str, /, *, end: ChainEnd = START, **changes: object) -> Said:
    """Return the payload of an act as a map, with some fields in the place of others."""
    fields = dict(FIELDS[kind])
    if "public" in fields:
        fields["public"] = public(SCHOOL if kind == "enrolment" else SUCCESSOR)
    return {
        "kind": kind,
        "made": NOW,
        "number": end.number,
        "previous": end.previous.hex(),
        "region": "VN-26",
        "version": 1,
        **fields,
        **changes,
    }


def signed(said: JsonValue, *, seed: bytes | None = None, context: str | None = None) -> bytes:
    """Return the signed file of a payload, by the key and with the context of its kind."""
    kind = said.get("kind") if isinstance(said, Mapping) else None
    ours = kind in AUTHORITY_KINDS
    key = signing_key(seed or (AUTHORITY if ours else SCHOOL))
    return key.sign(
        encode_json(said), context=context or (AUTHORITY_CONTEXT if ours else FACILITY_CONTEXT)
    )
