"""spec/publication/dummy.md: the checker acquits honest schedules and finds spoiled ones."""

import math
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_dummy
from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.publication import goodness_of_fit
from dp3t.publication.clumping import (
    FEWEST_TO_ACQUIT,
    REASONS,
    ClumpingReport,
    check_clumping,
)
from dp3t.publication.dummy import MEAN_DELAY_SECONDS
from dp3t.publication.request_log import MAX_LOG_LINES, Request, read_log
from dp3t.timeline import Instant
from schedulers import SPOILED, START, Log, honest, reporting
from vectors import Case, vector_cases


def rounded(log: Log, seconds: int) -> Log:
    return [Request(phone=each.phone, at=Instant(each.at - each.at % seconds)) for each in log]


def p_values(found: ClumpingReport) -> dict[str, float]:
    return {each.test: each.p_value for each in found.findings if each.p_value is not None}


@pytest.mark.parametrize("case", vector_cases("dummy", operation="log"))
def test_a_log_is_read_or_malformed(case: Case) -> None:
    data = case["log"].encode()
    if case["result"] == "valid":
        assert len(read_log(data)) == case["requests"]
    else:
        with pytest.raises(MalformedError):
            read_log(data)


@pytest.mark.parametrize("case", vector_cases("dummy", operation="check"))
def test_a_log_gets_the_verdict_of_the_vector(case: Case) -> None:
    found = check_clumping(read_log(case["log"].encode()))
    assert found.verdict == case["verdict"]
    assert [(each.test, each.sample) for each in found.findings] == [
        (each["test"], each["sample"]) for each in case["tests"]
    ]
    expected = {each["test"]: each["p_value"] for each in case["tests"] if each["p_value"]}
    assert {name: value for name, value in p_values(found).items() if value} == pytest.approx(
        expected, rel=1e-6
    )


@pytest.mark.parametrize("case", vector_cases("dummy", operation="check"))
def test_the_second_witness_computes_the_same_p_values(case: Case) -> None:
    witness = oracle_dummy.p_values(case["log"])
    tests = {each["test"]: each["p_value"] for each in case["tests"]}
    run = {name for name, p_value in tests.items() if p_value is not None}
    for name in run:
        assert tests[name] == pytest.approx(witness[name], rel=1e-6, abs=1e-12), name
    clumped = any(tests[name] * len(run) < 0.001 for name in run)
    assert clumped is (case["verdict"] == "clumped")


class TestHonest:
    """Dummies that were sent when they were due."""

    @pytest.mark.spec("DUMMY-11")
    def test_false_alarms_are_rare(self) -> None:
        """Valid: 300 logs of about 490 gaps; one false alarm is allowed, at 0.001 each."""
        verdicts = [check_clumping(honest(Random(seed))).verdict for seed in range(300)]
        assert verdicts.count("clumped") <= 1
        assert verdicts.count("unsuspicious") >= 298

    @pytest.mark.spec("DUMMY-11")
    def test_p_values_mean_what_they_say(self) -> None:
        """Valid: in honest logs no test rejects at 5 % much more often than in 5 % of them."""
        counts = dict.fromkeys(REASONS, 0)
        for seed in range(300):
            for name, value in p_values(check_clumping(honest(Random(seed), phones=60))).items():
                counts[name] += value < 0.05
        assert max(counts.values()) <= 15 + 4 * math.sqrt(15)
        assert sum(counts.values()) > 20

    @pytest.mark.spec("DUMMY-11")
    def test_a_higher_significance_gives_more_false_alarms(self) -> None:
        verdicts = [
            check_clumping(honest(Random(seed)), significance=0.5).verdict for seed in range(60)
        ]
        assert 5 < verdicts.count("clumped") < 45

    @pytest.mark.spec("DUMMY-11")
    @pytest.mark.parametrize(
        ("phones", "days"), [(1, 3_000), (400, 12)], ids=["one phone for years", "many for days"]
    )
    def test_any_number_of_phones_will_do(self, phones: int, days: int) -> None:
        for seed in range(5):
            found = check_clumping(honest(Random(seed), phones=phones, days=days))
            assert (found.verdict, found.reasons) == ("unsuspicious", ())

    @pytest.mark.spec("DUMMY-11")
    @pytest.mark.parametrize("rule", ["apart", "anew"])
    def test_reports_that_leave_the_law_as_it_is_raise_no_alarm(self, rule: str) -> None:
        """Valid: also a fresh exponential delay at each report, which nobody can tell."""
        for seed in range(20):
            found = check_clumping(reporting(rule)(Random(seed)))
            assert found.verdict == "unsuspicious"
            assert {"waits-after-reports", "dummies-after-reports"} <= set(p_values(found))

    @pytest.mark.spec("DUMMY-11")
    def test_the_order_of_the_lines_does_not_matter(self) -> None:
        log = honest(Random(1))
        mixed = log.copy()
        Random(2).shuffle(mixed)
        assert check_clumping(mixed) == check_clumping(log)


class TestSpoiled:
    """Dummies that a scheduler moved."""

    @pytest.mark.spec("DUMMY-11")
    @pytest.mark.parametrize("name", SPOILED)
    def test_a_spoiled_schedule_is_called_clumped_for_the_right_reason(self, name: str) -> None:
        scheduler, tests = SPOILED[name]
        for seed in range(30):
            found = check_clumping(scheduler(Random(seed)))
            assert found.verdict == "clumped"
            assert tests <= set(found.rejected)
            assert found.reasons == tuple(REASONS[test] for test in found.rejected)

    @pytest.mark.spec("DUMMY-11")
    @pytest.mark.parametrize(
        ("rule", "test"),
        [
            ("instead", "dummies-after-reports"),
            ("pause", "waits-after-reports"),
            ("silence", "dummies-after-reports"),
        ],
    )
    def test_a_report_that_moves_dummies_is_noticed(self, rule: str, test: str) -> None:
        for seed in range(30):
            found = check_clumping(reporting(rule)(Random(seed)))
            assert found.verdict == "clumped"
            assert test in found.rejected

    @pytest.mark.spec("DUMMY-11")
    def test_another_rate_than_the_stated_one_is_noticed(self) -> None:
        log = honest(Random(3), phones=200)
        assert check_clumping(log).verdict == "unsuspicious"
        assert check_clumping(log, mean_seconds=300_000).rejected == ("gaps",)


@pytest.mark.spec("DUMMY-11")
def test_the_verdict_turns_where_a_p_value_times_the_number_of_tests_is_a_thousandth() -> None:
    """The wrong mean is approached until one second more or less decides."""

    def least(mean_seconds: int) -> tuple[float, ClumpingReport]:
        report = check_clumping(log, mean_seconds=mean_seconds)
        values = p_values(report)
        return min(values.values()) * len(values), report

    log = honest(Random(3), phones=200)
    bad, good = 300_000, MEAN_DELAY_SECONDS
    while good - bad > 1:
        middle = (bad + good) // 2
        bad, good = (middle, good) if least(middle)[0] < 0.001 else (bad, middle)
    for mean_seconds, verdict in ((bad, "clumped"), (good, "unsuspicious")):
        value, report = least(mean_seconds)
        assert value == pytest.approx(0.001, rel=0.01)
        assert report.verdict == verdict


class TestTooLittle:
    """What the log cannot tell, the checker does not say."""

    @pytest.mark.spec("DUMMY-11")
    @pytest.mark.parametrize("phones", [0, 1, 5, 20, 40])
    def test_a_short_log_is_undecided(self, phones: int) -> None:
        found = check_clumping(honest(Random(4), phones=phones))
        assert found.verdict == "undecided"
        assert found.findings[0].sample < FEWEST_TO_ACQUIT
        assert "fewer than 400 gaps" in found.reasons[0]
        assert phones > 1 or p_values(found) == {}

    @pytest.mark.spec("DUMMY-11")
    def test_a_short_log_is_enough_to_accuse(self) -> None:
        log = rounded(honest(Random(4), phones=10), 60)
        assert check_clumping(log).verdict == "clumped"

    @pytest.mark.spec("DUMMY-11")
    def test_a_clock_of_minutes_hides_the_seconds_and_no_more(self) -> None:
        for seed in range(20):
            found = check_clumping(rounded(honest(Random(seed)), 60), resolution_seconds=60)
            assert found.verdict == "unsuspicious"
            assert not {"minute", "quarter-hour"} & set(p_values(found))
        spoiled = rounded(SPOILED["hourly maintenance windows"][0](Random(5)), 60)
        assert check_clumping(spoiled, resolution_seconds=60).verdict == "clumped"

    @pytest.mark.spec("DUMMY-11")
    @pytest.mark.parametrize("seconds", [3_600, 86_400])
    def test_a_clock_of_hours_or_days_cannot_acquit(self, seconds: int) -> None:
        for seed in range(20):
            log = rounded(honest(Random(seed)), seconds)
            found = check_clumping(log, resolution_seconds=seconds)
            assert found.verdict == "undecided"
            assert "the test hour could not be run" in found.reasons

    @pytest.mark.parametrize(
        "wrong",
        [{"mean_seconds": 0}, {"resolution_seconds": 0}],
    )
    def test_numbers_out_of_range_are_mistakes_of_the_program(self, wrong: dict[str, int]) -> None:
        with pytest.raises(ValueError, match="out of range"):
            check_clumping([], **wrong)

    @pytest.mark.parametrize("significance", [0.0, 1.0, math.nan])
    def test_so_is_a_significance(self, significance: float) -> None:
        with pytest.raises(ValueError, match="out of range"):
            check_clumping([], significance=significance)

    @pytest.mark.spec("DUMMY-11")
    @given(
        st.lists(
            st.builds(
                Request,
                phone=st.sampled_from("ab"),
                at=st.integers(0, 2**32 - 1).map(Instant)
                | st.integers(START, START + 9).map(Instant),
                report=st.booleans(),
            ),
            max_size=120,
        )
    )
    def test_any_requests_get_a_verdict(self, log: Log) -> None:
        found = check_clumping(log)
        assert all(0 <= value <= 1 for value in p_values(found).values())
        assert [each.test for each in found.findings] == list(REASONS)


class TestLog:
    """Lines of text."""

    @pytest.mark.spec("DUMMY-12")
    @given(data=st.binary(max_size=60) | st.text("a0123,\n", max_size=60).map(str.encode))
    def test_any_bytes_are_requests_or_refused(self, data: bytes) -> None:
        try:
            requests = read_log(data)
        except Dp3tError:
            return
        written = "".join(
            f"{each.phone},{each.at}\n" if each.phone else f"{each.at}\n" for each in requests
        )
        assert [(each.phone, each.at) for each in read_log(written.encode())] == [
            (each.phone, each.at) for each in requests
        ]

    @pytest.mark.spec("DUMMY-12")
    def test_a_fault_is_named_with_its_line(self) -> None:
        with pytest.raises(MalformedError, match=r"^line 3: the time is not"):
            read_log(b"1\n\nx\n4\n")

    @pytest.mark.spec("DUMMY-12")
    def test_a_log_that_is_not_text_is_refused(self) -> None:
        with pytest.raises(MalformedError, match="UTF-8"):
            read_log(b"1593000000\n\xff\n")

    @pytest.mark.spec("DUMMY-12")
    def test_a_log_has_a_greatest_length(self) -> None:
        assert len(read_log(b"1\n" + b"\n" * (MAX_LOG_LINES - 1))) == 1
        with pytest.raises(LimitError):
            read_log(b"1\n" + b"\n" * MAX_LOG_LINES)


class TestTails:
    """The statistics are those of the tables."""

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            (
                lambda scaled: goodness_of_fit.kolmogorov_tail(scaled / 1000, size=10**6),
                oracle_dummy.kolmogorov_tail,
            ),
            (
                lambda scaled: goodness_of_fit.kuiper_tail(scaled / 1000, size=10**6),
                oracle_dummy.kuiper_tail,
            ),
        ],
        ids=["Kolmogorov", "Kuiper"],
    )
    def test_both_witnesses_find_the_same_tail(
        self, ours: Callable[[float], float], theirs: Callable[[float], float]
    ) -> None:
        for step in range(1, 40):
            assert ours(step / 10) == pytest.approx(theirs(step / 10), rel=0.02, abs=1e-9)

    @given(count=st.integers(0, 60), mean=st.floats(0.5, 40))
    def test_a_poisson_tail_is_a_sum(self, count: int, mean: float) -> None:
        below = sum(oracle_dummy.poisson(number, mean) for number in range(count + 1))
        above = 1 - below + oracle_dummy.poisson(count, mean)
        expected = min(1, 2 * min(below, above))
        found = goodness_of_fit.poisson_two_sided(count, mean=mean)
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)

    @pytest.mark.parametrize(("count", "mean"), [(0, 5_000.0), (50_000, 5_000.0), (90_000, 20.0)])
    def test_a_hopeless_count_has_no_probability(self, count: int, mean: float) -> None:
        assert goodness_of_fit.poisson_two_sided(count, mean=mean) == pytest.approx(0, abs=1e-12)
