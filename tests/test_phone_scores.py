"""spec/proximity/exposure.md: a phone weighs what it matched under a published rule."""

import pytest

from dp3t.proximity.exposure.presets import preset
from dp3t.timeline import Instant
from street import DAY, MORNING, Street, every_design

NEAR_DBM, FAR_DBM = -60, -90  # 36 and 66 dB from a sender at -24 dBm


def contact(name: str, *, minutes: int, rssi_dbm: int) -> Street:
    """Return a street in which a contact has matched a meeting of so many minutes."""
    street = Street(name)
    for now in range(MORNING, MORNING + 60 * minutes + 1, 150):
        street.meet(now, rssi=rssi_dbm)
    batch = street.publish(street.report(MORNING + 2 * 7200, since=DAY))
    street.tick(batch.release)
    assert street.phones[1].ingest(batch)
    return street


@every_design
@pytest.mark.spec("EXPOSURE-11", "EXPOSURE-12")
@pytest.mark.parametrize("name_of_rule", ["dp3t", "swisscovid"])
@pytest.mark.parametrize(
    ("minutes", "rssi_dbm", "warned"), [(50, NEAR_DBM, True), (50, FAR_DBM, False)]
)
def test_a_long_near_contact_warns_and_a_far_one_does_not(
    name: str, name_of_rule: str, minutes: int, rssi_dbm: int, warned: bool
) -> None:
    street = contact(name, minutes=minutes, rssi_dbm=rssi_dbm)
    phone = street.phones[1]
    scores = phone.assess(preset(name_of_rule), now=Instant(MORNING + 3 * 7200))
    assert [(score.day, score.notify) for score in scores] == [(DAY, warned)]
    assert street.phones[0].assess(preset(name_of_rule), now=MORNING) == ()


@every_design
def test_a_short_near_contact_does_not_warn(name: str) -> None:
    phone = contact(name, minutes=5, rssi_dbm=NEAR_DBM).phones[1]
    assert [score.notify for score in phone.assess(preset("dp3t"), now=MORNING)] == [False]
