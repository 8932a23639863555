"""The second witness for facilities: acts, chains, words, local days, lists in force.

Written from `spec/facilities`. Signatures are those of `oracle`.
"""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from oracle import signed_file
from oracle_crypto import ed25519_verifies, sha256

AUTHORITY_KINDS = {
    "settings",
    "checklist",
    "enrolment",
    "closure",
    "opening",
    "resolution",
    "strike",
}


def text(value: object) -> bytes:
    """Return canonical JSON."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return written.encode()


def context(kind: str) -> str:
    """Return what a signature of an act says it is for."""
    return "authority act 1" if kind in AUTHORITY_KINDS else "facility act 1"


def act(seed: bytes, said: Mapping[str, object]) -> bytes:
    """Return the signed file of an act."""
    return signed_file(seed, context(str(said["kind"])), text(said))


def verifies(file: bytes, public: bytes) -> bool:
    """Return whether a key signed an act."""
    key_id, signature, payload = file[:8], file[8:72], file[72:]
    label = context(json.loads(payload)["kind"]).encode()
    message = bytes([len(label)]) + label + key_id + payload
    ours = sha256(public)[:8] == key_id
    return ours and ed25519_verifies(public, message, signature)


def digest(file: bytes) -> str:
    """Return how other acts name an act."""
    return sha256(file).hex()


def chain_faults(files: Sequence[bytes]) -> list[int]:
    """Return the places of acts that do not follow on what is before them."""
    found, previous = [], "00" * 32
    for place, file in enumerate(files):
        said = json.loads(file[72:])
        if (said["number"], said["previous"]) != (place, previous):
            found.append(place)
        previous = digest(file)
    return found


def commitment(words: Mapping[str, Any]) -> str:
    """Return what an act has for words."""
    return sha256(b"dp3t words 1" + bytes.fromhex(words["salt"]) + words["text"].encode()).hex()


def day(moment: int, utc_offset_minutes: int) -> int:
    """Return the local day of a moment."""
    return (moment + utc_offset_minutes * 60) // 86_400


def deadline(of_day: int, utc_offset_minutes: int, deadline_minutes: int) -> int:
    """Return the first moment that is too late for a day."""
    return of_day * 86_400 + (deadline_minutes - utc_offset_minutes) * 60


def in_force(lists: Sequence[Mapping[str, Any]], kind: str, of_day: int) -> int:
    """Return the number of the list in force; 0 for none."""
    numbers = [
        each["checklist"]
        for each in lists
        if each["facility_kind"] == kind and each["valid_from"] <= of_day
    ]
    return max(numbers, default=0)


def microdegrees(degrees: str) -> int:
    """Return decimal degrees as the nearest microdegree, halves away from zero."""
    exact = Fraction(degrees.replace(",", ".")) * 1_000_000
    size = abs(exact)
    rounded = int(size) + (size - int(size) >= Fraction(1, 2))
    return -rounded if exact < 0 else rounded
