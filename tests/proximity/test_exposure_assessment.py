"""spec/proximity/exposure.md: who is warned of which day."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_scoring as oracle
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import design_named
from dp3t.proximity.exposure.assessment import (
    Contact,
    DayScore,
    assess,
    assess_contacts,
    contacts_of,
)
from dp3t.proximity.exposure.calibration import UNCALIBRATED, Calibration
from dp3t.proximity.exposure.configuration import Configuration, GaenV2Rule
from dp3t.proximity.exposure.configuration_file import load_configuration
from dp3t.proximity.exposure.presets import PRESETS
from dp3t.proximity.exposure.scoring.cwa import CwaRule
from dp3t.proximity.exposure.scoring.readings import Reading
from dp3t.proximity.interface import Match
from dp3t.proximity.observations import NO_PERIOD, Kept, Observation, Sighting
from dp3t.timeline import Day, Slot

LOWCOST = design_named("lowcost")
TODAY = Day(18_400)
POWER = -20
TENS_OF_BYTES = {"lowcost": 16, "hybrid": 16, "gaen": 16, "unlinkable": 32}
"""A design keeps an identifier, or a hash of 32 bytes in its place."""


def matched(
    *sightings: tuple[int, int],
    day: int = TODAY,
    slot: int = 0,
    name: int = 0,
    power: int | None = POWER,
    size: int = 16,
) -> Match:
    """Return a match; its sightings are pairs of second and attenuation."""
    return Match(
        observation=Observation(
            kept=Kept(name.to_bytes(size, "big"), NO_PERIOD, b""),
            slot=Slot(day * 12 + slot),
            coarse=False,
            sightings=tuple(Sighting(at, POWER - db) for at, db in sorted(sightings)),
        ),
        metadata=None if power is None else Metadata(tx_power_dbm=power),
    )


def near(minutes: int, *, db: int = 40) -> list[tuple[int, int]]:
    """Return sightings that stand for so many minutes, a multiple of 5."""
    return [(at, db) for at in range(0, 60 * minutes, 300)]


def scores(
    matches: Iterable[Match], name: str = "dp3t", *, today: int = TODAY
) -> list[tuple[int, float, bool]]:
    found = assess(matches, design=LOWCOST, configuration=PRESETS[name], today=Day(today))
    return [(each.day, each.score, each.notify) for each in found]


@pytest.mark.spec("EXPOSURE-11")
@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("design", TENS_OF_BYTES)
def test_half_an_hour_side_by_side_warns_in_every_design_under_every_preset(
    name: str, design: str
) -> None:
    together = [matched(*near(30), size=TENS_OF_BYTES[design])]
    ((day, score, notify),) = scores(together, name)
    assert (day, notify) == (TODAY, True)
    assert score >= PRESETS[name].notify_at


@pytest.mark.spec("EXPOSURE-11")
@pytest.mark.parametrize("name", ["dp3t", "swisscovid", "gaen-v2", "cwa"])
def test_far_or_brief_is_scored_and_not_warned_of(name: str) -> None:
    far = [matched(*near(60, db=90))]
    brief = [matched((0, 40))]
    assert [each[0::2] for each in scores(far, name)] == [(TODAY, False)]
    assert [each[0::2] for each in scores(brief, name)] == [(TODAY, False)]


@pytest.mark.spec("EXPOSURE-11")
def test_days_are_scored_apart_oldest_first_and_no_match_gives_none() -> None:
    one, two, three = near(15), near(5), near(10)
    matches = [
        matched(*one, day=TODAY),
        matched(*two, day=TODAY - 2, name=1),
        matched(*three, day=TODAY - 2, slot=3, name=2),
        matched(*two, day=TODAY - 1),
    ]
    assert scores(matches) == [
        (TODAY - 2, 15.0, True),
        (TODAY - 1, 5.0, False),
        (TODAY, 15.0, True),
    ]
    assert scores([]) == []


@pytest.mark.spec("EXPOSURE-11")
@pytest.mark.parametrize("name", PRESETS)
def test_a_day_at_the_end_of_the_look_back_counts_and_the_one_before_does_not(name: str) -> None:
    days = PRESETS[name].look_back_days
    last, gone = (matched(*near(30), day=TODAY - age) for age in (days, days + 1))
    assert [each[0] for each in scores([last, gone], name)] == [TODAY - days]


@pytest.mark.spec("EXPOSURE-12")
@pytest.mark.parametrize(
    ("seconds", "score", "notify"), [(599, 899 / 60, False), (600, 15.0, True)]
)
def test_a_day_is_warned_of_from_the_threshold_on(
    seconds: int, score: float, *, notify: bool
) -> None:
    heard = matched((0, 40), (300, 40), (seconds, 40))
    assert scores([heard]) == [(TODAY, score, notify)]


@pytest.mark.spec("EXPOSURE-5")
@pytest.mark.parametrize("name", PRESETS)
def test_without_a_transmit_power_a_match_scores_nothing(name: str) -> None:
    silent = matched(*near(60), power=None)
    assert scores([silent], name) == [(TODAY, 0.0, False)]


@pytest.mark.spec("EXPOSURE-4", "EXPOSURE-5")
def test_the_phones_calibration_moves_every_attenuation() -> None:
    heard, silent = matched(*near(15, db=52)), matched(*near(15, db=52), power=None)

    def score(match: Match, calibration: Calibration) -> float:
        found = assess(
            [match],
            design=LOWCOST,
            configuration=PRESETS["dp3t"],
            calibration=calibration,
            today=TODAY,
        )
        return found[0].score

    assert score(heard, UNCALIBRATED) == 7.5
    assert score(heard, Calibration(rx_correction_db=3)) == 15.0
    assert score(heard, Calibration(rx_correction_db=-3)) == 0.0
    assert score(heard, Calibration(tx_power_dbm=99)) == 7.5
    assert score(silent, Calibration(tx_power_dbm=POWER)) == 7.5


def contact_of(*sightings: tuple[int, int]) -> Contact:
    heard = [matched(*sightings)]
    (found,) = contacts_of(heard, design=LOWCOST, calibration=UNCALIBRATED)
    return found


@pytest.mark.spec("EXPOSURE-10")
def test_sightings_are_cut_into_scans_however_dense_they_are() -> None:
    dense = contact_of(*((at, at) for at in range(100, 160, 5)))
    start = TODAY * 86_400
    assert {each.at_seconds - start for each in dense.readings} == {0, 30}
    assert [each.previous_scan_seconds for each in dense.readings] == [None] * 6 + [start] * 6
    assert [each.attenuation_db for each in dense.readings] == list(range(100, 160, 5))
    apart = contact_of((7, 40), (32, 40), (33, 40))
    assert [each.at_seconds - start for each in apart.readings] == [0, 0, 26]


@pytest.mark.spec("EXPOSURE-10")
@pytest.mark.parametrize("name", ["dp3t", "gaen-v2", "cwa"])
def test_who_listens_all_the_time_counts_a_contact_once(name: str) -> None:
    """A chain that grew without limit would be a single scan of two or five minutes."""
    dense = matched(*((at, 40) for at in range(0, 900, 10)))
    sparse = matched(*near(15))
    ((_, all_the_time, _),) = scores([dense], name)
    ((_, now_and_then, _),) = scores([sparse], name)
    assert 0.9 * now_and_then <= all_the_time <= 1.5 * now_and_then


@pytest.mark.spec("EXPOSURE-10")
def test_two_identifiers_of_which_no_key_is_known_are_two_senders() -> None:
    first, second = near(15), [(at + 900, 40) for at, _ in near(15)]
    together, apart = matched(*first, *second), [matched(*first), matched(*second, name=1)]
    assert len(together.observation.sightings) == 6
    assert scores([together]) == scores(apart) == [(TODAY, 30.0, True)]


sightings = st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 90)), min_size=1, max_size=8)
many = st.lists(
    st.builds(
        lambda heard, day, slot, name, power: matched(
            *heard, day=day, slot=slot, name=name, power=power
        ),
        sightings,
        st.integers(TODAY - 12, TODAY),
        st.integers(0, 11),
        st.integers(0, 3),
        st.sampled_from([POWER, POWER - 7, None]),
    ),
    max_size=6,
)


@pytest.mark.spec("EXPOSURE-13")
@given(matches=many, name=st.sampled_from(sorted(PRESETS)), data=st.data())
def test_neither_order_nor_coarsening_changes_an_assessment(
    matches: list[Match], name: str, data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(matches))
    coarse = [
        Match(observation=one.observation.coarsened(), metadata=one.metadata) for one in mixed
    ]
    assert scores(matches, name) == scores(mixed, name) == scores(coarse, name)


@pytest.mark.spec("EXPOSURE-10", "EXPOSURE-11", "EXPOSURE-12")
@settings(max_examples=40)
@given(matches=many)
def test_an_assessment_is_the_second_witnesss(matches: list[Match]) -> None:
    described: list[dict[str, Any]] = [
        {
            "slot": one.observation.slot,
            "tx_power_dbm": None if one.metadata is None else one.metadata.tx_power_dbm,
            "sightings": one.observation.sightings,
        }
        for one in sorted(matches, key=lambda one: one.observation.slot)
    ]
    own = {"tx_power_dbm": None, "rx_correction_db": 0}
    rule = {
        "thresholds_db": [50, 55],
        "bucket_weights": [1.0, 0.5, 0.0],
        "cap_minutes": 30,
        "scan_interval_seconds": 300,
        "max_gap_seconds": 600,
    }
    for day, score, notify in scores(matches):
        senders = [oracle.readings(one, own) for one in described if one["slot"] // 12 == day]
        points = [[reading[:2] for reading in sender] for sender in senders if sender]
        assert score == oracle.exposure_score(points, rule)["score"]
        assert notify is (score >= 15)
    mapping = {
        "days_to_infectiousness": None,
        "when_missing": 1,
        "report_type_when_missing": 1,
    }
    windows = [window for one in described for window in oracle.as_windows(one, own, mapping)]
    known = {each["day"]: each["minutes"] for each in oracle.cwa(windows, {})}
    for day, score, notify in scores(matches, "cwa"):
        assert score == pytest.approx(known.get(day, 0.0))
        assert notify is (score >= 9)


@pytest.mark.spec("EXPOSURE-14")
def test_a_score_has_no_field_for_an_hour_or_an_identifier_and_does_not_depend_on_them() -> None:
    assert [field.name for field in fields(DayScore)] == ["day", "score", "notify"]
    for name in PRESETS:
        found = {
            tuple(scores([matched((at, 40), (at + 400, 52), slot=slot, name=slot)], name))
            for at in (0, 59, 61, 3000)
            for slot in range(12)
        }
        assert len(found) == 1


def contact(db: int = 40, **told: int) -> Contact:
    start = TODAY * 86_400
    readings = tuple(Reading(start + at, db, 0, start + at - 300) for at, _ in near(30))
    return Contact(day=TODAY, readings=readings, **told)


def score_of(one: Contact, configuration: Configuration) -> float:
    (found,) = assess_contacts([one], configuration=configuration, today=TODAY)
    return found.score


@pytest.mark.spec("EXPOSURE-15")
def test_what_a_key_tells_counts_and_what_it_does_not_the_configuration_says() -> None:
    first = load_configuration(
        'preset = "gaen-v1"\n[gaen-v1]\ntransmission_scores = [1, 2, 3, 4, 5, 6, 7, 8]\n'
        "transmission_risk_level_when_missing = 3\n"
    )
    assert score_of(contact(), first) == 4**3 * 3
    assert score_of(contact(transmission_risk_level=8), first) == 4**3 * 8
    second = PRESETS["gaen-v2"]
    assert isinstance(second.rule, GaenV2Rule)
    unknown = replace(
        second,
        rule=replace(
            second.rule, mapping=replace(second.rule.mapping, infectiousness_when_missing=1)
        ),
    )
    high, standard, none = (score_of(contact(days_since_onset=day), second) for day in (0, 4, 9))
    assert score_of(contact(), second) == high > standard > none == 0
    assert score_of(contact(), unknown) == standard
    app = PRESETS["cwa"]
    assert isinstance(app.rule, CwaRule)
    clinical = replace(
        app,
        rule=replace(app.rule, mapping=replace(app.rule.mapping, report_type_when_missing=2)),
    )
    assert score_of(contact(), app) == score_of(contact(report_type=1), app)
    assert score_of(contact(), clinical) == score_of(contact(report_type=2), app)
    assert score_of(contact(), clinical) < score_of(contact(), app)


@pytest.mark.spec("EXPOSURE-11")
def test_gaens_first_generation_scores_a_day_by_its_riskiest_sender() -> None:
    configuration = load_configuration(
        'preset = "gaen-v1"\n[gaen-v1]\nattenuation_scores = [1, 2, 3, 4, 5, 6, 7, 8]\n'
        "days_scores = [1, 2, 3, 4, 5, 6, 7, 8]\n"
    )
    matches = [matched((0, 60)), matched((0, 30), name=1), matched((0, 30), day=TODAY - 4)]
    found = assess(matches, design=LOWCOST, configuration=configuration, today=TODAY)
    assert [each.score for each in found] == [5 * 6 * 4, 5 * 8 * 4]
