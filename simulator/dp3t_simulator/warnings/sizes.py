"""How many keys the reports of a day publish, and how long the files are that tell them.

Nothing here is made or signed: what a batch says beside its keys follows from who reports which
days, and how long it is from how many keys there are [WARNINGS-12].
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t import Parameters
from dp3t.codec import Value, encode
from dp3t.proximity import design as design_named
from dp3t.proximity.cuckoo.budget import FINGERPRINT_BYTES
from dp3t.proximity.cuckoo.layout import Layout
from dp3t.proximity.gaen import CONFIRMED_TEST, MAX_ONSET_DAYS, ONSET_UNKNOWN, TEK_BYTES
from dp3t.proximity.hybrid import SEED_BYTES
from dp3t.proximity.lowcost import DAY_KEY_BYTES
from dp3t.publication import HEADER_BYTES, BatchName
from dp3t.publication.columns import differences, encode_runs
from dp3t_simulator.interfaces import Uploads, VenueTraces
from dp3t_simulator.warnings.habits import VISIT_RETENTION_DAYS
from dp3t_simulator.warnings.law import DAY_SECONDS
from dp3t_simulator.warnings.protocol.moments import (
    REGION,
    RELEASE_SECONDS,
    REPORT_SECONDS,
    calendar_day,
    moment,
)

MOST_HASHES = 2**23
"""Of more hashes than a filter holds, each further filter is counted as a batch of its own."""

_HOUR_SECONDS, _DAY_HOURS = 3_600, 24
_PRESENCE, _TRACE_BYTES, _SALT_BYTES = "presence", 476, 16
"""As [TRACE-1], [TRACE-2] and [CUCKOO-3] have them; importing these takes long."""

_KEY_BYTES = {"lowcost": DAY_KEY_BYTES, "hybrid": SEED_BYTES, "gaen": TEK_BYTES}
_INTERVAL_SECONDS = 600
_DAY_INTERVALS = DAY_SECONDS // _INTERVAL_SECONDS
_CODES = 256
"""More than there are days since onset, so that a day and these are one number."""

Numbers = NDArray[np.int64]
Groups = list[tuple[tuple[int, ...], int]]
"""Attributes that keys share, ascending, and how many keys."""


class BatchSizes(NamedTuple):
    """What the batches of a design come to.

    Attributes:
        design: its name.
        parameters: of the phones.
    """

    design: str
    parameters: Parameters

    def of(self, uploads: Uploads, *, day: int) -> tuple[int, int]:
        """Return how many keys a day's reports publish, and how long the signed batch is."""
        if not len(uploads.person):
            return 0, 0
        first = np.maximum(uploads.since.astype(np.int64), day - self.parameters.retention_days)
        match self.design:
            case "lowcost":
                groups: Groups = [((calendar_day(one),), keys) for one, keys in _counted(first)]
            case "hybrid":
                groups = self._windows(first, day)
            case "gaen":
                groups = _temporary_keys(first, uploads.onset.astype(np.int64), day)
            case _:
                keys = self._epochs(first, day)
                return keys, sum(self._file(part, day) for part in _filters(keys))
        content = _table(groups, key_bytes=_KEY_BYTES[self.design])
        return sum(count for _, count in groups), self._file(content, day)

    def _windows(self, first: Numbers, day: int) -> Groups:
        """Return the windows of the days, and the one in which the phone reports."""
        daily = DAY_SECONDS // self.parameters.window_seconds
        earliest = int(first.min())
        speaking = np.cumsum(np.bincount(first - earliest, minlength=day - earliest + 1)).tolist()
        start = calendar_day(earliest) * daily
        windows = range((day - earliest) * daily + 1)
        return [((start + window,), speaking[window // daily]) for window in windows]

    def _epochs(self, first: Numbers, day: int) -> int:
        """Return how many epochs were over on the days and on that of the report."""
        daily = DAY_SECONDS // self.parameters.epoch_seconds
        today = REPORT_SECONDS // self.parameters.epoch_seconds
        return int((day - first).sum()) * daily + len(first) * today

    def _file(self, content_bytes: int, day: int) -> int:
        return _file(self.design, content_bytes, day=day)


def sizes_of(name: str, parameters: Parameters) -> BatchSizes:
    """Return sizes for a design.

    Raises:
        dp3t.MalformedError: no design of that name.
    """
    return BatchSizes(design_named(name).name, parameters)


def traces_bytes(traces: VenueTraces, *, day: int) -> int:
    """Return how long the signed batches are that publish the traces of a morning.

    Stretches of a venue and day that overlap or touch are traced as one, each with a trace for
    every hour; a batch warns of an hour at a venue once, so a second trace of it is in a second.
    """
    kept = day - traces.day <= VISIT_RETENTION_DAYS
    if not kept.any():
        return 0
    place, start, end = _joined(traces, kept)
    first, last = start // _HOUR_SECONDS, (end - 1) // _HOUR_SECONDS
    hours = np.repeat(place, last - first + 1) * _DAY_HOURS + _spread(first, last)
    times = np.unique(hours, return_counts=True)[1]
    rounds = (int((times > number).sum()) for number in range(int(times.max())))
    return sum(_file(_PRESENCE, _traces_content(count), day=day) for count in rounds)


def _joined(traces: VenueTraces, kept: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers]:
    """Return stretches that neither overlap nor touch: a number of venue and day, start and end."""
    columns = [column[kept].astype(np.int64) for column in traces[:4]]
    order = np.lexsort(columns[2::-1])
    venue, day, start, end = (column[order] for column in columns)
    place = np.cumsum(np.r_[False, (np.diff(venue) != 0) | (np.diff(day) != 0)])
    # A place's ends lie above every end of the places before it.
    until = np.maximum.accumulate(place * 2 * DAY_SECONDS + end)
    begins = np.r_[True, (place * 2 * DAY_SECONDS + start)[1:] > until[:-1]]
    firsts = np.flatnonzero(begins)
    lasts = np.r_[firsts[1:], len(place)] - 1
    return place[firsts], start[firsts], until[lasts] - place[firsts] * 2 * DAY_SECONDS


def _temporary_keys(first: Numbers, onset: Numbers, day: int) -> Groups:
    """Return the keys of the days, each with the days since onset, and today's, cut short."""
    spoken = _spread(first, np.full_like(first, day))
    told = np.repeat(onset, day - first + 1)
    since = spoken - told
    known = (told >= 0) & (np.abs(since) <= MAX_ONSET_DAYS)
    code = np.where(known, since + MAX_ONSET_DAYS, ONSET_UNKNOWN + MAX_ONSET_DAYS)
    cut = REPORT_SECONDS // _INTERVAL_SECONDS + 1
    groups: Groups = []
    for number, count in _counted(spoken * _CODES + code):
        when, since_onset = divmod(number, _CODES)
        period = cut if when == day else _DAY_INTERVALS
        start = calendar_day(when) * _DAY_INTERVALS
        groups.append(((start, period, CONFIRMED_TEST, since_onset - MAX_ONSET_DAYS), count))
    return groups


def _spread(first: Numbers, last: Numbers) -> Numbers:
    """Return all whole numbers from each first to its last."""
    lengths = last - first + 1
    before: Numbers = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum()), dtype=np.int64) - np.repeat(before - first, lengths)


def _counted(numbers: Numbers) -> Iterator[tuple[int, int]]:
    """Yield each different number with how often it is there, ascending."""
    values, counts = np.unique(numbers, return_counts=True)
    yield from zip(values.tolist(), counts.tolist(), strict=True)


def _table(groups: Groups, *, key_bytes: int) -> int:
    """Return the length of a table of keys [BATCH-6]."""
    columns = zip(*(attributes for attributes, _ in groups), strict=True)
    value: dict[str, Value] = {
        "attributes": [encode_runs(differences(column)) for column in columns],
        "counts": encode_runs(count for _, count in groups),
        "key_bytes": key_bytes,
    }
    return _with_octets(value, "keys", key_bytes * sum(count for _, count in groups))


def _filters(hashes: int) -> Iterator[int]:
    """Yield the lengths of the filters that hold some hashes [CUCKOO-10]."""
    while hashes:
        count = min(hashes, MOST_HASHES)
        layout = Layout.for_items(count, fingerprint_bytes=FINGERPRINT_BYTES)
        value: dict[str, Value] = {
            "buckets_log2": layout.buckets_log2,
            "count": count,
            "fingerprint_bytes": FINGERPRINT_BYTES,
            "salt": bytes(_SALT_BYTES),
            "segments": layout.segments,
            "version": 1,
        }
        yield _with_octets(value, "table", layout.table_bytes)
        hashes -= count


def _traces_content(count: int) -> int:
    """Return the length of a table of traces [TRACE-6]."""
    return _with_octets({"version": 1}, "traces", count * _TRACE_BYTES)


def _file(design: str, content_bytes: int, *, day: int) -> int:
    """Return the length of a signed batch [BATCH-1]."""
    name = BatchName(design=design, region=REGION, release=moment(day, RELEASE_SECONDS))
    value: dict[str, Value] = {
        "design": name.design,
        "region": name.region,
        "release": name.release,
        "version": 1,
    }
    return HEADER_BYTES + _with_octets(value, "content", content_bytes)


def _with_octets(value: dict[str, Value], name: str, size: int) -> int:
    """Return the length of an encoded map with one more value, octets that nobody needs to make."""
    head = 2 if size < 2**8 else 3 if size < 2**16 else 5
    return len(encode({**value, name: b""})) - 2 + head + size
