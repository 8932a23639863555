"""The second witness: what the specification computes, derived again from the standard library.

Nothing here imports the project. The cryptography stands in `oracle_crypto`. Published values hold
both in `tests/house/test_oracle.py`.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence

from oracle_crypto import (
    aes_ctr,
    aes_encrypt_block,
    ed25519_sign,
    hkdf_sha256,
    hmac_sha256,
    sha256,
)

# --- the designs --------------------------------------------------------------------------------


def lowcost_next_key(day_key: bytes) -> bytes:
    """Return the key of the following day."""
    return sha256(day_key)


def lowcost_identifiers(day_key: bytes, count: int) -> list[bytes]:
    """Return a day's identifiers in the order of generation."""
    prf = hmac_sha256(day_key, b"broadcast key")
    stream = aes_ctr(prf, bytes(16), bytes(16 * count))
    return [stream[i : i + 16] for i in range(0, len(stream), 16)]


def hybrid_identifiers(seed: bytes, count: int) -> list[bytes]:
    """Return the first identifiers of a window of the hybrid design."""
    key = hmac_sha256(seed, b"DP3T-HYBRID")
    return [aes_encrypt_block(key, number.to_bytes(16, "big")) for number in range(count)]


def unlinkable_identifier(seed: bytes) -> bytes:
    """Return the identifier of an epoch of the unlinkable design."""
    return sha256(seed)[:16]


def unlinkable_hash(identifier: bytes, epoch: int) -> bytes:
    """Return what a phone of the unlinkable design keeps of an identifier."""
    return sha256(identifier + epoch.to_bytes(4, "big"))


def gaen_rpik(tek: bytes) -> bytes:
    """Return the rolling proximity identifier key."""
    return hkdf_sha256(tek, b"EN-RPIK", 16)


def gaen_aemk(tek: bytes) -> bytes:
    """Return the associated encrypted metadata key."""
    return hkdf_sha256(tek, b"EN-AEMK", 16)


def gaen_rpi(tek: bytes, interval: int) -> bytes:
    """Return the rolling proximity identifier of an interval."""
    block = b"EN-RPI" + bytes(6) + interval.to_bytes(4, "little")
    return aes_encrypt_block(gaen_rpik(tek), block)


def gaen_aem(tek: bytes, interval: int, metadata: bytes) -> bytes:
    """Return the associated encrypted metadata; the same call decrypts."""
    return aes_ctr(gaen_aemk(tek), gaen_rpi(tek, interval), metadata)


# --- canonical MessagePack ----------------------------------------------------------------------


def _headed(length: int, short: tuple[int, int] | None, codes: Mapping[int, int]) -> bytes:
    """Return the shortest header; `short` is (limit, base), `codes` maps byte widths to types."""
    if short and length < short[0]:
        return bytes([short[1] + length])
    width = next(width for width in codes if length < 256**width)
    return bytes([codes[width]]) + length.to_bytes(width, "big")


def _integer(value: int) -> bytes:
    if value >= 0:
        return _headed(value, (128, 0), {1: 0xCC, 2: 0xCD, 4: 0xCE, 8: 0xCF})
    if value >= -32:
        return bytes([256 + value])
    width = next(width for width in (1, 2, 4, 8) if value >= -(2 ** (8 * width - 1)))
    return bytes([{1: 0xD0, 2: 0xD1, 4: 0xD2, 8: 0xD3}[width]]) + value.to_bytes(
        width, "big", signed=True
    )


def msgpack_encode(value: object) -> bytes:
    """Return the one encoding that spec/codec.md allows."""
    match value:
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return _integer(value)
        case bytes():
            return _headed(len(value), None, {1: 0xC4, 2: 0xC5, 4: 0xC6}) + value
        case str():
            text = value.encode()
            return _headed(len(text), (32, 0xA0), {1: 0xD9, 2: 0xDA, 4: 0xDB}) + text
        case list() | tuple():
            items = b"".join(msgpack_encode(item) for item in value)
            return _headed(len(value), (16, 0x90), {2: 0xDC, 4: 0xDD}) + items
        case dict():
            keys = sorted(value, key=lambda key: bytes(key, "utf-8"))
            entries = b"".join(msgpack_encode(key) + msgpack_encode(value[key]) for key in keys)
            return _headed(len(value), (16, 0x80), {2: 0xDE, 4: 0xDF}) + entries
    raise TypeError(type(value).__name__)


# --- check digits (ISO/IEC 7064, MOD 97-10; letters as in ISO 17442: A is 10, Z is 35) ----------


def mod_97_10(text: str) -> str:
    """Return the two digits that make `text` followed by them congruent to 1 modulo 97."""
    number = int("".join(str(int(character, 36)) for character in text))
    return f"{98 - number * 100 % 97:02d}"


# --- publication --------------------------------------------------------------------------------

Group = tuple[Sequence[int], Sequence[bytes]]


def signed_file(seed: bytes, context: str, payload: bytes) -> bytes:
    """Return key id, signature and payload."""
    public, _ = ed25519_sign(seed, b"")
    key_id = sha256(public)[:8]
    label = context.encode()
    _, signature = ed25519_sign(seed, bytes([len(label)]) + label + key_id + payload)
    return key_id + signature + payload


def column(numbers: Sequence[int]) -> list[object]:
    """Return the numbers with each run of three or more as [number, length]."""
    written: list[object] = []
    at = 0
    while at < len(numbers):
        end = at
        while end < len(numbers) and numbers[end] == numbers[at]:
            end += 1
        long = end - at > 2
        written += [[numbers[at], end - at]] if long else list(numbers[at:end])
        at = end
    return written


def key_table(groups: Sequence[Group]) -> dict[str, object]:
    """Return a table of keys from its groups, which are in order."""
    rows = [list(attributes) for attributes, _ in groups]
    steps = [
        [row[c] - (rows[r - 1][c] if r else 0) for r, row in enumerate(rows)]
        for c in range(len(rows[0]) if rows else 0)
    ]
    keys = [key for _, members in groups for key in members]
    return {
        "attributes": [column(step) for step in steps],
        "counts": column([len(members) for _, members in groups]),
        "key_bytes": len(keys[0]) if keys else 0,
        "keys": b"".join(keys),
    }


def key_groups(records: Iterable[tuple[Sequence[int], bytes]]) -> list[Group]:
    """Return the groups of some records, in order."""
    members: dict[tuple[int, ...], set[bytes]] = {}
    for attributes, key in records:
        members.setdefault(tuple(attributes), set()).add(key)
    return [(attributes, sorted(members[attributes])) for attributes in sorted(members)]


def batch_name(*, design: str, region: str, release: int) -> bytes:
    """Return the name of a batch as bytes."""
    return msgpack_encode({"design": design, "region": region, "release": release})


def batch_payload(*, design: str, region: str, release: int, content: bytes) -> bytes:
    """Return the payload of a batch."""
    message = {
        "version": 1,
        "design": design,
        "region": region,
        "release": release,
        "content": content,
    }
    return msgpack_encode(message)


# --- Protocol Buffers and the GAEN key file -----------------------------------------------------


def _varint(value: int) -> bytes:
    value %= 2**64
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])


def protobuf(fields: Iterable[tuple[int, int | bytes]], *, fixed64: Sequence[int] = ()) -> bytes:
    """Encode fields in the order given: an int as varint, or fixed64 where listed; bytes headed."""
    encoded = b""
    for number, value in fields:
        if isinstance(value, bytes):
            encoded += _varint(number << 3 | 2) + _varint(len(value)) + value
        elif number in fixed64:
            encoded += _varint(number << 3 | 1) + value.to_bytes(8, "little")
        else:
            encoded += _varint(number << 3) + _varint(value)
    return encoded


def zigzag(value: int) -> int:
    """Return what a sint32 field holds for a number that may be negative."""
    return 2 * value if value >= 0 else -2 * value - 1


def gaen_signature_info(*, version: str, key_id: str, algorithm: str) -> bytes:
    """Return a SignatureInfo message."""
    return protobuf([(3, version.encode()), (4, key_id.encode()), (5, algorithm.encode())])


def gaen_key(fields: Mapping[int, int | bytes]) -> bytes:
    """Return a TemporaryExposureKey from field numbers to values; field 6 may be negative."""
    return protobuf(
        (number, zigzag(value) if number == 6 and isinstance(value, int) else value)
        for number, value in sorted(fields.items())
    )


def gaen_export(
    *,
    start: int,
    end: int,
    region: str,
    infos: Sequence[bytes],
    keys: Sequence[bytes],
    revised_keys: Sequence[bytes] = (),
) -> bytes:
    """Return export.bin for batch 1 of 1: the header and the message, fields in ascending order."""
    head: list[tuple[int, int | bytes]] = [
        (1, start),
        (2, end),
        (3, region.encode()),
        (4, 1),
        (5, 1),
    ]
    lists = [(6, infos), (7, keys), (8, revised_keys)]
    repeated = [(number, item) for number, items in lists for item in items]
    return b"EK Export v1    " + protobuf([*head, *repeated], fixed64=(1, 2))


def gaen_signature_list(signatures: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return export.sig from pairs of SignatureInfo and DER signature, batch 1 of 1."""
    return protobuf(
        (1, protobuf([(1, info), (2, 1), (3, 1), (4, signature)])) for info, signature in signatures
    )


def zip_stored(
    entries: Sequence[tuple[str, bytes]], *, system: int = 0, attributes: int = 0
) -> bytes:
    """Return an uncompressed ZIP whose entries are all dated 1980-01-01T00:00 (APPNOTE 4.3)."""
    body, directory = b"", b""
    for name, data in entries:
        numbers = ((20, 2), (0, 2), (0, 2), (0, 2), (0x21, 2), (zlib.crc32(data), 4))
        sizes = ((len(data), 4), (len(data), 4), (len(name), 2), (0, 2))
        common = _little(*numbers, *sizes)
        extra = _little((0, 2), (0, 2), (0, 2), (attributes, 4), (len(body), 4))
        directory += b"PK\x01\x02" + bytes([20, system]) + common + extra + name.encode()
        body += b"PK\x03\x04" + common + name.encode() + data
    count = len(entries)
    sizes = ((count, 2), (count, 2), (len(directory), 4), (len(body), 4))
    return body + directory + b"PK\x05\x06" + _little((0, 4), *sizes, (0, 2))


def _little(*numbers: tuple[int, int]) -> bytes:
    return b"".join(value.to_bytes(width, "little") for value, width in numbers)
