"""One phone's log against another's: did the receiver meet the sender?

Keys never reach a Bluetooth log, identifiers do. What the sender's log says it broadcast stands for
a published key, and the library's own matching decides which receptions count [CAPTURE-17].
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from dp3t.errors import MalformedError
from dp3t.params import INTERVAL_SECONDS, LAST_INSTANT, STANDARD, Parameters
from dp3t.proximity.advertisement import EphID, ServiceData, identifier_of, metadata_of
from dp3t.proximity.capture.events import AdvertReceived, AdvertSet, Event
from dp3t.proximity.exposure import MAX_GAP_SECONDS
from dp3t.proximity.interface import Expansion
from dp3t.proximity.matching import find
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.timeline import Instant, release_after

_SECOND_US = 1_000_000
_MINUTE_US = 60 * _SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A stretch of time in which a phone was told to broadcast one identifier.

    Attributes:
        identifier: 16 bytes.
        from_us: Unix microseconds when it was set.
        until_us: Unix microseconds when the next one was set, or when the log ends [CAPTURE-16].
    """

    identifier: EphID
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What the receiver's log holds of the sender.

    Attributes:
        identifiers_published: how many identifiers the sender's log says it broadcast.
        sightings: the adverts that count, by time.
    """

    identifiers_published: int
    sightings: tuple[AdvertReceived, ...]

    @property
    def identifiers_seen(self) -> int:
        """How many of the published identifiers were sighted."""
        return len({identifier_of(ServiceData(seen.service_data)) for seen in self.sightings})

    @property
    def minutes_in_contact(self) -> float:
        """The length of all episodes, rounded to two decimals; a lower bound [CAPTURE-19]."""
        lasted_us = (episode[-1].at_us - episode[0].at_us for episode in self.episodes())
        return round(sum(lasted_us) / _MINUTE_US, 2)

    def episodes(self) -> list[list[AdvertReceived]]:
        """Return the sightings in runs without a gap of more than 600 seconds [CAPTURE-19]."""
        runs: list[list[AdvertReceived]] = []
        for seen in self.sightings:
            if runs and seen.at_us - runs[-1][-1].at_us <= MAX_GAP_SECONDS * _SECOND_US:
                runs[-1].append(seen)
            else:
                runs.append([seen])
        return runs


def replay(
    *, receiver: Iterable[Event], sender: Iterable[Event], parameters: Parameters = STANDARD
) -> Replay:
    """Match what one log says was broadcast against what another says was received.

    Args:
        receiver: the events of the log whose receptions are searched.
        sender: the events of the log whose identifiers are taken as published.
        parameters: the region's; only the clock drift counts.

    Raises:
        LimitError: the receiver's log holds more than a phone keeps [OBSERVATIONS-1].
    """
    received = [event for event in receiver if isinstance(event, AdvertReceived)]
    published = broadcasts(sender)
    counted = _counted(received, published, parameters)
    sightings = [seen for seen in received if _place(seen) in counted]
    return Replay(
        identifiers_published=len({broadcast.identifier for broadcast in published}),
        sightings=tuple(sorted(sightings, key=lambda seen: seen.at_us)),
    )


def shifted(events: Iterable[Event], *, utc_offset_seconds: int) -> Iterator[Event]:
    """Yield the events of a log in UTC, given what its clock was ahead of UTC [CAPTURE-18].

    Raises:
        MalformedError: with this offset the log is dated outside 1970 to 2106.
    """
    for event in events:
        at_us = event.at_us - utc_offset_seconds * _SECOND_US
        if not 0 <= at_us // _SECOND_US <= LAST_INSTANT:
            raise MalformedError("with this offset the log is dated outside 1970 to 2106")
        yield replace(event, at_us=at_us)


def broadcasts(events: Iterable[Event]) -> list[Broadcast]:
    """Return what a phone broadcast, in the order of its log [CAPTURE-16]."""
    told: list[AdvertSet] = []
    log_end_us = 0
    for event in events:
        log_end_us = max(log_end_us, event.at_us)
        if isinstance(event, AdvertSet):
            told.append(event)
    ends = chain((event.at_us for event in told[1:]), [log_end_us])
    return [
        Broadcast(
            identifier=identifier_of(ServiceData(event.service_data)),
            from_us=event.at_us,
            until_us=max(event.at_us, end),  # the clock can step back between the two
        )
        for event, end in zip(told, ends, strict=False)
    ]


def _counted(
    received: list[AdvertReceived], published: list[Broadcast], parameters: Parameters
) -> set[tuple[ServiceData, Instant]]:
    if not received:
        return set()
    heard = ObservationStore()
    for seen in received:
        service_data, at = _place(seen)
        kept = Kept(identifier_of(service_data), NO_PERIOD, metadata_of(service_data))
        heard.add(kept, at=at, rssi_dbm=seen.rssi_dbm)
    release = release_after(max(at for _, at in map(_place, received)))
    return {
        (ServiceData(observation.identity + observation.kept.metadata), at)
        for observation in find(heard, _expansions(published, parameters), release=release)
        for at in observation.times()
    }


def _place(seen: AdvertReceived) -> tuple[ServiceData, Instant]:
    """Return under what and when, in whole seconds, a phone keeps an advert."""
    return ServiceData(seen.service_data), Instant(seen.at_us // _SECOND_US)


def _expansions(published: list[Broadcast], parameters: Parameters) -> Iterator[Expansion]:
    """Yield one expansion for each identifier and unbroken stretch of widened validity.

    Phones set the same identifier again and again; joined, each advert is looked at once.
    """
    drift_seconds = parameters.clock_drift_intervals * INTERVAL_SECONDS
    stretches: dict[EphID, list[list[int]]] = {}
    for broadcast in sorted(published, key=lambda broadcast: broadcast.from_us):
        opens = max(0, broadcast.from_us // _SECOND_US - drift_seconds)
        closes = broadcast.until_us // _SECOND_US + 1 + drift_seconds
        known = stretches.setdefault(broadcast.identifier, [])
        if known and opens <= known[-1][1]:
            known[-1][1] = max(known[-1][1], closes)
        else:
            known.append([opens, closes])
    for identifier, known in stretches.items():
        for opens, closes in known:
            yield Expansion(
                identifiers=identifier,
                start=Instant(opens),
                step_seconds=0,
                length_seconds=closes - opens,
            )
