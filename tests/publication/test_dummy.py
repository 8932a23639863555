"""spec/publication/dummy.md: when dummies are sent, and what an observer can compute."""

import inspect
import math
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_dummy
from dp3t.codec import decode
from dp3t.errors import Dp3tError, TooEarlyError
from dp3t.params import LAST_INSTANT
from dp3t.publication.dummy import (
    CATCH_UP_DAYS,
    MEAN_DELAY_SECONDS,
    DummySchedule,
    approximate_posterior,
    exponential_delay,
    posterior,
)
from dp3t.publication.goodness_of_fit import kolmogorov_smirnov
from dp3t.timeline import Instant
from vectors import Case, vector_cases

DAY = 86_400
NOW = Instant(18_500 * DAY)


def reader(data: bytes) -> Callable[[int], bytes]:
    stream = iter(data)
    return lambda length: bytes(next(stream) for _ in range(length))


def caught_up(schedule: DummySchedule, now: Instant, dice: Random) -> tuple[int, DummySchedule]:
    """Send what is due, and return how many that were."""
    sent = 0
    while schedule.due(now=now):
        sent += 1
        schedule = schedule.after(now=now, rand=dice.randbytes)
    return sent, schedule


@pytest.mark.parametrize("case", vector_cases("dummy", operation="delay"))
def test_the_same_bytes_give_the_same_delay(case: Case) -> None:
    random, mean = bytes.fromhex(case["random"]), case["mean_seconds"]
    assert exponential_delay(mean_seconds=mean, rand=reader(random)) == case["delay_seconds"]
    assert oracle_dummy.delay(random, mean) == case["delay_seconds"]


@pytest.mark.parametrize("case", vector_cases("dummy", operation="first"))
def test_the_first_dummy_is_due_one_delay_after_the_start(case: Case) -> None:
    random = bytes.fromhex(case["random"])
    schedule = DummySchedule.first(now=Instant(case["now"]), rand=reader(random))
    assert schedule.next_due == case["next_due"]
    assert case["now"] + oracle_dummy.delay(random, MEAN_DELAY_SECONDS) == case["next_due"]


@pytest.mark.parametrize("case", vector_cases("dummy", operation="next"))
def test_the_next_dummy_follows_the_last_ones_due_time(case: Case) -> None:
    random, now = bytes.fromhex(case["random"]), Instant(case["now"])
    schedule = DummySchedule(Instant(case["due"]))
    if case["result"] == "policy":
        assert not schedule.due(now=now)
        with pytest.raises(TooEarlyError):
            schedule.after(now=now, rand=reader(random))
        return
    assert schedule.due(now=now)
    assert schedule.after(now=now, rand=reader(random)).next_due == case["next_due"]
    delay = oracle_dummy.delay(random, MEAN_DELAY_SECONDS)
    assert oracle_dummy.next_due(case["due"], now, delay) == case["next_due"]


@pytest.mark.parametrize("case", vector_cases("dummy", operation="state"))
def test_a_schedule_is_kept_as_one_moment_and_nothing_else(case: Case) -> None:
    value = decode(bytes.fromhex(case["encoded"]), limit_bytes=64)
    if case["result"] == "valid":
        assert DummySchedule.from_value(value).to_value() == value
    else:
        with pytest.raises(Dp3tError):
            DummySchedule.from_value(value)


@pytest.mark.parametrize("case", vector_cases("dummy", operation="posterior"))
def test_a_posterior_is_what_bayes_rule_gives(case: Case) -> None:
    uploads, days, probability = case["uploads"], case["days"], case["probability"]
    rate = case["dummies_per_day"]
    found = posterior(uploads=uploads, days=days, probability=probability, dummies_per_day=rate)
    assert found == pytest.approx(case["posterior"], rel=1e-12)
    by_bayes = oracle_dummy.posterior(uploads, days * rate, probability)
    assert by_bayes == pytest.approx(found, rel=1e-9)
    rough = approximate_posterior(
        uploads=uploads, probability_per_day=probability / days, dummies_per_day=rate
    )
    assert rough == pytest.approx(case["approximation"], rel=1e-12)


class TestDelay:
    """The exponential law, exactly."""

    @pytest.mark.spec("DUMMY-1")
    @pytest.mark.parametrize("mean_seconds", [3_600, MEAN_DELAY_SECONDS])
    def test_delays_follow_the_exponential_law(self, mean_seconds: int) -> None:
        dice = Random(20)
        delays = [
            exponential_delay(mean_seconds=mean_seconds, rand=dice.randbytes) for _ in range(50_000)
        ]
        ranks = [-math.expm1(-delay / mean_seconds) for delay in delays]
        rounding = -math.expm1(-1 / mean_seconds)
        assert kolmogorov_smirnov(ranks, error=rounding) > 0.01
        assert sum(delays) / 50_000 == pytest.approx(mean_seconds, rel=0.02)

    @pytest.mark.spec("DUMMY-1")
    def test_whole_means_are_geometric_and_apart_from_the_rest(self) -> None:
        dice = Random(21)
        delays = [exponential_delay(mean_seconds=1000, rand=dice.randbytes) for _ in range(50_000)]
        wholes = Counter((delay - 1) // 1000 for delay in delays)
        for whole in range(4):
            expected = 50_000 * math.exp(-whole) * (1 - math.exp(-1))
            assert abs(wholes[whole] - expected) < 4 * math.sqrt(expected)
        late = [(delay - 1) % 1000 for delay in delays if delay > 1000]
        early = [(delay - 1) % 1000 for delay in delays if delay <= 1000]
        assert sum(late) / len(late) == pytest.approx(sum(early) / len(early), rel=0.03)

    @pytest.mark.spec("DUMMY-1")
    @given(random=st.binary(min_size=2_000, max_size=2_000))
    def test_both_witnesses_read_any_bytes_alike(self, random: bytes) -> None:
        assert exponential_delay(rand=reader(random)) == oracle_dummy.delay(
            random, MEAN_DELAY_SECONDS
        )

    @pytest.mark.spec("DUMMY-1")
    def test_about_four_draws_are_taken(self) -> None:
        dice, draws = Random(22), 0

        def rand(length: int) -> bytes:
            nonlocal draws
            draws += 1
            assert length == 8
            return dice.randbytes(length)

        for _ in range(10_000):
            exponential_delay(rand=rand)
        assert draws / 10_000 == pytest.approx(math.e**2 / (math.e - 1), rel=0.03)

    @pytest.mark.spec("DUMMY-1")
    @pytest.mark.parametrize("octet", [b"\0", b"\x55", b"\xff"])
    def test_broken_randomness_does_not_stop_time(self, octet: bytes) -> None:
        """Valid: a source that repeats one byte for ever still gives at least a second."""
        assert exponential_delay(rand=lambda length: octet * length) >= 1

    @pytest.mark.parametrize("mean_seconds", [-1, 0, 59, 8_640_001])
    def test_a_mean_out_of_range_is_a_mistake_of_the_program(self, mean_seconds: int) -> None:
        with pytest.raises(ValueError, match="mean delay"):
            exponential_delay(mean_seconds=mean_seconds, rand=Random(1).randbytes)


class TestSchedule:
    """Moments that follow from the dice and from nothing else."""

    @pytest.mark.spec("DUMMY-2", "DUMMY-3")
    def test_a_phone_that_is_always_on_sends_as_many_as_the_rate_says(self) -> None:
        dice, sent = Random(30), 0
        for _ in range(500):
            schedule = DummySchedule.first(now=NOW, rand=dice.randbytes)
            for hour in range(30 * 24):
                now = Instant(NOW + 3_600 * hour)
                count, schedule = caught_up(schedule, now, dice)
                sent += count
        assert abs(sent - 500 * 6) < 4 * math.sqrt(500 * 6)

    @pytest.mark.spec("DUMMY-3", "DUMMY-4")
    def test_a_phone_that_wakes_once_a_week_sends_as_many(self) -> None:
        dice, sent = Random(31), 0
        for _ in range(500):
            schedule = DummySchedule.first(now=NOW, rand=dice.randbytes)
            for week in range(1, 6):
                count, schedule = caught_up(schedule, Instant(NOW + 7 * DAY * week), dice)
                sent += count
        assert abs(sent - 500 * 7) < 4 * math.sqrt(500 * 7)

    @pytest.mark.spec("DUMMY-3")
    @given(due=st.integers(0, LAST_INSTANT - 1), seed=st.integers(0, 999), data=st.data())
    def test_when_it_was_sent_does_not_matter(
        self, due: int, seed: int, data: st.DataObject
    ) -> None:
        """Valid: sent on time or up to 14 days late, the next one is due at the same moment."""
        schedule = DummySchedule(Instant(due))
        late = data.draw(st.integers(0, min(14 * DAY, LAST_INSTANT - due)))
        on_time = schedule.after(now=Instant(due), rand=Random(seed).randbytes)
        assert schedule.after(now=Instant(due + late), rand=Random(seed).randbytes) == on_time

    @pytest.mark.spec("DUMMY-3", "DUMMY-4")
    def test_after_years_the_burst_is_one_and_those_of_fourteen_days(self) -> None:
        dice = Random(32)
        bursts = []
        for _ in range(2_000):
            schedule = DummySchedule.first(now=NOW, rand=dice.randbytes)
            burst, after = caught_up(schedule, Instant(NOW + 3_650 * DAY), dice)
            bursts.append(burst - 1)
            assert after.next_due > NOW + 3_650 * DAY
        expected = CATCH_UP_DAYS * DAY / MEAN_DELAY_SECONDS
        assert sum(bursts) / 2_000 == pytest.approx(expected, rel=0.06)
        assert max(bursts) < 15

    @pytest.mark.spec("DUMMY-4")
    @given(due=st.integers(0, LAST_INSTANT), now=st.integers(0, LAST_INSTANT))
    def test_due_means_now_or_earlier(self, due: int, now: int) -> None:
        schedule = DummySchedule(Instant(due))
        assert schedule.due(now=Instant(now)) is (due <= now and due < LAST_INSTANT)

    @pytest.mark.spec("DUMMY-3", "DUMMY-4")
    @given(now=st.integers(0, LAST_INSTANT), seed=st.integers(0, 99))
    def test_catching_up_ends_at_any_time_and_with_broken_dice(self, now: int, seed: int) -> None:
        schedule = DummySchedule.first(now=Instant(now), rand=Random(seed).randbytes)
        _, schedule = caught_up(schedule, Instant(LAST_INSTANT), Random(seed))
        assert not schedule.due(now=Instant(LAST_INSTANT))
        stuck = DummySchedule(Instant(NOW - 30)).after(now=NOW, rand=bytes)
        assert stuck.next_due == NOW - 29

    @pytest.mark.spec("DUMMY-5")
    def test_a_report_has_no_way_in(self) -> None:
        """Invalid: nothing that a user does can be told to a schedule."""
        arguments = {
            name: set(inspect.signature(getattr(DummySchedule, name)).parameters) - {"self"}
            for name in ("first", "due", "after")
        }
        assert arguments == {
            "first": {"now", "mean_seconds", "rand"},
            "due": {"now"},
            "after": {"now", "mean_seconds", "rand"},
        }

    @pytest.mark.spec("DUMMY-15")
    @given(now=st.integers(LAST_INSTANT - DAY, LAST_INSTANT), seed=st.integers(0, 99))
    def test_at_the_last_instant_it_ends(self, now: int, seed: int) -> None:
        """Valid: a moment beyond it is that instant, at which nothing is due."""
        schedule = DummySchedule.first(
            now=Instant(now), mean_seconds=100 * DAY, rand=Random(seed).randbytes
        )
        assert schedule.next_due == min(
            LAST_INSTANT, now + oracle_dummy.delay(Random(seed).randbytes(4_000), 100 * DAY)
        )
        assert not DummySchedule(Instant(LAST_INSTANT)).due(now=Instant(LAST_INSTANT))
        assert DummySchedule(Instant(LAST_INSTANT - 1)).due(now=Instant(LAST_INSTANT - 1))

    @pytest.mark.spec("DUMMY-5", "DUMMY-16")
    @given(due=st.integers(1, LAST_INSTANT), early=st.integers(1, LAST_INSTANT))
    def test_a_report_cannot_pass_for_a_dummy(self, due: int, early: int) -> None:
        """Invalid: an upload before the dummy is due does not move the schedule on."""
        schedule = DummySchedule(Instant(due))
        with pytest.raises(TooEarlyError):
            schedule.after(now=Instant(max(0, due - early)), rand=Random(1).randbytes)
        assert schedule.next_due == due

    @pytest.mark.spec("DUMMY-6")
    def test_the_next_moment_hides_and_the_past_is_gone(self) -> None:
        schedule = DummySchedule(Instant(1_593_000_017))
        texts = [repr(schedule), str(schedule), f"{[schedule]}"]
        with pytest.raises(TooEarlyError) as refusal:
            schedule.after(now=Instant(5), rand=Random(1).randbytes)
        assert not any("1593000017" in text for text in [*texts, str(refusal.value)])
        after = schedule.after(now=Instant(1_593_000_018), rand=Random(1).randbytes)
        assert after.to_value() == {"next_due": after.next_due}
        assert DummySchedule.from_value(after.to_value()) == after

    @pytest.mark.spec("DUMMY-6")
    @given(
        value=st.recursive(
            st.integers() | st.booleans() | st.binary() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("next_due"), inner),
            max_leaves=5,
        )
    )
    def test_any_value_is_refused_or_is_a_schedule(self, value: object) -> None:
        try:
            schedule = DummySchedule.from_value(value)  # type: ignore[arg-type]  # any value
        except Dp3tError:
            return
        assert schedule.to_value() == value


class TestPosterior:
    """What counting tells an observer."""

    @pytest.mark.spec("DUMMY-10")
    @pytest.mark.parametrize(
        ("uploads", "printed"),
        [(0, 0.0), (1, 1.25e-4), (5, 6.2e-4), (10, 1.25e-3), (16, 2.0e-3)],
    )
    def test_the_best_practices_example(self, uploads: int, printed: float) -> None:
        """Valid: page 8, D = 10, p = 2.5e-4, a rate of 0.2."""
        found = posterior(uploads=uploads, days=10, probability=2.5e-4)
        assert found == pytest.approx(printed, rel=0.01)
        rough = approximate_posterior(uploads=uploads, probability_per_day=2.5e-5)
        assert rough == pytest.approx(printed, rel=0.01)

    @pytest.mark.spec("DUMMY-10")
    def test_sixteen_dummies_are_not_as_rare_as_printed(self) -> None:
        """The best practices say one in 50 billion; it is one in 2.4 billion."""
        sixteen = oracle_dummy.poisson(16, 2.0)
        more = 1 - sum(oracle_dummy.poisson(count, 2.0) for count in range(17))
        assert 1 / sixteen == pytest.approx(2.4e9, rel=0.02)
        assert 1 / more == pytest.approx(18e9, rel=0.02)

    @pytest.mark.spec("DUMMY-10")
    @given(
        uploads=st.integers(1, 60),
        days=st.floats(0.5, 60),
        probability=st.floats(1e-6, 0.999),
        rate=st.floats(0.05, 2),
    )
    def test_it_is_bayes_rule(
        self, uploads: int, days: float, probability: float, rate: float
    ) -> None:
        found = posterior(uploads=uploads, days=days, probability=probability, dummies_per_day=rate)
        expected = oracle_dummy.posterior(uploads, days * rate, probability)
        assert found == pytest.approx(expected, rel=1e-6)
        if abs(uploads / (days * rate) - 1) > 1e-3:
            assert (found > probability) is (uploads > days * rate)

    @pytest.mark.spec("DUMMY-10")
    def test_it_is_what_an_observer_of_the_schedule_counts(self) -> None:
        """Valid: of simulated phones of which three in ten report, by number of uploads."""
        dice = Random(40)
        phones, reported = Counter[int](), Counter[int]()
        for _ in range(20_000):
            report = dice.random() < 0.3
            schedule = DummySchedule.first(now=NOW, rand=dice.randbytes)
            sent = int(report)
            while schedule.due(now=Instant(NOW + 10 * DAY)):
                sent += 1
                schedule = schedule.after(now=schedule.next_due, rand=dice.randbytes)
            phones[sent] += 1
            reported[sent] += report
        assert reported[0] == 0
        for uploads in range(1, 6):
            expected = posterior(uploads=uploads, days=10, probability=0.3)
            share = reported[uploads] / phones[uploads]
            assert abs(share - expected) < 4 * math.sqrt(0.25 / phones[uploads])

    @pytest.mark.parametrize(
        "wrong",
        [
            {"uploads": -1},
            {"days": 0.0},
            {"days": math.inf},
            {"days": math.nan},
            {"probability": -0.1},
            {"probability": 1.1},
            {"probability": math.nan},
            {"dummies_per_day": 0.0},
            {"dummies_per_day": math.nan},
        ],
    )
    def test_numbers_out_of_range_are_mistakes_of_the_program(
        self, wrong: dict[str, float]
    ) -> None:
        right: dict[str, float] = {"uploads": 1, "days": 10.0, "probability": 0.1}
        with pytest.raises(ValueError, match=r"range|positive|between"):
            posterior(**(right | wrong))  # type: ignore[arg-type]  # uploads is whole in each case

    @pytest.mark.parametrize(("uploads", "probability"), [(-1, 0.1), (1, -0.1), (1, math.nan)])
    def test_so_are_those_of_the_approximation(self, uploads: int, probability: float) -> None:
        with pytest.raises(ValueError, match="out of range"):
            approximate_posterior(uploads=uploads, probability_per_day=probability)
