"""A phone's state as sealed bytes: header, seal, versions; law in `spec/phone.md`."""

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import MalformedError, UnsupportedVersionError
from dp3t.params import Parameters
from dp3t.primitives import SEAL_NONCE_BYTES, SEAL_TAG_BYTES, Rand, seal, unseal

STATE_VERSION = 2
MAX_STATE_BYTES = 2**32

_MAGIC = b"dp3t phone"
_HEADER_BYTES = len(_MAGIC) + 2
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
    return _from_version_1(state) if version == 1 else state


def parameters_to_value(parameters: Parameters) -> Value:
    """Return parameters for encoding."""
    return {
        "clock_drift_intervals": parameters.clock_drift_intervals,
        "epoch_minutes": parameters.epoch_minutes,
        "retention_days": parameters.retention_days,
    }


def parameters_of(fields: Fields) -> Parameters:
    """Return parameters that `parameters_to_value` described; MalformedError otherwise."""
    values = {
        name: fields.integer(name, 0, 1440)
        for name in ("clock_drift_intervals", "epoch_minutes", "retention_days")
    }
    fields.done()
    try:
        return Parameters(**values)
    except ValueError as error:
        raise MalformedError(f"the saved phone's parameters: {error}") from None


def _header(version: int) -> bytes:
    return _MAGIC + version.to_bytes(2, "big")


def _from_version_1(value: Value) -> Value:
    """Version 1 knew only keys and observations [PHONE-9]."""
    if not isinstance(value, dict):
        raise MalformedError("the saved phone is not a map")
    if not _NEW_IN_VERSION_2.keys().isdisjoint(value):
        raise MalformedError("the saved phone is newer than its version")
    return {**value, **_NEW_IN_VERSION_2}
