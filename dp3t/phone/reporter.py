"""What a phone gives out: commitments, reports and dummies."""

from collections.abc import Collection, Iterable

from dp3t.errors import PolicyError
from dp3t.params import DAY_SECONDS
from dp3t.phone.receipts import FARTHEST_SECONDS
from dp3t.phone.state import PhoneState
from dp3t.primitives import Rand
from dp3t.proximity.commitment import CommitmentSecret, commit, committable
from dp3t.proximity.exposure import is_close
from dp3t.proximity.interface import KeyRing, Selection, TracingKey
from dp3t.proximity.matching import clear_metadata
from dp3t.proximity.observations import NO_PERIOD
from dp3t.publication.batch import require_region
from dp3t.publication.commitment import Commitment, Openings
from dp3t.publication.receipt import Receipt
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start, release_after


class Reporter(PhoneState):
    """The side of a phone that reports."""

    def commit(self, *, now: Instant, rand: Rand, redacted: Iterable[Stretch] = ()) -> Commitment:
        """Commit to the keys of every day, for a test taken now [PHONE-24]. This ticks.

        The commitment goes to the health authority, in a QR code; what opens it stays here until
        `report_committed` or until its keys are forgotten. A second commitment replaces the first.

        Args:
            now: the present.
            rand: source of decoys and of the bytes that hide the keys.
            redacted: what the person holds back; it cannot be changed later but by whole days.

        Raises:
            PolicyError: the design cannot hold back what is redacted.
            ClockError: the clock went back.
        """
        self.tick(now, rand=rand)
        keys = committable(
            self._ring,
            now=now,
            parameters=self.parameters,
            rand=rand,
            selection=self._selection(redacted),
        )
        self._outbox.commitment = commit(
            self.design.name, keys, today=day_of(now), parameters=self.parameters, rand=rand
        )
        return self._outbox.commitment.commitment()

    def report(
        self,
        *,
        since: Day,
        now: Instant,
        rand: Rand,
        onset: Day | None = None,
        redacted: Iterable[Stretch] = (),
    ) -> Report:
        """Take out the keys to publish, erase them here and go on with fresh ones [PHONE-5].

        The report stays in `pending` until `report_accepted`, so that no crash loses it, or until
        its retention is over [PHONE-19]. Whatever
        echo of their identifiers was heard is erased too [PHONE-4]. This ticks.

        Args:
            since: the first contagious day; earlier than the keys kept means all of them.
            now: the present.
            rand: source of the fresh keys.
            onset: day of first symptoms, where the design says something about it.
            redacted: stretches of time that the person holds back; what they meet in part is held
                back as a whole [PHONE-20].

        Raises:
            PolicyError: an earlier report is still pending, `since` lies in the future, or the
                design cannot hold back what is redacted.
            ClockError: the clock went back.
            ValueError: a redacted stretch that ends before it begins.
        """
        keys, ring = self._released(since, onset, now, rand, redacted)
        records = tuple(sorted(key.record() for key in keys))
        report = Report(design=self.design.name, records=records)
        self._give_out(keys, ring, report, None, now)
        self._spread(now, rand=rand)
        return report

    def report_committed(
        self, *, since: Day, now: Instant, rand: Rand, redacted_days: Collection[Day] = ()
    ) -> Report:
        """Do as `report` does with the keys that `commit` committed to [PHONE-24].

        The report needs no code: what opens the commitment is in `openings`. Keys of the days after
        the test are not published.

        Args:
            since: the first contagious day, as the health authority has stated it.
            now: the present.
            rand: source of the fresh keys.
            redacted_days: days that the person holds back as a whole.

        Raises:
            PolicyError: no test has committed to keys of these days, or as in `report`: a chain
                cannot hold back a day that it reaches.
            ClockError: the clock went back.
        """
        self._committed()
        keys, ring = self._released(since, None, now, rand, ())
        report, openings = self._committed().bound(
            keys, since=since, parameters=self.parameters, redacted_days=redacted_days
        )
        published = [self.design.tracing_key(record) for record in report.records]
        self._give_out([*keys, *published], ring, report, openings, now)
        self._spread(now, rand=rand)
        return report

    @property
    def pending(self) -> Report | None:
        """A report whose keys are erased here and not yet accepted by a server."""
        return self._outbox.report

    @property
    def openings(self) -> Openings | None:
        """What authorises the pending report, where a test has committed to its keys."""
        return self._outbox.openings

    def report_accepted(self, receipt: Receipt | None = None, *, region: str = "") -> None:
        """Erase the pending report: a server has it [PHONE-30].

        With a receipt the report stays, to be looked for in the batches that come, and in those
        that have come since it was made.

        Args:
            receipt: what the server promised, verified for the pending report; None for nothing.
            region: of the server.

        Raises:
            MalformedError: a receipt, and a region that none has.
        """
        if receipt is not None:
            require_region(region)
            self._promised(receipt, region=region)
        self._outbox.empty()

    def abandon_report(self) -> None:
        """Erase the pending report unpublished: the person has changed their mind [PHONE-19]."""
        self._outbox.empty()

    def dummy_due(self, now: Instant) -> bool:
        """Return whether a dummy is to be uploaded now [DUMMY-4]; a report changes nothing."""
        return self._outbox.dummies.due(now=now)

    def dummy_report(self, *, now: Instant, rand: Rand) -> Report:
        """Return the report of a phone that does not exist, for a dummy [DUMMY-7]."""
        now = Instant(max(now, DAY_SECONDS))  # before the first epoch ended there was no report
        yesterday = Day(day_of(now) - 1)
        ring = self.design.generate(
            now=day_start(yesterday), parameters=self.parameters, rand=rand
        ).rotated(now=now, parameters=self.parameters, rand=rand)
        keys, _ = ring.released(
            since=yesterday, onset=None, now=now, parameters=self.parameters, rand=rand
        )
        return Report(design=self.design.name, records=tuple(sorted(key.record() for key in keys)))

    def dummy_sent(self, now: Instant, *, rand: Rand) -> None:
        """Schedule the next dummy, once the one that was due has been answered [DUMMY-3].

        Raises:
            TooEarlyError: none was due.
        """
        self._outbox.dummies = self._outbox.dummies.after(now=now, rand=rand)

    def _promised(self, receipt: Receipt, *, region: str) -> None:
        """Keep a receipt for the pending report, unless it is due when nobody waits any more."""
        report = self._outbox.report
        if report is not None and receipt.published_by < self._clock + FARTHEST_SECONDS:
            seen = self._outbox.sightings.get(region, frozenset())
            self._receipts.add(receipt, report, region=region, seen=seen)

    def _committed(self) -> CommitmentSecret:
        """Return the secret of the commitment; PolicyError where there is none."""
        if self._outbox.commitment is None:
            raise PolicyError("no test has committed to this phone's keys")
        return self._outbox.commitment

    def _selection(self, redacted: Iterable[Stretch]) -> Selection:
        """Return what is held back; ValueError for a stretch that ends before it begins."""
        stretches = tuple(redacted)
        if any(stretch.start >= stretch.end for stretch in stretches):
            raise ValueError("a stretch of time to hold back begins before it ends")
        if not self.design.asks_who_was_close:
            return Selection(redacted=stretches)
        return Selection(
            redacted=stretches,
            close_periods=self._close_periods() or None,  # a deaf phone skips nothing
        )

    def _close_periods(self) -> set[int]:
        """Return the periods in which somebody was close by [PHONE-21]."""
        return {
            observation.kept.period
            for observation in self.observations
            if observation.kept.period != NO_PERIOD
            and is_close(observation, clear_metadata(observation.kept))
        }

    def _released(
        self, since: Day, onset: Day | None, now: Instant, rand: Rand, redacted: Iterable[Stretch]
    ) -> tuple[list[TracingKey], KeyRing]:
        """Tick, and return the keys to publish and a ring without them; nothing else changes.

        Raises:
            PolicyError: see `report`.
        """
        if self.pending is not None:
            raise PolicyError("an earlier report is still waiting to be uploaded")
        self.tick(now, rand=rand)
        return self._ring.released(
            since=since,
            onset=onset,
            now=now,
            parameters=self.parameters,
            rand=rand,
            selection=self._selection(redacted),
        )

    def _give_out(
        self,
        keys: Iterable[TracingKey],
        ring: KeyRing,
        report: Report,
        openings: Openings | None,
        now: Instant,
    ) -> None:
        """Drop the keys, keep the report, and erase echoes of what is going to be public."""
        self._ring = ring
        self._outbox.put(report, openings, now=now)
        before = release_after(max(now, self._clock))
        self.observations.discard(
            self.design.identity(identifier, period=expansion.period)
            for key in keys
            for expansion in key.expand(before=before, parameters=self.parameters)
            for identifier in expansion.split()
        )
