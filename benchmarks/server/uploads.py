"""Uploads of reports as phones send them, each of one fresh key."""

from dp3t import Instant, UploadCode, day_of, random_from_os
from dp3t.publication import KeyRecord, Report, Upload
from dp3t_server.config import Config

KEY_BYTES = 32


def upload_of(code: UploadCode, *, now: Instant, key: bytes | None = None) -> bytes:
    """Return an upload of yesterday's key of the low-cost design under a code.

    Args:
        code: what authorises it.
        now: the present.
        key: 32 bytes; fresh ones where it is None.
    """
    record = KeyRecord((day_of(now) - 1,), key or random_from_os(KEY_BYTES))
    upload = Upload(code, Report(design="lowcost", records=(record,)))
    return upload.encode(to_bytes=Config().upload_sizes["lowcost"])
