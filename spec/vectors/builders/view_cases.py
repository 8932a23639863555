"""Cases of a reader of a transparency log: advance, inclusion, the evidence of a split view."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from dp3t.primitives import sha256
from dp3t.publication.transparency import Entry, LogPolicy, NoteKeyType, NoteSigner
from dp3t.timeline import Instant
from spec.vectors.builders.logs import (
    LOG,
    NEXT_LOG,
    NOON,
    OTHER_LOG,
    POLICY,
    WITNESSES,
    Case,
    Fields,
    Log,
    in_hex,
    log_cases,
)

_DAY = 86_400
_LOG_KEY = LOG.key(NoteKeyType.LOG).encode()


def views() -> Iterator[Case]:
    """Yield the cases."""
    return chain(_advances(), _included(), _evidence())


def _policy(policy: LogPolicy) -> Case:
    return {
        "origin": policy.origin,
        "keys": [key.encode() for key in policy.keys],
        "witnesses": [key.encode() for key in policy.witnesses],
        "required": policy.required,
        "max_age_seconds": policy.max_age_seconds,
        "now": NOON,
    }


def _step(
    old: Log | None,
    new: Log,
    *,
    by: tuple[NoteSigner, ...] = WITNESSES[:2],
    at: int = NOON,
    **changes: object,
) -> Case:
    size = len(old.entries) if old else 0
    proof = new.tree.consistency_proof(size) if size <= len(new.entries) else ()
    return {
        "last": old.note().decode() if old else "",
        "note": new.note(by=by, at=Instant(at)).decode(),
        "proof": in_hex(proof),
        **changes,
    }


def _advances() -> Iterator[Case]:
    good = _policy(POLICY)
    three, four, seven = Log.of(3), Log.of(4), Log.of(7)
    fork, fork_four = Log.of(7, fork=1), Log.of(7, fork=3)
    valid = {
        "first": _step(None, seven),
        "longer": _step(three, seven),
        "longer-by-a-prefix-proof": _step(four, seven, proof=in_hex(seven.tree.prefix_proof(4))),
        "from-empty": _step(Log.of(0), seven),
        "same-size": _step(seven, seven),
        "three-witnesses": _step(three, seven, by=WITNESSES),
        "cosigned-a-day-ago": _step(three, seven, at=NOON - _DAY),
        "cosigned-two-hours-ahead": _step(three, seven, at=NOON + 7200),
        "no-witnesses-required": _step(three, seven, by=(), required=0),
    }
    clauses = ["TRANSPARENCY-22", "TRANSPARENCY-23"]
    yield from log_cases("advance", "valid", clauses, valid, good)
    malformed = {
        "proof-of-the-first": _step(None, seven, proof=[bytes(32).hex()]),
        "proof-missing": _step(three, seven, proof=[]),
        "proof-between-one-size": _step(seven, seven, proof=[bytes(32).hex()]),
    }
    yield from log_cases("advance", "malformed", ["TRANSPARENCY-3"], malformed, good)
    older = {"smaller": _step(seven, three), "emptied": _step(three, Log.of(0))}
    yield from log_cases("advance", "policy", ["TRANSPARENCY-21"], older, good)
    stale = {
        "cosigned-too-long-ago": _step(three, seven, at=NOON - _DAY - 1),
        "cosigned-in-the-future": _step(three, seven, at=NOON + 7201),
    }
    yield from log_cases("advance", "policy", ["TRANSPARENCY-23"], stale, good)
    few = {
        "one-witness": _step(three, seven, by=WITNESSES[:1]),
        "no-witness": _step(three, seven, by=()),
        "unknown-witness": _step(three, seven, by=(WITNESSES[0], OTHER_LOG)),
        "bad-cosignature": _bad_cosignature(_step(three, seven, by=WITNESSES)),
    }
    yield from log_cases("advance", "unauthentic", ["TRANSPARENCY-23"], few, good)
    failing = {
        "wrong-proof": _step(three, seven, proof=in_hex(fork.tree.consistency_proof(3))),
        "proof-of-another-size": _step(three, seven, proof=in_hex(seven.tree.consistency_proof(5))),
        "forked-before-4-with-a-proof-that-does-not-convict": _step(four, fork_four),
    }
    yield from log_cases(
        "advance", "unauthentic", ["TRANSPARENCY-22"], failing, {**good, "split": False}
    )
    split = {
        "forked": _step(three, fork),
        "forked-before-4": _step(four, fork_four, proof=in_hex(fork_four.tree.prefix_proof(4))),
        "forked-at-one-size": _step(seven, fork),
        "forked-without-witnesses": _step(seven, fork, by=()),
    }
    yield from log_cases(
        "advance", "unauthentic", ["TRANSPARENCY-24"], split, {**good, "split": True}
    )


def _bad_cosignature(case: Case) -> Case:
    note = str(case["note"])
    line = WITNESSES[2].cosign(Log.of(7).checkpoint().text(), at=NOON).line()
    other = WITNESSES[2].cosign(Log.of(6).checkpoint().text(), at=NOON).line()
    return {**case, "note": note.replace(line, other)}


def _included() -> Iterator[Case]:
    entries = [
        Entry(
            kind="batch", region="VN", name="lowcost", moment=Instant(NOON + 7200 * n),
            size_bytes=100 + n, digest=sha256(b"%d" % n),
        )
        for n in range(5)
    ]  # fmt: skip
    log = Log(tuple(entry.encode() for entry in entries))
    good = {
        "last": log.note().decode(),
        "entry": log.entries[2].hex(),
        "index": 2,
        "proof": in_hex(log.tree.inclusion_proof(2)),
    }
    yield from log_cases("included", "valid", ["TRANSPARENCY-25"], {"third-of-five": {}}, good)
    wrong: dict[str, Fields] = {
        "another-file-of-the-name": {
            "entry": replace(entries[2], digest=sha256(b"other")).encode().hex()
        },
        "another-entry": {"entry": log.entries[3].hex()},
        "another-place": {"index": 3},
        "log-not-met": {"last": ""},
    }
    yield from log_cases("included", "unauthentic", ["TRANSPARENCY-25"], wrong, good)


def _evidence() -> Iterator[Case]:
    good = {"origin": LOG.name, "keys": [_LOG_KEY]}
    three, four, seven, fork = Log.of(3), Log.of(4), Log.of(7), Log.of(7, fork=1)
    valid = {
        "one-size": (seven, fork, ()),
        "two-sizes": (three, fork, fork.tree.prefix_proof(3)),
        "power-of-two": (four, fork, fork.tree.prefix_proof(4)),
        "larger-first": (fork, four, fork.tree.prefix_proof(4)),
    }
    refused = {
        "same-checkpoint": (seven, seven, ()),
        "consistent": (three, seven, seven.tree.prefix_proof(3)),
        "from-the-smaller-logs-tree": (three, fork, seven.tree.prefix_proof(3)),
        "proof-that-fails": (four, fork, fork.tree.consistency_proof(4)),
        "from-nothing": (Log.of(0), fork, ()),
    }
    for result, cases in (("valid", valid), ("unauthentic", refused)):
        changes = {
            name: {
                "first": one.note().decode(),
                "second": other.note().decode(),
                "proof": in_hex(proof),
            }
            for name, (one, other, proof) in cases.items()
        }
        clauses = ["TRANSPARENCY-24", "TRANSPARENCY-26"]
        yield from log_cases("evidence", result, clauses, changes, good)
    forged = {
        "second-by-another-key": {
            "first": seven.note().decode(),
            "second": fork.note(log=NEXT_LOG).decode(),
            "proof": [],
        }
    }
    yield from log_cases("evidence", "unauthentic", ["TRANSPARENCY-24"], forged, good)
