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
from dp3t.publication.token_keys import TOKEN_KEYS_KIND, TokenKeys
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

    A page that is missing, or that nobody can read, ends the replay; those behind it are held to
    the log all the same.

    Args:
        pages: the signed pages, in order.
        logged: all entries of the log, in order: pages and lists of token keys are held to them.
        region: whose record it is.
        authorities: the keys of the authority.
        servers: the keys of the server.
        acts: how many acts to replay, such as the map shows; all where nothing is given.
    """
    entries = [e for e in logged if (e.kind, e.region) == (FACILITIES_KIND, region)]
    board = Board(region, authorities=authorities, servers=servers)
    lists = frozenset(each for each in logged if each.kind == TOKEN_KEYS_KIND)
    reading = _Reading(Audit(board), servers, entries, lists, most_acts=acts)
    for signed in pages:
        reading.read(signed)
    return reading.finish()


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
    """An audit under way.

    Attributes:
        audit: what was found so far.
        servers: the keys of the server.
        entries: of the log that are pages of this record.
        lists: entries of the log that are lists of token keys.
        most_acts: how many acts to replay; all where it is None.
        place: where among the pages the one that is being read stands, or belongs.
        seen: the places of all that were read.
        before: the digests of the page before it, as given and as logged.
        first: the number that its first act should have; None if nobody knows.
        is_broken: whether nothing is replayed any more.
    """

    audit: Audit
    servers: TrustedKeys
    entries: Sequence[Entry]
    lists: frozenset[Entry]
    most_acts: int | None
    place: int = -1
    seen: set[int] = field(default_factory=set)
    before: set[bytes] = field(default_factory=lambda: {NO_PAGE})
    first: int | None = 0
    is_broken: bool = False

    def read(self, signed: bytes) -> None:
        """Read the next page."""
        page, faults = self._opened(signed)
        place = self.place + 1 if page is None else self._place_of(page, signed)
        self.audit.pages += 1
        if place <= self.place:
            self.seen.add(place)
            self._add(place, "it comes twice, or out of order")
            return
        self._move(place)
        for what in faults:
            self._add(place, what)
        if page is not None:
            self._check(page)
            self._check_log(page, signed)
            self._read_acts(page)
        self.before = {page_digest(signed), self._logged(place)}
        self.is_broken |= bool(faults)
        self.first = None if page is None or faults else page.first + len(page.acts)

    def finish(self) -> Audit:
        """Return what was found, with the pages that are missing, in the order of the record."""
        missing = set(range(len(self.entries))) - self.seen
        self.audit.faults += [
            Fault(place, WHOLE_PAGE, "the log holds it, and it is missing") for place in missing
        ]
        self.audit.faults.sort(key=lambda fault: fault.page)
        return self.audit

    def _opened(self, signed: bytes) -> tuple[RecordPage | None, list[str]]:
        """Return the page and what is wrong with the file.

        One that is not authentic is returned too: whose act is at fault is looked for.
        """
        try:
            return RecordPage.open(signed, trusted=self.servers), []
        except MalformedError as error:
            return None, [str(error)]
        except VerificationError as error:
            faults = [str(error)]
        try:
            return RecordPage.decode(signed[HEADER_BYTES:]), faults
        except Dp3tError:
            return None, faults

    def _place_of(self, page: RecordPage, signed: bytes) -> int:
        """Return which page this is, or was before somebody altered it.

        Its number says so, the page before it by digest, and where it was given: two of the three
        are believed.
        """
        number, given, digest = page.number, self.place + 1, page_digest(signed)
        if self._logged(number) == digest:
            return number
        behind = 0 if page.previous == NO_PAGE else self._behind(page.previous)
        return number if number == behind else given

    def _behind(self, previous: bytes) -> int:
        digests = (place for place, each in enumerate(self.entries) if each.digest == previous)
        return next(digests, -1) + 1

    def _logged(self, place: int) -> bytes:
        """Return the digest of a page by the log; empty where it has none."""
        return self.entries[place].digest if 0 <= place < len(self.entries) else b""

    def _move(self, place: int) -> None:
        """Go to the place of the next page; behind a missing one nothing is replayed."""
        if place != self.place + 1:
            self.is_broken, self.first = True, None
            self.before = {self._logged(place - 1)}
        self.place = place
        self.seen.add(place)

    def _check(self, page: RecordPage) -> None:
        for is_right, what in (
            (page.region == self.audit.board.region, "it is of another region"),
            (page.number == self.place, f"it has the number {page.number}"),
            (page.previous in self.before, "it does not continue the page before it"),
            (
                self.first in (None, page.first),
                f"it begins with act {page.first}, not {self.first}",
            ),
        ):
            if not is_right:
                self._add(self.place, what)

    def _check_log(self, page: RecordPage, signed: bytes) -> None:
        if self.place >= len(self.entries):
            self._add(self.place, "the log does not hold it")
        elif self.entries[self.place] != page.logged(signed):
            self._add(self.place, "the log holds another")

    def _read_acts(self, page: RecordPage) -> None:
        board = self.audit.board
        for number, (received, signed) in enumerate(page.acts, start=page.first):
            is_counted = self.most_acts is None or board.acts < self.most_acts
            if is_counted and not self.is_broken:
                try:
                    board.replay([(received, signed)])
                except Dp3tError as error:
                    self._add(self.place, f"{_named(signed)}: {error}", act=board.acts)
                    self.is_broken = True
                    continue
            if not self._is_logged(signed):
                self._add(self.place, "the log does not hold this list of token keys", act=number)

    def _is_logged(self, signed: bytes) -> bool:
        """Return whether a list of token keys is in the log; other acts are by their page."""
        try:
            content = None if signed[HEADER_BYTES:][:1] == b"{" else read_content(signed)
        except RefusedError:
            return True  # the replay says that it is none
        return not isinstance(content, TokenKeys) or content.logged(signed) in self.lists

    def _add(self, place: int, what: str, *, act: int = WHOLE_PAGE) -> None:
        self.audit.faults.append(Fault(place, act, what))


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
