"""A phone at public places beside a model that remembers everything, over random lives.

The model knows every visit and every trace in the clear, so what it says is what OVERLAP-4 says,
whenever batches came, however visits ended, and however often the phone was saved and loaded.
"""

from dataclasses import dataclass, field
from random import Random

import pytest

from dp3t.errors import PolicyError
from dp3t.phone import Phone
from dp3t.presence.visit import CheckIn
from dp3t.timeline import Instant, day_start
from phones import DAY, STATE_KEY, new, rand
from venues import Place, batch_of_traces

PLACES = [Place.named(name) for name in ("Chợ", "Trường")]
EVENING = Instant(day_start(DAY) + 20 * 3600)
HOUR, SLOT = 3600, 7200


@dataclass(slots=True)
class Model:
    """What happened, by place: the visits that last and those that ended, and the traces."""

    lasting: dict[bytes, CheckIn] = field(default_factory=dict)
    ended: list[tuple[bytes, int, int]] = field(default_factory=list)
    traced: list[tuple[bytes, int, int, str]] = field(default_factory=list)

    def pass_time(self, now: Instant) -> None:
        """End what is overdue."""
        for visit in list(self.lasting.values()):
            if visit.leaves_by <= now:
                self.end(visit, visit.leaves_by)

    def end(self, visit: CheckIn, departure: int) -> None:
        payload = visit.entry.payload
        del self.lasting[payload]
        self.ended.append((payload, visit.arrival, departure))

    def overlaps(self) -> set[tuple[int, int, str]]:
        """Return what a phone is to know, an hour at a time."""
        return {
            (start, end, text)
            for visited, arrival, departure in self.ended
            for payload, first, last, text in self.traced
            if visited == payload
            for hour in range(first - first % HOUR, last, HOUR)
            if (start := max(arrival, first, hour)) < (end := min(departure, last, hour + HOUR))
        }


class Life:
    """A phone and the model, which do the same."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.now = EVENING
        self.phone = new("gaen", now=EVENING)
        self.model = Model()

    def step(self) -> None:
        """Let some time pass, and do one thing of four."""
        self.now = Instant(self.now + self.dice.choice([0, 1, 600, 1800, HOUR, SLOT]))
        self.dice.choice([self.come, self.come, self.leave, self.read, self.read, self.tick])()
        saved = Phone.load(self.phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
        assert saved == self.phone
        if self.dice.random() < 0.2:
            self.phone = saved

    def tick(self) -> None:
        self.phone.tick(self.now, rand=rand)
        self.model.pass_time(self.now)

    def come(self) -> None:
        entry = self.dice.choice(PLACES).entry
        stay_seconds = self.dice.choice([1, 1800, 4 * HOUR, 20 * HOUR])
        self.model.pass_time(self.now)
        if entry.payload in self.model.lasting:
            with pytest.raises(PolicyError):
                self.phone.check_in(entry, now=self.now, rand=rand)
            return
        visit = self.phone.check_in(entry, now=self.now, rand=rand, stay_seconds=stay_seconds)
        self.model.lasting[entry.payload] = visit

    def leave(self) -> None:
        if not self.phone.check_ins:
            return
        visit = self.dice.choice(self.phone.check_ins)
        self.model.pass_time(self.now)
        if visit.entry.payload not in self.model.lasting:
            with pytest.raises(PolicyError):
                self.phone.check_out(visit, now=self.now, rand=rand)
            return
        departure = Instant(max(visit.arrival, self.now - self.dice.choice([0, 1800, 9000])))
        self.phone.check_out(visit, now=self.now, rand=rand, departure=departure)
        self.model.end(visit, departure)

    def read(self) -> None:
        """Read a batch with a trace of hours that are over."""
        place, text = self.dice.choice(PLACES), self.dice.choice(["xét nghiệm", "ở nhà"])
        over = self.now - self.now % HOUR
        start = over - HOUR * self.dice.randint(1, 8) + self.dice.choice([0, 600])
        end = min(start + self.dice.randint(1, 4) * HOUR, over)
        release = self.now - self.now % SLOT + SLOT
        self.now = Instant(release + self.dice.choice([0, 60, 9000]))
        self.tick()
        self.phone.ingest(batch_of_traces(place.traces(start, end, text=text), release=release))
        self.model.traced.append((place.entry.payload, start, end, text))

    def found(self) -> set[tuple[int, int, str]]:
        return set(self.phone._visits._found)


@pytest.mark.spec("PHONE-35", "PHONE-40", "OVERLAP-4", "OVERLAP-9", "PHONE-18")
@pytest.mark.parametrize("seed", [2, 6, 8])
def test_a_phone_knows_what_a_model_that_forgets_nothing_knows(seed: int) -> None:
    life = Life(seed)
    for _ in range(60):
        life.step()
        assert life.found() == life.model.overlaps()
    assert life.found()
