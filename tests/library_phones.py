"""What the library's own functions find in simulated sightings; a second way to every number.

A bare phone is a ring of keys and a store of observations: no state machine, no bytes on the air.
"""

from dataclasses import dataclass, field
from random import Random

from dp3t.params import DAY_SECONDS, Parameters
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import design_named
from dp3t.proximity.exposure import is_close, summarize
from dp3t.proximity.exposure.assessment import assess
from dp3t.proximity.exposure.configuration import Configuration
from dp3t.proximity.interface import Design, KeyRing, Match, Selection
from dp3t.proximity.matching import clear_metadata
from dp3t.proximity.observations import NO_PERIOD, ObservationStore
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, Stretch

FIRST_DAY = 18_809
REPORT_SECONDS = 1_800
RELEASE_SECONDS = 7_200
MORNING_SECONDS = 10_800


def moment(day: int, second: int) -> Instant:
    """Return a second of a day of the simulation."""
    return Instant((FIRST_DAY + day) * DAY_SECONDS + second)


@dataclass(slots=True, kw_only=True)
class BarePhone:
    """One phone: by how much its clock is ahead, what it broadcasts, heard and matched."""

    design: Design
    parameters: Parameters
    skew: int
    rand: Random
    observations: ObservationStore = field(default_factory=ObservationStore)
    matches: dict[object, Match] = field(default_factory=dict)
    ring: KeyRing = field(init=False)

    def __post_init__(self) -> None:
        self.ring = self.design.generate(
            now=moment(0, 0), parameters=self.parameters, rand=self.rand.randbytes
        )

    def rotate(self, now: Instant) -> None:
        self.ring = self.ring.rotated(now=now, parameters=self.parameters, rand=self.rand.randbytes)

    def hear(self, sender: "BarePhone", *, day: int, second: int, rssi: int, power: int) -> None:
        """Keep what is heard of another phone at a true second of a day."""
        sender.rotate(moment(day, second + sender.skew))
        said = sender.ring.service_data(
            Metadata(tx_power_dbm=power),
            now=moment(day, second + sender.skew),
            parameters=self.parameters,
        )
        at = moment(day, second + self.skew)
        for kept in self.design.kept(said, at=at, parameters=self.parameters):
            self.observations.add(kept, at=at, rssi_dbm=rssi)

    def report(self, *, day: int, since: int, onset: int, redacted: int) -> list[KeyRecord]:
        """Return the records of a report at 00:30 of the phone's clock."""
        self.rotate(moment(day, REPORT_SECONDS))
        self.observations.forget(before=Day(FIRST_DAY + day - self.parameters.retention_days))
        close = {
            one.kept.period
            for one in self.observations
            if one.kept.period != NO_PERIOD and is_close(one, clear_metadata(one.kept))
        }
        held_back = [Stretch(moment(redacted, 0), moment(redacted + 1, 0))] if redacted >= 0 else []
        keys, self.ring = self.ring.released(
            since=Day(FIRST_DAY + since),
            onset=Day(FIRST_DAY + onset) if onset >= 0 else None,
            now=moment(day, REPORT_SECONDS),
            parameters=self.parameters,
            rand=self.rand.randbytes,
            selection=Selection(
                redacted=tuple(held_back),
                close_periods=(close or None) if self.design.asks_who_was_close else None,
            ),
        )
        return [key.record() for key in keys]

    def ingest(self, day: int, batches: list[Batch]) -> set[int]:
        """Read batches at 03:00 and return the days of contact of new matches."""
        oldest = FIRST_DAY + day - self.parameters.retention_days
        self.observations.forget(before=Day(oldest))
        self.observations.coarsen(before=moment(day, 0)) if self.design.coarsens else None
        self.matches = {at: one for at, one in self.matches.items() if one.day >= oldest}
        found = set()
        for batch in batches:
            for one in self.design.match(self.observations, batch, parameters=self.parameters):
                self.matches[one.observation.slot, one.observation.kept] = one
                found.add(one.day - FIRST_DAY)
        return found

    def totals(
        self, configuration: Configuration, *, day: int
    ) -> dict[int, tuple[int, float, bool]]:
        """Return seconds, score and whether to warn, by day of contact."""
        scores = assess(
            self.matches.values(),
            design=self.design,
            configuration=configuration,
            today=Day(FIRST_DAY + day),
        )
        known = {one.day: one for one in scores}
        return {
            one.day - FIRST_DAY: (
                one.seconds,
                known[one.day].score if one.day in known else 0.0,
                one.day in known and known[one.day].notify,
            )
            for one in summarize(self.matches.values())
        }


@dataclass(slots=True, kw_only=True)
class BareServer:
    """Batches by the day of their release."""

    design: Design
    parameters: Parameters
    rand: Random
    batches: dict[int, Batch] = field(default_factory=dict)

    def publish(self, day: int, records: list[KeyRecord]) -> Batch:
        name = BatchName(
            design=self.design.name, region="SIM", release=moment(day, RELEASE_SECONDS)
        )
        self.batches[day] = self.design.publish(
            records, name=name, parameters=self.parameters, rand=self.rand.randbytes
        )
        return self.batches[day]


def bare(design: str, skews: list[int], *, retention_days: int = 14) -> list[BarePhone]:
    """Return phones of a design whose clocks are ahead by so many seconds."""
    parameters = Parameters(retention_days=retention_days)
    return [
        BarePhone(
            design=design_named(design),
            parameters=parameters,
            skew=skew,
            rand=Random(number),
        )
        for number, skew in enumerate(skews)
    ]


def server(design: str, *, retention_days: int = 14) -> BareServer:
    """Return a server of a design that has published nothing."""
    return BareServer(
        design=design_named(design),
        parameters=Parameters(retention_days=retention_days),
        rand=Random(99),
    )
