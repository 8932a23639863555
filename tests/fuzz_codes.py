"""Targets of the fuzz loop: the codes of public places, as bytes and as texts."""

from dp3t.presence.entry import EntryCode
from dp3t.presence.entry_link import TRACE_SCHEME, private_code_of
from dp3t.presence.managed import Organisation, Passphrase
from dp3t.presence.rotation import RotatingCode
from dp3t.presence.venue import VenueCode
from fuzz_target import Target, again, of_text
from vectors import load


def of_codes() -> dict[str, Target]:
    """Return the decoders of entry codes and private codes."""
    links, private = _texts("entry", "link"), _texts("entry", "private")
    return {
        "entry code": Target(
            again(EntryCode.parse, lambda entry: entry.payload), _good("entry", "payload")
        ),
        "entry link": Target(of_text(EntryCode.from_link), links[:1]),
        "private text": Target(
            of_text(lambda text: private_code_of(text, scheme=TRACE_SCHEME)), private[:2]
        ),
        "private code": Target(VenueCode.decode, _good("venue", "code")),
        "organisation": Target(
            again(Organisation.decode, Organisation.encode), _good("managed", "record")
        ),
        "passphrase": Target(of_text(Passphrase), _texts("managed", "passphrase")),
        "rotating code": Target(RotatingCode.decode, _good("rotation", "code")),
    }


def _good(name: str, field: str) -> tuple[bytes, ...]:
    """Return what the vectors say that a reader takes."""
    return tuple(bytes.fromhex(case[field]) for case in _valid(name, "read"))


def _texts(name: str, operation: str) -> tuple[bytes, ...]:
    return tuple(case["text"].encode() for case in _valid(name, operation))


def _valid(name: str, operation: str) -> list[dict[str, str]]:
    wanted = {"operation": operation, "result": "valid"}
    return [case for case in load(name)["cases"] if wanted.items() <= case.items()]
