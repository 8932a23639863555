"""Cases of the entry chapter: payloads, links, private codes, and one fault for each refusal."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator

from dp3t.presence import presence_pb2 as pb
from dp3t.presence.entry import EntryCode, cwa_location_id, cwa_location_id_hash
from dp3t.presence.entry_link import (
    ROTATING_SCHEME,
    TRACE_SCHEME,
    link_of,
    payload_of,
    private_code_of,
    private_text_of,
)
from dp3t.presence.messages import encoded
from spec.vectors.builders.entry_payloads import FAULTS, READ, WRITTEN

Case = dict[str, object]

_CWA = "cwa-app-android d98f9c2, presencetracing/locations/TraceLocationIdTest.kt"

_CWA_KEY = (
    "1a650801125b3059301306072a8648ce3d020106082a8648ce3d0301070342000473b0c4b2d714211732937e4e6032"
    "7de7f85383751586c6835ca4f4ccaecd8473d7a32ce2a449cea771b23570d5a5a3e2ddc01f426c5eb853190085f6fb"
    "a0395e1a0431323334"
)
_CWA_PLACES = {
    "birthday-party": "0801122c080112114d792042697274686461792050617274791a0b6174206d7920706c616365"
    f"28d387a40130f787a401{_CWA_KEY}220408011002",
    "icecream-shop": "080112200801120d496365637265616d2053686f701a0d4d61696e205374726565742031"
    f"{_CWA_KEY}220608011001180a",
}
_CWA_ID = "afa27b44d43b02a9fea41d13cedc2e4016cfcf87c5dbf990e593669aa8ce286d"

_PAYLOAD = WRITTEN["permanent-place-for-every-app"].payload
_URL = urlsafe_b64encode(_PAYLOAD).decode().rstrip("=")
_PLUS = b64encode(b"\xfb\xef\xbe\xff\xff").decode()
"""Every letter in which the two alphabets differ, and padding."""
_TRACE_CODE = encoded(
    pb.QRCodeTrace(
        version=1,
        qr_code_payload=_PAYLOAD,
        master_secret_key_location=b"\1" * 32,
        cipher_text_health_authority=bytes(80),
    )
)
_TRACE_TEXT = private_text_of(_TRACE_CODE, scheme=TRACE_SCHEME)

_LINKS = {
    "ours": f"https://presence.invalid?v=1#{_URL}",
    "our-host-with-path-and-port": f"https://qr.example.vn:8443/a/b?v=1#{_URL}",
    "corona-warn-app": f"https://e.coronawarn.app?v=1#{_URL}",
    "corona-warn-app-with-a-slash": f"https://e.coronawarn.app/?v=1#{_URL}",
    "notify-me-v-3": f"https://qr.notify-me.ch?v=3#{_URL}",
    "notify-me-v-4": f"https://qr.notify-me.ch?v=4#{_URL}",
    "vendor": f"https://app.luca-app.de/webapp/4444?a=b&c#e30/CWA1/{_URL}",
    "bare": _URL,
    "white-space-around": f" \n{_URL}\t",
    "scheme-and-host-in-capitals": f"HTTPS://E.CORONAWARN.APP?v=1#{_URL}",
    "notify-me-in-capitals": f"https://QR.Notify-Me.CH?v=4#{_URL}",
    "base64-with-padding": f"https://qr.notify-me.ch?v=3#{_PLUS}",
    "base64-without-padding": f"https://qr.notify-me.ch?v=3#{_PLUS.rstrip('=')}",
    "base64url-with-padding": f"https://x?v=1#{_PLUS.replace('+', '-').replace('/', '_')}",
}
_LINK_FAULTS = {
    "http": ("ENTRY-18", f"http://presence.invalid?v=1#{_URL}"),
    "another-scheme": ("ENTRY-18", f"ftp://presence.invalid?v=1#{_URL}"),
    "no-hash": ("ENTRY-18", f"https://presence.invalid?v=1{_URL}"),
    "nothing-after-the-hash": ("ENTRY-18", "https://presence.invalid?v=1#"),
    "payload-in-the-query": ("ENTRY-18", f"https://presence.invalid?v=1&p={_URL}#x"),
    "no-version": ("ENTRY-18", f"https://presence.invalid#{_URL}"),
    "a-user": ("ENTRY-18", f"https://me@presence.invalid?v=1#{_URL}"),
    "no-host": ("ENTRY-18", f"https://?v=1#{_URL}"),
    "v-0": ("ENTRY-19", f"https://presence.invalid?v=0#{_URL}"),
    "v-2": ("ENTRY-19", f"https://qr.notify-me.ch?v=2#{_URL}"),
    "v-5": ("ENTRY-19", f"https://qr.notify-me.ch?v=5#{_URL}"),
    "v-10": ("ENTRY-19", f"https://presence.invalid?v=10#{_URL}"),
    "vendor-cwa-3": ("ENTRY-19", f"https://app.luca-app.de/webapp/4444#e30/CWA3/{_URL}"),
    "vendor-cwa-2": ("ENTRY-19", f"https://app.luca-app.de/webapp/4444#e30/CWA2/{_URL}"),
    "nothing": ("ENTRY-20", " "),
    "mixed-alphabets": ("ENTRY-20", "-_+/"),
    "half-of-the-padding": ("ENTRY-20", "AA="),
    "padding-that-nothing-needs": ("ENTRY-20", "AAAA===="),
    "one-letter-too-many": ("ENTRY-20", "AAAAA"),
    "bits-that-carry-nothing": ("ENTRY-20", "AB"),
    "a-space-inside": ("ENTRY-20", "AA AA"),
    "a-letter-beyond-ascii": ("ENTRY-20", "AAAÀ"),
    "trace-code": ("ENTRY-21", _TRACE_TEXT),
    "trace-code-in-capitals": ("ENTRY-21", _TRACE_TEXT.upper()),
    "trace-code-bare": ("ENTRY-21", _TRACE_TEXT.rpartition(":")[2]),
    "trace-code-in-a-link": ("ENTRY-21", link_of(_TRACE_CODE)),
    "rotating-code": ("ENTRY-21", private_text_of(b"x", scheme=ROTATING_SCHEME)),
}
_PRIVATE = {
    "trace-code-with-its-prefix": (TRACE_SCHEME, _TRACE_TEXT),
    "trace-code-alone": (TRACE_SCHEME, _TRACE_TEXT.rpartition(":")[2]),
    "rotating-code-with-its-prefix": (ROTATING_SCHEME, f"{ROTATING_SCHEME}1:gXgB"),
}
_PRIVATE_FAULTS = {
    "entry-link": (TRACE_SCHEME, _LINKS["ours"]),
    "entry-payload": (TRACE_SCHEME, _URL),
    "entry-payload-with-the-prefix": (TRACE_SCHEME, f"{TRACE_SCHEME}1:{_URL}"),
    "entry-link-for-a-rotating-code": (ROTATING_SCHEME, _LINKS["ours"]),
    "prefix-of-version-2": (TRACE_SCHEME, _TRACE_TEXT.replace(":1:", ":2:")),
    "prefix-of-the-other-kind": (ROTATING_SCHEME, _TRACE_TEXT),
    "prefix-and-nothing": (TRACE_SCHEME, f"{TRACE_SCHEME}1:"),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["ENTRY-5"],
        "source": "ours; names of places of Corona-Warn-App where named so; derived again by "
        "tests/oracle_entry.py",
        "cases": [*_written(), *_read(), *_links(), *_private(), *_places()],
    }


def _values(entry: EntryCode) -> Case:
    return {
        "description": entry.description,
        "address": entry.address,
        "start": entry.start or 0,
        "end": entry.end or 0,
        "public_key": entry.public_key.to_bytes().hex(),
        "seed": entry.seed.hex(),
        "vendor_data": entry.vendor_data.hex(),
        "default_stay_seconds": entry.default_stay_seconds or 0,
    }


def _written() -> Iterator[Case]:
    for name, entry in WRITTEN.items():
        yield {
            "id": f"write-{name}",
            "operation": "write",
            **_values(entry),
            "location_type": pb.CWALocationData.FromString(entry.vendor_data).type,
            "payload": entry.payload.hex(),
            "link": entry.link(),
            "location_id": entry.cwa_location_id.hex(),
            "result": "valid",
            "spec": ["ENTRY-10", "ENTRY-13", "ENTRY-14", "ENTRY-16", "ENTRY-17"],
        }


def _read() -> Iterator[Case]:
    for name, given in (READ | FAULTS).items():
        valid = given.result == "valid"
        yield {
            "id": f"read-{name}",
            "operation": "read",
            "payload": given.payload.hex(),
            **(_values(EntryCode.parse(given.payload)) if valid else {}),
            **({"source": given.source} if given.source else {}),
            "result": given.result,
            "spec": [given.clause],
        }


def _links() -> Iterator[Case]:
    for name, text in _LINKS.items():
        yield {
            "id": f"link-{name}",
            "operation": "link",
            "text": text,
            "payload": payload_of(text).hex(),
            "result": "valid",
            "spec": ["ENTRY-18", "ENTRY-19", "ENTRY-20"],
        }
    for name, (clause, text) in _LINK_FAULTS.items():
        yield _refusal(f"link-{name}", "link", text, clause)
    yield _refusal("link-of-4097-characters", "link", "A" * 4097, "ENTRY-20", result="limit")


def _refusal(
    name: str, operation: str, text: str, clause: str, *, result: str = "malformed"
) -> Case:
    return {"id": name, "operation": operation, "text": text, "result": result, "spec": [clause]}


def _private() -> Iterator[Case]:
    for name, (scheme, text) in _PRIVATE.items():
        yield {
            "id": f"private-{name}",
            "operation": "private",
            "scheme": scheme,
            "text": text,
            "code": private_code_of(text, scheme=scheme).hex(),
            "result": "valid",
            "spec": ["ENTRY-21"],
        }
    for name, (scheme, text) in _PRIVATE_FAULTS.items():
        yield {**_refusal(f"private-{name}", "private", text, "ENTRY-22"), "scheme": scheme}


def _places() -> Iterator[Case]:
    for name, payload in _CWA_PLACES.items():
        yield {
            "id": f"place-{name}",
            "operation": "place",
            "source": _CWA,
            "payload": payload,
            "location_id": cwa_location_id(bytes.fromhex(payload)).hex(),
            "result": "valid",
            "spec": ["ENTRY-16"],
        }
    yield {
        "id": "place-published",
        "operation": "published-place",
        "source": _CWA,
        "location_id": _CWA_ID,
        "location_id_hash": cwa_location_id_hash(bytes.fromhex(_CWA_ID)).hex(),
        "result": "valid",
        "spec": ["ENTRY-16"],
    }
