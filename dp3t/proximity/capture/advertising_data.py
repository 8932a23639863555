"""The structures inside an advert, ours and everybody else's."""

from collections.abc import Iterator

from dp3t.params import SERVICE_DATA_BYTES

SERVICE_DATA_TYPE = 0x16


def structures(advertising_data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each structure until one is empty or overruns [CAPTURE-12]."""
    position = 0
    while position < len(advertising_data):
        length = advertising_data[position]
        end = position + 1 + length
        if length == 0 or end > len(advertising_data):
            return
        yield advertising_data[position + 1], advertising_data[position + 2 : end]
        position = end


def find_service_data(advertising_data: bytes, *, service_uuid: int) -> bytes | None:
    """Return the first 20 bytes of service data of a 16-bit service, None without [CAPTURE-12]."""
    uuid = service_uuid.to_bytes(2, "little")
    for kind, value in structures(advertising_data):
        if (
            kind == SERVICE_DATA_TYPE
            and len(value) == len(uuid) + SERVICE_DATA_BYTES
            and value.startswith(uuid)
        ):
            return value[len(uuid) :]
    return None
