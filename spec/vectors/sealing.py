"""Cases of the sealing and declaration chapters: headers, one whole envelope, and parts."""

from collections.abc import Iterator
from typing import Any

from dp3t.arrivals.form import entry_form
from dp3t.arrivals.parts import encode_part
from dp3t.arrivals.sealing import CONTENT_BYTES, Envelope, Header, seal_context, withdrawal_digest
from dp3t.canonical_json import encode_json
from dp3t.codec import pad
from dp3t.timeline import Day
from spec.vectors.builders.hpke import sealed
from spec.vectors.form import FULL
from spec.vectors.recipients import BORDER, HANOI, HUE

Case = dict[str, object]

ENTRY = 20_781
"""2026-11-24."""

_SECRET = bytes(range(128, 160))
_BINDING = bytes(range(160, 192))
_EPHEMERAL = {"border": bytes(range(192, 224)), "province": bytes(range(193, 225))}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["SEALING-1"],
        "source": "ours; sealed by builders/hpke.py, re-derived by tests/oracle_arrivals.py",
        "cases": [
            *_headers(),
            *_wrong_headers(),
            _envelope(),
            *_unopened(),
            *_parts(),
            *_wrong_parts(),
        ],
    }


def _said(**changes: Any) -> dict[str, Any]:
    return {
        "keys_number": 3,
        "entry_day": ENTRY,
        "expiry_day": ENTRY + 21,
        "arrival_point": "AHAN",
        "withdrawal_secret": _SECRET.hex(),
        "binding": _BINDING.hex(),
        **changes,
    }


def _header(said: dict[str, Any]) -> Header:
    return Header(
        keys_number=said["keys_number"],
        entry_day=Day(said["entry_day"]),
        expiry_day=Day(said["expiry_day"]),
        arrival_point=said["arrival_point"],
        withdrawal_digest=withdrawal_digest(bytes.fromhex(said["withdrawal_secret"])),
        binding=bytes.fromhex(said["binding"]),
    )


def _headers() -> Iterator[Case]:
    headers: dict[str, dict[str, object]] = {
        "header": {},
        "header-first-number": {"keys_number": 1},
        "header-last-number": {"keys_number": 2**32 - 1},
        "header-kept-for-a-day": {"expiry_day": ENTRY + 1},
        "header-kept-for-28-days": {"expiry_day": ENTRY + 28},
        "header-of-1970": {"entry_day": 0, "expiry_day": 21},
        "header-until-2106": {"entry_day": 49_709, "expiry_day": 49_710},
        "header-point-of-digits": {"arrival_point": "0123"},
    }
    for name, changes in headers.items():
        said = _said(**changes)
        yield {
            "id": name,
            "spec": ["SEALING-1", "SEALING-2", "SEALING-6"],
            "operation": "header",
            **said,
            "header": _header(said).encode().hex(),
            "result": "valid",
        }


def _wrong_headers() -> Iterator[Case]:
    good = _header(_said()).encode()
    for name, at, data in (
        ("version-0", 0, b"\0"),
        ("version-2", 0, b"\2"),
        ("number-0", 1, bytes(4)),
        ("expiry-on-the-day-of-entry", 5, ENTRY.to_bytes(4, "big")),
        ("kept-for-29-days", 5, (ENTRY + 29).to_bytes(4, "big")),
        ("expiry-after-2106", 5, (49_711).to_bytes(4, "big") + (49_710).to_bytes(4, "big")),
        ("entry-after-the-expiry", 9, b"\xff" * 4),
        ("point-in-small-letters", 13, b"ahan"),
        ("point-with-a-space", 13, b"HAN "),
        ("point-with-zero", 13, b"HAN\0"),
        ("point-beyond-ascii", 13, "Hạ".encode()),
        ("point-a-line-feed", 13, b"HAN\n"),
    ):
        yield _wrong_header(name, good[:at] + data + good[at + len(data) :])
    yield _wrong_header("cut", good[:-1])
    yield _wrong_header("longer", good + b"\0")


def _wrong_header(name: str, data: bytes) -> Case:
    return {
        "id": f"header-{name}",
        "spec": ["SEALING-1", "SEALING-2"],
        "flags": ["header"],
        "operation": "header",
        "header": data.hex(),
        "result": "malformed",
    }


def _contents() -> dict[str, bytes]:
    return {role: encode_part(entry_form(), FULL, role=role) for role in CONTENT_BYTES}


def _sealed() -> Envelope:
    header, public = _header(_said()), {"border": BORDER.public(), "province": HANOI.public()}
    parts = {
        role: sealed(
            _EPHEMERAL[role],
            public[role].to_bytes(),
            seal_context(header, role),
            pad(content, to_bytes=CONTENT_BYTES[role]),
        ).sealed
        for role, content in _contents().items()
    }
    return Envelope(header, parts["border"], parts["province"])


def _envelope() -> Case:
    envelope, contents = _sealed(), _contents()
    return {
        "id": "envelope",
        "spec": ["SEALING-1", "SEALING-3", "SEALING-4", "SEALING-5", "DECLARATION-1"],
        "operation": "envelope",
        **_said(),
        "values": FULL,
        "border_private": BORDER.to_bytes().hex(),
        "border_ephemeral": _EPHEMERAL["border"].hex(),
        "border_content": contents["border"].decode(),
        "province_private": HANOI.to_bytes().hex(),
        "province_ephemeral": _EPHEMERAL["province"].hex(),
        "province_content": contents["province"].decode(),
        "envelope": envelope.encode().hex(),
        "declaration_id": envelope.declaration_id.hex(),
        "result": "valid",
    }


def _unopened() -> Iterator[Case]:
    """Cases that change one byte of the envelope above, or use another key or role."""
    border, province = BORDER.to_bytes(), HANOI.to_bytes()
    for name, role, private, at in (
        ("by-another-province", "province", HUE.to_bytes(), None),
        ("the-border-by-the-province", "border", province, None),
        ("the-province-by-the-border", "province", border, None),
        ("under-another-number", "border", border, 4),
        ("under-another-expiry", "province", province, 8),
        ("under-another-day", "border", border, 12),
        ("under-another-point", "province", province, 16),
        ("under-another-secret", "border", border, 17),
        ("under-another-binding", "province", province, 80),
        ("enc-altered", "border", border, 81),
        ("content-altered", "border", border, 200),
        ("tag-altered", "province", province, 24_752),
    ):
        yield {
            "id": f"not-opened-{name}",
            "spec": ["SEALING-4"],
            "flags": ["envelope"],
            "operation": "open",
            "role": role,
            "private": private.hex(),
            **({} if at is None else {"altered": at}),
            "result": "unauthentic",
        }


def _part(name: str, content: bytes, *, role: str = "province", **fields: object) -> Case:
    return {
        "id": f"part-{name}",
        "spec": ["DECLARATION-2"],
        "operation": "part",
        "header": _header(_said()).encode().hex(),
        "role": role,
        "content": content.decode(errors="replace"),
        "result": "malformed",
        **fields,
    }


def _read(name: str, problems: list[list[str]], **changes: Any) -> Case:
    answers = {**FULL, **changes}
    content = encode_part(entry_form(), answers, role="province")
    clauses = ["DECLARATION-3", "DECLARATION-4"]
    return _part(name, content, spec=clauses, problems=problems, result="valid")


def _parts() -> Iterator[Case]:
    yield _read("good", [])
    yield _read("with-an-unreadable-name", [["surname", "characters", ""]], surname="a\u202eb")
    yield _read("with-a-script-for-a-name", [["surname", "pattern", ""]], surname="<script>")
    yield _read("with-another-point", [["arrival_point", "header", ""]], arrival_point="ASGN")
    yield _read("of-another-day", [["arrival", "header", ""]], arrival="2026-11-25T00:00")
    yield _read("of-no-day", [["arrival", "date", ""], ["arrival", "header", ""]], arrival="soon")
    yield _read("declared-the-day-after", [], symptoms_since="2026-11-25")
    late = [["symptoms_since", "late", "2026-11-25"]]
    yield _read("of-the-future", late, symptoms_since="2026-11-26")
    more = encode_json({"form": 1, "role": "province", "values": {**_province(), "sex": "F"}})
    yield _part(
        "with-more-than-it-reads",
        more,
        spec=["DECLARATION-3"],
        problems=[["", "unknown", ""]],
        result="valid",
    )


def _province() -> dict[str, Any]:
    part = entry_form().for_role("province").fields
    return {field.name: FULL[field.name] for field in part if field.name != "companions"}


def _wrong_parts() -> Iterator[Case]:
    good: dict[str, Any] = {"form": 1, "role": "province", "values": _province()}
    wrong: dict[str, dict[str, Any]] = {
        "form-0": {"form": 0},
        "form-2": {"form": 2},
        "form-is-text": {"form": "1"},
        "of-the-border": {"role": "border"},
        "values-a-list": {"values": []},
        "another-field": {"name": "x"},
    }
    for name, changes in wrong.items():
        yield _part(name, encode_json({**good, **changes}), flags=["part"])
    whole = encode_json(good)
    yield _part("empty", b"", flags=["part"])
    yield _part("cut", whole[:-1], flags=["part"])
    yield _part("not-canonical", whole.replace(b":", b": ", 1), flags=["part"])
    combining = whole.replace("Nguyễn".encode(), "Nguye\u0302\u0303n".encode())
    yield _part("not-in-form-c", combining, flags=["part"])
