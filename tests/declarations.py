"""Declarations, and the keys to which they are sealed; those of the vectors."""

from typing import Any

from dp3t.arrivals.declaration import Declaration
from dp3t.arrivals.recipients import RecipientKeys
from dp3t.arrivals.sealing import Envelope
from dp3t.primitives import X25519PrivateKey
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Day, Instant
from vectors import load

FORM_FILE, SEALING_FILE, KEYS_FILE = load("form"), load("sealing"), load("recipients")

ANSWERS: dict[str, Any] = FORM_FILE["answers"]
ENVELOPE_CASE = next(case for case in SEALING_FILE["cases"] if case["id"] == "envelope")
FULL: dict[str, Any] = ENVELOPE_CASE["values"]
"""Answers to every field but those that exclude each other."""

NOW = Instant(FORM_FILE["cases"][0]["now"])
ENTRY_DAY = Day(ENVELOPE_CASE["entry_day"])
BORDER = X25519PrivateKey(bytes.fromhex(ENVELOPE_CASE["border_private"]))
HANOI = X25519PrivateKey(bytes.fromhex(ENVELOPE_CASE["province_private"]))
HUE = X25519PrivateKey(bytes(range(3, 35)))
_KEYS_CASE = next(case for case in KEYS_FILE["cases"] if case["id"] == "document")
AUTHORITY = SigningKey(
    seed=bytes.fromhex(_KEYS_CASE["seed"]),
    valid_from=Instant(_KEYS_CASE["valid_from"]),
    valid_until=Instant(_KEYS_CASE["valid_until"]),
)
TRUSTED = TrustedKeys([AUTHORITY.public()])
KEYS = RecipientKeys.open(bytes.fromhex(_KEYS_CASE["file"]), authority=TRUSTED)
BINDING = bytes(range(160, 192))
SECRET = bytes(range(128, 160))


def declaration(**changes: Any) -> Declaration:
    """Return the declaration of the vectors, with other answers to some fields."""
    return Declaration.of({**FULL, **changes}, now=NOW)


def envelope(keys: RecipientKeys = KEYS, **changes: Any) -> Envelope:
    """Return a declaration, sealed."""
    return declaration(**changes).seal(keys, binding=BINDING, withdrawal_secret=SECRET, now=NOW)
