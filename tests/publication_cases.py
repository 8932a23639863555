"""What the tests of the publication chapters share: keys in JSON, signers, strategies."""

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from dp3t.errors import Dp3tError, MalformedError, PolicyError, VerificationError
from dp3t.publication.records import ATTRIBUTE_HIGHEST, ATTRIBUTE_LOWEST, KeyRecord
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant

NOON = Instant(1_625_486_400)
DAY = 86_400
SIGNER = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
TRUSTED = TrustedKeys([SIGNER.public()])
REFUSALS: dict[str, type[Dp3tError]] = {
    "malformed": MalformedError,
    "unauthentic": VerificationError,
    "policy": PolicyError,
}


def key_of(value: Mapping[str, Any]) -> VerificationKey:
    """Return the key that a vector describes."""
    return VerificationKey(
        public=bytes.fromhex(value["public"]),
        valid_from=value["valid_from"],
        valid_until=value["valid_until"],
    )


def keys_of(values: Iterable[Mapping[str, Any]]) -> TrustedKeys:
    """Return the keys that a vector's reader trusts."""
    return TrustedKeys(key_of(value) for value in values)


def signer(number: int, *, begins: int = 0, ends: int = 2**32 - 1) -> SigningKey:
    """Return a signing key of its own for each number."""
    return SigningKey(
        seed=bytes([number]) * 32, valid_from=Instant(begins), valid_until=Instant(ends)
    )


@st.composite
def record_lists(draw: st.DrawFn, *, least: int = 0, most: int = 40) -> list[KeyRecord]:
    """Draw records of one shape, whose attributes and keys often repeat."""
    width = draw(st.integers(1, 8))
    key_bytes = draw(st.sampled_from([16, 32, 64]))
    number = st.integers(-3, 3) | st.integers(ATTRIBUTE_LOWEST, ATTRIBUTE_HIGHEST)
    attributes = st.tuples(*[number] * width)
    key = st.binary(min_size=key_bytes, max_size=key_bytes) | st.just(bytes(key_bytes))
    return draw(st.lists(st.builds(KeyRecord, attributes, key), min_size=least, max_size=most))


@st.composite
def altered(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw bytes that differ from `data` in one byte, in length, or in one run of bytes."""
    place = draw(st.integers(0, len(data) - 1))
    inserted = draw(st.binary(max_size=5))
    removed = draw(st.integers(0, 5))
    changed = data[:place] + inserted + data[place + removed :]
    return changed if changed != data else data[:place]
