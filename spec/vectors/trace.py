"""Cases of the trace chapter: messages, traces, tables and padding."""

from collections.abc import Iterator

from dp3t.codec import Value, encode
from dp3t.presence.encryption import IdentityKey, partial_key
from dp3t.presence.pairing import Scalar
from dp3t.presence.trace import PRESENCE, Message, Trace, padded, publish
from dp3t.primitives import seal_secretbox
from dp3t.publication.batch import BatchName
from dp3t.publication.seed import slot_random
from dp3t.timeline import Instant, Stretch, day_of

Case = dict[str, object]

RELEASE = Instant(1_606_140_000)
_START = Instant(1_606_132_800)
_SECRET = Scalar.of_hash(b"a venue")
_NOTIFICATION_KEY = bytes(range(32))
_SEED = bytes(range(32, 64))
_NAME = BatchName(design=PRESENCE, region="VN", release=RELEASE)
_TEXT = "Mời bạn đi xét nghiệm.\nPlease take a test."


def _key(number: int) -> IdentityKey:
    identity = bytes([number]) * 32
    return IdentityKey(identity=identity, key=partial_key(_SECRET, identity=identity))


def _trace(number: int) -> Trace:
    return Trace.of(
        _key(number),
        day=day_of(_START),
        message=_message(),
        notification_key=_NOTIFICATION_KEY,
        rand=lambda length: bytes([number]) * length,
    )


def _message(text: str = _TEXT, seconds: int = 7_200, start: Instant = _START) -> Message:
    return Message(text, Stretch(start, Instant(start + seconds)))


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["TRACE-2"],
        "source": "ours; written from the chapter, re-derived by tests/oracle_trace.py",
        "cases": [
            *_messages(),
            *_wrong_messages(),
            _traced(),
            *_wrong_traces(),
            *_keys(),
            *_tables(),
            *_wrong_tables(),
            *_padded(),
        ],
    }


def _messages() -> Iterator[Case]:
    for name, message in {
        "two-languages": _message(),
        "one-letter": _message("x"),
        "longest": _message("ệ" * 93 + "x"),
        "from-1970": _message("x", start=Instant(0)),
        "until-2106": _message("x", seconds=2**32 - 1 - _START),
        "one-second": _message("x", seconds=1),
        **{f"filled-up-by-{missing}": _filled_by(missing) for missing in (129, 130, 131, 132)},
    }.items():
        yield {
            "id": f"message-{name}",
            "comment": "a field of zeros fills it up",
            "spec": ["TRACE-4"],
            "flags": [],
            "operation": "message",
            "text": message.text,
            "start": message.stretch.start,
            "end": message.stretch.end,
            "encoded": message.encode().hex(),
            "result": "valid",
        }


def _filled_by(missing: int) -> Message:
    """Return a message that lacks so many bytes of 352."""
    return _message("x" * (352 - missing - 2 - 3 - 12))


def _field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, bytes):
        return bytes([number << 3 | 2]) + _varint(len(value)) + value
    return bytes([number << 3]) + _varint(value)


def _varint(value: int) -> bytes:
    more, rest = divmod(value, 128)
    return bytes([rest]) if not more else bytes([rest | 128]) + _varint(more)


def _written(text: bytes = b"x", *, version: int = 1, start: int = 5, end: int = 6) -> bytes:
    return _filled(_field(1, version) + _field(2, text) + _field(3, start) + _field(4, end))


def _filled(head: bytes) -> bytes:
    return head + _field(5, bytes(352 - len(head) - 3))


def _wrong_messages() -> Iterator[Case]:
    good = _written()
    for name, data in {
        "empty": b"",
        "cut": good[:-1],
        "longer": good + b"\0",
        "no-protocol-buffer": b"\xff" * 352,
        "version-0": _written(version=0),
        "version-2": _written(version=2),
        "version-missing": _filled(good[2:9]),
        "text-missing": _filled(good[:2] + good[5:9]),
        "text-empty": _written(b""),
        "text-of-281-bytes": _written(b"x" * 281),
        "text-not-utf-8": _written(b"\xff"),
        "text-with-a-surrogate": _written(b"\xed\xa0\x80"),
        "text-with-zero": _written(b"a\0b"),
        "text-with-return": _written(b"a\rb"),
        "text-turned-right-to-left": _written("a\u202eb".encode()),
        "stretch-empty": _written(start=6),
        "stretch-backwards": _written(start=7),
        "end-missing": _filled(good[:7]),
        "end-after-2106": _written(end=2**32),
        "start-of-64-bits": _written(start=2**64 - 1),
    }.items():
        yield {
            "id": f"message-{name}",
            "comment": "one fault",
            "spec": ["TRACE-4"],
            "flags": ["message"],
            "operation": "message",
            "encoded": data.hex(),
            "result": "malformed",
        }
    other = _field(9, b"new") + _field(4, 6) + _field(2, b"x") + _field(3, 5) + _field(1, 1)
    yield {
        "id": "message-of-another-program",
        "comment": "fields in another order, one unknown, country data that are no zeros",
        "spec": ["TRACE-4"],
        "flags": [],
        "operation": "read",
        "text": "x",
        "start": 5,
        "end": 6,
        "encoded": (other + _field(5, b"\1" * (352 - len(other) - 3))).hex(),
        "result": "valid",
    }


def _traced() -> Case:
    trace, message = _trace(1), _message()
    return {
        "id": "trace",
        "comment": "the key is the identity's hash to the curve times the secret",
        "spec": ["TRACE-2", "TRACE-3", "TRACE-5"],
        "flags": [],
        "operation": "trace",
        "secret": _SECRET.to_bytes().hex(),
        "identity": trace.identity.hex(),
        "key": trace.key.hex(),
        "day": trace.day,
        "nonce": trace.nonce.hex(),
        "notification_key": _NOTIFICATION_KEY.hex(),
        "text": message.text,
        "start": message.stretch.start,
        "end": message.stretch.end,
        "encoded": trace.encode().hex(),
        "result": "valid",
    }


def _wrong_traces() -> Iterator[Case]:
    good = _trace(1).encode()
    for name, data in {
        "empty": b"",
        "cut": good[:-1],
        "longer": good + b"\0",
        "day-after-2106": good[:80] + (49_711).to_bytes(4, "big") + good[84:],
    }.items():
        yield {
            "id": f"trace-{name}",
            "comment": "one fault",
            "spec": ["TRACE-2"],
            "flags": ["trace"],
            "operation": "trace",
            "encoded": data.hex(),
            "result": "malformed",
        }
    sealed = good[108:]
    for name, data, key in (
        ("altered", good[:-1] + bytes([sealed[-1] ^ 1]), _NOTIFICATION_KEY),
        ("other-nonce", good[:84] + bytes(24) + sealed, _NOTIFICATION_KEY),
        ("other-venue", good, bytes(32)),
    ):
        yield {
            "id": f"sealed-{name}",
            "comment": "the message does not open",
            "spec": ["TRACE-5"],
            "flags": ["sealed"],
            "operation": "open",
            "encoded": data.hex(),
            "notification_key": key.hex(),
            "result": "unauthentic",
        }
    wrong = seal_secretbox(_NOTIFICATION_KEY, bytes(24), _written(version=2))
    yield {
        "id": "sealed-message-of-another-version",
        "comment": "it opens, and is no message",
        "spec": ["TRACE-4"],
        "flags": ["sealed"],
        "operation": "open",
        "encoded": (good[:84] + bytes(24) + wrong).hex(),
        "notification_key": _NOTIFICATION_KEY.hex(),
        "result": "malformed",
    }


def _outside_the_subgroup() -> bytes:
    """Return the point of the curve with x = 4: its order is not r."""
    return (4).to_bytes(48, "little")


def _keys() -> Iterator[Case]:
    good = _trace(1).encode()
    for name, key, result in (
        ("good", good[32:80], "valid"),
        ("neutral", bytes(48), "malformed"),
        ("not-on-the-curve", (1).to_bytes(48, "little"), "malformed"),
        ("outside-the-subgroup", _outside_the_subgroup(), "malformed"),
        ("coordinate-too-large", b"\xff" * 48, "malformed"),
    ):
        yield {
            "id": f"key-{name}",
            "comment": "whether a server takes the trace",
            "spec": ["TRACE-3"],
            "flags": [] if result == "valid" else ["key"],
            "operation": "key",
            "encoded": (good[:32] + key + good[80:]).hex(),
            "result": result,
        }


def _tables() -> Iterator[Case]:
    for name, numbers in {"empty": (), "one": (1,), "three": (3, 1, 2), "twice": (1, 1)}.items():
        traces = [_trace(number) for number in numbers]
        batch = publish(traces, name=_NAME)
        yield {
            "id": f"table-{name}",
            "comment": "in any order; one given twice stands once",
            "spec": ["TRACE-1", "TRACE-6"],
            "flags": [],
            "operation": "table",
            "design": batch.design,
            "traces": [trace.encode().hex() for trace in traces],
            "content": batch.content.hex(),
            "result": "valid",
        }


def _wrong_tables() -> Iterator[Case]:
    one, two = _trace(1).encode(), _trace(2).encode()
    good: dict[str, Value] = {"traces": one + two, "version": 1}
    again = one[:-1] + bytes([one[-1] ^ 1])
    changes: dict[str, dict[str, Value]] = {
        "descending": {"traces": two + one},
        "trace-twice": {"traces": one + one},
        "identity-twice": {"traces": min(one, again) + max(one, again)},
        "cut": {"traces": (one + two)[:-1]},
        "as-list": {"traces": [one, two]},
        "as-text": {"traces": ""},
        "version-0": {"version": 0},
        "version-2": {"version": 2},
        "unknown-field": {"region": "VN"},
        "day-after-2106": {"traces": one[:80] + b"\xff" * 4 + one[84:]},
    }
    contents = {name: encode(good | change) for name, change in changes.items()}
    for name in good:
        contents[f"without-{name}"] = encode({k: v for k, v in good.items() if k != name})
    contents["of-no-bytes"] = b""
    contents["list"] = encode([])
    contents["byte-after-the-end"] = encode(good) + b"\0"
    for name, content in contents.items():
        yield {
            "id": f"table-{name}",
            "comment": "one fault",
            "spec": ["TRACE-6"],
            "flags": ["table"],
            "operation": "table",
            "design": PRESENCE,
            "content": content.hex(),
            "result": "malformed",
        }
    yield {
        "id": "table-of-another-design",
        "comment": "one fault",
        "spec": ["TRACE-1"],
        "flags": ["table"],
        "operation": "table",
        "design": "lowcost",
        "content": encode(good).hex(),
        "result": "malformed",
    }


def _padded() -> Iterator[Case]:
    for name, real, minimum, release in (
        ("from-none", 0, 4, RELEASE),
        ("beside-two", 2, 6, RELEASE),
        ("enough-already", 2, 2, RELEASE),
        ("in-1970", 0, 8, Instant(2 * 86_400)),
        ("of-the-tenth-day-before", 0, 1, Instant(RELEASE + 12 * 3600)),
        ("at-midnight", 0, 8, Instant(RELEASE + 10 * 3600)),
        ("after-one-hour-of-the-day", 0, 1, Instant(RELEASE + 12 * 3600 + 6 * 86_400)),
    ):
        traces = [_trace(number) for number in range(1, real + 1)]
        name_of_batch = BatchName(design=PRESENCE, region="VN", release=release)
        rand = slot_random(_SEED, purpose="padding", name=name_of_batch)
        every = padded(traces, minimum=minimum, release=release, rand=rand)
        yield {
            "id": f"padded-{name}",
            "comment": "the stream is that of the slot's seed for padding",
            "spec": ["TRACE-7"],
            "flags": [],
            "operation": "pad",
            "region": "VN",
            "release": release,
            "seed": _SEED.hex(),
            "minimum": minimum,
            "traces": [trace.encode().hex() for trace in traces],
            "padded": [trace.encode().hex() for trace in every],
            "result": "valid",
        }
