"""The second witness of notification codes."""

from oracle_crypto import hkdf_sha256


def notification_code(tweak: bytes, day: int, now: int) -> str:
    """Return the six digits for a UTC day and a moment in Unix seconds."""
    exposed, shown = 86_400_000 * day, (now - now % 300) * 1000
    info = b"dp3t notification code 1" + b"".join(n.to_bytes(8) for n in (exposed, shown))
    digits = str(int(hkdf_sha256(tweak, info, 16).hex(), 16))
    return digits[-6:].rjust(6, "0")


def accepted(tweak: bytes, day: int, now: int) -> list[str]:
    """Return the codes of the last half hour."""
    first = max(0, now // 300 - 5)
    return [notification_code(tweak, day, 300 * step) for step in range(first, now // 300 + 1)]
