"""Bluetooth logs in the time of the tables: who heard what, and whose identifiers they were."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.radio.table import Row, Sighting
from dp3t.cli.capture import MAX_LOG_BYTES, read_log
from dp3t.cli.files import naming
from dp3t.errors import LimitError, MalformedError
from dp3t.params import EPHID_BYTES
from dp3t.proximity.capture.events import AdvertReceived, AdvertSet, Event
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.capture.replay import shifted
from dp3t.proximity.capture.summary import Summary, summarize

_HOURS_AHEAD = range(-12, 15)
_FLAGS_BEFORE = bytes.fromhex("02011a 03036ffd 17166ffd")
"""How an iPhone's advert begins; an Android phone's has no flags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLog:
    """The log of one phone.

    Attributes:
        summary: its counts.
        ahead_seconds: how far its clock was ahead of the tables; the times below are theirs.
        received: the adverts heard, in the order of the log.
        told: the adverts set, in the order of the log.
        from_iphones: the identifiers heard in adverts of an iPhone's form.
    """

    summary: Summary
    ahead_seconds: int
    received: tuple[AdvertReceived, ...]
    told: tuple[AdvertSet, ...]
    from_iphones: frozenset[bytes]


def read_logs(paths: Mapping[int, Path], rows: Iterable[Row]) -> dict[int, PhoneLog]:
    """Return the logs of an experiment by phone.

    Some phones logged local time as if it were UTC, others UTC, and so do the tables. A clock was
    ahead of the tables by the whole hours under which most of the receiver's rows stand in its log,
    to the microsecond. A log without rows takes the hours of most others.

    Raises:
        MalformedError: a log that is damaged, by file and place.
    """
    heard_by: dict[int, set[tuple[int, int]]] = {}
    for row in rows:
        at_us, receiver, _, rssi_dbm = row.sighting
        heard_by.setdefault(receiver, set()).add((at_us, rssi_dbm))
    logged = {}
    for phone, path in paths.items():
        with naming(path):
            data = _unpacked(path)
            logged[phone] = data, list(read_capture(data))
    ahead = {
        phone: _hours_ahead(events, heard_by.get(phone, set()))
        for phone, (_, events) in logged.items()
    }
    most = Counter(hours for hours in ahead.values() if hours is not None).most_common(1)
    usual = most[0][0] if most else 0
    return {
        phone: _log(data, events, 3600 * (usual if ahead[phone] is None else ahead[phone] or 0))
        for phone, (data, events) in logged.items()
    }


def _unpacked(path: Path) -> bytes:
    if path.suffix.lower() != ".gz":
        return read_log(path)
    try:
        with gzip.open(path) as file:
            data = file.read(MAX_LOG_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise MalformedError(f"not a gzip file ({error})") from None
    if len(data) > MAX_LOG_BYTES:
        raise LimitError(f"larger than {MAX_LOG_BYTES} bytes")
    return data


def _hours_ahead(events: list[Event], rows: set[tuple[int, int]]) -> int | None:
    heard = {(seen.at_us, seen.rssi_dbm) for seen in events if isinstance(seen, AdvertReceived)}
    found = {
        hours: sum((at_us + 3_600_000_000 * hours, rssi) in heard for at_us, rssi in rows)
        for hours in _HOURS_AHEAD
    }
    best = max(found, key=lambda hours: found[hours])
    return best if found[best] else None


def _log(data: bytes, logged: list[Event], ahead_seconds: int) -> PhoneLog:
    events = list(shifted(logged, utc_offset_seconds=ahead_seconds))
    received = tuple(event for event in events if isinstance(event, AdvertReceived))
    return PhoneLog(
        summary=summarize(logged),
        ahead_seconds=ahead_seconds,
        received=received,
        told=tuple(event for event in events if isinstance(event, AdvertSet)),
        from_iphones=frozenset(
            identifier(seen)
            for seen in {seen.service_data: seen for seen in received}.values()
            if _FLAGS_BEFORE + seen.service_data in data
        ),
    )


def identifier(event: AdvertReceived | AdvertSet) -> bytes:
    """Return the 16 bytes that rotate."""
    return event.service_data[:EPHID_BYTES]


def owners(logs: Mapping[int, PhoneLog]) -> dict[bytes, int]:
    """Return whose each identifier is, as the senders' logs say."""
    return {identifier(event): phone for phone, log in logs.items() for event in log.told}


def sightings(
    logs: Mapping[int, PhoneLog], opens_us: int, closes_us: int, *, set_inside: bool = False
) -> list[Sighting]:
    """Return by time what phones heard of each other between two moments, both included.

    Args:
        logs: by phone.
        opens_us: Unix microseconds.
        closes_us: Unix microseconds.
        set_inside: leave out identifiers that their phone never set between the two, which is what
            the published tables do.
    """
    known = owners(logs)
    if set_inside:
        inside = {
            identifier(event)
            for log in logs.values()
            for event in log.told
            if opens_us <= event.at_us <= closes_us
        }
        known = {each: phone for each, phone in known.items() if each in inside}
    return sorted(
        Sighting(seen.at_us, receiver, known[identifier(seen)], seen.rssi_dbm)
        for receiver, log in logs.items()
        for seen in log.received
        if opens_us <= seen.at_us <= closes_us and known.get(identifier(seen), receiver) != receiver
    )
