"""Two phones lead random lives; a naive model that only keeps lists says what each must find.

The model knows no keys: it remembers who said which identifier when, and applies the four
conditions of spec/proximity/matching.md by comparing moments.
"""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dp3t.codec import Value, encode
from dp3t.params import MINIMAL
from dp3t.phone import Phone
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import design
from dp3t.publication.batch import Batch
from dp3t.timeline import Day, Instant, release_after

START = 18_377 * 86_400 + 30_000
KEY = bytes(32)
RETENTION = MINIMAL.retention_days
DRIFT = MINIMAL.clock_drift_intervals


@dataclass
class Spoken:
    """An advertisement, when it was first said, and in which of its phone's lives."""

    words: bytes
    at: int
    life: int


@dataclass
class Heard:
    """Somebody else's advertisement, when it was heard and how strongly."""

    said: Spoken
    at: int
    rssi: int


@dataclass
class Published:
    """A batch and what it tells the other phone."""

    batch: Batch
    life: int
    first_day: int


@dataclass
class Life:
    """What the model knows of one phone."""

    number: int = 0
    began_on: int = START // 86_400
    spoken: dict[bytes, Spoken] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    matched: dict[tuple[int, bytes], int] = field(default_factory=dict)


class Pair(RuleBasedStateMachine):
    """The machine; subclasses name the design."""

    name = ""

    @initialize(seed=st.integers(0, 9))
    def begin(self, seed: int) -> None:
        self.rand = Random(f"{self.name} {seed}").randbytes
        self.now = START
        self.phones = [
            Phone.create(self.name, now=Instant(START), rand=self.rand, parameters=MINIMAL)
            for _ in range(2)
        ]
        self.lives = [Life(), Life()]

    @rule(seconds=st.sampled_from([1, 300, 601, 2400, 7200, 20_000, 86_400, 4 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        oldest = self.now // 86_400 - RETENTION
        for phone, life in zip(self.phones, self.lives, strict=True):
            phone.tick(Instant(self.now), rand=self.rand)
            life.heard = [heard for heard in life.heard if heard.at // 86_400 >= oldest]
            life.matched = {
                key: count for key, count in life.matched.items() if key[0] // 12 >= oldest
            }

    @rule(speaker=st.integers(0, 1), rssi=st.integers(-90, -30))
    def they_meet(self, speaker: int, rssi: int) -> None:
        words = self.phones[speaker].advertisement(
            Instant(self.now), metadata=Metadata(tx_power_dbm=-20)
        )
        life = self.lives[speaker]
        said = life.spoken.setdefault(words, Spoken(words, self.now, life.number))
        self._hear(1 - speaker, said, rssi)

    @precondition(lambda self: any(life.spoken for life in self.lives))
    @rule(data=st.data())
    def somebody_replays(self, data: st.DataObject) -> None:
        speaker = data.draw(
            st.sampled_from([n for n, life in enumerate(self.lives) if life.spoken])
        )
        words = data.draw(st.sampled_from(sorted(self.lives[speaker].spoken)))
        self._hear(1 - speaker, self.lives[speaker].spoken[words], -40)

    def _hear(self, listener: int, said: Spoken, rssi: int) -> None:
        self.phones[listener].hear(said.words, now=Instant(self.now), rssi_dbm=rssi)
        self.lives[listener].heard.append(Heard(said, self.now, rssi))

    @rule(patient=st.integers(0, 1), back=st.integers(0, 4))
    def one_reports(self, patient: int, back: int) -> None:
        phone, life = self.phones[patient], self.lives[patient]
        today = self.now // 86_400
        report = phone.report(since=Day(today - back), now=Instant(self.now), rand=self.rand)
        phone.report_accepted()
        chosen = design(self.name)
        ready = max(chosen.tracing_key(record).releasable_from for record in report.records)
        batch = Batch.of_records(
            report.records,
            design=self.name,
            region="VN",
            release=release_after(Instant(max(self.now, ready - 1))),
        )
        first_day = max(today - back, today - RETENTION, life.began_on)
        self.lives[1 - patient].published.append(Published(batch, life.number, first_day))
        life.number += 1
        life.began_on = today

    @precondition(lambda self: any(life.published for life in self.lives))
    @rule(data=st.data())
    def one_downloads(self, data: st.DataObject) -> None:
        reader = data.draw(
            st.sampled_from([n for n, life in enumerate(self.lives) if life.published])
        )
        published = data.draw(st.sampled_from(self.lives[reader].published))
        if published.batch.release > self.now:
            return
        expected = self._expected(reader, published)
        found = self.phones[reader].ingest(published.batch)
        matched = self.lives[reader].matched
        assert {(one.observation.slot, one.observation.service_data) for one in found} == (
            expected.keys() - matched.keys()
        )
        self.lives[reader].matched = expected | matched

    def _expected(self, reader: int, published: Published) -> dict[tuple[int, bytes], int]:
        """Apply the four conditions to everything heard; count the sightings that count."""
        counts: dict[tuple[int, bytes], int] = {}
        release = published.batch.release
        for heard in self.lives[reader].heard:
            said = heard.said
            if (
                said.life == published.life
                and said.at // 86_400 >= published.first_day
                and heard.at < release
                and self._valid(said.at, heard.at)
            ):
                key = heard.at // 7200, said.words[11:]
                counts[key] = counts.get(key, 0) + 1
        return counts

    def _valid(self, said_at: int, heard_at: int) -> bool:
        raise NotImplementedError

    @rule(place=st.integers(0, 1))
    def one_settles(self, place: int) -> None:
        self.phones[place].settle(Instant(self.now))

    @rule(place=st.integers(0, 1))
    def one_is_saved_and_loaded(self, place: int) -> None:
        saved = self.phones[place].save(key=KEY, rand=self.rand)
        again = Phone.load(saved, key=KEY)
        assert again == self.phones[place]
        self.phones[place] = again

    @invariant()
    def both_hold_what_the_model_holds(self) -> None:
        for phone, life in zip(self.phones, self.lives, strict=True):
            value = phone.to_value()
            assert isinstance(value, dict)
            assert _counts(value["matches"], inner="observation") == life.matched
            heard: dict[tuple[int, bytes], int] = {}
            for one in life.heard:
                key = one.at // 7200, one.said.words[11:]
                heard[key] = heard.get(key, 0) + 1
            assert _counts(value["observations"]) == heard
            assert len(encode(value)) < 2**20


class LowCostPair(Pair):
    name = "lowcost"

    def _valid(self, said_at: int, heard_at: int) -> bool:
        return said_at // 86_400 == heard_at // 86_400


class GaenPair(Pair):
    name = "gaen"

    def _valid(self, said_at: int, heard_at: int) -> bool:
        return abs(said_at // 600 - heard_at // 600) <= DRIFT


def _counts(items: Value, *, inner: str = "") -> dict[tuple[int, bytes], int]:
    assert isinstance(items, list)
    found: dict[tuple[int, bytes], int] = {}
    for item in items:
        one = item[inner] if inner else item
        found[one["slot"], one["service_data"]] = len(one["offsets"])
    return found


CLAUSES = pytest.mark.spec(
    "MATCHING-1", "MATCHING-2", "MATCHING-3", "PHONE-1", "PHONE-6", "PHONE-18", "OBSERVATIONS-1"
)
SIZE = settings(max_examples=60, stateful_step_count=40, deadline=None)

TestLowCostPair = CLAUSES(LowCostPair.TestCase)
TestLowCostPair.settings = SIZE
TestGaenPair = CLAUSES(GaenPair.TestCase)
TestGaenPair.settings = SIZE
