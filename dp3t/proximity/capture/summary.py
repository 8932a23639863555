"""A capture in a few numbers."""

from collections.abc import Iterable
from dataclasses import dataclass

from dp3t.params import EPHID_BYTES
from dp3t.proximity.capture.events import AdvertReceived, AdvertSet, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a capture holds [CAPTURE-15].

    Attributes:
        adverts_received: how many adverts the phone heard.
        distinct_received: how many different identifiers they carried.
        distinct_broadcast: how many different identifiers the phone was told to broadcast.
        packets_skipped: how many packets were damaged.
        first_us: Unix microseconds of the earliest advert heard, None without any.
        last_us: Unix microseconds of the latest advert heard, None without any.
    """

    adverts_received: int
    distinct_received: int
    distinct_broadcast: int
    packets_skipped: int
    first_us: int | None
    last_us: int | None


def summarize(events: Iterable[Event]) -> Summary:
    """Count the events of a capture; memory grows with the distinct identifiers only."""
    received: set[bytes] = set()
    broadcast: set[bytes] = set()
    adverts = skipped = 0
    first = last = None
    for event in events:
        if isinstance(event, AdvertReceived):
            adverts += 1
            received.add(event.service_data[:EPHID_BYTES])
            first = event.at_us if first is None else min(first, event.at_us)
            last = event.at_us if last is None else max(last, event.at_us)
        elif isinstance(event, AdvertSet):
            broadcast.add(event.service_data[:EPHID_BYTES])
        else:
            skipped += 1
    return Summary(
        adverts_received=adverts,
        distinct_received=len(received),
        distinct_broadcast=len(broadcast),
        packets_skipped=skipped,
        first_us=first,
        last_us=last,
    )
