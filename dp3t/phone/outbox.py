"""What a phone is about to publish: a report, what a test committed to, and the next dummy."""

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.proximity.commitment import CommitmentSecret
from dp3t.publication.authorization import UploadCode, authorization_of
from dp3t.publication.commitment import Openings
from dp3t.publication.dummy import DummySchedule
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, day_of


class Outbox:
    """What waits to leave the phone.

    Attributes:
        dummies: when the next dummy is due.
        report: a report whose keys the phone has erased and no server has accepted yet.
        openings: what authorises the report where a test committed to its keys.
        commitment: the secret of the commitment made at a test.
    """

    def __init__(self, dummies: DummySchedule) -> None:
        """Hold nothing but a schedule."""
        self.dummies = dummies
        self.report: Report | None = None
        self.openings: Openings | None = None
        self.commitment: CommitmentSecret | None = None
        self._made = Instant(0)

    def put(self, report: Report, openings: Openings | None, *, now: Instant) -> None:
        """Hold a report until it is uploaded; a commitment is used up by it [PHONE-5]."""
        self.report, self.openings, self._made = report, openings, now
        self.commitment = None

    def empty(self) -> None:
        """Erase the report and what authorises it."""
        self.report = self.openings = None

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
                {"made": self._made, "openings": openings, "report": self.report.to_value()}
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
