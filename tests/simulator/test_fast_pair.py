"""spec/simulator/notification.md: what one phone finds of another one, against the library."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.proximity.exposure.configuration import GaenV2Rule
from dp3t.proximity.exposure.presets import PRESETS
from dp3t.proximity.exposure.scoring.exposure_score import ExposureScoreRule
from dp3t_simulator.notification.buckets import bucket_seconds, buckets_of, exposure_scores
from dp3t_simulator.notification.law import law_of
from dp3t_simulator.notification.pair import ALL_WINDOWS, Workspace, contacts, sort, workspace
from dp3t_simulator.notification.summaries import Ranking, onset_code, rank, summaries_of, total
from dp3t_simulator.radio import TX_POWER_DBM
from dp3t_simulator.scenario.settings import AppSettings, Scenario
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
        found.append((second, draw(st.integers(-120, -60))))
        second += gap
        if second >= LATEST:
            break
    return found


@pytest.mark.spec("SIMNOTE-4")
@pytest.mark.spec("SIMNOTE-6")
@pytest.mark.spec("SIMNOTE-7")
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


WORK = workspace()


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
