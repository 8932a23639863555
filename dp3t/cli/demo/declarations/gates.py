"""The gates: officers without a network, who exchange marks that the server cannot read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dp3t.arrivals.entry_receipt import open_receipt
from dp3t.arrivals.gate import Gate, Passing
from dp3t.arrivals.recipients import RecipientKeys
from dp3t.arrivals.used_list import split_marks
from dp3t.arrivals.verdict import Verdict
from dp3t.arrivals_client import FetchedWithdrawn
from dp3t.cli.demo.declarations.authority import SINCE, UNTIL, Authority
from dp3t.cli.demo.declarations.checks import Check, check
from dp3t.cli.demo.declarations.office import Office
from dp3t.cli.demo.declarations.places import LANDING, OTHER_AIRPORT
from dp3t.cli.demo.declarations.plane import Declared
from dp3t.cli.demo.declarations.travellers import GATES, Fate, Showing, first_of
from dp3t.primitives import Rand
from dp3t.publication.signing import SigningKey
from dp3t.symptoms.words import Texts
from dp3t.timeline import Instant

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown at a gate, and what the officer was told."""

    showing: Showing
    passing: Passing

    @property
    def verdict(self) -> Verdict:
        """What the officer was told."""
        return self.passing.checked.verdict


class Gates:
    """Two gates where the plane lands, and one at another airport.

    Attributes:
        shown: at all of them, in order of time.
    """

    def __init__(
        self, declared: Declared, *, keys: RecipientKeys, authority: Authority, rand: Rand
    ) -> None:
        """Put the gates up.

        Args:
            declared: whose receipts are shown.
            keys: of the authority's document.
            authority: whose gates they are.
            rand: of all gates.
        """
        self.shown: list[Shown] = []
        self._declared = declared
        self._keys = keys.receipts()
        self._authority = authority
        self._rand = rand
        self._gates = {
            name: Gate(name=name, arrival_point=OTHER_AIRPORT if name == GATES[-1] else LANDING)
            for name in GATES
        }

    def inform(self, withdrawn: FetchedWithdrawn, *, now: Instant) -> None:
        """Bring the list of withdrawn receipts to every gate."""
        for name, gate in self._gates.items():
            self._gates[name] = gate.informed(withdrawn.withdrawn, now=now)

    async def exchange(self, office: Office, *, now: Instant) -> None:
        """Let each gate hand in its marks and then take those of all."""
        for gate in self._gates.values():
            await office.gates.send_marks(split_marks(gate.used.encode()))
        marks = await office.gates.marks()
        for name, gate in self._gates.items():
            self._gates[name], _ = gate.merged(marks, secret=self._authority.gates, now=now)

    def admit(self, showing: Showing) -> None:
        """Scan a receipt and a travel document."""
        self._gates[showing.gate], passing = self._gates[showing.gate].admit(
            self._receipt(showing),
            self._declared.travellers[showing.traveller].document,
            keys=self._keys,
            secret=self._authority.gates,
            now=showing.at,
            rand=self._rand,
        )
        self.shown.append(Shown(showing, passing))

    def checks(self) -> Iterator[Check]:
        """Yield whether good receipts passed, and each of the others was refused by its name."""
        good = [each for each in self.shown if each.showing.fate is Fate.GOOD]
        yield check(
            "Good receipts, each at its gate",
            "Phiếu hợp lệ, mỗi phiếu ở cổng của mình",
            due=[Verdict.VALID.value] * len(good),
            came=[each.verdict.value for each in good],
        )
        for each in self.shown:
            if each.showing.fate is not Fate.GOOD:
                what = shown_in_words(each.showing)
                yield Check(what, each.showing.due.value, each.verdict.value)
        yield check(
            "Where the second gate says that the receipt was used",
            "Cổng thứ hai cho biết phiếu đã được dùng ở đâu",
            due=[GATES[0]],
            came=[
                use.gate
                for each in self.shown
                if each.showing.due is Verdict.USED
                for use in each.passing.uses
            ],
        )

    def _receipt(self, showing: Showing) -> str:
        """Return the text that is held to the scanner."""
        declared = self._declared
        own = declared.handed[showing.traveller].receipt
        match showing.fate:
            case Fate.ALTERED:
                return altered(own)
            case Fate.BORROWED:
                return declared.handed[first_of(declared.travellers, Fate.GOOD)].receipt
            case Fate.FORGED:
                said, _ = open_receipt(own, self._keys)
                forger = SigningKey.generate(valid_from=SINCE, valid_until=UNTIL, rand=self._rand)
                return replace(said, receipt_id=self._rand(len(said.receipt_id))).sign(forger)
            case Fate.CORRECTED if showing.later:
                return declared.corrected[showing.traveller].receipt
        return own


def altered(receipt: str) -> str:
    """Return a receipt in which one letter of what is signed is another one."""
    at = len(receipt) - 40
    other = _LETTERS[(_LETTERS.index(receipt[at]) + 1) % len(_LETTERS)]
    return receipt[:at] + other + receipt[at + 1 :]


def shown_in_words(showing: Showing) -> Texts:
    """Return what somebody shows."""
    return _WORDS[showing.fate, showing.later]


_WORDS = {
    (Fate.GOOD, False): Texts(vi="Phiếu của chính mình", en="One's own receipt"),
    (Fate.ALTERED, False): Texts(
        vi="Phiếu bị sửa một ký tự", en="A receipt with one letter altered"
    ),
    (Fate.BORROWED, False): Texts(vi="Phiếu của người khác", en="Somebody else's receipt"),
    (Fate.FORGED, False): Texts(
        vi="Phiếu tự ký bằng khóa khác", en="A receipt signed with a key of one's own"
    ),
    (Fate.TWICE, False): Texts(vi="Phiếu dùng lần đầu", en="A receipt, for the first time"),
    (Fate.TWICE, True): Texts(
        vi="Phiếu đó ở cổng thứ hai, sau khi các cổng trao đổi dấu",
        en="The same receipt at a second gate, once the gates have exchanged marks",
    ),
    (Fate.WITHDRAWN, False): Texts(
        vi="Phiếu của tờ khai đã rút", en="The receipt of a declaration that was withdrawn"
    ),
    (Fate.CORRECTED, False): Texts(
        vi="Phiếu cũ của tờ khai đã sửa", en="The old receipt of a declaration that was corrected"
    ),
    (Fate.CORRECTED, True): Texts(vi="Phiếu mới của tờ khai đó", en="Its new receipt"),
    (Fate.ELSEWHERE, False): Texts(vi="Phiếu ở sân bay khác", en="A receipt at another airport"),
    (Fate.LATE, False): Texts(vi="Phiếu ở cổng hai ngày sau", en="A receipt two days later"),
}
