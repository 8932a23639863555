"""A gate: checks receipts, notes which it let pass, and knows what other gates have noted."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dp3t.arrivals.entry_receipt import require_arrival_point
from dp3t.arrivals.mark import GateSecret, Mark, expiry_day_in, require_gate_name
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.arrivals.used_list import MAX_USED_LIST_BYTES, UsedList
from dp3t.arrivals.verdict import Checked, Verdict, verify
from dp3t.arrivals.withdrawn import MAX_WITHDRAWN_BYTES, WithdrawnReceipts
from dp3t.codec import Fields, decode, encode
from dp3t.primitives import Rand
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant, day_of

MAX_GATE_BYTES = MAX_USED_LIST_BYTES + MAX_WITHDRAWN_BYTES + 2**10
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Passing:
    """What became of somebody at a gate.

    Attributes:
        checked: the verdict, and what the receipt says.
        uses: where and when the receipt was used before, the first use first.
    """

    checked: Checked
    uses: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a gate knows; without the gates' secret it tells nobody which receipts were used.

    Attributes:
        name: of this gate, its own among all; 1 to 16 capital letters, digits and hyphens.
        arrival_point: where it stands.
        used: marks, its own and those of other gates.
        withdrawn: receipts that are good no longer.

    Raises:
        MalformedError: a name or an arrival point that no gate has.
    """

    name: str
    arrival_point: str
    used: UsedList = field(default_factory=UsedList.empty, repr=False)
    withdrawn: WithdrawnReceipts = field(default_factory=WithdrawnReceipts.none_yet)

    def __post_init__(self) -> None:
        require_gate_name(self.name)
        require_arrival_point(self.arrival_point)

    def check(
        self,
        text: str,
        document: TravelDocument,
        *,
        keys: TrustedKeys,
        secret: GateSecret,
        now: Instant,
    ) -> Passing:
        """Return the verdict on a receipt, used ones among them; nothing is noted [GATE-3].

        Raises:
            VerificationError: the secret is not that of this gate's marks [GATE-16].
        """
        self.used.require_secret(secret)
        checked = verify(
            text,
            document,
            keys=keys,
            arrival_point=self.arrival_point,
            now=now,
            withdrawn=self.withdrawn,
        )
        if checked.verdict is not Verdict.VALID or checked.receipt is None:
            return Passing(checked)
        uses = self.used.uses(secret.tag(checked.receipt.receipt_id), secret)
        return Passing(replace(checked, verdict=Verdict.USED) if uses else checked, uses)

    def admit(
        self,
        text: str,
        document: TravelDocument,
        *,
        keys: TrustedKeys,
        secret: GateSecret,
        now: Instant,
        rand: Rand,
    ) -> tuple["Gate", Passing]:
        """Return the gate after somebody came, and what became of it [GATE-4].

        Whoever shows the verdict has saved the gate before. Old marks leave it [GATE-8].

        Args:
            text: the receipt, as scanned or typed.
            document: what the officer has before him.
            keys: the receipt keys of the authority's document.
            secret: of the gates.
            now: the present moment.
            rand: one draw of 8 bytes.

        Raises:
            LimitError: the used-list is full; nobody is let pass [GATE-12].
            VerificationError: the secret is not that of this gate's marks [GATE-16].
        """
        kept = self.kept(now)
        passing = kept.check(text, document, keys=keys, secret=secret, now=now)
        receipt = passing.checked.receipt
        if passing.checked.verdict is not Verdict.VALID or receipt is None:
            return kept, passing
        mark = Mark.of(receipt, gate=self.name, secret=secret, now=now, rand=rand)
        used, _ = kept.used.merged([mark.seal(secret)], secret)
        return replace(kept, used=used), passing

    def merged(
        self, sealed: Iterable[bytes], *, secret: GateSecret, now: Instant
    ) -> tuple["Gate", int]:
        """Return the gate with the marks of others, and how many of those do not open [GATE-5].

        Raises:
            LimitError: more marks than a used-list holds.
            VerificationError: the secret is not that of this gate's marks [GATE-16].
        """
        kept, today = self.kept(now), day_of(now)
        fresh = (mark for mark in sealed if today < expiry_day_in(mark))
        used, refused = kept.used.merged(fresh, secret)
        return replace(kept, used=used), refused

    def informed(self, withdrawn: WithdrawnReceipts, *, now: Instant) -> "Gate":
        """Return the gate with a newer list of withdrawn receipts [GATE-11]."""
        today = day_of(now)
        known = self.withdrawn.kept(today).merged(withdrawn.kept(today))
        return replace(self, withdrawn=known)

    def kept(self, now: Instant) -> "Gate":
        """Return the gate without what is to be erased by now [GATE-8]."""
        today = day_of(now)
        return replace(self, used=self.used.kept(today), withdrawn=self.withdrawn.kept(today))

    def encode(self) -> bytes:
        """Return the gate's file [GATE-13]."""
        return encode(
            {
                "arrival_point": self.arrival_point,
                "name": self.name,
                "used": self.used.encode(),
                "version": _VERSION,
                "withdrawn": self.withdrawn.encode(),
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "Gate":
        """Return the gate in a file.

        Raises:
            LimitError: too long.
            MalformedError: no gate.
        """
        fields = Fields(decode(data, limit_bytes=MAX_GATE_BYTES), what="the gate")
        fields.version(_VERSION)
        gate = cls(
            name=fields.text("name", longest=16),
            arrival_point=fields.text("arrival_point", longest=4),
            used=UsedList.decode(fields.octets("used")),
            withdrawn=WithdrawnReceipts.decode(fields.octets("withdrawn")),
        )
        fields.done()
        return gate
