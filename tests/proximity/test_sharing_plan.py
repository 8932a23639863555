"""spec/proximity/sharing.md: which k and n reach the goal, by formula and by dice."""

from fractions import Fraction
from math import comb
from random import Random
from typing import Any

import pytest

from dp3t.proximity.advertisement import EphID
from dp3t.proximity.sharing.assembler import Assembler
from dp3t.proximity.sharing.binomial import tails
from dp3t.proximity.sharing.plan import Chances, Listener, plan
from dp3t.proximity.sharing.share import MAX_SHARES, Sharing
from dp3t.proximity.sharing.spreader import Spreader
from dp3t.timeline import Instant

UNBOUNDED = 10_000
SENT = 1200
SCAN = {"scan_ms": 4_000, "scan_every_ms": 240_000}


def tail(trials: int, probability: float, *, at_least: int) -> float:
    """Return P[X >= at_least]."""
    return tails(trials, probability)[at_least] if at_least <= trials else 0.0


def largest_threshold(
    trials: int, probability: float, *, success: float, bound: int = MAX_SHARES
) -> int:
    """Return the largest k up to `bound` with P[X >= k] > success; 0 where not even 1 has it."""
    reached = tails(trials, probability)
    return max(k for k in range(min(trials, bound) + 1) if k == 0 or reached[k] > success)


def largest_probability(trials: int, *, at_least: int, below: float) -> float:
    """Return up to which reception P[X >= at_least] stays below a limit, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if tail(trials, middle, at_least=at_least) < below:
            low = middle
        else:
            high = middle
    return low


def chance(listener: Listener, *, threshold: int, shares: int) -> float:
    return Chances(listener, interval_ms=250).success(threshold=threshold, shares=shares)


@pytest.mark.parametrize(
    ("trials", "near", "threshold", "far_alike", "far_always"),
    [
        (1200, 0.7, 790, 0.626, 0.626),
        (120, 0.7, 68, 0.457, 0.042),
        (120, 0.5, 43, 0.259, 0.024),
        (16, 0.7, 5, 0.088, 0.0011),
        (32, 0.7, 14, 0.237, 0.0057),
    ],
)
def test_the_plain_model_gives_the_known_table(
    trials: int, near: float, threshold: int, far_alike: float, far_always: float
) -> None:
    """All of the time, 10 % of it twice, one scan of four seconds, two scans."""
    assert largest_threshold(trials, near, success=0.999, bound=UNBOUNDED) == threshold
    alike = largest_probability(trials, at_least=threshold, below=0.01)
    always = largest_probability(SENT, at_least=threshold, below=0.01)
    assert round(alike, 3) == far_alike
    assert round(always, len(str(far_always)) - 2) == far_always


def test_one_scan_with_bad_reception_has_no_threshold() -> None:
    assert largest_threshold(16, 0.3, success=0.999) == 0


def test_the_field_bounds_what_constant_listening_could_use() -> None:
    assert largest_threshold(1200, 0.7, success=0.999) == 255


@pytest.mark.parametrize("trials", [0, 1, 7, 30])
@pytest.mark.parametrize(
    "probability", [Fraction(0), Fraction(1, 50), Fraction(7, 10), Fraction(1)]
)
def test_a_tail_is_that_of_exact_fractions(trials: int, probability: Fraction) -> None:
    found = tails(trials, float(probability))
    for least in range(trials + 2):
        exact = sum(
            (
                comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
                for k in range(least, trials + 1)
            ),
            Fraction(0),
        )
        assert found[least] == pytest.approx(float(exact), rel=1e-11, abs=1e-300)


def by_hand(listener: Listener, *, threshold: int, shares: int) -> float:
    """Return the chance by walking through every millisecond at which a scan can begin."""
    sent = listener.contact_ms // 250
    one = [tail(count, listener.reception, at_least=threshold) for count in range(shares + 1)]
    total = 0.0
    for begin in range(listener.scan_every_ms):
        for phase in range(shares):
            counts: dict[int, int] = {}
            for at in range(sent):
                # In the middle of a millisecond, for no scan begins exactly at an advertisement.
                if (2 * at * 250 - 2 * begin - 1) % (2 * listener.scan_every_ms) < (
                    2 * listener.scan_ms
                ):
                    group = (at + phase) // shares
                    counts[group] = counts.get(group, 0) + 1
            missed = 1.0
            for count in counts.values():
                missed *= 1 - one[count]
            total += 1 - missed
    return total / (listener.scan_every_ms * shares)


@pytest.mark.parametrize(
    ("scan_ms", "scan_every_ms", "threshold", "shares"),
    [(1, 1, 3, 5), (300, 700, 2, 4), (1000, 1500, 3, 7), (40, 333, 2, 3), (999, 1000, 2, 20)],
)
def test_the_formula_agrees_with_walking_through_all_phases(
    scan_ms: int, scan_every_ms: int, threshold: int, shares: int
) -> None:
    listener = Listener(
        reception=0.3, contact_ms=5_100, scan_ms=scan_ms, scan_every_ms=scan_every_ms
    )
    found = chance(listener, threshold=threshold, shares=shares)
    assert found == pytest.approx(by_hand(listener, threshold=threshold, shares=shares))


def thrown(listener: Listener, *, threshold: int, shares: int, times: int, seed: int) -> float:
    """Return how often a listener succeeds, by dice."""
    random, succeeded = Random(seed), 0
    for _ in range(times):
        begin = random.random() * listener.scan_every_ms
        phase = random.randrange(shares)
        counts: dict[int, int] = {}
        for at in range(listener.contact_ms // 250):
            scanning = (at * 250 - begin) % listener.scan_every_ms < listener.scan_ms
            if scanning and random.random() < listener.reception:
                group = (at + phase) // shares
                counts[group] = counts.get(group, 0) + 1
        succeeded += max(counts.values(), default=0) >= threshold
    return succeeded / times


@pytest.mark.parametrize(
    ("listener", "threshold", "shares"),
    [
        (Listener(reception=0.4, **SCAN), 4, 18),
        (Listener(reception=0.05), 4, 18),
        (Listener(reception=0.5, scan_ms=512, scan_every_ms=5_120), 10, 128),
    ],
    ids=["one-or-two-scans", "always", "one-tenth"],
)
def test_dice_agree_with_the_formula(listener: Listener, threshold: int, shares: int) -> None:
    times = 2000
    expected = chance(listener, threshold=threshold, shares=shares)
    assert 0.05 < expected < 0.95
    found = thrown(listener, threshold=threshold, shares=shares, times=times, seed=1)
    assert abs(found - expected) < 4 * (expected * (1 - expected) / times) ** 0.5


def test_real_shares_agree_with_the_formula() -> None:
    """Spreader and assembler over a channel that loses: 4 of 18, two minutes, always listening."""
    listener = Listener(reception=0.06, contact_ms=120_000)
    expected = chance(listener, threshold=4, shares=18)
    random, times, succeeded = Random(2), 400, 0
    sharing = Sharing(threshold=4, shares=18)
    for _ in range(times):
        spreader = Spreader(EphID(bytes(16)), sharing=sharing, rand=random.randbytes)
        receiver = Assembler(sharing)
        for _ in range(random.randrange(18)):
            spreader.next()
        heard = [spreader.next() for _ in range(480)]
        succeeded += any(
            receiver.hear(data, at=Instant(0), rssi_dbm=-90)
            for data in heard
            if random.random() < 0.06
        )
    assert abs(succeeded / times - expected) < 4 * (expected * (1 - expected) / times) ** 0.5


@pytest.mark.parametrize(
    ("scan_every_ms", "near", "threshold", "shares", "far"),
    [
        (4_000, 0.7, 164, 243, 0.585),
        (40_000, 0.7, 8, 13, 0.142),
        (240_000, 0.7, 4, 18, 0.0156),
        (300_000, 0.7, 4, 28, 0.0109),
        (240_000, 0.5, 2, 12, 0.00124),
    ],
)
def test_the_chapters_table_of_small_groups_holds(
    scan_every_ms: int, near: float, threshold: int, shares: int, far: float
) -> None:
    close = Listener(reception=near, scan_ms=4_000, scan_every_ms=scan_every_ms)
    assert chance(close, threshold=threshold, shares=shares) >= 0.999
    assert chance(close, threshold=threshold + 1, shares=shares) < 0.999
    below, above = Listener(reception=0.99 * far), Listener(reception=1.01 * far)
    assert chance(below, threshold=threshold, shares=shares) < 0.01
    assert chance(above, threshold=threshold, shares=shares) > 0.01


def test_a_plan_holds_what_it_says() -> None:
    near, far = Listener(reception=0.7, **SCAN), Listener(reception=0.005)
    rows = plan(near=near, far=far, interval_ms=250, shares=(5, 12, 18, 255))
    assert [row.shares for row in rows] == [5, 12, 18, 255]
    assert [bool(row.options) for row in rows] == [False, True, True, False]
    for row in rows:
        assert chance(near, threshold=row.near_most, shares=row.shares) >= 0.999
        assert chance(near, threshold=row.near_most + 1, shares=row.shares) < 0.999
        assert chance(far, threshold=row.far_least, shares=row.shares) < 0.01
        assert chance(far, threshold=row.far_least - 1, shares=row.shares) >= 0.01
        for option in row.options:
            assert option.near_success >= 0.999
            assert option.far_success < 0.01


def test_a_listener_who_always_hears_is_never_shut_out() -> None:
    (row,) = plan(
        near=Listener(reception=0), far=Listener(reception=1), interval_ms=250, shares=[10]
    )
    assert (row.near_most, row.far_least, row.options) == (0, 11, ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"reception": -0.1},
        {"reception": 1.1},
        {"reception": float("nan")},
        {"reception": 0.5, "contact_ms": 0},
        {"reception": 0.5, "scan_ms": 0},
        {"reception": 0.5, "scan_ms": 2, "scan_every_ms": 1},
    ],
)
def test_an_impossible_listener_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"<=|between"):
        Listener(**wrong)


@pytest.mark.parametrize(
    ("interval_ms", "shares", "fault"),
    [(0, 5, "interval"), (1, 5, "more than"), (250, 1, "2 to 255"), (250, 256, "2 to 255")],
)
def test_an_impossible_plan_is_refused(interval_ms: int, shares: int, fault: str) -> None:
    listener = Listener(reception=0.5)
    with pytest.raises(ValueError, match=fault):
        plan(near=listener, far=listener, interval_ms=interval_ms, shares=[shares])
