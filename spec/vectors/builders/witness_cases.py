"""Cases of a witness of a transparency log: requests and cosignatures."""

from collections.abc import Iterator

from dp3t.publication.transparency import CosignRequest, NoteKeyType
from dp3t.publication.transparency.note import to_base64
from dp3t.timeline import Instant
from spec.vectors.builders.logs import (
    LOG,
    NEXT_LOG,
    NOON,
    OTHER_LOG,
    WITNESSES,
    Case,
    Fields,
    Log,
    in_hex,
    log_cases,
)

_WITNESS = WITNESSES[0]


def witnesses() -> Iterator[Case]:
    """Yield the cases."""
    yield from _requests()
    yield from _cosignatures()


def _request(old: int, new: Log, **changes: object) -> bytes:
    fields: dict[str, object] = {
        "old_size": old,
        "proof": new.tree.consistency_proof(old) if old <= len(new.entries) else (),
        "note": new.note(),
        **changes,
    }
    return CosignRequest(**fields).encode()  # type: ignore[arg-type]  # cases of any value


def _requests() -> Iterator[Case]:
    valid: dict[str, Fields] = {}
    for old, new in ((0, 7), (3, 7), (7, 7)):
        body = _request(old, Log.of(new))
        request = CosignRequest.decode(body)
        valid[f"{old}-to-{new}"] = {
            "body": body.decode(),
            "old": old,
            "proof": in_hex(request.proof),
            "note": request.note.decode(),
        }
    yield from log_cases("request", "valid", ["TRANSPARENCY-30"], valid, {})
    good = _request(3, Log.of(7)).decode()
    first = good.split("\n")[1]
    bodies = {
        "empty": "",
        "without-old": good.removeprefix("old 3\n"),
        "old-with-zero-before": good.replace("old 3", "old 03", 1),
        "old-negative": good.replace("old 3", "old -3", 1),
        "old-twice": good.replace("old 3", "old 3\nold 3", 1),
        "old-in-capitals": good.replace("old 3", "OLD 3", 1),
        "without-empty-line": good.replace("\n\n", "\n"),
        "hash-truncated": good.replace(first, to_base64(bytes(31)), 1),
        "hash-without-padding": good.replace(first, first.rstrip("="), 1),
        "64-hashes": good.replace(first, "\n".join([first] * 62), 1),
        "too-long": good + "x" * 70_000,
    }
    malformed = {name: {"body": body} for name, body in bodies.items()}
    yield from log_cases("request", "malformed", ["TRANSPARENCY-30"], malformed, {})


def _cosignatures() -> Iterator[Case]:
    three, four, seven, fork = Log.of(3), Log.of(4), Log.of(7), Log.of(7, fork=1)
    good: Fields = {
        "origin": LOG.name,
        "keys": [LOG.key(NoteKeyType.LOG).encode()],
        "name": _WITNESS.name,
        "seed": _WITNESS.seed.hex(),
        "now": NOON + 60,
        "last": three.note().decode(),
        "last_at": NOON,
        "body": _request(3, seven).decode(),
    }
    line = _WITNESS.cosign(seven.checkpoint().text(), at=Instant(NOON + 60)).line()
    at_noon = _WITNESS.cosign(seven.checkpoint().text(), at=NOON).line()
    cosigned = _request(3, seven, note=seven.note(by=WITNESSES))
    valid: dict[str, Fields] = {
        "longer": {"line": line},
        "first": {"last": "", "body": _request(0, seven).decode(), "line": line},
        "same-size": {
            "last": seven.note().decode(),
            "body": _request(7, seven).decode(),
            "line": line,
        },
        "of-a-cosigned-note": {"body": cosigned.decode(), "line": line},
        "at-the-time-of-the-last": {"now": NOON, "line": at_noon},
    }
    clauses = ["TRANSPARENCY-28"]
    yield from log_cases("cosign", "valid", clauses, valid, good)
    refusals: dict[str, dict[str, Fields]] = {
        "malformed": {
            "old-size-above-the-new": {"body": _request(8, seven).decode()},
            "proof-missing": {"body": _request(3, seven, proof=()).decode()},
            "proof-from-0": {
                "last": "",
                "body": _request(0, seven, proof=(bytes(32),)).decode(),
            },
            "no-checkpoint": {"body": f"old 3\n\n{LOG.sign('x').line()}"},
        },
        "policy": {
            "conflict-lower": {"body": _request(2, seven).decode(), "size": 3},
            "conflict-higher": {"body": _request(4, seven).decode(), "size": 3},
            "conflict-first": {"last": "", "body": _request(3, seven).decode(), "size": 0},
            "conflict-rolled-back": {
                "last": seven.note().decode(),
                "body": _request(3, four).decode(),
                "size": 7,
            },
        },
        "unauthentic": {
            "log-not-followed": {
                "body": _request(3, seven, note=seven.note(log=OTHER_LOG)).decode()
            },
            "another-key-of-the-log": {
                "body": _request(3, seven, note=seven.note(log=NEXT_LOG)).decode()
            },
            "forked": {"body": _request(3, fork).decode()},
            "forked-at-one-size": {
                "last": seven.note().decode(),
                "body": _request(7, fork).decode(),
            },
            "proof-that-fails": {
                "body": _request(3, seven, proof=fork.tree.consistency_proof(3)).decode()
            },
        },
    }
    for result, cases in refusals.items():
        yield from log_cases("cosign", result, ["TRANSPARENCY-29"], cases, good)
    back = {"clock-went-back": {"now": NOON - 1, "size": 3}}
    yield from log_cases("cosign", "policy", ["TRANSPARENCY-28"], back, good)
