"""A day's sightings cut into blocks of ten minutes, for phones in several processes.

In each block phones first say what is heard for the first time, then they hear. A phone takes what
its radio hands over up to ten minutes late, so the order inside a block changes nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.state import People
from dp3t_simulator.warnings.protocol.air import Day
from dp3t_simulator.warnings.protocol.crowd import Heard

BLOCK_SECONDS = 600
WORD_BYTES = 31
"""Of an advertisement."""

Numbers = NDArray[np.int64]


class Block(NamedTuple):
    """Ten minutes of some phones.

    Attributes:
        saying: who says a word, and at which second of the day, in order of time.
        spoken: the numbers of the words that anybody says, part by part.
        heard: what is heard, in order of time.
    """

    saying: list[tuple[int, int]]
    spoken: list[int]
    heard: Heard


class Part(NamedTuple):
    """What is said and heard on a day by some phones; arrays, to be sent between processes.

    Attributes:
        words: how many words there are, of anybody.
        sayer: who says each word that is said here.
        said: the second at which it is.
        say_ends: where each block ends in them.
        spoken: numbers of words that anybody says.
        spoken_ends: where each block ends in it.
        second, receiver, rssi_dbm, number: sightings, as `Day` has them.
        hear_ends: where each block ends in them.
    """

    words: int
    sayer: Numbers
    said: People
    say_ends: Numbers
    spoken: Numbers
    spoken_ends: Numbers
    second: People
    receiver: People
    rssi_dbm: NDArray[np.int16]
    number: Numbers
    hear_ends: Numbers

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks, in order of time."""
        columns = (self.second, self.receiver, self.rssi_dbm, self.number)
        say = spoken = hear = 0
        ends = zip(self.say_ends, self.spoken_ends, self.hear_ends, strict=True)
        for say_end, spoken_end, hear_end in ends:
            saying = zip(
                self.sayer[say:say_end].tolist(), self.said[say:say_end].tolist(), strict=True
            )
            yield Block(
                saying=list(saying),
                spoken=self.spoken[spoken:spoken_end].tolist(),
                heard=Heard(*(column[hear:hear_end].tolist() for column in columns)),
            )
            say, spoken, hear = say_end, spoken_end, hear_end


def parts_of(day: Day, count: int) -> list[Part]:
    """Return what each of so many groups of phones says and hears: person p is in group p mod n."""
    blocks = np.unique(day.second // BLOCK_SECONDS)
    group, said_in = day.senders % count, day.first // BLOCK_SECONDS
    order = np.lexsort((day.first, group, said_in))
    spoken_ends = np.searchsorted(said_in[order], blocks, side="right")
    parts = []
    for number in range(count):
        saying = order[group[order] == number]
        hearing = np.flatnonzero(day.receiver % count == number)
        parts.append(
            Part(
                words=len(day.senders),
                sayer=day.senders[saying],
                said=day.first[saying],
                say_ends=np.searchsorted(said_in[saying], blocks, side="right"),
                spoken=order,
                spoken_ends=spoken_ends,
                second=day.second[hearing],
                receiver=day.receiver[hearing],
                rssi_dbm=day.rssi_dbm[hearing],
                number=day.words[hearing],
                hear_ends=np.searchsorted(
                    day.second[hearing] // BLOCK_SECONDS, blocks, side="right"
                ),
            )
        )
    return parts
