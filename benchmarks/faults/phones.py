"""Phones that send reports, some of them twice, with each other's keys or another's code."""

import random  # noqa: TID251 - dice of a program, seeded
from dataclasses import dataclass, field

from benchmarks.faults.accounts import Sent
from dp3t import STANDARD, Day, Instant, UploadCode, day_of, day_start
from dp3t.proximity import design
from dp3t.proximity.hybrid import window_of
from dp3t.publication import KeyRecord, Report, Upload

DESIGNS = ("gaen", "hybrid", "lowcost")
"""Those whose batches can be counted key by key; a filter cannot."""

_MOST_KEYS = 5
_MANY_KEYS = 40
_HAS_MANY_KEYS = 0.1
_SHARES_A_KEY = 0.1
_SHARES_A_CODE = 0.1
_MOST_REPEATED = 8


@dataclass(slots=True)
class Phones:
    """The phones.

    Attributes:
        dice: draw keys, days and what the phones do.
        sent: every report that was made, with its answers.
    """

    dice: random.Random
    sent: list[Sent] = field(default_factory=list)

    def reports(self, codes: list[UploadCode], *, now: Instant) -> list[Sent]:
        """Return a report for each code, for some a second one, and some that got no answer.

        Args:
            codes: fresh ones.
            now: the time of the phones.
        """
        repeated = [each for each in self.sent if each.is_open and self.dice.random() < 0.5]
        codes = codes + [code for code in codes if self.dice.random() < _SHARES_A_CODE]
        fresh = [self._report(code, now) for code in codes]
        self.sent += fresh
        return [*repeated[:_MOST_REPEATED], *fresh]

    def _report(self, code: UploadCode, now: Instant) -> Sent:
        name = self.dice.choice(DESIGNS)
        most = _MANY_KEYS if self.dice.random() < _HAS_MANY_KEYS else _MOST_KEYS
        count = self.dice.randint(1, most)
        records = {self._record(name, now) for _ in range(count)}
        others = [each for each in self.sent[-100:] if each.design == name]
        if others and self.dice.random() < _SHARES_A_KEY:
            records.add(self.dice.choice(self.dice.choice(others).records))
        report = Report(design=name, records=tuple(sorted(records)))
        body = Upload(code, report).encode(to_bytes=design(name).upload_bytes(STANDARD))
        return Sent(design=name, records=report.records, body=body)

    def _record(self, name: str, now: Instant) -> KeyRecord:
        """Return a key of some day in the last week that is over and may be published."""
        day = Day(day_of(now) - self.dice.randint(2, 7))
        if name == "gaen":
            return KeyRecord((day * 144, 144, 1, 127), self.dice.randbytes(16))
        if name == "hybrid":
            window = window_of(day_start(day), parameters=STANDARD) + self.dice.randint(0, 9)
            return KeyRecord((window,), self.dice.randbytes(16))
        return KeyRecord((day,), self.dice.randbytes(32))
