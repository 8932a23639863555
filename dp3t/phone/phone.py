"""A phone as a value: it ticks, hears, reports and ingests, and does no I/O.

Its owner gives it the time, the advertisements its radio receives and the batches its network
fetches, and saves it sealed under a key of the operating system's key store.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from dp3t.errors import ClockError, TooEarlyError
from dp3t.params import DAY_SECONDS
from dp3t.phone.notices import Notice, notices
from dp3t.phone.reporter import Reporter
from dp3t.phone.state import MAX_LATE_SECONDS
from dp3t.phone.visitor import Visitor
from dp3t.presence.matching import PresenceMatch, Run
from dp3t.presence.trace import PRESENCE
from dp3t.primitives import Rand, X25519PublicKey
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.disclosure import Disclosure, Standing
from dp3t.proximity.encounters import encounters_of
from dp3t.proximity.exposure import Exposure, summarize
from dp3t.proximity.interface import Match, PreparedBatch
from dp3t.proximity.matching import clear_metadata
from dp3t.proximity.observations import Observation, each_once
from dp3t.publication.batch import Batch
from dp3t.timeline import Day, Instant, day_of, require_instant

if TYPE_CHECKING:
    from dp3t.proximity.exposure.assessment import DayScore
    from dp3t.proximity.exposure.calibration import Calibration
    from dp3t.proximity.exposure.configuration import Configuration


class Phone(Reporter, Visitor):
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

    @property
    def reads(self) -> frozenset[str]:
        """The names of the batches that a phone reads: its design's, and traces of places.

        Traces it reads whether or not it has visited any: what it fetches tells nothing
        [CLIENT-15].
        """
        return frozenset({self.design.name, PRESENCE})

    def has_ingested(self, *, release: Instant, region: str, design: str | None = None) -> bool:
        """Return whether a batch of a region's release time is already in.

        Args:
            release: its release time.
            region: its region.
            design: one of `reads`; None for the phone's design.
        """
        read = self._visits if design == PRESENCE else self._matches
        return read.has_ingested(release=release, region=region)

    def ingest(
        self, batch: Batch | PreparedBatch, *, run: Run = map
    ) -> tuple[Match, ...] | tuple[PresenceMatch, ...]:
        """Match a verified batch against what was heard or visited; return what is new.

        A batch that comes twice adds nothing, and the order of batches does not matter. A key or a
        trace that is not valid is left out, so that one does not cost the warnings of all others
        [PHONE-6] [PHONE-11] [PHONE-35].

        What is returned are further contacts only. A batch that revises or revokes a key changes
        what `exposures` and `assess` say of earlier ones, and returns nothing for it [PHONE-28]: an
        app asks them anew after every batch.

        Args:
            batch: a batch whose signature has been checked, or what `Design.prepared` made of it,
                which costs less where one process holds many phones.
            run: does the pairings of traces; the `map` of a process pool uses several cores.

        Raises:
            MalformedError: a batch of another design, or one that its design cannot read; nothing
                changes.
            TooEarlyError: the batch is dated more than a day after the last tick [PHONE-12].
            ValueError: it was prepared for other parameters than the phone's.
        """
        plain = batch if isinstance(batch, Batch) else batch.batch
        if plain.release > self._clock + DAY_SECONDS:
            raise TooEarlyError("the batch comes from the future, or the phone has not ticked")
        if plain.design == PRESENCE:
            return self._visits.ingest(plain, run=run)
        matches = self._matches.ingest(
            batch, observations=self.observations, parameters=self.parameters
        )
        self._receipts.ingest(plain)
        self._outbox.ingest(plain)
        return matches

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """One exposure for each day with a match whose key is not revoked, oldest first."""
        return summarize(self._matches)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What to tell the person, both kinds of exposure in one view, the newest day first."""
        return notices(self.exposures, self.venue_exposures)

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
