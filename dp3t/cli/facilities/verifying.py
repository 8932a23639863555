"""Verifying: the whole record replayed, held to the log, and the map held to the record.

Nothing of it needs the server's word: pages, log and map come from it, and every signature, chain,
token and state is computed again here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dp3t.cli.facilities.record_files import page_path
from dp3t.cli.facilities.record_view import RecordView
from dp3t.errors import Dp3tError
from dp3t.facilities.audit import WHOLE_PAGE, Audit, Difference, Fault, audit_record, compare
from dp3t.facilities.page import FACILITIES_KIND, RecordPage, page_digest
from dp3t.facilities.snapshot import FacilityMap
from dp3t.publication.signing import HEADER_BYTES, TrustedKeys
from dp3t.publication.transparency import Entry
from dp3t.timeline import Instant

MAP_DELAY_SECONDS = 120
"""How long after an act, or a deadline, a map may be fetched that does not show it."""


class Found(NamedTuple):
    """Something that no honest server publishes.

    Attributes:
        page: which page, from 0; None where it is of none.
        act: which act of the record, from 0; None where it is of none.
        what: is wrong, a line.
    """

    page: int | None
    act: int | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom an auditor believes: the keys of the authority and those of the server."""

    authorities: TrustedKeys
    servers: TrustedKeys


@dataclass(slots=True, kw_only=True)
class Verified:
    """What was found.

    Attributes:
        region: whose record it is.
        pages: how many the log holds.
        acts: how many were replayed.
        facilities: how many of them there are by the map.
        digests: SHA-256 of each page.
        faults: in order; none where all is right.
        differences: facilities that the map shows otherwise than the record.
        is_compared: whether the map was held to the record.
    """

    region: str
    pages: int
    acts: int = 0
    facilities: int = 0
    digests: list[bytes] = field(default_factory=list)
    faults: list[Found] = field(default_factory=list)
    differences: tuple[Difference, ...] = ()
    is_compared: bool = False

    @property
    def is_good(self) -> bool:
        """Whether record, log and map agree in everything."""
        return self.is_compared and not self.faults and not self.differences


class _Late(NamedTuple):
    """An act that the map does not count."""

    page: int
    act: int
    received: Instant
    signed: bytes


@dataclass(slots=True, kw_only=True)
class Verifying:
    """A verification under way.

    Attributes:
        folder: in which the pages lie.
        entries: the whole log.
        missing: pages that the log holds and nobody has.
        shown: the map.
        trust: whom to believe.
        asked: when the map was asked for; None where it was fetched some other day.
    """

    folder: Path
    entries: Sequence[Entry]
    missing: frozenset[int]
    shown: FacilityMap
    trust: Trust
    asked: Instant | None
    verified: Verified = field(init=False)
    _late: list[_Late] = field(default_factory=list)

    def __post_init__(self) -> None:
        pages = pages_of(self.entries, self.shown.region)
        self.verified = Verified(region=self.shown.region, pages=len(pages))
        self.verified.facilities = len(self.shown.rows)

    def run(self) -> Verified:
        """Do all of it."""
        pages = pages_of(self.entries, self.shown.region)
        whole = min(self.missing, default=len(pages))
        audit = audit_record(
            self._pages(whole),
            logged=[*self._others(), *pages[:whole]],
            region=self.shown.region,
            authorities=self.trust.authorities,
            servers=self.trust.servers,
            acts=self.shown.acts,
        )
        found = self.verified
        read = [each for each in audit.faults if each.page < audit.pages]
        found.faults += [_found(each) for each in read]
        found.faults += [_missing(number) for number in sorted(self.missing)]
        self._require_logged(pages)
        self._compare(audit)
        self._replay_late(audit)
        found.acts = audit.board.acts
        found.faults.sort(key=lambda each: (each.page is None, each.page or 0, each.act or -1))
        return found

    def _pages(self, count: int) -> Iterator[bytes]:
        for number in range(count):
            data = (self.folder / page_path(number)).read_bytes()
            self.verified.digests.append(page_digest(data))
            self._look(number, data)
            yield data

    def _look(self, number: int, data: bytes) -> None:
        """Note acts that the map does not count."""
        try:
            page = RecordPage.decode(data[HEADER_BYTES:])
        except Dp3tError:
            return  # the audit says what is wrong
        for act, (received, signed) in enumerate(page.acts, start=page.first):
            if act >= self.shown.acts:
                self._late.append(_Late(number, act, received, signed))

    def _others(self) -> list[Entry]:
        """Return the log but for pages: the audit holds lists of token keys to it."""
        return [each for each in self.entries if each.kind != FACILITIES_KIND]

    def _require_logged(self, pages: Sequence[Entry]) -> None:
        """Hold the pages that could not be replayed to the log."""
        digests = self.verified.digests
        for number in range(len(digests), len(pages)):
            if number in self.missing:
                digests.append(b"")
                continue
            digests.append(page_digest((self.folder / page_path(number)).read_bytes()))
            if digests[number] != pages[number].digest:
                self.verified.faults.append(Found(number, None, "the log holds another"))

    def _compare(self, audit: Audit) -> None:
        """Hold the map to the replay, if that has got as far as the map."""
        board, shown, found = audit.board, self.shown, self.verified
        if board.acts < shown.acts:
            if not found.faults:
                what = f"it shows {shown.acts} acts, and the pages hold {board.acts}"
                found.faults.append(_of_map(what))
            return
        try:
            found.differences = compare(board, shown)
        except LookupError:
            found.faults.append(_of_map("it shows a region that has settled nothing"))
            return
        if board.local_day(shown.made) != shown.day:
            found.faults.append(_of_map("it is of another local day than its moment"))
        if self.asked is not None and board.next_change(shown.made) < self._shown_by:
            found.faults.append(_of_map("it is too old: the time of day has changed states since"))
        found.is_compared = True

    def _replay_late(self, audit: Audit) -> None:
        """Replay what the map does not count, and say what it should have counted."""
        if audit.board.acts != self.shown.acts:
            return
        for late in self._late:
            if late.received < max(self.shown.made, self._shown_by):
                what = "the map does not count it, and was made or asked for later"
                self.verified.faults.append(Found(late.page, late.act, what))
            try:
                audit.board.replay([(late.received, late.signed)])
            except Dp3tError as error:
                self.verified.faults.append(Found(late.page, late.act, str(error)))
                return

    @property
    def _shown_by(self) -> int:
        """From when on something may be missing on the map."""
        return 0 if self.asked is None else self.asked - MAP_DELAY_SECONDS


def pages_of(entries: Sequence[Entry], region: str) -> list[Entry]:
    """Return the entries of a log that are pages of a region's record."""
    return [each for each in entries if (each.kind, each.region) == (FACILITIES_KIND, region)]


def rewritten(before: RecordView, now: Verified) -> list[Found]:
    """Return what is not any more what an auditor saw before."""
    found = []
    for number, digest in enumerate(before.pages):
        if number >= len(now.digests):
            found.append(Found(number, None, "it was seen before, and is gone"))
        elif now.digests[number] not in (b"", digest):
            found.append(Found(number, None, "it is another than was seen before"))
    if before.region != now.region:
        found.append(_of_map(f"it was of {before.region} before"))
    return found


def _found(fault: Fault) -> Found:
    return Found(fault.page, None if fault.act == WHOLE_PAGE else fault.act, fault.what)


def _missing(number: int) -> Found:
    return Found(number, None, "the log holds it, and it is missing; none after it is replayed")


def _of_map(what: str) -> Found:
    return Found(None, None, f"the map: {what}")
