"""GAEN key files for tests: keys, files, and what a vector's case means."""

import base64
import io
import zipfile
from typing import Any

from hypothesis import strategies as st

from dp3t.primitives import P256PrivateKey, P256PublicKey
from dp3t.proximity.export.content import ExportedKey, KeyExport
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.export.signatures import TrustedExportKeys
from dp3t.proximity.export.writer import Signer, write_export
from dp3t.proximity.gaen import TemporaryExposureKey
from dp3t.timeline import Instant, Interval
from vectors import Case

START, END = Instant(1_595_548_800), Instant(1_595_635_200)


def private_key(scalar: str) -> P256PrivateKey:
    """Return the key with a secret number in hexadecimal, through its SEC 1 form."""
    der = bytes.fromhex(f"30310201010420{scalar}a00a06082a8648ce3d030107")
    pem = b"-----BEGIN EC PRIVATE KEY-----\n" + base64.encodebytes(der)
    return P256PrivateKey.from_pem(pem + b"-----END EC PRIVATE KEY-----\n")


KEY = private_key(f"{0xC0FFEE:064x}")
OTHER = private_key(f"{0xBAD:064x}")
SIGNER = Signer(KEY, "452", "v1")

EXPORTED_KEYS = st.builds(
    lambda key, start, period, report, onset, risk, variant: ExportedKey(
        key=TemporaryExposureKey(
            key=key,
            rolling_start=Interval(start),
            rolling_period=period,
            report_type=report,
            days_since_onset=onset,
        ),
        transmission_risk=risk,
        variant_of_concern=variant,
    ),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 7_000_000),
    st.integers(1, 144),
    st.integers(0, 5),
    st.none() | st.integers(-14, 14),
    st.integers(0, 8),
    st.integers(0, 4),
)
KEY_LISTS = st.lists(EXPORTED_KEYS, max_size=6, unique_by=lambda exported: exported.key.key)


def file_of(case: Case) -> bytes:
    """Return the file of a case."""
    return bytes.fromhex(case["file"])


def keys_of(case: Case) -> TrustedExportKeys:
    """Return the keys that a case trusts, by name or without names."""
    keys = case["trusted_keys"]
    if isinstance(keys, dict):
        return {name: P256PublicKey.from_bytes(bytes.fromhex(key)) for name, key in keys.items()}
    return [P256PublicKey.from_bytes(bytes.fromhex(key)) for key in keys]


def read(case: Case) -> KeyExport:
    """Read the file of a case as the case says."""
    return read_export(file_of(case), keys=keys_of(case), threshold=case["threshold"])


def written(*keys: ExportedKey, **changes: Any) -> bytes:
    """Write a file with the usual options, but for the changes."""
    options: dict[str, Any] = {"start": START, "end": END, "region": "VN", "signers": [SIGNER]}
    return write_export(keys, **options | changes)


def key(place: int = 1) -> ExportedKey:
    """Return a key that says as little as it can, report type 1."""
    start = Interval(2_659_104)
    return ExportedKey(key=TemporaryExposureKey(key=bytes([place]) * 16, rolling_start=start))


def described(exported: ExportedKey) -> Case:
    """Return a key as vectors and lists of keys write it down."""
    return {
        "key": exported.key.key.hex(),
        "rolling_start": exported.key.rolling_start,
        "rolling_period": exported.key.rolling_period,
        "report_type": exported.key.report_type,
        "days_since_onset": exported.key.days_since_onset,
        "transmission_risk": exported.transmission_risk,
        "variant_of_concern": exported.variant_of_concern,
    }


def deflated_file(export_bin: bytes) -> bytes:
    """Write a file as Python's zipfile does, compressed and with nothing in export.sig."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.bin", export_bin)
        archive.writestr("export.sig", b"")
    return packed.getvalue()
