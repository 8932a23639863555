"""The second witness for pre-traces: the owner's half, its map, and the authority's completion.

Written from `spec/presence/pretrace.md`. What it stands on is held to published values in
`tests/house/test_oracle.py` and `test_oracle_pairing.py`.
"""

from collections.abc import Iterable, Mapping

import oracle_entry
import oracle_pairing as curve
import oracle_presence
import oracle_seal
import oracle_trace
from oracle import msgpack_encode

HOUR, DAY = 3_600, 86_400
Half = dict[str, int | bytes | str]


def hours(start: int, end: int) -> list[int]:
    """Return when the hours begin that a stretch touches."""
    return [hour * HOUR for hour in range(start // HOUR, (end - 1) // HOUR + 1)]


def keys(share: bytes, payload: bytes, start: int, end: int) -> list[bytes]:
    """Return what a share adds to the key of each hour."""
    names = [oracle_presence.identity(payload, hour) for hour in hours(start, end)]
    return [oracle_presence.partial_key(share, name) for name in names]


def content(half: Half) -> bytes:
    """Return the map of a pre-trace."""
    return msgpack_encode({**half, "version": 1})


def read(data: bytes) -> Half:
    """Return the map in canonical bytes that are known to be good."""
    half: Half = {}
    assert data[0] == 0x87
    at = 1
    for _ in range(7):
        name, at = _value(data, at)
        assert isinstance(name, str)
        half[name], at = _value(data, at)
    assert at == len(data)
    assert half.pop("version") == 1
    return half


def _value(data: bytes, at: int) -> tuple[int | bytes | str, int]:
    head, at = data[at], at + 1
    if head < 0x80:
        return head, at
    if head == 0xCE:
        return int.from_bytes(data[at : at + 4], "big"), at + 4
    if 0xA0 <= head < 0xC0:
        return data[at : at + head - 0xA0].decode(), at + head - 0xA0
    width = {0xC4: 1, 0xC5: 2}[head]
    start = at + width
    end = start + int.from_bytes(data[at:start], "big")
    return data[start:end], end


def public_key(payload: bytes) -> bytes:
    """Return the public key that stands in an entry code."""
    crowd_notifier = dict(oracle_entry.fields(payload))[3]
    assert isinstance(crowd_notifier, bytes)
    found = dict(oracle_entry.fields(crowd_notifier))[2]
    assert isinstance(found, bytes)
    return found


def completed_keys(private: bytes, half: Half) -> list[tuple[int, bytes, bytes]]:
    """Return start, identity and key of each hour, unchecked."""
    payload, sealed, joined = half["payload"], half["sealed_share"], half["keys"]
    start, end = half["start"], half["end"]
    assert isinstance(payload, bytes)
    assert isinstance(sealed, bytes)
    assert isinstance(joined, bytes)
    assert isinstance(start, int)
    assert isinstance(end, int)
    share = oracle_seal.seal_open(private, sealed)
    ours = keys(share, payload, start, end)
    owners = [joined[at : at + 48] for at in range(0, len(joined), 48)]
    return [
        (hour, oracle_presence.identity(payload, hour), oracle_presence.sum_g1(one, other))
        for hour, one, other in zip(hours(start, end), owners, ours, strict=True)
    ]


def belongs(identity: bytes, key: bytes, public: bytes) -> bool:
    """Return whether a key is an identity's under a public key: two pairings."""
    one = curve.pairing(curve.decode_g1(key), curve.GENERATOR_G2)
    return one == curve.pairing(curve.hash_to_g1(identity), curve.decode_g2(public))


def traces(
    case: Mapping[str, str], *, start: int, end: int, draws: Iterable[str], known: Iterable[str]
) -> list[str]:
    """Return the traces of a good case of `complete`.

    Args:
        case: the texts of the case.
        start: of the request's stretch.
        end: of the request's stretch.
        draws: the nonces.
        known: identities whose traces are published already for all of the stretch.
    """
    half = read(bytes.fromhex(case["content"]))
    payload = half["payload"]
    assert isinstance(payload, bytes)
    said = oracle_trace.message(case["text"], start, end)
    nonces = iter(draws)
    found = []
    for hour, identity, key in completed_keys(bytes.fromhex(case["private_key"]), half):
        if identity.hex() in known:
            continue
        nonce = bytes.fromhex(next(nonces))
        notification_key = oracle_presence.entry_secrets(payload)[2]
        sealed = oracle_seal.secretbox(notification_key, nonce, said)
        found.append(oracle_trace.trace(identity, key, hour // DAY, nonce, sealed).hex())
    return found


def upload(digits: str, sealed: bytes) -> bytes:
    """Return the body of an owner's upload."""
    authorization = {"code": digits, "form": "code"}
    message = msgpack_encode({"authorization": authorization, "pre_trace": sealed, "version": 1})
    return (message + b"\x80").ljust(17_408, b"\0")
