"""spec/proximity/exposure.md: what a phone makes of all it heard of one key."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import design_named
from dp3t.proximity.exposure.assessment import Contact, assess, contacts_of
from dp3t.proximity.exposure.calibration import UNCALIBRATED, Calibration
from dp3t.proximity.exposure.configuration import GaenV2Rule
from dp3t.proximity.exposure.presets import PRESETS
from dp3t.proximity.exposure.scoring.gaen_v2 import exposure_windows
from dp3t.proximity.exposure.scoring.readings import Reading
from dp3t.proximity.interface import Match
from dp3t.proximity.observations import NO_PERIOD, Kept, Observation, Sighting
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Slot

DAY = Day(18_400)
MIDNIGHT = DAY * 86_400
POWER = -20
GAEN = design_named("gaen")
KEY = KeyRecord((144 * DAY, 144, 1, 2), bytes(16))
OTHER = KeyRecord((144 * DAY, 144, 3, 127), bytes([1]) * 16)
KEYS = {
    "gaen": KEY,
    "lowcost": KeyRecord((DAY,), bytes(32)),
    "hybrid": KeyRecord((6 * DAY,), bytes(16)),
}


def matched(
    *sightings: tuple[int, int],
    name: int = 0,
    slot: int = 0,
    key: KeyRecord | None = KEY,
    power: int | None = POWER,
) -> Match:
    """Return a match; its sightings are pairs of second in the slot and attenuation."""
    return Match(
        observation=Observation(
            kept=Kept(name.to_bytes(16, "big"), NO_PERIOD, b""),
            slot=Slot(12 * DAY + slot),
            coarse=False,
            sightings=tuple(Sighting(at, POWER - db) for at, db in sorted(sightings)),
        ),
        metadata=None if power is None else Metadata(tx_power_dbm=power),
        key=key,
    )


def contacts(
    *matches: Match, name: str = "gaen", calibration: Calibration = UNCALIBRATED
) -> list[Contact]:
    return contacts_of(matches, design=design_named(name), calibration=calibration)


def seconds(contact: Contact) -> list[int]:
    return [reading.at_seconds - MIDNIGHT for reading in contact.readings]


@pytest.mark.spec("EXPOSURE-16", "EXPOSURE-10")
def test_identifiers_and_slots_of_one_gaen_key_are_one_contact_at_their_moments() -> None:
    late = matched((10, 61), name=3, slot=1)
    early = matched((6900, 60), (6905, 40), (7190, 62), name=2)
    (found,) = contacts(late, early)
    assert found == Contact(
        day=DAY,
        readings=(
            Reading(MIDNIGHT + 6900, 60, 0, None),
            Reading(MIDNIGHT + 6900, 40, 0, None),
            Reading(MIDNIGHT + 7190, 62, 0, MIDNIGHT + 6900),
            Reading(MIDNIGHT + 7190, 61, 0, MIDNIGHT + 6900),
        ),
        report_type=1,
        days_since_onset=2,
    )


@pytest.mark.spec("EXPOSURE-16")
def test_keys_and_days_are_apart_and_so_is_what_has_no_known_key() -> None:
    one, two = matched((0, 40)), matched((60, 40), name=1, key=OTHER)
    tomorrow = matched((60, 40), name=1, slot=12)
    unknown = [matched((100, 40), name=name, key=None) for name in (5, 6)]
    found = contacts(one, two, tomorrow, *unknown)
    assert [(each.day - DAY, each.report_type, each.days_since_onset) for each in found] == [
        (0, 1, 2),
        (0, 3, None),
        (1, 1, 2),
        (0, 0, None),
        (0, 0, None),
    ]
    assert list(map(seconds, found)) == [[0], [60], [86_460], [0], [0]]


@pytest.mark.spec("EXPOSURE-16")
def test_an_observation_that_has_lost_its_moments_is_weighed_alone_under_gaen_too() -> None:
    fine = matched((700, 40), (900, 41))
    coarse = replace(fine, observation=fine.observation.coarsened())
    assert list(map(seconds, contacts(fine, coarse))) == [[700, 900], [0, 200]]


@pytest.mark.spec("EXPOSURE-16")
@pytest.mark.parametrize("name", ["lowcost", "hybrid", "unlinkable"])
def test_designs_that_drop_the_moments_weigh_each_observation_alone(name: str) -> None:
    key = KEYS.get(name)
    found = contacts(
        matched((700, 40), (900, 41), key=key), matched((900, 42), name=1, key=key), name=name
    )
    assert list(map(seconds, found)) == [[0, 200], [0]]
    assert {(each.report_type, each.days_since_onset) for each in found} == {(0, None)}


@pytest.mark.spec("EXPOSURE-16")
@pytest.mark.parametrize(
    ("name", "parts"), [("gaen", [1320]), ("lowcost", [720, 420]), ("hybrid", [720, 420])]
)
def test_what_a_cut_takes_from_a_window_is_what_the_chapter_says(
    name: str, parts: list[int]
) -> None:
    """Five scans 300 s apart count 1320 s; cut before the fourth, 720 s and 420 s."""
    key = KEYS[name]
    halves = [
        matched((0, 40), (300, 40), (600, 40), key=key),
        matched((900, 40), (1200, 40), name=1, key=key),
    ]
    rule = PRESETS["gaen-v2"].rule
    assert isinstance(rule, GaenV2Rule)
    found = [
        sum(scan.seconds for window in windows for scan in window.scans)
        for windows in (
            exposure_windows(each.readings, mapping=rule.mapping)
            for each in contacts(*halves, name=name)
        )
    ]
    assert found == parts


@pytest.mark.spec("EXPOSURE-15")
def test_of_several_words_on_one_key_the_one_that_stands_speaks_for_the_contact() -> None:
    said = [KeyRecord((144 * DAY, 144, kind, kind), bytes(16)) for kind in (4, 1, 3)]
    (found,) = contacts(*(matched((0, 40), name=n, key=key) for n, key in enumerate(said)))
    assert (found.report_type, found.days_since_onset) == (1, 1)


@pytest.mark.spec("MATCHING-9")
@pytest.mark.parametrize("name", PRESETS)
def test_a_revoked_key_scores_under_no_rule(name: str) -> None:
    revoked = KeyRecord((144 * DAY, 144, 5, 2), bytes(16))
    near = [(at, 40) for at in range(0, 1800, 300)]
    matches = [matched(*near), matched(*near, slot=1, key=revoked), matched(*near, key=OTHER)]
    found, other = (
        assess(each, design=GAEN, configuration=PRESETS[name], today=DAY)
        for each in (matches, matches[2:])
    )
    assert found == other
    assert assess(matches[:2], design=GAEN, configuration=PRESETS[name], today=DAY) == ()


@pytest.mark.spec("EXPOSURE-4", "EXPOSURE-5")
def test_an_identifier_without_power_leaves_no_reading_but_its_scan_is_known() -> None:
    heard = [matched((0, 40), power=None), matched((300, 40), name=1)]
    (found,) = contacts(*heard)
    assert found.readings == (Reading(MIDNIGHT + 300, 40, 0, MIDNIGHT),)
    (found,) = contacts(*heard, calibration=Calibration(tx_power_dbm=POWER + 5))
    assert [reading.attenuation_db for reading in found.readings] == [45, 40]


many = st.lists(
    st.builds(
        lambda heard, name, slot, key, power: matched(
            *heard, name=name, slot=slot, key=key, power=power
        ),
        st.lists(st.tuples(st.integers(0, 3000), st.integers(20, 90)), min_size=1, max_size=6),
        st.integers(0, 3),
        st.integers(0, 2),
        st.sampled_from([KEY, OTHER, None]),
        st.sampled_from([POWER, POWER - 7, None]),
    ),
    max_size=6,
    unique_by=lambda one: (one.observation.slot, one.observation.kept),
)


@pytest.mark.spec("EXPOSURE-13")
@given(matches=many, name=st.sampled_from(sorted(PRESETS)), data=st.data())
def test_the_order_of_matches_changes_no_score(
    matches: Sequence[Match], name: str, data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(matches))
    one, other = (
        assess(each, design=GAEN, configuration=PRESETS[name], today=DAY)
        for each in (matches, mixed)
    )
    assert one == other
