"""Audits: replaying the public record, and holding the map to it.

Everybody can do this: with the pages, the log's entries, the authority's keys and the server's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dp3t.errors import Dp3tError, MalformedError, PolicyError, VerificationError
from dp3t.facilities.board import Board
from dp3t.facilities.judging import kind_of, read_content
from dp3t.facilities.objection import Objection
from dp3t.facilities.page import FACILITIES_KIND, NO_PAGE, RecordPage, page_digest
from dp3t.facilities.refusal import RefusedError
from dp3t.facilities.snapshot import FacilityMap, MapRow
from dp3t.facilities.state import State
from dp3t.publication.signing import HEADER_BYTES, TrustedKeys
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.transparency import Entry

WHOLE_PAGE = -1
"""The act of a fault that is the whole page's."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that no honest record has.

    Attributes:
        page: which page, from 0.
        act: which act of the record, from 0; `WHOLE_PAGE` for the page itself.
        what: is wrong, a line.
    """

    page: int
    act: int
    what: str

    def __str__(self) -> str:
        act = "" if self.act == WHOLE_PAGE else f", act {self.act}"
        return f"page {self.page}{act}: {self.what}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A facility that the map shows otherwise than the record.

    Attributes:
        facility: its name in the record.
        shown: its state on the map; None where it is not there.
        found: its state by the record; None where that has no such facility.
    """

    facility: str
    shown: State | None
    found: State | None


@dataclass(slots=True)
class Audit:
    """What an audit has found.

    Attributes:
        board: the replay, up to the first act with a fault.
        pages: how many pages there were.
        faults: in the order of the record; none in an honest one.
    """

    board: Board
    pages: int = 0
    faults: list[Fault] = field(default_factory=list)


def audit_record(
    pages: Iterable[bytes],
    *,
    logged: Sequence[Entry],
    region: str,
    authorities: TrustedKeys,
    servers: TrustedKeys,
    acts: int | None = None,
) -> Audit:
    """Read a record again from its first page on [RECORD-13].

    Args:
        pages: the signed pages, in order.
        logged: all entries of the log, in order; those of other kinds and regions are passed over.
        region: whose record it is.
        authorities: the keys of the authority.
        servers: the keys of the server.
        acts: how many acts to replay, such as the map shows; all where nothing is given.
    """
    entries = [e for e in logged if (e.kind, e.region) == (FACILITIES_KIND, region)]
    board = Board(region, authorities=authorities, servers=servers)
    reading = _Reading(Audit(board), servers, entries, most_acts=acts)
    for signed in pages:
        if not reading.read(signed):
            break
    missing = range(reading.audit.pages, len(entries))
    reading.audit.faults += [
        Fault(page, WHOLE_PAGE, "the log holds it, and it is missing") for page in missing
    ]
    return reading.audit


def compare(board: Board, shown: FacilityMap) -> tuple[Difference, ...]:
    """Return the facilities that a map shows otherwise than a replay, ascending by name [MAP-3].

    Raises:
        PolicyError: the board has replayed another number of acts than the map shows.
    """
    if board.acts != shown.acts:
        raise PolicyError(f"the map shows {shown.acts} acts, and {board.acts} were replayed")
    made = FacilityMap.of(board, made=shown.made, pages=shown.pages)
    found = {row.facility: row for row in made.rows}
    on_map = {row.facility: row for row in shown.rows}
    return tuple(
        Difference(name, _state(on_map.get(name)), _state(found.get(name)))
        for name in sorted(found.keys() | on_map.keys())
        if found.get(name) != on_map.get(name)
    )


@dataclass(slots=True)
class _Reading:
    """An audit under way."""

    audit: Audit
    servers: TrustedKeys
    entries: Sequence[Entry]
    most_acts: int | None
    previous: bytes = NO_PAGE
    first: int = 0
    is_broken: bool = False

    def read(self, signed: bytes) -> bool:
        """Read the next page; return whether the next one can be read after it."""
        page = self._open(signed)
        if page is None:
            self.audit.pages += 1
            return False
        self._check(page)
        self._check_log(page, signed)
        if not self.is_broken:
            self._replay(page)
        self.first = page.first + len(page.acts)
        self.previous = page_digest(signed)
        self.audit.pages += 1
        return True

    def _open(self, signed: bytes) -> RecordPage | None:
        """Return the page, also one that is not authentic: whose act is at fault is looked for."""
        try:
            return RecordPage.open(signed, trusted=self.servers)
        except MalformedError as error:
            self._fault(str(error))
            return None
        except VerificationError as error:
            self._fault(str(error))
        try:
            return RecordPage.decode(signed[HEADER_BYTES:])
        except Dp3tError:
            return None

    def _check(self, page: RecordPage) -> None:
        for is_right, what in (
            (page.region == self.audit.board.region, "it is of another region"),
            (page.number == self.audit.pages, f"it has the number {page.number}"),
            (page.previous == self.previous, "it does not continue the page before it"),
            (page.first == self.first, f"it begins with act {page.first}, not {self.first}"),
        ):
            if not is_right:
                self._fault(what)

    def _check_log(self, page: RecordPage, signed: bytes) -> None:
        if self.audit.pages >= len(self.entries):
            self._fault("the log does not hold it")
        elif self.entries[self.audit.pages] != page.logged(signed):
            self._fault("the log holds another")

    def _replay(self, page: RecordPage) -> None:
        board = self.audit.board
        for received, signed in page.acts:
            if self.most_acts is not None and board.acts >= self.most_acts:
                return
            try:
                board.replay([(received, signed)])
            except Dp3tError as error:
                self._fault(f"{_named(signed)}: {error}", act=board.acts)
                self.is_broken = True
                return

    def _fault(self, what: str, *, act: int = WHOLE_PAGE) -> None:
        self.audit.faults.append(Fault(self.audit.pages, act, what))


def _named(signed: bytes) -> str:
    """Return what an act is, for a person who looks for it."""
    try:
        content = read_content(signed)
    except RefusedError:
        return "an act that nobody can read"
    if isinstance(content, TokenKeys):
        return f"the list of token keys of day {content.day}"
    if isinstance(content, Objection):
        return f"an objection to {content.facility}"
    said = content.to_json().get("facility")
    whose = f" of {said}" if said else ""
    return f"{kind_of(content)}{whose}, number {content.head.number} of its chain"


def _state(row: MapRow | None) -> State | None:
    return None if row is None else row.state
