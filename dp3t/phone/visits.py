"""The visits of a phone, and what it has found of them in the traces it has read."""

from typing import Self

from dp3t.codec import Fields, Value
from dp3t.params import LAST_INSTANT
from dp3t.presence.diary import Diary
from dp3t.presence.matching import PresenceMatch, joined, match
from dp3t.presence.trace import traces_of
from dp3t.primitives import Rand
from dp3t.publication.batch import Batch, require_region
from dp3t.timeline import Day, Instant, checked_release, day_of

MAX_INGESTED = 2**14
MAX_MATCHES = 2**12
"""More hours than there are in the memory of a phone, each with several messages."""

_MAX_REGION_LENGTH = 16


class Visits:
    """A diary, each overlap with a trace once, and which batches have been read."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.diary = Diary()
        self._found: set[PresenceMatch] = set()
        self._ingested: set[tuple[Instant, str]] = set()

    @property
    def exposures(self) -> tuple[PresenceMatch, ...]:
        """The overlaps, those of one stay put together, oldest first [OVERLAP-8]."""
        return joined(self._found)

    def has_ingested(self, *, release: Instant, region: str) -> bool:
        """Return whether the traces of a region's release time have been read."""
        return (release, region) in self._ingested

    def ingest(self, batch: Batch) -> tuple[PresenceMatch, ...]:
        """Match the traces of a batch and return what is new [PHONE-35].

        While a visit lasts that began before the release, the batch is not remembered as read: what
        it says of that visit is found when it comes again afterwards [OVERLAP-9].

        Raises:
            MalformedError: the batch holds something else; nothing changes.
        """
        matches = match(self.diary.records, traces_of(batch), release=batch.release)
        fresh = tuple(one for one in matches if one not in self._found)
        self._found.update(fresh[: MAX_MATCHES - len(self._found)])
        if not any(visit.arrival < batch.release for visit in self.diary.open):
            self._ingested.add((batch.release, batch.region))
        if len(self._ingested) > MAX_INGESTED:  # to fetch an old one again does no harm
            self._ingested.remove(min(self._ingested))
        return fresh

    def settle(self, now: Instant, *, oldest: Day, rand: Rand) -> None:
        """End what is overdue, and forget what is past its retention [PHONE-36]."""
        self.diary.settle(now, rand=rand)
        self._found = {one for one in self._found if one.day >= oldest}
        self._ingested = {each for each in self._ingested if day_of(each[0]) >= oldest}

    def forget_after(self, now: Instant) -> None:
        """Erase what a wrong clock has dated later than `now` [PHONE-13]."""
        self.diary.forget_after(now)
        self._found = {one for one in self._found if one.start <= now}
        self._ingested = {each for each in self._ingested if each[0] <= now}

    def forget_everything(self) -> None:
        """Erase all visits and what was found of them [PHONE-37]."""
        self.diary.forget_everything()
        self._found = set()

    def forget_day(self, day: Day) -> None:
        """Erase what there is of a UTC day [PHONE-37]."""
        self.diary.forget_day(day)
        self._found = {one for one in self._found if one.day != day}

    def to_value(self) -> Value:
        """Return the visits for sealing."""
        return {
            "diary": self.diary.to_value(),
            "ingested": [
                {"region": region, "release": release} for release, region in sorted(self._ingested)
            ],
            "matches": [one.to_value() for one in sorted(self._found, key=_place_of)],
        }

    @classmethod
    def restore(cls, fields: Fields) -> Self:
        """Return the visits that `to_value` described; MalformedError otherwise [PHONE-17]."""
        visits = cls()
        visits.diary = Diary.restore(fields.value("diary"))
        for item in fields.items("matches", most=MAX_MATCHES):
            visits._found.add(PresenceMatch.from_value(item))
        for item in fields.items("ingested", most=MAX_INGESTED):
            entry = Fields(item, what="a batch of traces")
            release = checked_release(entry.integer("release", 0, LAST_INSTANT))
            region = entry.text("region", longest=_MAX_REGION_LENGTH)
            entry.done()
            require_region(region)
            visits._ingested.add((release, region))
        fields.done()
        return visits


def _place_of(one: PresenceMatch) -> tuple[Instant, Instant, str]:
    return one.start, one.end, one.message
