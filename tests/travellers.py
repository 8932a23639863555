"""Travellers with receipts, and the gates that they come to."""

from dataclasses import dataclass, field, replace

from dp3t.arrivals.binding import Binding
from dp3t.arrivals.entry_receipt import EntryReceipt
from dp3t.arrivals.gate import Gate, Passing
from dp3t.arrivals.mark import GateSecret
from dp3t.arrivals.sealing import SEALED_BYTES, Envelope, Header
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.arrivals.verdict import Verdict
from dp3t.primitives import random_from_os, sha256
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Day, Instant, day_start

DAY = Day(20_780)
NOON = Instant(day_start(DAY) + 12 * 3_600)
POINT = "VDAD"
SERVER = SigningKey(
    seed=bytes(31) + b"\1",
    valid_from=Instant(NOON - 100 * 86_400),
    valid_until=Instant(NOON + 100 * 86_400),
)
KEYS = TrustedKeys([SERVER.public()])
GATES = GateSecret(bytes(range(32)))
PASSPORT = TravelDocument.of(number="B1234567", birth="1984-02-29", expiry="2031-07-01")
IMPOSTOR = replace(PASSPORT, number="B1234568")
_BINDING = Binding.of(PASSPORT, rand=random_from_os)
ENVELOPE = Envelope(
    Header(
        keys_number=3,
        entry_day=DAY,
        expiry_day=Day(DAY + 21),
        arrival_point=POINT,
        withdrawal_digest=bytes(32),
        binding=_BINDING.encode(),
    ),
    bytes(SEALED_BYTES["border"]),
    bytes(SEALED_BYTES["province"]),
)
"""A declaration as the server sees one; nobody can open it."""


def receipt(name: str = "one") -> EntryReceipt:
    """Return the receipt of a name, bound to the passport; it takes no time."""
    return EntryReceipt(
        receipt_id=sha256(name.encode())[:16],
        binding=_BINDING,
        entry_day=DAY,
        arrival_point=POINT,
        opens_hours=19,
        closes_hours=41,
    )


def text(name: str = "one") -> str:
    """Return the text of a receipt."""
    return receipt(name).sign(SERVER)


@dataclass(slots=True)
class Officer:
    """Somebody at a gate, with what it knows."""

    name: str
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = Gate(name=self.name, arrival_point=POINT)

    def admit(
        self,
        shown: str,
        document: TravelDocument = PASSPORT,
        *,
        now: Instant = NOON,
        keys: TrustedKeys = KEYS,
    ) -> Passing:
        """Scan a receipt and a document; note it if it is good."""
        self.gate, passing = self.gate.admit(
            shown, document, keys=keys, secret=GATES, now=now, rand=random_from_os
        )
        return passing

    def verdict(
        self, shown: str, document: TravelDocument = PASSPORT, *, now: Instant = NOON
    ) -> Verdict:
        """Do the same; return the verdict."""
        return self.admit(shown, document, now=now).checked.verdict

    def marks(self) -> list[bytes]:
        """Return the marks that others may have."""
        data = self.gate.used.encode()
        return [data[at : at + 62] for at in range(0, len(data), 62)]

    def hear(self, marks: list[bytes], *, now: Instant = NOON) -> int:
        """Take marks of others; return how many do not open."""
        self.gate, refused = self.gate.merged(marks, secret=GATES, now=now)
        return refused
