"""What phones hear of each other: the function that both fidelities share."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t_simulator import radio
from dp3t_simulator.radio.parameters import shipped
from dp3t_simulator.radio.tables import model_of
from dp3t_simulator.streams import Stream

FIT = shipped("captures-2020")
MODEL = model_of(FIT, 1)
CERTAIN = model_of(replace(FIT, sensitivity_dbm=-110, sensitivity_width_db=0.2), 1, scan_loss=0.0)
"""Hears every scan of anybody near."""

SCHOOL, OCCASIONAL = 1, 3
Sightings = list[tuple[int, int]]

GOLDEN_NEAR = [
    *((36198, -89), (36475, -83), (36948, -80), (37214, -92), (37432, -83), (37722, -94)),
]
GOLDEN_FAR = [
    *((36030, -89), (36314, -93), (36544, -90), (36822, -93), (37092, -90), (37330, -91)),
    (37575, -87),
]
GOLDEN_LATE = [(78218, -67), (78466, -73)]


def heard(
    sender: int,
    receiver: int,
    *,
    day: int = 0,
    start: int = 36_000,
    duration: int = 3600,
    distance_cm: int = 150,
    layer: int = OCCASIONAL,
    model: radio.RadioModel = MODEL,
) -> Sightings:
    time, rssi = np.zeros(1000, np.int32), np.zeros(1000, np.int16)
    where = (sender, receiver, day, start, duration, distance_cm, layer)
    end = radio.sightings(model, *where, time, rssi, 2)
    assert end - 2 <= radio.room(duration)
    assert not time[:2].any()
    assert not rssi[end:].any()
    return list(zip(time[2:end].tolist(), rssi[2:end].tolist(), strict=True))


def by_hand(sender: int, receiver: int, *, day: int, start: int, end: int) -> Sightings:
    """Compute what the chapter says, at 150 cm in a layer where phones are carried."""

    def hi(bits: object) -> int:
        return int(str(bits)) >> 32

    def normal(name: str, *numbers: int) -> float:
        chosen = int(Stream(1, name).bits(*numbers)) % 1024
        return NormalDist().inv_cdf((chosen + 0.5) / 1024)

    def phone(person: int) -> int:
        return int(Stream(1, "radio: phones").bits(person)) % 1024 * len(FIT.phones) // 1024

    period, spread = FIT.scan_period_seconds, FIT.scan_spread_seconds
    scans = Stream(1, "radio: scans").at(day, receiver)
    phase = hi(scans.bits()) * period >> 32
    found = []
    for number in range(86_400 // period):
        at = phase + period * number
        if number % 2:
            at += (hi(scans.bits(number)) * (2 * spread + 1) >> 32) - spread
        if not start <= at < end:
            continue
        hour, people = at // 3600, sorted((sender, receiver))
        terms = [
            FIT.loss_at_1_m_db + 10 * FIT.exponent * math.log10(1.5),
            FIT.phones[phone(sender)].sent_db,
            FIT.phones[phone(receiver)].received_db,
            *(FIT.body_sd_db * normal("radio: bodies", day, hour, each) for each in people),
            FIT.pair_sd_db * normal("radio: pairs", day, hour, *people),
            FIT.fading_sd_db * normal("radio: fading", day, sender, receiver, number),
        ]
        loss = sum(round(256 * term) for term in terms)
        rssi = radio.TX_POWER_DBM - (loss + 128) // 256
        above = (rssi - FIT.sensitivity_dbm) / FIT.sensitivity_width_db
        chance = hi(Stream(1, "radio: fading").bits(day, sender, receiver, number)) / 2**32
        if chance < (1 - FIT.scan_loss) / (1 + math.exp(-above)):
            found.append((at, rssi))
    return found


def test_a_contact_lets_hear_what_it_always_did() -> None:
    """The same on every machine and for ever: both fidelities and all figures stand on it."""
    assert heard(3, 4, day=2, duration=1800) == GOLDEN_NEAR
    assert heard(4, 3, day=2, duration=1800, distance_cm=320, layer=SCHOOL) == GOLDEN_FAR
    assert heard(999_999, 17, day=99, start=78_000, duration=600, distance_cm=0) == GOLDEN_LATE


@pytest.mark.spec("RADIO-2", "RADIO-3", "RADIO-4", "RADIO-5")
@pytest.mark.parametrize(("sender", "receiver"), [(0, 1), (1, 0), (70, 123_456)])
def test_sightings_are_what_the_chapter_computes(sender: int, receiver: int) -> None:
    for day in (0, 41):
        found = heard(sender, receiver, day=day, start=30_000, duration=20_000)
        assert len(found) > 10
        assert found == by_hand(sender, receiver, day=day, start=30_000, end=50_000)


@pytest.mark.spec("RADIO-1")
def test_order_and_threads_change_nothing() -> None:
    pairs = [(sender, receiver) for sender in range(12) for receiver in range(12)]
    alone = [heard(*pair) for pair in pairs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda pair: heard(*pair), reversed(pairs)))
    assert together[::-1] == alone
    assert heard(3, 4, model=model_of(FIT, 2)) != heard(3, 4)


@pytest.mark.spec("RADIO-1", "RADIO-3")
@settings(deadline=None, max_examples=50)
@given(cuts=st.lists(st.integers(21_600, 78_600), min_size=3, max_size=3), day=st.integers(0, 99))
def test_a_contact_in_two_parts_is_heard_as_the_whole(cuts: list[int], day: int) -> None:
    first, middle, last = sorted(cuts)
    parts = [(first, middle), (middle, last)]
    found = [heard(5, 6, day=day, start=start, duration=end - start) for start, end in parts]
    assert found[0] + found[1] == heard(5, 6, day=day, start=first, duration=last - first)


@pytest.mark.spec("RADIO-3")
def test_the_scan_of_a_contacts_first_second_counts_and_that_of_its_end_does_not() -> None:
    def times(start: int, duration: int) -> list[int]:
        where = heard(7, 8, start=start, duration=duration, distance_cm=0, model=CERTAIN)
        return [at for at, _ in where]

    scans = times(40_000, 20_000)
    assert len(scans) > 70
    for at in scans:
        assert times(at, 1) == [at]
        assert times(at - 100, 100) == times(at + 1, 100) == []


@pytest.mark.spec("RADIO-2")
def test_contacts_with_one_receiver_share_its_scans_and_gaps_are_as_captured() -> None:
    gaps = []
    for receiver in range(200):
        times = [
            [at for at, _ in heard(sender, receiver, duration=20_000, distance_cm=0, model=CERTAIN)]
            for sender in (1000, 2000)
        ]
        assert times[0] == times[1]
        gaps += np.diff(times[0]).tolist()
    assert 200 <= min(gaps) < 215
    assert 295 < max(gaps) <= 305
    assert np.mean(gaps) == pytest.approx(FIT.scan_period_seconds, abs=0.5)
    assert np.quantile(gaps, (0.25, 0.75)) == pytest.approx((231.5, 276.5), abs=2)


@pytest.mark.spec("RADIO-5")
@pytest.mark.parametrize("loss", [0.0, 0.3, 1.0])
def test_a_near_phone_is_missed_as_often_as_a_scenario_says(loss: float) -> None:
    chosen = SimpleNamespace(fit="captures-2020", loss=loss)
    model = radio.model(chosen, 1)
    counts = [len(heard(i, i + 1, distance_cm=30, model=model)) for i in range(0, 2000, 2)]
    scans = 1000 * 3600 / FIT.scan_period_seconds
    assert sum(counts) / scans == pytest.approx(1 - loss, abs=0.02)


@pytest.mark.spec("RADIO-5")
def test_a_far_phone_is_seldom_heard_and_a_very_far_one_never() -> None:
    def share(distance_cm: int) -> float:
        return sum(len(heard(i, i + 1, distance_cm=distance_cm)) for i in range(0, 600, 2)) / 4252

    shares = [share(distance_cm) for distance_cm in (50, 150, 300, 600, 1200, 10_000)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.95
    assert 0.05 < shares[3] < 0.5
    assert shares[5] < 0.002
    assert heard(0, 1, distance_cm=32_000, model=CERTAIN) == heard(
        0, 1, distance_cm=10_000, model=CERTAIN
    )


@pytest.mark.spec("RADIO-4")
def test_attenuation_grows_with_distance_and_less_on_a_table() -> None:
    def mean(distance_cm: int, layer: int = OCCASIONAL) -> float:
        people = range(0, 600, 2)
        found = (
            rssi
            for i in people
            for _, rssi in heard(i, i + 1, distance_cm=distance_cm, layer=layer, model=CERTAIN)
        )
        return radio.TX_POWER_DBM - float(np.mean(list(found)))

    assert mean(10) == mean(30)
    assert mean(100) == pytest.approx(FIT.loss_at_1_m_db, abs=1)
    assert mean(100) - mean(50) == pytest.approx(10 * FIT.exponent * math.log10(2), abs=0.1)
    assert mean(100, SCHOOL) - mean(100) == pytest.approx(2 * FIT.table_db, abs=0.1)


@pytest.mark.spec("RADIO-4")
def test_bodies_and_pairs_stay_for_an_hour_and_phones_for_ever() -> None:
    steady = model_of(replace(FIT, fading_sd_db=0), 1, scan_loss=0.0)

    def strengths(**where: int) -> set[int]:
        return {rssi for _, rssi in heard(8, 9, model=steady, distance_cm=50, **where)}

    assert len(strengths(start=36_000, duration=3600)) == 1
    assert len(strengths(start=36_000, duration=36_000)) > 4
    bare = model_of(replace(FIT, fading_sd_db=0, body_sd_db=0, pair_sd_db=0), 1, scan_loss=0.0)
    over_days = {rssi for day in range(9) for _, rssi in heard(8, 9, day=day, model=bare)}
    assert len(over_days) == 1


@pytest.mark.spec("RADIO-4")
def test_strengths_end_at_the_ends_of_their_range() -> None:
    loud = model_of(replace(FIT, loss_at_1_m_db=30, fading_sd_db=15, pair_sd_db=15), 1)
    assert max(r for i in range(0, 400, 2) for _, r in heard(i, 9, model=loud)) <= 0
    silent = model_of(replace(FIT, loss_at_1_m_db=80, exponent=4, sensitivity_dbm=-110), 1)
    assert heard(1, 2, distance_cm=3000, model=silent) == []


@pytest.mark.spec("RADIO-6")
def test_attenuation_is_counted_from_what_metadata_tell() -> None:
    assert radio.TX_POWER_DBM == -29


@pytest.mark.parametrize(("fit", "loss"), [("captures-1999", None), ("../x", None), ("", None)])
def test_a_fit_that_nobody_made_is_refused(fit: str, loss: float | None) -> None:
    with pytest.raises(ValueError, match="no radio fit"):
        radio.model(SimpleNamespace(fit=fit, loss=loss), 1)


@pytest.mark.parametrize("loss", [-0.1, 1.1])
def test_a_loss_that_is_no_share_is_refused(loss: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        radio.model(SimpleNamespace(fit="captures-2020", loss=loss), 1)
