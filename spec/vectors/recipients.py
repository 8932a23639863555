"""Cases of the recipients chapter: signed documents of keys."""

from collections.abc import Iterator
from typing import Any

from dp3t.arrivals.recipients import KEYS_CONTEXT, RecipientKeys
from dp3t.canonical_json import encode_json
from dp3t.primitives import X25519PrivateKey
from dp3t.publication.signing import SigningKey, VerificationKey
from dp3t.timeline import Instant

Case = dict[str, object]

START = 1_795_392_000
END = START + 90 * 86_400
BORDER = X25519PrivateKey(bytes(range(1, 33)))
HANOI = X25519PrivateKey(bytes(range(2, 34)))
HUE = X25519PrivateKey(bytes(range(3, 35)))
_SEED = bytes(range(64, 96))
_STRANGER = bytes(range(65, 97))
_RECEIPTS = bytes(range(96, 128))


def authority(seed: bytes = _SEED) -> SigningKey:
    """Return the authority's key."""
    return SigningKey(seed=seed, valid_from=Instant(START), valid_until=Instant(END))


def keys(number: int = 3) -> RecipientKeys:
    """Return a document of keys."""
    receipts = SigningKey(
        seed=_RECEIPTS, valid_from=Instant(START), valid_until=Instant(END + 28 * 86_400)
    )
    return RecipientKeys(
        number=number,
        valid_from=Instant(START),
        valid_until=Instant(END),
        border=BORDER.public(),
        provinces={"46": HUE.public(), "01": HANOI.public()},
        receipt_keys=(receipts.public(),),
    )


def value(**changes: Any) -> dict[str, Any]:
    """Return the payload of the document as a map, with some fields in the place of others."""
    receipt = keys().receipt_keys[0]
    return {
        "border": BORDER.public().to_bytes().hex(),
        "number": 3,
        "provinces": {
            "01": HANOI.public().to_bytes().hex(),
            "46": HUE.public().to_bytes().hex(),
        },
        "receipts": [
            {
                "public": receipt.public.hex(),
                "valid_from": receipt.valid_from,
                "valid_until": receipt.valid_until,
            }
        ],
        "valid_from": START,
        "valid_until": END,
        "version": 1,
        **changes,
    }


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["RECIPIENTS-2"],
        "source": "ours; re-derived by tests/oracle_arrivals.py",
        "cases": [*_documents(), *_wrong(), *_untrusted(), *_replaced()],
    }


def _case(name: str, clause: str, payload: bytes, **fields: object) -> Case:
    signer = authority()
    return {
        "id": name,
        "spec": [clause],
        "operation": "open",
        "trusted": [_trusted(signer.public())],
        "file": signer.sign(payload, context=KEYS_CONTEXT).hex(),
        "at_least": 1,
        "result": "malformed",
        **fields,
    }


def _trusted(key: VerificationKey) -> dict[str, object]:
    return {
        "public": key.public.hex(),
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
    }


def _documents() -> Iterator[Case]:
    documents: dict[str, dict[str, object]] = {
        "document": {},
        "first": {"number": 1},
        "last": {"number": 2**32 - 1},
        "one-province": {"provinces": {"01": HANOI.public().to_bytes().hex()}},
    }
    for name, changes in documents.items():
        said = value(**changes)
        yield {
            **_case(name, "RECIPIENTS-1", encode_json(said), result="valid"),
            "seed": _SEED.hex(),
            **said,
        }


def _wrong() -> Iterator[Case]:
    border, hanoi = (key.public().to_bytes().hex() for key in (BORDER, HANOI))
    receipt = value()["receipts"][0]
    wrong: dict[str, dict[str, object]] = {
        "version-0": {"version": 0},
        "version-2": {"version": 2},
        "number-0": {"number": 0},
        "number-after-32-bits": {"number": 2**32},
        "number-is-text": {"number": "3"},
        "ends-where-it-begins": {"valid_until": START},
        "border-in-capitals": {"border": border.upper()},
        "border-cut": {"border": border[:-2]},
        "border-is-no-hexadecimal": {"border": "x" * 64},
        "border-of-small-order": {"border": "00" * 32},
        "no-provinces": {"provinces": {}},
        "provinces-a-list": {"provinces": [hanoi]},
        "province-of-three-digits": {"provinces": {"001": hanoi}},
        "province-of-a-letter": {"provinces": {"0a": hanoi}},
        "province-with-the-key-of-the-border": {"provinces": {"01": border}},
        "two-provinces-with-one-key": {"provinces": {"01": hanoi, "46": hanoi}},
        "no-receipts": {"receipts": []},
        "receipts-twice": {"receipts": [receipt, receipt]},
        "receipts-ends-before": {"receipts": [{**receipt, "valid_until": 1}]},
        "receipts-with-another-field": {"receipts": [{**receipt, "name": "x"}]},
        "another-field": {"name": "x"},
    }
    for name, changes in wrong.items():
        yield _case(
            f"wrong-{name}", "RECIPIENTS-2", encode_json(value(**changes)), flags=["payload"]
        )
    lacking = value()
    del lacking["border"]
    yield _case("wrong-border-missing", "RECIPIENTS-2", encode_json(lacking), flags=["payload"])
    good = encode_json(value())
    for name, payload in {
        "with-a-space": good.replace(b",", b", ", 1),
        "empty": b"",
        "a-list": b"[]",
        "cut": good[:-1],
    }.items():
        yield _case(f"wrong-{name}", "RECIPIENTS-2", payload, flags=["payload"])
    nine = [{**receipt, "public": bytes([n]).hex() * 32} for n in range(9)]
    yield _case(
        "too-many-receipts",
        "RECIPIENTS-2",
        encode_json(value(receipts=nine)),
        flags=["payload"],
        result="limit",
    )


def _untrusted() -> Iterator[Case]:
    payload, signer = encode_json(value()), authority()
    signed = signer.sign(payload, context=KEYS_CONTEXT)
    for name, data in {
        "altered": signed[:-2] + bytes([signed[-2] ^ 1]) + signed[-1:],
        "of-a-stranger": authority(_STRANGER).sign(payload, context=KEYS_CONTEXT),
        "for-something-else": signer.sign(payload, context="dp3t index 1"),
    }.items():
        yield _case(
            f"signed-{name}",
            "RECIPIENTS-1",
            b"",
            file=data.hex(),
            flags=["signature"],
            result="unauthentic",
        )
    early = encode_json(value(valid_from=START - 1))
    yield _case(
        "begins-before-the-key", "RECIPIENTS-1", early, flags=["signature"], result="unauthentic"
    )


def _replaced() -> Iterator[Case]:
    payload = encode_json(value())
    yield {**_case("seen-before", "RECIPIENTS-4", payload, at_least=3, result="valid"),
           "seed": _SEED.hex(), **value()}  # fmt: skip
    yield _case("replaced", "RECIPIENTS-4", payload, at_least=4, flags=["number"], result="policy")
