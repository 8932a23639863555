"""Two phones meet under GAEN; what one makes of it is what Google's rules make of the sightings."""

from dataclasses import replace

import pytest

from dp3t.proximity.exposure.configuration import GaenV2Rule
from dp3t.proximity.exposure.presets import preset
from dp3t.proximity.exposure.scoring.cwa import CwaRule, day_risks
from dp3t.proximity.exposure.scoring.daily_summaries import daily_summaries
from dp3t.proximity.exposure.scoring.exposure_score import (
    ExposureScoreRule,
    bucket_seconds,
    exposure_score,
)
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    DataMapping,
    ExposureWindow,
    ScanInstance,
    exposure_windows,
)
from dp3t.proximity.exposure.scoring.readings import Reading
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant
from street import DAY, METADATA, MORNING, Street

START = MORNING + 487
"""Seven seconds after ten past eight, when an identifier begins."""

ONSET = Day(DAY - 4)
CONFIRMED, SELF_REPORT, REVOKED = 1, 3, 5
HEARD = [
    (0, 40), (290, 52), (610, 61), (614, 58), (900, 50), (1190, 44), (1500, 70), (1795, 66),
    (2100, 49), (2380, 47),
]  # fmt: skip
"""Second of the meeting, attenuation: nine scans in 40 minutes, one of which heard twice."""


def met() -> tuple[Street, Report]:
    """Return two phones after the meeting, and the report of the one that was heard."""
    street, identities = Street("gaen"), set()
    for second, attenuation in HEARD:
        words = street.meet(START + second, rssi=METADATA.tx_power_dbm - attenuation)
        identities.add(street.identity(words, START + second))
    assert len(identities) == 4
    street.reported_at = START + 3600
    report = street.phones[0].report(
        since=DAY, now=Instant(street.reported_at), rand=street.rand, onset=ONSET
    )
    return street, report


def classified(report: Report, kind: int) -> Report:
    """Return the report with the type that the health authority gives it."""
    records = tuple(
        replace(one, attributes=(*one.attributes[:2], kind, *one.attributes[3:]))
        for one in report.records
    )
    return replace(report, records=records)


def by_hand(mapping: DataMapping, kind: int) -> list[ExposureWindow]:
    """Return the meeting as exposure windows: 30 minutes, and minutes of the clock between scans.

    The scans are in the minutes 10, 14, 20, 25, 29, 35, 40, 45 and 49 after eight.
    """
    first = (
        ScanInstance((40,), 120),  # no scan before it
        ScanInstance((52,), 240),
        ScanInstance((61, 58), 300),  # after six minutes, of which five count
        ScanInstance((50,), 300),
        ScanInstance((44,), 240),
        ScanInstance((70,), 300),
        ScanInstance((66,), 300),
    )
    second = ScanInstance((49,), 300), ScanInstance((47,), 240)
    return [
        ExposureWindow(
            start_seconds=start,
            infectiousness=mapping.infectiousness(4),
            report_type=mapping.report_type(kind),
            calibration_confidence=METADATA.calibration_confidence,
            scans=scans,
        )
        for start, scans in ((START, first), (START + 2100, second))
    ]


def scored(street: Street, name: str) -> list[tuple[Day, float]]:
    found = street.phones[1].assess(preset(name), now=Instant(MORNING + 86_400))
    return [(each.day, each.score) for each in found]


@pytest.mark.spec("EXPOSURE-10", "EXPOSURE-15", "EXPOSURE-16", "MATCHING-9", "PHONE-28")
def test_a_meeting_scores_as_its_windows_do_and_a_revocation_takes_the_score_away() -> None:
    street, report = met()
    batch = street.publish(classified(report, SELF_REPORT))
    assert len(street.found(batch)) == 4
    for kind, release in ((SELF_REPORT, batch.release), (CONFIRMED, batch.release + 7200)):
        street.found(street.publish(classified(report, kind), release=release))
        second, third = preset("gaen-v2").rule, preset("cwa").rule
        assert isinstance(second, GaenV2Rule)
        assert isinstance(third, CwaRule)
        windows = by_hand(second.mapping, kind)
        (summary,) = daily_summaries(windows, rule=second.summaries, today=Day(DAY + 1))
        assert scored(street, "gaen-v2") == [(DAY, summary.data.total)]
        (risk,) = day_risks(by_hand(third.mapping, kind), rule=third)
        assert scored(street, "cwa") == [(DAY, risk.minutes)]
        assert summary.data.total > 0
        assert risk.minutes > 0
    revoked = street.publish(classified(report, REVOKED), release=batch.release + 4 * 7200)
    assert street.found(revoked) == ()
    for name in ("gaen-v1", "gaen-v2", "cwa", "dp3t", "swisscovid"):
        assert scored(street, name) == []
    assert street.phones[1].exposures == ()


@pytest.mark.spec("EXPOSURE-16", "SCORING-11", "SCORING-12", "SCORING-19")
def test_the_windows_by_hand_and_the_exposure_score_are_those_of_the_readings() -> None:
    """What the rules make of the sightings themselves, without a phone."""
    scans = [second for second, _ in HEARD if second != 614]
    before = dict(zip(scans[1:], scans, strict=False)) | {614: 290}
    readings = [
        Reading(START + second, attenuation, 0, START + before[second] if second else None)
        for second, attenuation in HEARD
    ]
    rule = preset("gaen-v2").rule
    assert isinstance(rule, GaenV2Rule)
    windows = exposure_windows(
        readings, mapping=rule.mapping, report_type=CONFIRMED, days_since_onset=4
    )
    assert list(windows) == by_hand(rule.mapping, CONFIRMED)
    street, report = met()
    street.found(street.publish(report))
    weighed = bucket_seconds([readings], rule=ExposureScoreRule())
    minutes = exposure_score(weighed, rule=ExposureScoreRule())
    # The phone counts both sightings of a scan at its first second, a rule at their own.
    ((day, score),) = scored(street, "dp3t")
    assert day == DAY
    assert score == pytest.approx(minutes, abs=4 / 60)
