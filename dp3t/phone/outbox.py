"""What a phone is about to publish: a report, what a test committed to, and the next dummy."""

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.params import LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.proximity.commitment import CommitmentSecret
from dp3t.proximity.receipt import published_records
from dp3t.publication.authorization import UploadCode, authorization_of
from dp3t.publication.batch import Batch
from dp3t.publication.commitment import Openings
from dp3t.publication.dummy import DummySchedule
from dp3t.publication.receipt_check import Sighting, sightings_of, sightings_to_value
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, day_of

MAX_REGIONS = 64


class Outbox:
    """What waits to leave the phone.

    Attributes:
        dummies: when the next dummy is due.
        report: a report whose keys the phone has erased and no server has accepted yet.
        openings: what authorises the report where a test committed to its keys.
        commitment: the secret of the commitment made at a test.
        sightings: where a batch has a key of the report already, by region: an answer was lost.
    """

    def __init__(self, dummies: DummySchedule) -> None:
        """Hold nothing but a schedule."""
        self.dummies = dummies
        self.report: Report | None = None
        self.openings: Openings | None = None
        self.commitment: CommitmentSecret | None = None
        self.sightings: dict[str, frozenset[Sighting]] = {}
        self._made = Instant(0)

    def put(self, report: Report, openings: Openings | None, *, now: Instant) -> None:
        """Hold a report until it is uploaded; a commitment is used up by it [PHONE-5]."""
        self.report, self.openings, self._made = report, openings, now
        self.sightings = {}
        self.commitment = None

    def empty(self) -> None:
        """Erase the report and what authorises it."""
        self.report = self.openings = None
        self.sightings = {}

    def ingest(self, batch: Batch) -> None:
        """Note the keys of the report in a batch that its design has read [PHONE-30]."""
        if self.report is None:
            return
        found = {(batch.release, one) for one in published_records(batch, self.report.records)}
        if found:
            seen = self.sightings.get(batch.region, frozenset())
            self.sightings[batch.region] = seen | found

    def forget(self, *, before: Day) -> None:
        """Erase a report made, and keys committed to, before a day [PHONE-19] [PHONE-25]."""
        if day_of(self._made) < before:
            self.empty()
        if self.commitment is not None:
            self.commitment = self.commitment.since(before)

    def forget_after(self, now: Instant) -> None:
        """Erase what a clock that was ahead has dated later than now [PHONE-13]."""
        if self._made > now:
            self.empty()
        if self.commitment is not None and self.commitment.last_day > day_of(now):
            self.commitment = None

    def to_fields(self) -> dict[str, Value]:
        """Return everything for sealing: fields of the phone's state."""
        pending: list[Value] = []
        if self.report is not None:
            openings: list[Value] = []
            if self.openings is not None:
                openings.append(self.openings.to_value())
            pending.append(
                {
                    "made": self._made,
                    "openings": openings,
                    "report": self.report.to_value(),
                    "sightings": [
                        {"region": region, "sightings": sightings_to_value(seen)}
                        for region, seen in sorted(self.sightings.items())
                    ],
                }
            )
        return {
            "commitment": [] if self.commitment is None else [self.commitment.to_value()],
            "dummies": self.dummies.to_value(),
            "pending": pending,
        }

    @classmethod
    def from_fields(cls, fields: Fields, *, design: str) -> "Outbox":
        """Take what `to_fields` gave; MalformedError for anything else."""
        outbox = cls(DummySchedule.from_value(fields.value("dummies")))
        for item in fields.items("pending", most=1):
            entry = Fields(item, what="the pending report")
            outbox._made = Instant(entry.integer("made", 0, LAST_INSTANT))
            for openings in entry.items("openings", most=1):
                outbox.openings = _openings(openings)
            outbox.report = Report.from_value(entry.value("report"))
            for seen in entry.items("sightings", most=MAX_REGIONS):
                by_region = Fields(seen, what="the sightings of a region")
                region = by_region.text("region", longest=MAX_NAME_LENGTH)
                outbox.sightings[region] = sightings_of(by_region)
                by_region.done()
            entry.done()
        for item in fields.items("commitment", most=1):
            outbox.commitment = CommitmentSecret.from_value(item)
        parts = (outbox.report, outbox.commitment)
        if any(part is not None and part.design != design for part in parts):
            raise MalformedError("the saved phone's report is of another design")
        return outbox


def _openings(value: Value) -> Openings:
    authorization = authorization_of(value)
    if isinstance(authorization, UploadCode):
        raise MalformedError("the saved phone holds a code")
    return authorization
