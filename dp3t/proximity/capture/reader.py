"""One door for every format of capture."""

from collections.abc import Iterator

from dp3t.proximity.capture import btsnoop, packetlogger
from dp3t.proximity.capture.events import Event
from dp3t.proximity.capture.hci import find_events

EXPOSURE_NOTIFICATION = 0xFD6F
"""The 16-bit service of exposure notification; 0xFD68 is registered for DP-3T."""


def read_capture(data: bytes, *, service_uuid: int = EXPOSURE_NOTIFICATION) -> Iterator[Event]:
    """Return, one by one in the order of the file, what a capture says about adverts of a service.

    Args:
        data: a whole BTSnoop or PacketLogger file; the format is told by its content [CAPTURE-1].
        service_uuid: a 16-bit service, 0 to 65,535.

    Raises:
        MalformedError: neither format, at once; or on the way a damaged record [CAPTURE-4].
        UnsupportedVersionError: a BTSnoop version other than 1, at once.
        ValueError: a service that does not fit 16 bits.
    """
    if not 0 <= service_uuid <= 0xFFFF:
        raise ValueError("a service has 16 bits")
    is_btsnoop = data.startswith(btsnoop.MAGIC)
    records = btsnoop.read_records(data) if is_btsnoop else packetlogger.read_records(data)
    return (event for record in records for event in find_events(record, service_uuid=service_uuid))
