"""spec/simulator/warnings.md: phones in several processes are the phones of one."""

from random import Random

import numpy as np
import pytest

from dp3t import ClockError, Parameters
from dp3t_simulator.interfaces import Morning, Uploads
from dp3t_simulator.warnings.protocol.air import Day
from dp3t_simulator.warnings.protocol.company import Setting
from dp3t_simulator.warnings.protocol.crew import Crew, LocalCrew
from dp3t_simulator.warnings.protocol.crowd import Visit
from dp3t_simulator.warnings.protocol.evening import parts_of
from dp3t_simulator.warnings.protocol.memory import MemoryServer, MemoryTransport
from dp3t_simulator.warnings.protocol.processes import ProcessCrew
from dp3t_simulator.warnings.protocol.venues import Venues

PEOPLE, DAYS = 9, 4
DESIGN = "hybrid"
SKEW = [0, 40, -3000, 0, 5, 7200, 0, -20, 900]
EPOCH_SECONDS = 900


def setting() -> Setting:
    return Setting(
        people=list(range(PEOPLE)),
        design=DESIGN,
        parameters=Parameters(),
        skew=SKEW,
        seed=2,
        configuration="dp3t",
        minutes=10,
    )


def heard(day: int) -> Day:
    """Return what everybody hears of some others, at random moments."""
    dice = np.random.default_rng(day)
    rows = 600
    second = np.sort(dice.integers(21_600, 78_600, rows)).astype(np.int32)
    sender = dice.integers(0, PEOPLE, rows)
    receiver = (sender + dice.integers(1, PEOPLE, rows)) % PEOPLE
    epoch = (second + np.array(SKEW)[sender]) // EPOCH_SECONDS
    said, first, words = np.unique(sender * 256 + epoch, return_index=True, return_inverse=True)
    rssi = dice.integers(-90, -60, rows).astype(np.int16)
    return Day(second, receiver.astype(np.int32), rssi, words, said // 256, second[first])


def uploads(day: int) -> Uploads:
    who = np.array([day, day + 4] if day else [], dtype=np.int32)
    since, nothing = np.zeros(len(who), np.int16), np.full(len(who), -1, np.int16)
    return Uploads(who, since, nothing, nothing)


def rows(morning: Morning) -> list[tuple[str, list[float]]]:
    columns: tuple[np.ndarray, ...] = (*morning.exposures, *morning.notices)
    return [(column.dtype.name, column.tolist()) for column in columns]


def lived(crew: Crew) -> list[Morning]:
    venues = Venues(rand=Random(3).randbytes)
    mornings, told = [], list[float]()
    for day in range(DAYS):
        online = [person for person in range(PEOPLE) if (person + day) % 3]
        mornings.append(crew.morning(day, uploads(day), [], online))
        visits = [Visit(40_000, 45_000, day, 1), Visit(41_000, 42_000, day + 1, 2)]
        crew.visit(day, visits, {venue: venues.link(venue) for venue in (1, 2)})
        crew.live(day, heard(day), told.append)
    crew.close()
    assert told.count(1.0) == DAYS
    return mornings


@pytest.mark.spec("WARNINGS-11")
def test_rows_do_not_depend_on_how_many_processes_there_are() -> None:
    def rand() -> Random:
        return Random(7)

    transport = MemoryTransport(DESIGN, parameters=Parameters(), rand=rand().randbytes)
    server = MemoryServer(DESIGN, parameters=Parameters(), rand=rand().randbytes)
    together = lived(LocalCrew(setting(), transport))
    apart = lived(ProcessCrew(setting(), server, processes=2))
    assert sum(len(morning.exposures.person) for morning in together) > 10
    for one, other in zip(together, apart, strict=True):
        assert rows(one) == rows(other)
        assert (one.batch_keys, one.batch_bytes) == (other.batch_keys, other.batch_bytes)


def test_what_goes_wrong_in_a_process_is_raised_here() -> None:
    server = MemoryServer(DESIGN, parameters=Parameters(), rand=Random(7).randbytes)
    crew = ProcessCrew(setting(), server, processes=1)
    crew.morning(3, uploads(0), [], [])
    with pytest.raises(ClockError):
        crew.morning(1, uploads(0), [], [])
    crew.close()


def test_every_word_is_said_once_and_every_sighting_heard_once_whatever_the_parts() -> None:
    day = heard(0)
    for count in (1, 3):
        parts = parts_of(day, count)
        blocks = [list(part.blocks()) for part in parts]
        assert sum(len(block.saying) for each in blocks for block in each) == len(day.senders)
        assert sum(len(block.heard.second) for each in blocks for block in each) == 600
        spoken = [number for block in blocks[0] for number in block.spoken]
        assert sorted(spoken) == list(range(len(day.senders)))
        said = [
            person
            for at in range(len(blocks[0]))
            for each in blocks
            for person, _ in each[at].saying
        ]
        assert said == day.senders[spoken].tolist()
