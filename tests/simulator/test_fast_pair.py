"""spec/simulator/warnings.md: what one phone finds of another one, against the library."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.proximity.exposure.configuration import GaenV2Rule
from dp3t.proximity.exposure.presets import PRESETS
from dp3t.proximity.exposure.scoring.exposure_score import ExposureScoreRule
from dp3t_simulator.radio import TX_POWER_DBM
from dp3t_simulator.scenario.settings import AppSettings, Scenario
from dp3t_simulator.warnings.buckets import bucket_seconds, buckets_of, exposure_scores
from dp3t_simulator.warnings.law import law_of
from dp3t_simulator.warnings.pair import ALL_WINDOWS, Workspace, contacts, sort, workspace
from dp3t_simulator.warnings.summaries import Ranking, onset_code, rank, summaries_of, total
from library_phones import bare, server

DESIGNS = ("lowcost", "unlinkable", "hybrid", "gaen")
CONFIGURATIONS = ("dp3t", "swisscovid", "gaen-v2")
EARLIEST, LATEST = 21_600, 78_600

Sightings = list[tuple[int, int]]
skews = st.one_of(st.integers(-7200, 7200), st.integers(-90, 90), st.sampled_from((-7200, 7200)))


@st.composite
def heard(draw: st.DrawFn) -> Sightings:
    """Draw scans that now follow one another as a phone's do, and now pause or coincide."""
    second = draw(st.integers(EARLIEST, LATEST - 1))
    gaps = st.one_of(st.integers(0, 30), st.integers(200, 305), st.integers(590, 2000))
    found = []
    for gap in draw(st.lists(gaps, min_size=1, max_size=40)):
        found.append((second, draw(st.integers(-120, 0))))
        second += gap
        if second >= LATEST:
            break
    return found


@pytest.mark.spec("WARNINGS-4")
@pytest.mark.spec("WARNINGS-6")
@pytest.mark.spec("WARNINGS-7")
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
@pytest.mark.parametrize("design", DESIGNS)
@settings(max_examples=40, deadline=None)
@given(sightings=heard(), sent=skews, received=skews, onset=st.integers(-1, 25))
def test_the_loops_give_what_the_library_gives_of_a_pair(
    design: str, configuration: str, sightings: Sightings, sent: int, received: int, onset: int
) -> None:
    assert by_loops(design, configuration, sightings, (sent, received), onset) == by_library(
        design, configuration, sightings, (sent, received), onset
    )


Found = tuple[int, float] | None


def by_library(
    design: str, configuration: str, sightings: Sightings, skew: tuple[int, int], onset: int
) -> Found:
    """Let the library's functions work: everything is heard on day 20, published on day 22."""
    sender, receiver = bare(design, list(skew))
    for second, rssi in sorted(sightings):
        receiver.hear(sender, day=20, second=second, rssi=rssi, power=TX_POWER_DBM)
    records = sender.report(day=22, since=18, onset=onset, redacted=-1)
    batch = server(design).publish(22, records)
    if not receiver.ingest(22, [batch]):
        return None
    seconds, score, _ = receiver.totals(PRESETS[configuration], day=22)[20]
    return seconds, score


WORK = workspace(1000)


def by_loops(
    design: str, configuration: str, sightings: Sightings, skew: tuple[int, int], onset: int
) -> Found:
    """Let the loops do the same."""
    law = law_of(Scenario(name="one pair", app=AppSettings(design=design)))
    for place, (second, rssi) in enumerate(sightings):
        WORK.heard[place] = second << 8 | (rssi + 128)
    sort(WORK.heard, len(sightings))
    found = contacts(law, WORK, len(sightings), *skew, ALL_WINDOWS)
    if not found:
        return None
    seconds = int(WORK.seconds[:found].sum())
    return seconds, score_of(WORK, found, configuration, onset if design == "gaen" else -1)


def score_of(work: Workspace, found: int, configuration: str, onset: int) -> float:
    """Return the score of the contacts in a workspace, of a day 20."""
    first = np.concatenate([np.zeros(1, dtype=np.int32), work.end[: found - 1]])
    match PRESETS[configuration].rule:
        case ExposureScoreRule() as rule:
            both = np.zeros(2, dtype=np.int32)
            for start, end in zip(first, work.end[:found], strict=True):
                both += bucket_seconds(buckets_of(rule), work.reading, start, end)
            return float(exposure_scores(rule, both[:1], both[1:])[0])
        case GaenV2Rule() as rule:
            code = np.full(found, onset_code(20, onset), dtype=np.int32)
            none = np.zeros(found, dtype=np.int32)
            ranking = Ranking(work.reading, first, work.end[:found], code, none, none.copy())
            rank(ranking, found)
            return total(summaries_of(rule, report_type=1), ranking, found, False)
    raise AssertionError(configuration)


TEN = 36_000
"""10:00, where an epoch, an interval and a release slot begin, and no window of hybrid."""
NOON = 43_200
"""12:00, where a window begins too."""
NEAR = TX_POWER_DBM - 40
"""An RSSI in the first bucket."""


@pytest.mark.spec("WARNINGS-6")
@pytest.mark.parametrize(
    ("design", "times", "seconds", "minutes"),
    [
        ("lowcost", (TEN, TEN + 250, TEN + 500), 500, 800 / 60),
        ("lowcost", (TEN - 150, TEN + 150), 0, 600 / 60),  # an epoch ends: two contacts
        ("gaen", (TEN - 150, TEN + 150), 0, 600 / 60),  # one contact of two identifiers
        ("gaen", (TEN - 150, TEN + 350), 0, 800 / 60),
        ("lowcost", (TEN, TEN + 600), 600, 900 / 60),
        ("lowcost", (TEN, TEN + 601), 0, 600 / 60),
        ("lowcost", (TEN, TEN + 20, TEN + 250), 250, 550 / 60),  # two in one scan
    ],
)
def test_contacts_by_hand(
    design: str, times: tuple[int, ...], seconds: int, minutes: float
) -> None:
    heard = [(second, NEAR) for second in times]
    assert by_loops(design, "dp3t", heard, (0, 0), -1) == (seconds, minutes)


@pytest.mark.spec("WARNINGS-4")
@pytest.mark.parametrize(
    ("design", "second", "skew", "counts"),
    [
        ("unlinkable", TEN - 30, (120, 0), True),  # the receiver's minute reaches the new epoch
        ("unlinkable", TEN - 100, (120, 0), False),
        ("unlinkable", TEN + 59, (-60, 0), True),
        ("unlinkable", TEN + 60, (-61, 0), False),
        ("hybrid", NOON - 100, (120, 0), False),
        ("hybrid", TEN - 100, (120, 0), True),
        ("lowcost", NOON, (7200, -7200), True),
        ("gaen", TEN, (0, 7200), True),
        ("gaen", TEN, (7200, 0), True),
        ("gaen", TEN, (0, 7800), False),
        ("gaen", TEN + 599, (-599, 7200), True),
        ("gaen", TEN + 599, (-600, 7200), False),
    ],
)
def test_clocks_that_differ_by_hand(
    design: str, second: int, skew: tuple[int, int], counts: bool
) -> None:
    found = by_loops(design, "dp3t", [(second, NEAR)], skew, -1)
    assert found == ((0, 300 / 60) if counts else None)


@pytest.mark.spec("WARNINGS-5")
def test_windows_that_are_not_published_do_not_count() -> None:
    law = law_of(Scenario(name="one pair", app=AppSettings(design="hybrid")))
    WORK.heard[:2] = [(NOON - 300) << 8, (NOON + 300) << 8]
    for published, found in ((0, 0), (1 << 2, 1), (1 << 3, 1), (0b1100, 2), (ALL_WINDOWS, 2)):
        assert contacts(law, WORK, 2, 0, 0, published) == found


@pytest.mark.spec("WARNINGS-7")
@pytest.mark.parametrize(
    ("onset", "weight"),
    [(-1, 1.0), (20, 1.0), (22, 1.0), (23, 0.3), (17, 1.0), (16, 0.3), (14, 0.0), (5, 1.0)],
)
def test_days_since_onset_weigh_under_gaen_v2(onset: int, weight: float) -> None:
    found = by_loops("gaen", "gaen-v2", [(TEN, NEAR)], (0, 0), onset)
    assert found == (0, 120 * 1.75 * weight)
