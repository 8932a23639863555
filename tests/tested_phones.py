"""Phones that are tested: rings that have lived, and what they commit to and upload."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

from dp3t import STANDARD, Day, Instant, day_of
from dp3t.proximity import CommitmentSecret, KeyRing, commit, committable, design
from dp3t.publication import Authorization, Openings, Report, Upload

DAY = 86_400


@cache
def _ring(name: str, seed: int, now: Instant, age_days: int) -> KeyRing:
    rand, chosen = Random(f"{name} {seed}").randbytes, design(name)
    moment = Instant(now - age_days * DAY)
    ring = chosen.generate(now=moment, parameters=STANDARD, rand=rand)
    while moment < now:
        moment = Instant(min(moment + chosen.epoch_seconds(STANDARD), now))
        ring = ring.rotated(now=moment, parameters=STANDARD, rand=rand)
    return ring


@dataclass(frozen=True, slots=True)
class TestedPhone:
    """A phone at one moment.

    Attributes:
        name: of its design.
        ring: its keys.
        now: the moment.
        rand: its dice.
    """

    __test__ = False

    name: str
    ring: KeyRing
    now: Instant
    rand: Callable[[int], bytes]

    @classmethod
    def of(cls, name: str, *, now: Instant, seed: int = 1, age_days: int = 16) -> "TestedPhone":
        """Return a phone whose app was installed some days ago."""
        return cls(name, _ring(name, seed, now, age_days), now, Random(seed).randbytes)

    def committed(self) -> CommitmentSecret:
        """Be tested: commit to every key."""
        keys = committable(self.ring, now=self.now, parameters=STANDARD, rand=self.rand)
        return commit(self.name, keys, today=day_of(self.now), parameters=STANDARD, rand=self.rand)

    def later(self, days: int) -> "TestedPhone":
        """Live on for some days."""
        ring, now, step = self.ring, self.now, design(self.name).epoch_seconds(STANDARD)
        for moment in range(now + step, now + days * DAY + 1, step):
            ring = ring.rotated(now=Instant(moment), parameters=STANDARD, rand=self.rand)
            now = Instant(moment)
        return TestedPhone(self.name, ring, now, self.rand)

    def report(self, *, since: Day) -> Report:
        """Report as with a code: whatever the ring releases."""
        keys, _ = self.ring.released(
            since=since, onset=None, now=self.now, parameters=STANDARD, rand=self.rand
        )
        return Report(design=self.name, records=tuple(sorted(key.record() for key in keys)))

    def bound(
        self, secret: CommitmentSecret, *, since: Day, withheld: tuple[Day, ...] = ()
    ) -> tuple[Report, Openings]:
        """Report what was committed to."""
        keys, _ = self.ring.released(
            since=since, onset=None, now=self.now, parameters=STANDARD, rand=self.rand
        )
        return secret.bound(keys, parameters=STANDARD, withheld=withheld)


def body_of(authorization: Authorization, report: Report) -> bytes:
    """Return the bytes of an upload."""
    size = design(report.design).upload_bytes(STANDARD)
    return Upload(authorization, report).encode(to_bytes=size)
