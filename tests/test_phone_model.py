"""Two phones lead random lives; a naive model that only keeps lists says what each must find.

The model knows no keys: it remembers who said which identifier when, and applies the conditions of
spec/proximity/matching.md by comparing moments.
"""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import oracle
from dp3t.codec import Value, encode
from dp3t.errors import TooEarlyError
from dp3t.params import MINIMAL
from dp3t.phone import Phone
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import design_named
from dp3t.proximity.interface import Match
from dp3t.publication.batch import Batch, BatchName
from dp3t.timeline import Day, Instant, release_after

START = 18_377 * 86_400 + 30_000
KEY = bytes(32)
RETENTION = MINIMAL.retention_days
DRIFT = MINIMAL.clock_drift_intervals
SKEW = MINIMAL.clock_skew_seconds
EPOCH_SECONDS = 7200
WINDOW_SECONDS = 14_400

Key = tuple[int, bytes, int]
"""Slot, identity and period: what tells observations apart where all metadata are the same."""


@dataclass
class Spoken:
    """An advertisement and when it was first said."""

    words: bytes
    at: int


@dataclass
class Heard:
    """Somebody else's advertisement and when it was heard."""

    said: Spoken
    at: int


@dataclass
class Published:
    """A batch and the words that it covers."""

    batch: Batch
    words: set[bytes]


@dataclass
class Life:
    """What the model knows of one phone.

    Everything it ever said, what of that it could still release, what it heard, what was published
    for it to read, and what it matched.
    """

    spoken: dict[bytes, Spoken] = field(default_factory=dict)
    unreleased: dict[bytes, Spoken] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    matched: dict[Key, int] = field(default_factory=dict)


def clocks(at: int) -> tuple[int, int, int]:
    """Moments that the clock of an honest sender may show: early, equal and late."""
    return at - SKEW, at, at + SKEW


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

    @rule(seconds=st.sampled_from([1, 300, 601, 2400, 7190, 7200, 20_000, 86_400, 4 * 86_400]))
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
        if words not in life.spoken:
            life.spoken[words] = life.unreleased[words] = Spoken(words, self.now)
        self._hear(1 - speaker, life.spoken[words], rssi)

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
        self.lives[listener].heard.append(Heard(said, self.now))

    @rule(patient=st.integers(0, 1), back=st.integers(0, 4))
    def one_reports(self, patient: int, back: int) -> None:
        phone, life = self.phones[patient], self.lives[patient]
        today = self.now // 86_400
        first_day = max(today - back, today - RETENTION)
        if self._nothing_to_tell(first_day):
            with pytest.raises(TooEarlyError):
                phone.report(since=Day(today - back), now=Instant(self.now), rand=self.rand)
            return
        report = phone.report(since=Day(today - back), now=Instant(self.now), rand=self.rand)
        phone.report_accepted()
        chosen = design_named(self.name)
        keys = map(chosen.tracing_key, report.records)
        ready = max(key.releasable_from(MINIMAL) for key in keys)
        release = release_after(Instant(max(self.now, ready - 1)))
        batch = chosen.publish(
            report.records,
            name=BatchName(design=self.name, region="VN", release=release),
            parameters=MINIMAL,
            rand=self.rand,
        )
        released = {words for words, said in life.unreleased.items() if self._releases(said, life)}
        covered = {words for words in released if life.spoken[words].at // 86_400 >= first_day}
        self.lives[1 - patient].published.append(Published(batch, covered))
        kept = {} if self.name != "unlinkable" else life.unreleased
        life.unreleased = {words: said for words, said in kept.items() if words not in released}

    def _nothing_to_tell(self, first_day: int) -> bool:
        return False

    def _releases(self, said: Spoken, patient: Life) -> bool:
        return True

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
        assert {
            (one.observation.slot, one.observation.identity, one.observation.kept.period)
            for one in found
            if isinstance(one, Match)
        } == expected.keys() - matched.keys()
        self.lives[reader].matched = expected | matched

    def _expected(self, reader: int, published: Published) -> dict[Key, int]:
        """Apply the conditions to everything heard; count the sightings that count."""
        counts: dict[Key, int] = {}
        for heard in self.lives[reader].heard:
            if heard.said.words in published.words and heard.at < published.batch.release:
                for identity, period in self._counting(heard):
                    key = heard.at // 7200, identity, period
                    counts[key] = counts.get(key, 0) + 1
        return counts

    def _kept(self, words: bytes, at: int) -> set[tuple[bytes, int]]:
        """Under which identities and periods these words are kept."""
        raise NotImplementedError

    def _counting(self, heard: Heard) -> set[tuple[bytes, int]]:
        """Those of them that the true moment of speaking agrees with."""
        return self._kept(heard.said.words, heard.at) & self._true(heard.said)

    def _true(self, said: Spoken) -> set[tuple[bytes, int]]:
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
            heard: dict[Key, int] = {}
            for one in life.heard:
                for identity, period in self._kept(one.said.words, one.at):
                    key = one.at // 7200, identity, period
                    heard[key] = heard.get(key, 0) + 1
            assert _counts(value["observations"]) == heard
            assert len(encode(value)) < 2**20


class PeriodPair(Pair):
    """A design that files what it hears under the number of a period."""

    length_seconds = 0

    def _kept(self, words: bytes, at: int) -> set[tuple[bytes, int]]:
        return {(words[11:27], moment // self.length_seconds) for moment in clocks(at)}

    def _true(self, said: Spoken) -> set[tuple[bytes, int]]:
        return {(said.words[11:27], said.at // self.length_seconds)}


class LowCostPair(PeriodPair):
    name = "lowcost"
    length_seconds = 86_400


class HybridPair(PeriodPair):
    name = "hybrid"
    length_seconds = WINDOW_SECONDS

    def _releases(self, said: Spoken, patient: Life) -> bool:
        """Windows in which the patient heard nobody are left out."""
        near = {moment // WINDOW_SECONDS for one in patient.heard for moment in clocks(one.at)}
        return not near or said.at // WINDOW_SECONDS in near


class UnlinkablePair(Pair):
    name = "unlinkable"

    def _kept(self, words: bytes, at: int) -> set[tuple[bytes, int]]:
        return {
            (oracle.unlinkable_hash(words[11:27], moment // EPOCH_SECONDS), -1)
            for moment in clocks(at)
        }

    def _true(self, said: Spoken) -> set[tuple[bytes, int]]:
        return {(oracle.unlinkable_hash(said.words[11:27], said.at // EPOCH_SECONDS), -1)}

    def _releases(self, said: Spoken, patient: Life) -> bool:
        return said.at // EPOCH_SECONDS < self.now // EPOCH_SECONDS

    def _nothing_to_tell(self, first_day: int) -> bool:
        return first_day * 86_400 // EPOCH_SECONDS == self.now // EPOCH_SECONDS


class GaenPair(Pair):
    name = "gaen"

    def _kept(self, words: bytes, at: int) -> set[tuple[bytes, int]]:
        return {(words[11:27], -1)}

    def _counting(self, heard: Heard) -> set[tuple[bytes, int]]:
        near = abs(heard.said.at // 600 - heard.at // 600) <= DRIFT
        return self._kept(heard.said.words, heard.at) if near else set()


def _counts(items: Value, *, inner: str = "") -> dict[Key, int]:
    assert isinstance(items, list)
    found: dict[Key, int] = {}
    for item in items:
        one = item[inner] if inner else item
        found[one["slot"], one["identity"], one["period"]] = len(one["offsets"])
    return found


CLAUSES = pytest.mark.spec(
    "MATCHING-1",
    "MATCHING-2",
    "MATCHING-3",
    "MATCHING-6",
    "PHONE-1",
    "PHONE-6",
    "PHONE-18",
    "OBSERVATIONS-1",
)
SIZE = settings(max_examples=40, stateful_step_count=40, deadline=None)

TestLowCostPair = CLAUSES(LowCostPair.TestCase)
TestUnlinkablePair = CLAUSES(UnlinkablePair.TestCase)
TestHybridPair = CLAUSES(HybridPair.TestCase)
TestGaenPair = CLAUSES(GaenPair.TestCase)
for _case in (TestLowCostPair, TestUnlinkablePair, TestHybridPair, TestGaenPair):
    _case.settings = SIZE
