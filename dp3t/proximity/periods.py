"""Time cut into periods of one length: days, the windows of hybrid, the epochs of unlinkable."""

from collections.abc import Iterator
from dataclasses import dataclass

from dp3t.codec import Fields, integers
from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS, LAST_INSTANT
from dp3t.timeline import Day, Instant, Stretch, day_start


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods numbered from 1970-01-01T00:00:00Z on.

    Attributes:
        length_seconds: of each, positive.
    """

    length_seconds: int

    def of(self, moment: Instant) -> int:
        """Return the number of the period that holds a moment."""
        return moment // self.length_seconds

    def near(self, moment: Instant, *, skew_seconds: int) -> list[int]:
        """Return the numbers that a sender's clock may show at a moment [MATCHING-6].

        Args:
            moment: when something was heard.
            skew_seconds: by how much two clocks may differ; at most a period.
        """
        first = max(0, moment - skew_seconds) // self.length_seconds
        last = (moment + skew_seconds) // self.length_seconds
        return list(range(first, last + 1))

    def stretch(self, number: int) -> Stretch:
        """Return from when to when a period lasts."""
        start = number * self.length_seconds
        return Stretch(Instant(start), Instant(start + self.length_seconds))

    def first_on(self, day: Day) -> int:
        """Return the first period with a moment on a day."""
        return self.of(day_start(day))

    def first_kept(self, today: Day, *, retention_days: int) -> int:
        """Return the oldest period whose seed a phone keeps."""
        return self.first_on(Day(max(0, today - retention_days)))

    def most_kept(self, *, retention_days: int) -> int:
        """Return how many make up the days that a phone remembers and today, rounded up."""
        return -(-(retention_days + 1) * DAY_SECONDS // self.length_seconds)

    def seeds_from(
        self, fields: Fields, name: str, *, most: int, seed_bytes: int
    ) -> Iterator[tuple[int, bytes]]:
        """Return the numbers and seeds of a saved ring, in ascending order.

        Args:
            fields: the ring; its field `seeds` holds the seeds back to back.
            name: of the field with the numbers.
            most: how many there may be.
            seed_bytes: the length of each seed.

        Raises:
            MalformedError: there are none, or numbers and seeds do not go together.
        """
        raw = fields.items(name, most=most)
        last = self.of(Instant(LAST_INSTANT))
        numbers = integers(raw, lowest=0, highest=last, what=f"the {name}")
        seeds = fields.octets("seeds", length=seed_bytes * len(numbers))
        if not numbers or numbers != sorted(set(numbers)):
            raise MalformedError(f"the {name} of the ring are missing or out of order")
        starts = range(0, len(seeds), seed_bytes)
        return zip(numbers, (seeds[at : at + seed_bytes] for at in starts), strict=True)
