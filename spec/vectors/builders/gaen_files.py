"""GAEN key files made by hand: every message, header and bit can be changed for a case.

Nothing here is the library's writer. Signatures are by the P-256 key of RFC 6979, A.2.5.
"""

import base64
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from dp3t.primitives import P256PrivateKey, P256PublicKey
from dp3t.proximity.export import key_export_pb2 as pb
from dp3t.proximity.export.content import ExportedKey, KeyExport
from dp3t.proximity.export.signatures import TrustedExportKeys

SIGNING = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
OTHER = f"{1:064x}"
START, END, INTERVAL = 1_595_548_800, 1_595_635_200, 2_659_104
HEADER = b"EK Export v1    "

Case = dict[str, Any]


def private_key(scalar: str) -> P256PrivateKey:
    """Return the key with a secret number in hexadecimal, through its SEC 1 form."""
    der = bytes.fromhex(f"30310201010420{scalar}a00a06082a8648ce3d030107")
    pem = b"-----BEGIN EC PRIVATE KEY-----\n" + base64.encodebytes(der)
    return P256PrivateKey.from_pem(pem + b"-----END EC PRIVATE KEY-----\n")


def public_key(scalar: str) -> str:
    """Return the uncompressed point of a secret number, both in hexadecimal."""
    return private_key(scalar).public().to_bytes().hex()


# --- messages ------------------------------------------------------------------------------------


def tek(place: int = 1, **fields: Any) -> bytes:
    """Return a TemporaryExposureKey message; a field given as None is left out."""
    whole: Case = {
        "key_data": bytes([place]) * 16,
        "rolling_start_interval_number": INTERVAL,
        "rolling_period": 144,
        "report_type": 1,
    }
    return pb.TemporaryExposureKey(**whole | fields).SerializeToString(deterministic=True)


def info(key_id: str | None = "452", version: str | None = "v1", **fields: Any) -> bytes:
    """Return a SignatureInfo message."""
    return pb.SignatureInfo(
        verification_key_id=None if key_id is None else key_id.encode(),
        verification_key_version=None if version is None else version.encode(),
        **{"signature_algorithm": b"1.2.840.10045.4.3.2", **fields},
    ).SerializeToString(deterministic=True)


def message(*keys: bytes, infos: Iterable[bytes] = (info(),), **fields: Any) -> bytes:
    """Return a TemporaryExposureKeyExport message."""
    whole: Case = {
        "start_timestamp": START,
        "end_timestamp": END,
        "region": b"VN",
        "batch_num": 1,
        "batch_size": 1,
    }
    return pb.TemporaryExposureKeyExport(
        **whole | fields, keys=keys, signature_infos=infos
    ).SerializeToString(deterministic=True)


def signature(
    signed: bytes, *, scalar: str = SIGNING, about: bytes = info(), **fields: Any
) -> bytes:
    """Return a TEKSignature message."""
    whole: Case = {
        "signature_info": about,
        "batch_num": 1,
        "batch_size": 1,
        "signature": private_key(scalar).sign(signed),
    }
    return pb.TEKSignature(**whole | fields).SerializeToString(deterministic=True)


def listed(*signatures: bytes) -> bytes:
    """Return a TEKSignatureList message."""
    return pb.TEKSignatureList(signatures=signatures).SerializeToString(deterministic=True)


# --- containers ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Part:
    """A zip member, true to its content except for what a case changes."""

    name: bytes
    content: bytes
    packed: bytes | None = None
    made_by: int = 20
    needed: int = 20
    flags: int = 0
    method: int = 0
    date: int = 33
    extra: bytes = b""
    internal: int = 0
    external: int = 0
    crc: int | None = None
    length: int | None = None
    local: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """What stands in the file."""
        return self.content if self.packed is None else self.packed

    def sums(self) -> tuple[int, int, int]:
        """Return CRC-32 and both lengths."""
        crc = zlib.crc32(self.content) if self.crc is None else self.crc
        return crc, len(self.data), len(self.content) if self.length is None else self.length

    def common(self, *, sums: tuple[int, int, int]) -> bytes:
        """Return what the headers share, from the version needed to the lengths."""
        form = (self.needed, self.flags, self.method, 0, self.date)
        return struct.pack("<5H3I2H", *form, *sums, len(self.name), len(self.extra))


def zipped(
    *parts: Part, gap: bytes = b"", behind: bytes = b"", comment: bytes = b"", disk: int = 0
) -> bytes:
    """Return a zip file, sound except for what a case changes."""
    body, central = b"", b""
    for part in parts:
        own = struct.pack("<3H2I", 0, disk, part.internal, part.external, len(body))
        central += b"PK\x01\x02" + struct.pack("<H", part.made_by)
        central += part.common(sums=part.sums()) + own + part.name + part.extra
        near = replace(part, **part.local)
        streamed = part.flags & 8
        body += b"PK\x03\x04" + near.common(sums=(0, 0, 0) if streamed else near.sums())
        body += near.name + near.extra + part.data
        if streamed:
            sums = replace(part, **part.described).sums()
            body += b"PK\x07\x08" + struct.pack("<3I", *sums)
        body += gap
    counts = struct.pack("<4H2I", 0, 0, len(parts), len(parts), len(central), len(body))
    return (
        body + central + b"PK\x05\x06" + counts + struct.pack("<H", len(comment)) + comment + behind
    )


def of_message(said: bytes, *signatures: bytes) -> bytes:
    """Return a key file about a message, with a good signature if none is given."""
    export_bin = HEADER + said
    return zipped(*parts(export_bin, listed(*signatures or (signature(export_bin),))))


def parts(export_bin: bytes, export_sig: bytes) -> tuple[Part, Part]:
    """Return the two members, stored."""
    return (
        Part(name=b"export.bin", content=export_bin),
        Part(name=b"export.sig", content=export_sig),
    )


# --- deflate -------------------------------------------------------------------------------------

COPIED = 9
"""How many bytes stand behind the key in each of `striped`'s records."""


def striped() -> bytes:
    """Return export.bin with seven records of 32 bytes that end alike."""
    return HEADER + message(*(tek(place, transmission_risk_level=3) for place in range(1, 8)))


def fixed_huffman(content: bytes, *, distance: int = 0, slack: int = 0) -> bytes:
    """Return one block of literals, the last COPIED bytes as a match if a distance is given."""
    bits = "110"
    for byte in content[:-COPIED] if distance else content:
        bits += f"{0x30 + byte:08b}" if byte < 144 else f"{0x190 + byte - 144:09b}"
    if distance:
        symbol, base = (12, 65) if distance <= 96 else (13, 97)
        extra = f"{distance - base:05b}"[::-1]
        bits += f"{COPIED - 2:07b}{symbol:05b}{extra}"
    bits += "0000000"
    bits += "0" * (-len(bits) % 8)
    packed = bytearray(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    packed[-1] |= slack
    return bytes(packed)


def stored_block(content: bytes, *, first: int = 1) -> bytes:
    """Return one stored block; the upper five bits of its first byte are padding."""
    return bytes([first]) + struct.pack("<2H", len(content), len(content) ^ 0xFFFF) + content


def deflated(packed: bytes, content: bytes, **changes: Any) -> bytes:
    """Return a key file with a deflated export.bin."""
    export_bin, export_sig = parts(content, listed(signature(content)))
    return zipped(replace(export_bin, packed=packed, method=8, **changes), export_sig)


# --- cases ---------------------------------------------------------------------------------------


def read_case(
    name: str,
    file: bytes,
    *,
    trusted: Iterable[str] = (SIGNING,),
    named: dict[str, str] | None = None,
    threshold: int = 1,
) -> Case:
    """Return a case that reads a file with the public halves of secret numbers."""
    keys: Any = [public_key(scalar) for scalar in trusted]
    if named is not None:
        keys = {key_name: public_key(scalar) for key_name, scalar in named.items()}
    whole = {"id": name, "operation": "read", "file": file.hex()}
    return whole | {"trusted_keys": keys, "threshold": threshold}


def trusted_keys(case: Case) -> TrustedExportKeys:
    """Return the keys that a case trusts, by name or without names."""
    keys = case["trusted_keys"]
    if isinstance(keys, dict):
        return {name: P256PublicKey.from_bytes(bytes.fromhex(key)) for name, key in keys.items()}
    return [P256PublicKey.from_bytes(bytes.fromhex(key)) for key in keys]


def said_by(export: KeyExport) -> Case:
    """Return what a key file says, as a case writes it down."""
    return {
        "start": export.start,
        "end": export.end,
        "region": export.region,
        "batch_number": export.batch_number,
        "batch_size": export.batch_size,
        "signatures": [
            {"name": each.name, "verified": each in export.verified}
            for each in export.signature_infos
        ],
        "keys": [described(key) for key in export.keys],
        "revised_keys": [described(key) for key in export.revised_keys],
    }


def described(exported: ExportedKey) -> Case:
    """Return a key as a case, and an operator's list, writes it down."""
    return {
        "key": exported.key.key.hex(),
        "rolling_start": exported.key.rolling_start,
        "rolling_period": exported.key.rolling_period,
        "report_type": exported.key.report_type,
        "days_since_onset": exported.key.days_since_onset,
        "transmission_risk": exported.transmission_risk,
        "variant_of_concern": exported.variant_of_concern,
    }
