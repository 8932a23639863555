"""Those beside the visitors: the venues with their owners, and the health authority at its desk."""

from collections.abc import Mapping

from dp3t.cli.demo.presence.scenario import Place
from dp3t.presence.card import Card
from dp3t.presence.completion import complete
from dp3t.presence.entry import EntryCode, LocationType
from dp3t.presence.owner_dummies import OwnerDummies
from dp3t.presence.pretrace import PreTrace, TraceRequest, pre_trace
from dp3t.presence.slip import write_slips
from dp3t.presence.slip_book import SlipBook
from dp3t.presence.slip_contacts import Contact, open_slips
from dp3t.presence.trace import Trace
from dp3t.presence.venue import VenueCode, set_up
from dp3t.primitives import Rand, X25519PrivateKey, X25519PublicKey
from dp3t.timeline import Instant, Stretch, day_of

ADDRESS = "Thái Nguyên"
DESCRIPTIONS = {
    Place.MARKET: "Chợ Trung Tâm",
    Place.SCHOOL: "Trường Tiểu học Hoa Sen",
    Place.HOSPITAL: "Bệnh viện Đa khoa",
}
MESSAGE = (
    "Bạn đã ở cùng nơi với người nhiễm bệnh. Hãy ở nhà và gọi 1900 9095. / "
    "You were where an infected person was. Please stay at home and call 1900 9095."
)
_STAY_HOURS = {Place.MARKET: 4, Place.SCHOOL: 10, Place.HOSPITAL: 4}
_TYPES = {
    Place.MARKET: LocationType.PERMANENT_RETAIL,
    Place.SCHOOL: LocationType.PERMANENT_EDUCATIONAL_INSTITUTION,
    Place.HOSPITAL: LocationType.PERMANENT_PUBLIC_BUILDING,
}


class Venue:
    """A place with a code at the door, and its owner's private code and book of slips."""

    def __init__(
        self, place: Place, *, authority: X25519PublicKey, now: Instant, rand: Rand
    ) -> None:
        """Set the place up.

        Args:
            place: which.
            authority: the health authority's key.
            now: from when the owner's app sends dummies.
            rand: of everything that the owner draws.
        """
        self.place = place
        self.authority = authority
        self.rand = rand
        self.dummies = OwnerDummies.first(now=now, rand=rand)
        self.book = SlipBook()
        self.code: VenueCode = set_up(
            description=DESCRIPTIONS[place],
            address=ADDRESS,
            authority=authority,
            rand=rand,
            location_type=_TYPES[place],
            default_stay_seconds=3600 * _STAY_HOURS[place],
        )

    def scanned(self) -> EntryCode:
        """Return what a phone reads at the door: the code goes through its printed text."""
        return EntryCode.from_link(self.code.entry.link())

    def note(self, card: str, stay: Stretch) -> None:
        """Write the slips of somebody without a phone.

        Args:
            card: the text of the card that they show.
            stay: from when to when.
        """
        slips = write_slips(
            self.code.entry,
            Card.from_text(card),
            arrival=stay.start,
            departure=stay.end,
            rand=self.rand,
        )
        self.book = self.book.added(slips, now=stay.end)

    def answer(self, request: TraceRequest, *, now: Instant) -> bytes:
        """Return the sealed pre-trace that an official has asked the owner for."""
        made = pre_trace(self.code, stretch=request.stretch, reference=request.reference, now=now)
        return made.seal(self.authority, rand=self.rand)


class HealthAuthority:
    """A desk without a network: what it reads and writes is carried to it and from it."""

    def __init__(self, *, rand: Rand) -> None:
        """Draw its key, which never leaves it."""
        self._rand = rand
        self._private = X25519PrivateKey.generate(rand=rand)
        self.requests: dict[Place, TraceRequest] = {}
        self._traces: dict[Place, tuple[Trace, ...]] = {}

    @property
    def public(self) -> X25519PublicKey:
        """The key to which venues and cards are sealed."""
        return self._private.public()

    def ask(self, visited: Mapping[Place, Stretch]) -> None:
        """Note a request for each place at which the patient was."""
        for number, (place, stretch) in enumerate(sorted(visited.items()), 1):
            self.requests[place] = TraceRequest(reference=f"TN-{number}", stretch=stretch)

    def complete(self, sealed: bytes, *, now: Instant) -> tuple[Trace, ...]:
        """Return the traces that an upload becomes, for which it must answer a request."""
        opened = PreTrace.open(sealed, self._private)
        place, request = next(
            (place, request)
            for place, request in self.requests.items()
            if request.reference == opened.request.reference
        )
        self._traces[place] = complete(
            opened, self._private, request=request, text=MESSAGE, now=now, rand=self._rand
        )
        return self._traces[place]

    def call(self, place: Place, book: SlipBook) -> tuple[Contact, ...]:
        """Return whom to call, from the slips of a place that was traced."""
        stretch = self.requests[place].stretch
        slips = book.of_days(day_of(stretch.start), day_of(stretch.end)).slips
        opened = open_slips(slips, self._traces[place], self._private, stretch=stretch)
        return opened.contacts
