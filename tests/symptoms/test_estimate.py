"""spec/symptoms/estimate.md: shares calculated back, their intervals, and what is left out."""

import contextlib
import math
from dataclasses import fields, replace
from random import Random
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.canonical_json import decode_json, encode_json
from dp3t.errors import Dp3tError, MalformedError, UnknownKeyError, VerificationError
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.symptoms.estimate import (
    MAX_ESTIMATES_BYTES,
    PARTS,
    Count,
    Estimates,
    Share,
    published_from,
    share,
)
from dp3t.timeline import Day, Instant
from surveys import AUTHORITY, DA_NANG, HUE, TODAY, TRUSTED, survey

CONTEXT = "dp3t symptom estimates 1"
COUNTS = [(HUE, Count(400, 130)), (DA_NANG, Count(49, 20)), ("00001", Count(50, 0))]
ESTIMATES = Estimates.of(
    survey(), region="VN", day=TODAY, issued=published_from(TODAY), counts=COUNTS
)


def opened(data: bytes, **changes: Any) -> Estimates:
    expected: dict[str, Any] = {"trusted": TRUSTED, "region": "VN", "day": TODAY, **changes}
    return Estimates.open(data, **expected)


def value() -> Any:
    """Return what the file says, which the caller may change."""
    payload = ESTIMATES.sign(AUTHORITY)[HEADER_BYTES:]
    return decode_json(payload, limit_bytes=MAX_ESTIMATES_BYTES)


@pytest.mark.spec("ESTIMATE-1")
def test_a_share_is_calculated_back_rounded_and_stays_between_none_and_all() -> None:
    assert share(400, 130, turned_per_mille=250).likely == 15_000
    assert share(400, 100, turned_per_mille=250).likely == 0
    assert share(400, 300, turned_per_mille=250).likely == PARTS
    assert share(400, 0, turned_per_mille=250).likely == 0
    assert share(400, 400, turned_per_mille=250).likely == PARTS
    assert share(3, 1, turned_per_mille=250).likely == 16_667
    assert share(64, 17, turned_per_mille=250).likely == 3_125
    assert share(640_000, 160_016, turned_per_mille=250).likely == 5
    assert share(640_000, 160_003, turned_per_mille=250).likely == 1  # 0.9375, not 0
    for bad in ((0, 0, 250), (5, 6, 250), (5, -1, 250), (5, 2, 0), (5, 2, 500)):
        with pytest.raises(ValueError, match="no such"):
            share(*bad[:2], turned_per_mille=bad[2])


@pytest.mark.spec("ESTIMATE-2")
@pytest.mark.parametrize("turned", [250, 400])
@pytest.mark.parametrize("reports", [20, 50, 200, 2_000])
def test_the_interval_holds_the_share_19_times_in_20(reports: int, turned: int) -> None:
    """Counted exactly, over all numbers of yes that there can be; nothing is drawn.

    Shares between none and what the widest interval at the edge ends with are held more often.
    """
    intervals = [share(reports, yes, turned_per_mille=turned) for yes in range(reports + 1)]
    edge, within, held = intervals[0].high, [], []
    for true in range(0, PARTS + 1, PARTS // 25):
        chance = turned / 1_000 + (1 - turned / 500) * true / PARTS
        held.append(
            sum(
                likelihood(reports, yes, chance)
                for yes, found in enumerate(intervals)
                if found.low <= true <= found.high
            )
        )
        if edge < true < PARTS - edge:
            within.append(held[-1])
    assert min(held) > 0.92
    assert fmean(held) > 0.95
    assert max(within, default=0.95) < 0.985
    assert abs(fmean(within or [0.95]) - 0.95) < 0.01


def likelihood(number: int, of: int, chance: float) -> float:
    """Return the chance of exactly so many among so many."""
    ways = math.lgamma(number + 1) - math.lgamma(of + 1) - math.lgamma(number - of + 1)
    return math.exp(ways + of * math.log(chance) + (number - of) * math.log(1 - chance))


@pytest.mark.spec("ESTIMATE-1", "ESTIMATE-2")
def test_of_simulated_communes_nineteen_in_twenty_have_their_share_within() -> None:
    """Answers of people, each turned round with dice of a fixed seed: noise and sampling."""
    dice, held, likely = Random(20_211_105), 0, []
    for _ in range(400):
        answers = [dice.random() < 0.08 for _ in range(300)]
        reported = sum(answer ^ (dice.random() < 0.25) for answer in answers)
        found = share(300, reported, turned_per_mille=250)
        held += found.low <= 8_000 <= found.high
        likely.append((reported / 300 - 0.25) / 0.5)
    assert 368 <= held <= 392
    assert abs(fmean(likely) - 0.08) < 0.01


@pytest.mark.spec("ESTIMATE-2")
@given(st.integers(1, 5_000), st.integers(1, 499), st.data())
def test_a_share_lies_within_its_interval_and_more_yes_never_make_less(
    reports: int, turned: int, data: st.DataObject
) -> None:
    yes = data.draw(st.integers(0, reports))
    found = share(reports, yes, turned_per_mille=turned)
    assert 0 <= found.low <= found.likely <= found.high <= PARTS
    if yes < reports:
        more = share(reports, yes + 1, turned_per_mille=turned)
        assert all(one <= other for one, other in zip(found, more, strict=True))


@pytest.mark.spec("ESTIMATE-2")
@pytest.mark.parametrize(("reports", "end"), [(20, 43_741), (50, 26_974), (400, 8_936)])
def test_fewer_yes_than_chance_makes_do_not_mean_that_certainly_nobody_is_ill(
    reports: int, end: int
) -> None:
    """Negative: no interval is of no width, nor narrower than that of what chance makes."""
    for yes in range(reports // 4 + 1):
        assert share(reports, yes, turned_per_mille=250) == Share(0, 0, end)
        full = share(reports, reports - yes, turned_per_mille=250)
        assert full == Share(PARTS - end, PARTS, PARTS)
    assert share(reports, reports // 4 + 1, turned_per_mille=250).high > end


@pytest.mark.spec("ESTIMATE-2")
def test_what_few_reports_cannot_exclude_is_held_as_often_where_chance_was_low() -> None:
    """Of 50 of whom 6 in 100 are ill, also where fewer say yes than chance alone makes."""
    reports, true = 50, 6_000
    chance = 0.25 + 0.5 * true / PARTS
    low = [yes for yes in range(reports + 1) if yes < reports / 4]
    held = [yes for yes in low if share(reports, yes, turned_per_mille=250).high >= true]
    assert held == low
    assert sum(likelihood(reports, yes, chance) for yes in low) > 0.2


@pytest.mark.spec("ESTIMATE-3")
def test_of_a_commune_with_too_few_reports_nothing_stands_in_the_file() -> None:
    """Negative: not its code, not a count, and the file of fewer is the same."""
    assert dict(ESTIMATES.counts) == {"00001": Count(50, 0), HUE: Count(400, 130)}
    signed = ESTIMATES.sign(AUTHORITY)
    assert DA_NANG.encode() not in signed
    without = [each for each in COUNTS if each[0] != DA_NANG]
    same = Estimates.of(
        survey(), region="VN", day=TODAY, issued=published_from(TODAY), counts=without
    )
    assert same.sign(AUTHORITY) == signed
    with pytest.raises(KeyError):
        ESTIMATES.share(DA_NANG)


@pytest.mark.spec("ESTIMATE-5")
def test_no_number_of_the_file_is_about_more_than_one_commune_and_day() -> None:
    """Negative: a total less what is listed would be what is left out."""
    said = value()
    rows = said.pop("communes")
    assert set(said) == {
        *("day", "issued", "min_reports", "region", "survey", "turned_per_mille", "version")
    }
    assert [set(row) for row in rows] == [
        {"commune", "high", "low", "positives", "reports", "share"}
    ] * 2
    assert {field.name for field in fields(Estimates)} == set(said) - {"version"} | {"counts"}


@pytest.mark.spec("ESTIMATE-4", "ESTIMATE-6")
def test_signed_estimates_are_opened_as_they_were() -> None:
    signed = ESTIMATES.sign(AUTHORITY)
    assert opened(signed) == ESTIMATES
    assert ESTIMATES.share(HUE) == Share(6_190, 15_000, 24_476)
    assert [row["share"] for row in value()["communes"]] == [0, 15_000]


@pytest.mark.spec("ESTIMATE-6")
def test_estimates_of_somebody_else_or_of_another_day_are_refused() -> None:
    signed = ESTIMATES.sign(AUTHORITY)
    other = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
    with pytest.raises(UnknownKeyError):
        opened(ESTIMATES.sign(other))
    with pytest.raises(VerificationError):
        opened(signed[:-1] + b" ")
    for changes in ({"region": "LA"}, {"day": Day(TODAY - 1)}):
        with pytest.raises(UnknownKeyError, match="another region or day"):
            opened(signed, **changes)
    ended = replace(AUTHORITY, valid_until=ESTIMATES.issued)
    with pytest.raises(UnknownKeyError, match="is not valid at"):
        opened(ESTIMATES.sign(ended), trusted=TrustedKeys([ended.public()]))


@pytest.mark.spec("ESTIMATE-6")
@pytest.mark.parametrize("name", ["share", "low", "high"])
def test_a_share_that_its_counts_do_not_give_is_refused(name: str) -> None:
    """Negative: a part more is rounding, two are not."""
    for more, good in ((1, True), (-1, True), (2, False), (-2, False)):
        said = value()
        said["communes"][1][name] += more
        data = AUTHORITY.sign(encode_json(said), context=CONTEXT)
        with contextlib.nullcontext() if good else pytest.raises(MalformedError, match="follow"):
            assert opened(data) == ESTIMATES


@pytest.mark.spec("ESTIMATE-4")
@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("version", 2),
        ("day", -1),
        ("issued", published_from(TODAY) - 1),
        ("survey", 0),
        ("turned_per_mille", 500),
        ("min_reports", 0),
        ("min_reports", 51),
        ("region", 7),
        ("total", 450),
    ],
)
def test_a_file_with_a_bad_field_is_refused(name: str, bad: int) -> None:
    assert Estimates.of_value(value()) == ESTIMATES
    with pytest.raises(MalformedError):
        Estimates.of_value({**value(), name: bad})


@pytest.mark.spec("ESTIMATE-4")
def test_communes_twice_out_of_order_or_with_impossible_counts_are_refused() -> None:
    rows = value()["communes"]
    for bad in (
        rows[::-1],
        [rows[0], rows[0]],
        [{**rows[0], "commune": "1"}],
        [{**rows[0], "positives": 51}],
        [{**rows[0], "reports": 0}],
        [{**rows[0], "more": 0}],
    ):
        with pytest.raises(MalformedError):
            Estimates.of_value({**value(), "communes": bad})


@given(st.binary(max_size=300))
def test_any_bytes_are_estimates_or_refused(payload: bytes) -> None:
    with contextlib.suppress(Dp3tError):
        opened(AUTHORITY.sign(payload, context=CONTEXT))
