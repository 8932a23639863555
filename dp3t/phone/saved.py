"""A phone's state as sealed bytes: header, seal, versions; law in `spec/phone.md`."""

import dataclasses
from collections.abc import Callable

from dp3t.codec import Fields, Value, decode, encode, integers
from dp3t.errors import MalformedError, UnsupportedVersionError
from dp3t.params import DAY_SECONDS, EPHID_BYTES, Parameters
from dp3t.primitives import SEAL_NONCE_BYTES, SEAL_TAG_BYTES, Rand, seal, unseal
from dp3t.proximity.observations import NO_PERIOD
from dp3t.publication.records import (
    ATTRIBUTE_HIGHEST,
    ATTRIBUTE_LOWEST,
    MAX_ATTRIBUTES,
    KeyRecord,
    KeyTable,
)
from dp3t.timeline import Slot, slot_start

STATE_VERSION = 6
MAX_STATE_BYTES = 2**32

_MAGIC = b"dp3t phone"
_HEADER_BYTES = len(_MAGIC) + 2
_PARAMETERS_OF_VERSION_2: dict[str, Value] = {
    "clock_skew_seconds": 0,
    "share_threshold": 0,
    "shares": 0,
    "window_minutes": 1440,
}
_PARAMETERS = tuple(sorted(field.name for field in dataclasses.fields(Parameters)))
_LARGEST_PARAMETER = 2**16
_NEW_IN_VERSION_2: dict[str, Value] = {
    "broadcast": [],
    "ingested": [],
    "matches": [],
    "pending": [],
}


def seal_state(state: Value, *, key: bytes, rand: Rand) -> bytes:
    """Return a state sealed under a 32-byte key [PHONE-8].

    Raises:
        ValueError: a key of another length.
    """
    header = _header(STATE_VERSION)
    return header + seal(key, encode(state), header=header, rand=rand)


def open_state(data: bytes, *, key: bytes) -> Value:
    """Return the state that was sealed, as the present version has it [PHONE-8] [PHONE-9].

    Raises:
        MalformedError: truncated, or not a saved phone at all.
        UnsupportedVersionError: saved by a later release.
        VerificationError: the wrong key, or altered bytes.
    """
    if len(data) < _HEADER_BYTES + SEAL_NONCE_BYTES + SEAL_TAG_BYTES:
        raise MalformedError("the saved phone is truncated")
    header, sealed = data[:_HEADER_BYTES], data[_HEADER_BYTES:]
    if not header.startswith(_MAGIC):
        raise MalformedError("these bytes are not a saved phone")
    version = int.from_bytes(header[len(_MAGIC) :], "big")
    if not 1 <= version <= STATE_VERSION:
        raise UnsupportedVersionError(f"the saved phone has version {version}")
    state = decode(unseal(key, sealed, header=header), limit_bytes=MAX_STATE_BYTES)
    for older in range(version, STATE_VERSION):
        state = _MIGRATIONS[older](state)
    return state


def parameters_to_value(parameters: Parameters) -> Value:
    """Return parameters for encoding."""
    return {name: getattr(parameters, name) for name in _PARAMETERS}


def parameters_of(fields: Fields) -> Parameters:
    """Return parameters that `parameters_to_value` described; MalformedError otherwise."""
    values = {name: fields.integer(name, 0, _LARGEST_PARAMETER) for name in _PARAMETERS}
    fields.done()
    try:
        return Parameters(**values)
    except ValueError as error:
        raise MalformedError(f"the saved phone's parameters: {error}") from None


def _header(version: int) -> bytes:
    return _MAGIC + version.to_bytes(2, "big")


def _map(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise MalformedError("the saved phone holds something other than a map")
    return dict(value)


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise MalformedError("the saved phone holds something other than a list")
    return value


def _from_version_1(value: Value) -> Value:
    """Version 1 knew only keys and observations [PHONE-9]."""
    state = _map(value)
    if not _NEW_IN_VERSION_2.keys().isdisjoint(state):
        raise MalformedError("the saved phone is newer than its version")
    return {**state, **_NEW_IN_VERSION_2}


def _from_version_2(value: Value) -> Value:
    """Version 2 knew two designs, and kept identifier and metadata as they came [PHONE-22]."""
    state = _map(value)
    by_day = state.get("design") == "lowcost"
    for name in ("observations", "matches", "pending"):
        if name not in state:
            raise MalformedError(f"the saved phone lacks {name}")
    parameters = {**_map(state.get("parameters", {})), **_PARAMETERS_OF_VERSION_2}
    pending = [_pending_of_version_2(one) for one in _list(state.pop("pending"))]
    matches = map(_map, _list(state["matches"]))
    return {
        **state,
        "matches": [
            {**one, "observation": _observation_of_version_2(one.get("observation", {}), by_day)}
            for one in matches
        ],
        "observations": [
            _observation_of_version_2(one, by_day) for one in _list(state["observations"])
        ],
        "commitment": [],
        "dummies": {"next_due": state.get("clock", 0)},
        "parameters": parameters,
        "pending": pending,
    }


def _from_version_3(value: Value) -> Value:
    """Version 3 did not know from which key a match comes [PHONE-29].

    The batches say so again: as long as a match lacks its key, they count as not read.
    """
    state = _map(value)
    if "matches" not in state:
        raise MalformedError("the saved phone lacks matches")
    matches = [_match_of_version_3(one) for one in _list(state["matches"])]
    ingested = [] if matches else state.get("ingested", [])
    return {**state, "ingested": ingested, "matches": matches}


def _from_version_4(value: Value) -> Value:
    """Version 4 kept no receipts, and looked for no key of its own [PHONE-33]."""
    state = _map(value)
    pending = [_map(one) for one in _list(state.get("pending", []))]
    if "receipts" in state or any("sightings" in one for one in pending):
        raise MalformedError("the saved phone is newer than its version")
    return {
        **state,
        "pending": [{**one, "sightings": []} for one in pending],
        "receipts": [],
    }


def _from_version_5(value: Value) -> Value:
    """Version 5 knew no visits [PHONE-38]."""
    state = _map(value)
    if "visits" in state:
        raise MalformedError("the saved phone is newer than its version")
    empty: dict[str, Value] = {"open": [], "records": []}
    return {**state, "visits": {"diary": empty, "ingested": [], "matches": [], "waiting": []}}


def _match_of_version_3(value: Value) -> Value:
    match = _map(value)
    if not match.keys().isdisjoint(("key", "release")):
        raise MalformedError("the saved phone is newer than its version")
    return {**match, "key": [], "release": 0}


def _observation_of_version_2(value: Value, by_day: bool) -> Value:
    observation = _map(value)
    service_data, slot = observation.pop("service_data", None), observation.get("slot")
    if not isinstance(service_data, bytes) or type(slot) is not int:
        raise MalformedError("an observation of the saved phone lacks its bytes or its slot")
    return {
        **observation,
        "identity": service_data[:EPHID_BYTES],
        "metadata": service_data[EPHID_BYTES:],
        "period": slot_start(Slot(slot)) // DAY_SECONDS if by_day else NO_PERIOD,
    }


def _pending_of_version_2(value: Value) -> Value:
    pending = _map(value)
    report = _map(pending.get("report", {}))
    records = [_record_of_version_2(item) for item in _list(report.get("records", []))]
    return {
        **pending,
        "openings": [],
        "report": {**report, "records": KeyTable.of(records).to_value()},
    }


def _record_of_version_2(value: Value) -> KeyRecord:
    fields = Fields(value, what="a record")
    raw = fields.items("attributes", most=MAX_ATTRIBUTES)
    attributes = integers(
        raw, lowest=ATTRIBUTE_LOWEST, highest=ATTRIBUTE_HIGHEST, what="the attributes"
    )
    key = fields.octets("key")
    fields.done()
    return KeyRecord(tuple(attributes), key)


_MIGRATIONS: dict[int, Callable[[Value], Value]] = {
    1: _from_version_1,
    2: _from_version_2,
    3: _from_version_3,
    4: _from_version_4,
    5: _from_version_5,
}
