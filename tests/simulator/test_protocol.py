"""spec/simulator/warnings.md: phones of the library in a world, without the world."""

from random import Random

import numpy as np
import pytest

from dp3t import Parameters, Report
from dp3t.proximity import design as design_named
from dp3t.publication import KeyRecord
from dp3t_simulator.interfaces import PRESENCE, PROXIMITY, Uploads, VenueTraces
from dp3t_simulator.warnings.protocol.air import Day
from dp3t_simulator.warnings.protocol.company import Setting
from dp3t_simulator.warnings.protocol.crew import LocalCrew
from dp3t_simulator.warnings.protocol.crowd import Visit
from dp3t_simulator.warnings.protocol.memory import MemoryServer, MemoryTransport
from dp3t_simulator.warnings.protocol.moments import calendar_day
from dp3t_simulator.warnings.protocol.venues import Venues
from dp3t_simulator.warnings.sizes import traces_bytes

DESIGNS = ("lowcost", "unlinkable", "hybrid", "gaen")
every_design = pytest.mark.parametrize("design", DESIGNS)
PATIENT, NEAR, OTHER = 3, 7, 9
NOON = 43_200
SCANS = range(NOON + 10, NOON + 10 + 250 * 9, 250)
NEAR_DBM = -29 - 40


class Street:
    """Three phones and a server in memory."""

    def __init__(
        self, design: str, *, configuration: str = "dp3t", retention_days: int = 14, ahead: int = 0
    ) -> None:
        parameters = Parameters(retention_days=retention_days)
        skew = [0] * 10
        skew[NEAR] = ahead
        setting = Setting(
            people=[PATIENT, NEAR, OTHER],
            design=design,
            parameters=parameters,
            skew=skew,
            seed=1,
            configuration=configuration,
            minutes=15,
        )
        rand = Random(5).randbytes
        transport = MemoryTransport(design, parameters=parameters, rand=rand)
        self.epoch_seconds = design_named(design).epoch_seconds(parameters)
        self.skew = skew
        self.crew = LocalCrew(setting, transport)
        self.venues = Venues(rand=rand)

    def morning(
        self,
        day: int,
        uploads: Uploads | None = None,
        *,
        online: tuple[int, ...] = (PATIENT, NEAR, OTHER),
        traces: VenueTraces | None = None,
    ) -> tuple[list[tuple[float, ...]], list[tuple[int, ...]]]:
        """Return the rows of exposures and notices."""
        rounds = self.venues.traces(day, traces) if traces else []
        found = self.crew.morning(day, uploads or uploaded(), rounds, online)
        rows = zip(*(column.tolist() for column in found.exposures), strict=True)
        return list(rows), list(zip(*(column.tolist() for column in found.notices), strict=True))

    def meet(self, day: int, seconds: range = SCANS) -> None:
        """Let the patient and the one near hear each other, each scan both ways."""
        names: dict[tuple[int, int], int] = {}
        first: list[int] = []
        rows = []
        for second in seconds:
            for sender, receiver in ((PATIENT, NEAR), (NEAR, PATIENT)):
                said = (sender, (second + self.skew[sender]) // self.epoch_seconds)
                if said not in names:
                    names[said] = len(names)
                    first.append(second)
                rows.append((second, receiver, NEAR_DBM, names[said]))
        second_of, receiver_of, rssi_of, word_of = (
            np.array(column) for column in zip(*rows, strict=True)
        )
        heard = Day(
            second=second_of,
            receiver=receiver_of,
            rssi_dbm=rssi_of.astype(np.int16),
            words=word_of,
            senders=np.array([sender for sender, _ in names]),
            first=np.array(first),
        )
        self.crew.live(day, heard, lambda done: None)

    def visit(self, day: int, *visits: Visit) -> None:
        """Let people check in."""
        links = {visit.venue: self.venues.link(visit.venue) for visit in visits}
        self.crew.visit(day, visits, links)


def uploaded(*rows: tuple[int, int, int, int]) -> Uploads:
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    kinds = (np.int32, np.int16, np.int16, np.int16)
    return Uploads(*(np.array(each, dtype=kind) for each, kind in zip(columns, kinds, strict=True)))


def traced(*rows: tuple[int, int, int, int]) -> VenueTraces:
    venue, day, start, end = (np.array(each) for each in zip(*rows, strict=True))
    return VenueTraces(venue, day, start, end, np.zeros(len(rows), dtype=np.int32))


@every_design
@pytest.mark.spec("WARNINGS-3", "WARNINGS-9")
def test_a_report_is_found_by_who_was_near_and_by_nobody_else(design: str) -> None:
    street = Street(design)
    assert street.morning(0) == ([], [])
    street.meet(0)
    assert street.morning(1) == ([], [])
    exposures, notices = street.morning(2, uploaded((PATIENT, 0, -1, -1)))
    assert [row[:2] for row in exposures] == [(NEAR, 0)]
    assert exposures[0][4] == PROXIMITY
    assert notices == [(NEAR, 0, PROXIMITY)]
    assert street.morning(3) == ([], [])


@every_design
@pytest.mark.spec("WARNINGS-3")
def test_a_phone_that_was_offline_reads_what_it_missed(design: str) -> None:
    street = Street(design)
    street.morning(0)
    street.meet(0)
    assert street.morning(1, uploaded((PATIENT, 0, -1, -1)), online=(PATIENT, OTHER)) == ([], [])
    exposures, _ = street.morning(2)
    assert [row[:2] for row in exposures] == [(NEAR, 0)]


@every_design
@pytest.mark.spec("WARNINGS-3")
def test_a_phone_that_was_offline_for_longer_than_it_remembers_finds_nothing(design: str) -> None:
    for last, finds in ((2, True), (3, False)):
        street = Street(design, retention_days=2)
        street.morning(0)
        street.meet(0)
        street.morning(1, uploaded((PATIENT, 0, -1, -1)), online=())
        for day in range(2, last):
            street.morning(day, online=())
        exposures, _ = street.morning(last)
        assert bool(exposures) is finds


@pytest.mark.parametrize("design", ["unlinkable", "hybrid", "gaen"])
@pytest.mark.spec("WARNINGS-3")
def test_a_day_that_is_held_back_is_not_found(design: str) -> None:
    street = Street(design)
    for day in range(2):
        street.morning(day)
        street.meet(day)
    exposures, _ = street.morning(2, uploaded((PATIENT, 0, -1, 0)))
    assert [row[:2] for row in exposures] == [(NEAR, 1)]


@every_design
@pytest.mark.spec("WARNINGS-4")
def test_a_clock_that_is_an_hour_ahead_costs_what_the_design_says(design: str) -> None:
    street = Street(design, ahead=3600)
    street.morning(0)
    street.meet(0)
    exposures, _ = street.morning(1, uploaded((PATIENT, 0, -1, -1)))
    assert bool(exposures) is (design != "unlinkable")


@every_design
@pytest.mark.spec("WARNINGS-6")
def test_the_seconds_of_a_day_are_the_gaps_inside_an_identifier(design: str) -> None:
    street = Street(design)
    street.morning(0)
    street.meet(0)
    exposures, _ = street.morning(1, uploaded((PATIENT, 0, -1, -1)))
    epoch = 600 if design == "gaen" else 900
    crossed = len({second // epoch for second in SCANS}) - 1
    assert exposures[0][2] == 250 * (len(SCANS) - 1 - crossed)


@pytest.mark.spec("WARNINGS-10")
def test_a_visitor_is_told_for_how_long_and_warned_once_it_is_long_enough() -> None:
    street = Street("lowcost", ahead=60)
    street.morning(0)
    street.visit(0, Visit(NOON, NOON + 5000, NEAR, 4), Visit(NOON, NOON + 5000, OTHER, 5))
    first = traced((4, 0, NOON + 10, NOON + 610), (4, 0, NOON - 50, NOON + 160))
    assert street.morning(1, traces=first) == ([(NEAR, 0, 550, 550 / 60, PRESENCE)], [])
    again = traced((4, 0, NOON + 600, NOON + 700), (4, 0, NOON + 4000, NOON + 9000))
    total = 640 + 1060
    assert street.morning(2, traces=again) == (
        [(NEAR, 0, total, total / 60, PRESENCE)],
        [(NEAR, 0, PRESENCE)],
    )
    assert street.morning(3, traces=first) == ([], [])
    inside = traced((4, 0, NOON + 100, NOON + 200))
    assert street.morning(4, traces=inside) == ([], [])
    more = traced((4, 0, NOON + 1000, NOON + 1100))
    total += 100
    assert street.morning(5, traces=more) == ([(NEAR, 0, total, total / 60, PRESENCE)], [])


@pytest.mark.spec("WARNINGS-10")
def test_stretches_that_overlap_are_traced_as_one_and_others_of_an_hour_in_rounds() -> None:
    venues = Venues(rand=Random(5).randbytes)
    overlapping = traced((4, 0, NOON, NOON + 900), (4, 0, NOON + 600, NOON + 4000))
    assert [len(one) for one in venues.traces(1, overlapping)] == [2]
    apart = traced((4, 0, NOON, NOON + 300), (4, 0, NOON + 600, NOON + 4000))
    assert [len(one) for one in venues.traces(1, apart)] == [2, 1]
    assert [len(one) for one in venues.traces(10, apart)] == [2, 1]
    assert venues.traces(11, apart) == []


@pytest.mark.spec("WARNINGS-12")
def test_batches_of_traces_have_the_length_that_is_counted() -> None:
    """Three stretches of one hour, one within another, others next to it, and one too old."""
    venues = Venues(rand=Random(5).randbytes)
    server = MemoryServer("lowcost", parameters=Parameters(), rand=Random(6).randbytes)
    asked = traced(
        (5, 9, NOON, NOON + 7_200),
        (4, 9, NOON + 3_000, NOON + 3_600),
        (4, 9, NOON, NOON + 300),
        (4, 9, NOON + 100, NOON + 200),
        (4, 9, NOON + 600, NOON + 2_000),
        (4, 9, NOON + 300, NOON + 400),
        (4, 10, NOON, NOON + 300),
        (6, 0, NOON, NOON + 300),
        (6, 1, NOON, NOON + 300),
    )
    rounds = venues.traces(11, asked)
    assert [len(one) for one in rounds] == [5, 1, 1]
    _, published = server.publish(11, [], rounds)
    assert published == (0, traces_bytes(asked, day=11))


@pytest.mark.spec("GAEN-11")
def test_a_key_that_a_phone_may_still_broadcast_waits_for_a_later_batch() -> None:
    parameters, rand = Parameters(), Random(5).randbytes
    server = MemoryServer("gaen", parameters=parameters, rand=rand)
    records = [KeyRecord((144 * calendar_day(day), 144, 1, 127), rand(16)) for day in (0, 1)]
    report = Report(design="gaen", records=tuple(sorted(records)))
    assert [server.publish(day, some, [])[1].keys for day, some in ((1, [report]), (2, []))] == [
        1,
        1,
    ]


@pytest.mark.spec("WARNINGS-7")
def test_keys_tell_the_onset_under_gaen_alone() -> None:
    """Five days before the onset nobody is infectious, says gaen-v2; unknown counts as highly."""
    for design, told in (("gaen", True), ("lowcost", False)):
        scores = []
        for onset in (-1, 5):
            street = Street(design, configuration="gaen-v2")
            street.morning(0)
            street.meet(0)
            exposures, _ = street.morning(1, uploaded((PATIENT, 0, onset, -1)))
            scores.append(exposures[0][3])
        assert scores[0] > 0
        assert (scores[1] == 0) is told
