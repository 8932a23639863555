"""What phones, owners and the authority do, each beside the bare library calls that it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter, process_time

import pymcl

from benchmarks.presence.cases import (
    DEPARTURE,
    HOUR,
    RELEASE,
    REQUEST,
    Place,
    strangers,
)
from benchmarks.presence.paper import RECORDS_PER_DAY
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of
from dp3t.presence.matching import TRACES_PER_TASK, match
from dp3t.presence.pretrace import PreTrace
from dp3t.presence.visit import check_in

Bare = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that is done often.

    Attributes:
        name: what.
        how: what one call of `work` does.
        work: does it `count` times.
        bound: the calls of the pairing library that nobody can leave out of one time.
        count: how many are done by one call of `work`.
        paper: the column of the paper's table, or none.
    """

    name: str
    how: str
    work: Callable[[], object]
    bound: tuple[str, ...]
    count: int = 1
    paper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An operation after some rounds.

    Attributes:
        operation: which.
        milliseconds: of the processor for one, the median of the rounds.
        bound_milliseconds: of its bare calls, likewise.
        of_bound: the speed as a part of the bound's: median, lowest and highest of the rounds.
    """

    operation: Operation
    milliseconds: float
    bound_milliseconds: float
    of_bound: tuple[float, float, float]


def bare_calls() -> dict[str, Bare]:
    """Return the calls of the pairing library, on points that have been read from bytes."""
    scalar = pymcl.Fr.deserialize(bytes(range(1, 32)) + b"\0")
    one = pymcl.G1.deserialize((pymcl.G1.hash(b"one") * scalar).serialize())
    other = pymcl.G2.deserialize((pymcl.g2 * scalar).serialize())
    one_bytes, other_bytes = one.serialize(), other.serialize()
    return {
        "pairing": lambda: pymcl.pairing(one, other),
        "hash to G1": lambda: pymcl.G1.hash(b"one"),
        "G1 multiplication": lambda: one * scalar,
        "G2 multiplication": lambda: pymcl.g2 * scalar,
        "G1 point read": lambda: pymcl.G1.deserialize(one_bytes),
        "G2 point read": lambda: pymcl.G2.deserialize(other_bytes),
    }


def operations() -> list[Operation]:
    """Return everything that is measured, checked once for what it gives."""
    place = Place.number(0)
    return [*_visitors(place), *_authoritys(place), *_matchings(place)]


def _visitors(place: Place) -> list[Operation]:
    visit, link = place.visit(), place.link
    payload = place.code.payload

    def come() -> object:
        check_in(EntryCode.from_link(link), now=visit.arrival)
        return identity_of(payload, start=HOUR)

    def leave() -> object:
        return visit.check_out(departure=DEPARTURE, now=DEPARTURE, rand=place.rand)

    def scan() -> object:
        return come(), leave()

    encrypting = ("hash to G1", "G1 multiplication", "pairing", "G2 multiplication")
    return [
        Operation(
            name="check-in",
            how="a scanned link is parsed, its point checked, the hour's identity derived",
            work=come,
            bound=("G2 point read",),
        ),
        Operation(
            name="check-out", how="the record of one hour is made", work=leave, bound=encrypting
        ),
        Operation(
            name="scan",
            how="both together: what the paper calls Scan",
            work=scan,
            bound=("G2 point read", *encrypting),
            paper="scan",
        ),
    ]


def _authoritys(place: Place) -> list[Operation]:
    sealed = place.pre_trace().seal(place.authority.public(), rand=place.rand)

    def verify() -> object:
        return place.completed(PreTrace.open(sealed, place.authority))

    return [
        Operation(
            name="pre-trace",
            how="the owner's half of the key of one hour",
            work=place.pre_trace,
            bound=("hash to G1", "G1 multiplication"),
            paper="pre_trace",
        ),
        Operation(
            name="completion",
            how=f"a sealed pre-trace of {len(REQUEST.starts())} hour is opened, completed, "
            "verified under the key in the entry code, and its trace sealed",
            work=verify,
            bound=(
                *("G2 point read", "G1 point read", "hash to G1", "G1 multiplication"),
                *("pairing", "pairing"),
            ),
            paper="verify_trace",
        ),
    ]


def _matchings(place: Place) -> list[Operation]:
    record, trace = place.record(), place.trace()
    records = [record, *(Place.number(number).record() for number in range(1, RECORDS_PER_DAY))]
    others = strangers(TRACES_PER_TASK, days=1)[:TRACES_PER_TASK]
    hit = partial(match, [record], [trace], release=RELEASE)
    miss = partial(match, records, others, release=RELEASE)
    if len(hit()) != 1 or miss():
        raise AssertionError("the records do not match what they were made to match")
    return [
        Operation(
            name="match that fails",
            how=f"match of {len(records)} records with {len(others)} traces of their day, per try",
            work=miss,
            bound=("pairing",),
            count=len(records) * len(others),
            paper="match_fails",
        ),
        Operation(
            name="match that succeeds",
            how="match of one record with its trace, points read, message opened",
            work=hit,
            bound=("G1 point read", "G2 point read", "pairing", "G2 multiplication"),
            paper="match_succeeds",
        ),
    ]


def measure(operation: Operation, bare: dict[str, Bare], *, rounds: int, times: int) -> Measured:
    """Do an operation and its bare calls in turn.

    Args:
        operation: which.
        bare: all bare calls.
        rounds: how often the two take turns.
        times: how many of the operation are done in each round, rounded up to whole calls.
    """
    calls = -(-times // operation.count)
    done = calls * operation.count
    ours, bound = list[float](), list[float]()
    for _ in range(rounds):
        ours.append(processor_seconds_of(operation.work, calls) / done)
        bound.append(bare_seconds(operation, bare, times=done) / done)
    ratios = [least / taken for taken, least in zip(ours, bound, strict=True)]
    return Measured(
        operation=operation,
        milliseconds=1000 * median(ours),
        bound_milliseconds=1000 * median(bound),
        of_bound=(median(ratios), min(ratios), max(ratios)),
    )


def bare_seconds(operation: Operation, bare: dict[str, Bare], *, times: int) -> float:
    """Return the processor's seconds of the bare calls of an operation, done so many times."""
    return sum(processor_seconds_of(bare[name], times) for name in operation.bound)


def processor_seconds_of(call: Callable[[], object], times: int) -> float:
    """Return the processor's seconds of so many calls; on a busy machine the clock says more."""
    start = process_time()
    for _ in range(times):
        call()
    return process_time() - start


def seconds_of(call: Callable[[], object], times: int) -> float:
    """Return how long so many calls take by the clock."""
    start = perf_counter()
    for _ in range(times):
        call()
    return perf_counter() - start
