"""A phone as a value: it ticks, hears, reports and ingests, and does no I/O.

Its owner gives it the time, the advertisements its radio receives and the batches its network
fetches, and saves it sealed under a key of the operating system's key store.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from dp3t.errors import ClockError, PolicyError, TooEarlyError
from dp3t.params import DAY_SECONDS
from dp3t.phone.state import MAX_LATE_SECONDS, PhoneState
from dp3t.primitives import Rand, X25519PublicKey
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.commitment import CommitmentSecret, commit, committable
from dp3t.proximity.disclosure import Disclosure, Standing
from dp3t.proximity.encounters import encounters_of
from dp3t.proximity.exposure import Exposure, is_close, summarize
from dp3t.proximity.interface import KeyRing, Match, Selection, TracingKey
from dp3t.proximity.matching import clear_metadata
from dp3t.proximity.observations import NO_PERIOD, Observation, each_once
from dp3t.publication.batch import Batch
from dp3t.publication.commitment import Commitment, Openings
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start, release_after, require_instant

if TYPE_CHECKING:
    from dp3t.proximity.exposure.assessment import DayScore
    from dp3t.proximity.exposure.calibration import Calibration
    from dp3t.proximity.exposure.configuration import Configuration


class Phone(PhoneState):
    """One phone under one design."""

    def advertisement(self, now: Instant, *, metadata: Metadata) -> bytes:
        """Return the 31 bytes to broadcast from `now` until the identifier changes [PHONE-3].

        Where the region spreads identifiers over shares, ask for each broadcast anew [PHONE-23].
        Shares leave no room for the metadata, which are not sent then; encounters that another
        phone discloses are of unknown attenuation.

        Raises:
            ClockError: `tick` has not been called in this epoch or interval.
        """
        if self._epoch(now) != self._epoch(self._clock):
            raise ClockError("tick the phone before it advertises")
        service_data = self._ring.service_data(metadata, now=now, parameters=self.parameters)
        return self._radio.say(service_data)

    def hear(self, received: bytes, *, now: Instant, rssi_dbm: int) -> None:
        """Keep a sighting of an advertisement that the radio received.

        An echo of what the phone itself broadcasts, or did just before, is not kept [PHONE-4], nor
        is a sighting of unknown strength (127 dBm), which says nothing about nearness.

        Args:
            received: the advertising data.
            now: when it was received: at most ten minutes before the last tick, so that no clock
                can be set back behind a publication, and at most a day after it [PHONE-10].
            rssi_dbm: the signal strength, -128 to 127.

        Raises:
            MalformedError: the bytes are not an advertisement of this design.
            ClockError: `now` is too far from the last tick.
            LimitError: more was heard in two hours than a phone keeps.
        """
        require_instant(now)
        if not -MAX_LATE_SECONDS <= now - self._clock <= DAY_SECONDS:
            raise ClockError("the sighting is too old, or the phone has not ticked for a day")
        for one in self._radio.hear(received, at=now, rssi_dbm=rssi_dbm):
            self.observations.add(one.kept, at=one.at, rssi_dbm=one.rssi_dbm)

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

    def report_accepted(self) -> None:
        """Erase the pending report: a server has it."""
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

    def has_ingested(self, *, release: Instant, region: str) -> bool:
        """Return whether the batch of a region's release time is already in."""
        return self._matches.has_ingested(release=release, region=region)

    def ingest(self, batch: Batch) -> tuple[Match, ...]:
        """Match a verified batch against what was heard; return the new matches [PHONE-6].

        A batch that comes twice adds nothing, and the order of batches does not matter. A key that
        is not valid is left out, so that one does not cost the warnings of all others [PHONE-11].

        What is returned are further contacts only. A batch that revises or revokes a key changes
        what `exposures` and `assess` say of earlier ones, and returns nothing for it [PHONE-28]: an
        app asks them anew after every batch.

        Raises:
            MalformedError: a batch of another design, or one that its design cannot read; nothing
                changes.
            TooEarlyError: the batch is dated more than a day after the last tick [PHONE-12].
        """
        if batch.release > self._clock + DAY_SECONDS:
            raise TooEarlyError("the batch comes from the future, or the phone has not ticked")
        return self._matches.ingest(
            batch, observations=self.observations, parameters=self.parameters
        )

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """One exposure for each day with a match whose key is not revoked, oldest first."""
        return summarize(self._matches)

    def assess(
        self,
        configuration: "Configuration",
        *,
        now: Instant,
        calibration: "Calibration | None" = None,
    ) -> "tuple[DayScore, ...]":
        """Return the score of each day with a match, and whether to warn [EXPOSURE-11].

        Args:
            configuration: rule, look-back and threshold; see `dp3t.proximity.exposure.presets`.
            now: the present.
            calibration: this phone's radio; uncalibrated where it is not known.
        """
        # Here, because a phone that only adds up does without the rules and the time they take.
        from dp3t.proximity.exposure.assessment import assess
        from dp3t.proximity.exposure.calibration import UNCALIBRATED

        return assess(
            self._matches,
            design=self.design,
            configuration=configuration,
            calibration=calibration or UNCALIBRATED,
            today=day_of(now),
        )

    def disclose(
        self,
        *,
        days: Collection[Day],
        standing: Standing,
        reference: str,
        authority: X25519PublicKey,
        now: Instant,
        rand: Rand,
    ) -> bytes:
        """Return a summary of encounters, sealed to the health authority [DISCLOSURE-4].

        Nothing leaves the phone by itself: the person chooses the days, and the app hands the bytes
        to `dp3t.client`.

        Args:
            days: the days to tell about.
            standing: a case tells of everything heard, a suspected case of its matches only.
            reference: what the official gave the person, to find the disclosure by.
            authority: the health authority's key, from the app's own package.
            now: the present.
            rand: source of randomness.

        Raises:
            PolicyError: no day, or one that is to come or no longer kept.
            MalformedError: a reference of another form.
        """
        heard: Iterable[tuple[Observation, Metadata | None]]
        if standing == Standing.CASE:
            heard = ((one, clear_metadata(one.kept)) for one in each_once(self.observations))
        else:
            heard = ((one.observation, one.metadata) for one in self._matches)
        disclosure = Disclosure.of(
            encounters_of((one.day, one.sightings, metadata) for one, metadata in heard),
            days=days,
            standing=standing,
            reference=reference,
            now=now,
            retention_days=self.parameters.retention_days,
        )
        return disclosure.seal(authority, rand=rand)

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
