"""Withdrawn receipts: those of declarations that were taken back or corrected.

The server signs the list with a receipt key, so that a gate can get it from anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from dp3t.arrivals.entry_receipt import RECEIPT_ID_BYTES
from dp3t.errors import LimitError, MalformedError, TooEarlyError, UnsupportedVersionError
from dp3t.params import CLOCK_TOLERANCE_SECONDS, LAST_INSTANT
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.timeline import Day, Instant

MAX_WITHDRAWN = 2**16
_ROW_BYTES = RECEIPT_ID_BYTES + 2
_HEAD_BYTES = 5
_MAX_PAYLOAD_BYTES = _HEAD_BYTES + MAX_WITHDRAWN * _ROW_BYTES
MAX_WITHDRAWN_BYTES = HEADER_BYTES + _MAX_PAYLOAD_BYTES
_VERSION = 1
_CONTEXT = "dp3t withdrawn receipts 1"


@dataclass(frozen=True, slots=True)
class WithdrawnReceipts:
    """Which receipts are withdrawn, as of a moment.

    Attributes:
        issued: when the list was made; 0 for nobody's.
        expiry_days: ids of receipts, each with the first UTC day on which it is good anyhow at no
            time, and leaves the list.

    Raises:
        MalformedError: values that no list has.
        LimitError: more than 65,536 receipts.
    """

    issued: Instant
    expiry_days: Mapping[bytes, Day] = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.expiry_days) > MAX_WITHDRAWN:
            raise LimitError(f"a list holds at most {MAX_WITHDRAWN} withdrawn receipts")
        if not 0 <= self.issued <= LAST_INSTANT:
            raise MalformedError("the moment of a list of withdrawn receipts is out of range")
        for receipt_id, day in self.expiry_days.items():
            if len(receipt_id) != RECEIPT_ID_BYTES or not 0 <= day < 2**16:
                raise MalformedError("a row of a list of withdrawn receipts is out of range")
        object.__setattr__(self, "expiry_days", MappingProxyType(dict(self.expiry_days)))

    @classmethod
    def none_yet(cls) -> "WithdrawnReceipts":
        """Return the list of a gate that has got none."""
        return cls(Instant(0), {})

    def __contains__(self, receipt_id: object) -> bool:
        return receipt_id in self.expiry_days

    def merged(self, other: "WithdrawnReceipts") -> "WithdrawnReceipts":
        """Return what either list has: what is withdrawn never comes back [GATE-11]."""
        days = dict(self.expiry_days)
        for receipt_id, day in other.expiry_days.items():
            days[receipt_id] = max(day, days.get(receipt_id, day))
        return WithdrawnReceipts(max(self.issued, other.issued), days)

    def kept(self, today: Day) -> "WithdrawnReceipts":
        """Return the list without receipts that have expired by a UTC day [GATE-11]."""
        days = {each: day for each, day in self.expiry_days.items() if today < day}
        return WithdrawnReceipts(self.issued, days)

    def encode(self) -> bytes:
        """Return the list's bytes [GATE-9]."""
        rows = (each + day.to_bytes(2, "big") for each, day in self.expiry_days.items())
        return bytes([_VERSION]) + self.issued.to_bytes(4, "big") + b"".join(sorted(rows))

    @classmethod
    def decode(cls, data: bytes) -> "WithdrawnReceipts":
        """Return the list in some bytes.

        Raises:
            LimitError: too long.
            UnsupportedVersionError: another version.
            MalformedError: anything else that `encode` does not give.
        """
        if len(data) > _MAX_PAYLOAD_BYTES:
            raise LimitError(f"a list holds at most {MAX_WITHDRAWN} withdrawn receipts")
        if len(data) < _HEAD_BYTES or (len(data) - _HEAD_BYTES) % _ROW_BYTES:
            raise MalformedError("a list of withdrawn receipts is cut")
        if data[0] != _VERSION:
            raise UnsupportedVersionError(f"the list of withdrawn receipts has version {data[0]}")
        places = range(_HEAD_BYTES, len(data), _ROW_BYTES)
        rows = [data[at : at + _ROW_BYTES] for at in places]
        ids = [row[:RECEIPT_ID_BYTES] for row in rows]
        if any(one >= other for one, other in pairwise(ids)):
            raise MalformedError("withdrawn receipts stand twice or out of order")
        days = (Day(int.from_bytes(row[RECEIPT_ID_BYTES:], "big")) for row in rows)
        issued = Instant(int.from_bytes(data[1:_HEAD_BYTES], "big"))
        return cls(issued, dict(zip(ids, days, strict=True)))

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed list [GATE-9].

        Raises:
            UnknownKeyError: the key may not speak for the moment.
        """
        key.public().require_valid_at(self.issued)
        return key.sign(self.encode(), context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, keys: TrustedKeys, *, now: Instant) -> "WithdrawnReceipts":
        """Return the list that a server signed [GATE-10].

        Raises:
            MalformedError: no list; LimitError: too long.
            VerificationError: altered; UnknownKeyError: by a key that is not, or no longer, good.
            TooEarlyError: made more than two hours from now.
        """
        payload, key = keys.open(data, context=_CONTEXT, limit_bytes=MAX_WITHDRAWN_BYTES)
        found = cls.decode(payload)
        key.require_valid_at(found.issued)
        key.require_valid_at(now)
        if found.issued > now + CLOCK_TOLERANCE_SECONDS:
            raise TooEarlyError("the list of withdrawn receipts comes from the future")
        return found
