"""Venues with codes at their doors, their owners, and the authority that completes traces."""

from collections.abc import Iterator
from itertools import count

from dp3t import Rand, Stretch
from dp3t.presence import (
    PreTrace,
    Trace,
    TraceRequest,
    VenueCode,
    complete,
    pre_trace,
    set_up,
)
from dp3t.proximity import X25519PrivateKey
from dp3t_simulator.interfaces import VenueTraces
from dp3t_simulator.warnings.habits import VISIT_RETENTION_DAYS
from dp3t_simulator.warnings.protocol.moments import REPORT_SECONDS, moment

MESSAGE = "You were where an infected person was. Please ask for a test."


class Venues:
    """The venues of a world, each set up when somebody first asks for it."""

    def __init__(self, *, rand: Rand) -> None:
        """Draw the authority's key.

        Args:
            rand: source of everything that venues and the authority draw.
        """
        self._rand = rand
        self._authority = X25519PrivateKey.generate(rand=rand)
        self._codes: dict[int, VenueCode] = {}
        self._references = count(1)

    def link(self, venue: int) -> str:
        """Return the text of the code at the door, which phones scan."""
        return self._code(venue).entry.link()

    def traces(self, day: int, asked: VenueTraces) -> list[list[Trace]]:
        """Return the traces of visits of cases, in rounds.

        Visits that overlap are traced as one, and visits of one hour that do not overlap in
        different rounds: a batch warns of an hour at a venue once.

        Args:
            day: on whose morning the owners are asked.
            asked: the visits.
        """
        rounds: list[dict[bytes, Trace]] = []
        for venue, visited, start, end in _joined(asked):
            if day - visited <= VISIT_RETENTION_DAYS:
                for trace in self._completed(day, venue, visited, start, end):
                    _put(trace, rounds)
        return [list(one.values()) for one in rounds]

    def _completed(
        self, day: int, venue: int, visited: int, start: int, end: int
    ) -> tuple[Trace, ...]:
        """Return the traces of one stretch: the owner's half, sealed, and the authority's."""
        now = moment(day, REPORT_SECONDS)
        request = TraceRequest(
            reference=f"S-{next(self._references)}",
            stretch=Stretch(moment(visited, start), moment(visited, end)),
        )
        made = pre_trace(
            self._code(venue), stretch=request.stretch, reference=request.reference, now=now
        )
        sealed = made.seal(self._authority.public(), rand=self._rand)
        return complete(
            PreTrace.open(sealed, self._authority),
            self._authority,
            request=request,
            text=MESSAGE,
            now=now,
            rand=self._rand,
        )

    def _code(self, venue: int) -> VenueCode:
        if venue not in self._codes:
            self._codes[venue] = set_up(
                description=f"Venue {venue}",
                address="Simulation",
                authority=self._authority.public(),
                rand=self._rand,
            )
        return self._codes[venue]


def _joined(asked: VenueTraces) -> Iterator[tuple[int, int, int, int]]:
    """Yield venue, day, start and end of stretches that neither overlap nor touch."""
    columns = (column.tolist() for column in (asked.venue, asked.day, asked.start, asked.end))
    visits: dict[tuple[int, int], list[list[int]]] = {}
    for venue, day, start, end in sorted(zip(*columns, strict=True)):
        stretches = visits.setdefault((venue, day), [])
        if stretches and start <= stretches[-1][1]:
            stretches[-1][1] = max(end, stretches[-1][1])
        else:
            stretches.append([start, end])
    for (venue, day), stretches in visits.items():
        yield from ((venue, day, start, end) for start, end in stretches)


def _put(trace: Trace, rounds: list[dict[bytes, Trace]]) -> None:
    """Add a trace to the first round that has none of its identity."""
    for one in rounds:
        if trace.identity not in one:
            one[trace.identity] = trace
            return
    rounds.append({trace.identity: trace})
