"""The kernels: derive the identifiers of many keys, and mark the keys of which one may be heard.

numba compiles them on first use and keeps the result on disk; none holds the interpreter's lock.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dp3t.proximity.kernels.compiling import called, native, pasted
from dp3t.proximity.kernels.features import LANES
from dp3t.proximity.kernels.index import Index, Quads, Words
from dp3t.proximity.kernels.probe import BUFFER, GROUP, TURNS
from dp3t.proximity.kernels.programs import (
    counter_group,
    day_stream_keys,
    gaen_keys,
    hmac_states,
    last_group,
    lowest,
    next_day_keys,
    rpi_group,
    schedule_128,
    schedule_256,
    swapped_quad,
    swapped_word,
    window_stream_keys,
)

Flags = npt.NDArray[np.uint8]
Owners = npt.NDArray[np.int64]

QUEUE = 2048
"""How many identifiers may wait for the sorted list, so that its loads overlap; more than a key has
in a day."""

QUEUED, TURN, OWNER = range(3)
"""Places in `Work.state`: how many are queued, which part of the buffer is next, and from there on
whose identifiers each part holds."""


class Work(NamedTuple):
    """What a kernel keeps between groups."""

    buffer: Quads
    heads: Quads
    owners: Owners
    state: Owners


@called
def _work() -> Work:
    state = np.zeros(OWNER + TURNS, np.int64)
    state[OWNER:] = -1
    heads, owners = np.zeros(QUEUE, np.uint64), np.zeros(QUEUE, np.int64)
    return Work(np.zeros(BUFFER, np.uint64), heads, owners, state)


@called
def _spread(keys: Words, first: int, lanes: int, words: int, taken: Words) -> None:
    """Put keys into lanes, word by word, big-endian."""
    for lane in range(lanes):
        for word in range(words):
            taken[word * LANES + lane] = swapped_word(keys[(first + lane) * words + word])


@called
def _gathered(given: Words, words: int, keys: Words) -> None:
    """Put what stands in lanes back into keys as they stand in memory."""
    for lane in range(LANES):
        for word in range(words):
            keys[lane * words + word] = swapped_word(given[word * LANES + lane])


@called
def _heard(head: np.uint64, index: Index) -> bool:
    """Return whether the sorted list holds a head."""
    place = np.int64(head >> index.shift)
    low, high = np.int64(index.starts[place]), np.int64(index.starts[place + 1])
    end = high
    while low < high:
        middle = (low + high) >> 1
        if index.heads[middle] < head:
            low = middle + 1
        else:
            high = middle
    return bool(low < end and index.heads[low] == head)


@called
def _settle(index: Index, work: Work, found: Flags) -> None:
    """Mark the owners of the queued heads that were heard, and empty the queue."""
    for at in range(work.state[QUEUED]):
        owner = work.owners[at]
        if owner >= 0 and not found[owner] and _heard(work.heads[at], index):
            found[owner] = 1
    work.state[QUEUED] = 0


@pasted
def _queue(
    hits: np.uint64, buffer: Quads, turn: int, queue: Quads, owners: Owners, state: Owners
) -> None:
    """Queue the heads of the last group but one that the filter may hold."""
    queued, before = state[QUEUED], (turn - 2) & (TURNS - 1)
    while hits:
        queue[queued] = buffer[before * 2 * GROUP + lowest(hits)]
        owners[queued] = state[OWNER + before]
        queued += 1
        hits &= hits - np.uint64(1)
    state[QUEUED] = queued


@called
def _finish(expanded: Quads, index: Index, work: Work, found: Flags) -> None:
    """Ask for the last two groups, and decide what is queued."""
    turn, words, shift = work.state[TURN], index.words, index.word_shift
    for _ in range(2):
        hits = last_group(expanded, 0, np.uint64(0), words, shift, work.buffer, turn)
        _queue(hits, work.buffer, turn, work.heads, work.owners, work.state)
        turn = (turn + 1) & (TURNS - 1)
    _settle(index, work, found)


@pasted
def _interval(at: int) -> np.uint64:
    """Return the second half of GAEN's block for an interval."""
    return np.uint64(at) << np.uint64(32)


@pasted
def _counter(at: int) -> np.uint64:
    """Return the second half of a block of CTR mode."""
    return np.uint64(swapped_quad(np.uint64(at)))


@pasted
def _encrypted(
    group: Callable[..., np.uint64],
    block: Callable[[int], np.uint64],
    start: int,
    count: int,
    owner: int,
    expanded: Quads,
    lane: int,
    words: Quads,
    shift: np.uint64,
    buffer: Quads,
    heads: Quads,
    owners: Owners,
    state: Owners,
) -> None:
    """Encrypt blocks from `start` on, in whole groups, and queue what the filter may hold."""
    turn = state[TURN]
    for at in range(start, start + count, GROUP):
        hits = group(expanded, lane, block(at), words, shift, buffer, turn)
        if hits:
            _queue(hits, buffer, turn, heads, owners, state)
        state[OWNER + turn] = owner
        turn = (turn + 1) & (TURNS - 1)
    state[TURN] = turn


# The arrays of `work` and `index` are arguments of `_encrypted`: taken out in there, for each key,
# they made matching slower by a sixth (GAEN, low-cost) to two fifths (hybrid).
#
# Each design has a loop of its own. One loop made three times, around hashes and schedules that are
# variables of the function that makes it, would never be found on disk again: numba knows such
# variables by numbers that differ in every process.


@native
def mark_gaen(
    keys: Words,
    starts: Words,
    counts: Words,
    index: Index,
    found: Flags,
) -> None:
    """Mark the temporary exposure keys of which an identifier may be heard [KERNELS-1].

    Args:
        keys: 16 bytes each.
        starts: the first interval of each.
        counts: how many intervals of each at least; up to 15 more are derived.
        index: what was heard.
        found: a flag for each key, 0 before.
    """
    work = _work()
    words, shift = index.words, index.word_shift
    buffer, heads, owners, state = work
    taken, given = np.zeros(20 * LANES, np.uint32), np.zeros(16 * LANES, np.uint32)
    hmac_states(np.zeros(8 * LANES, np.uint32), given)  # of the salt
    taken[4 * LANES :] = given
    rpi_keys, expanded = np.zeros(4 * LANES, np.uint32), np.zeros(22 * LANES, np.uint64)
    for first in range(0, len(starts), LANES):
        lanes = min(LANES, len(starts) - first)
        _spread(keys, first, lanes, 4, taken)
        gaen_keys(taken, given)
        _gathered(given, 4, rpi_keys)
        for lane in range(0, LANES, 4):
            schedule_128(rpi_keys, lane, expanded)
        for lane in range(lanes):
            owner = first + lane
            count = counts[owner]
            if state[QUEUED] + count + GROUP > QUEUE:
                _settle(index, work, found)
            _encrypted(
                rpi_group,
                _interval,
                int(starts[owner]),
                int(count),
                owner,
                expanded,
                lane,
                words,
                shift,
                buffer,
                heads,
                owners,
                state,
            )
    _finish(expanded, index, work, found)


@native
def mark_lowcost(
    keys: Words,
    skips: Words,
    days: Words,
    per_day: int,
    index: Index,
    found: Flags,
) -> None:
    """Mark the low-cost keys of which an identifier may be heard [KERNELS-1].

    Args:
        keys: 32 bytes each.
        skips: how many days of each are left out.
        days: how many days come then.
        per_day: identifiers of a day at least; up to 15 more are derived.
        index: what was heard.
        found: a flag for each key, 0 before.
    """
    work = _work()
    words, shift = index.words, index.word_shift
    buffer, heads, owners, state = work
    chain, given = np.zeros(8 * LANES, np.uint32), np.zeros(8 * LANES, np.uint32)
    stream_keys, expanded = np.zeros(8 * LANES, np.uint32), np.zeros(30 * LANES, np.uint64)
    for first in range(0, len(skips), LANES):
        lanes = min(LANES, len(skips) - first)
        _spread(keys, first, lanes, 8, chain)
        begin, end = np.int64(2**32), np.int64(0)
        for owner in range(first, first + lanes):
            begin = min(begin, np.int64(skips[owner]))
            end = max(end, np.int64(skips[owner]) + np.int64(days[owner]))
        for day in range(end):
            if day >= begin:
                day_stream_keys(chain, given)
                _gathered(given, 8, stream_keys)
                for lane in range(0, LANES, 4):
                    schedule_256(stream_keys, lane, expanded)
                for lane in range(lanes):
                    owner = first + lane
                    if 0 <= day - np.int64(skips[owner]) < np.int64(days[owner]):
                        if state[QUEUED] + per_day + GROUP > QUEUE:
                            _settle(index, work, found)
                        _encrypted(
                            counter_group,
                            _counter,
                            0,
                            per_day,
                            owner,
                            expanded,
                            lane,
                            words,
                            shift,
                            buffer,
                            heads,
                            owners,
                            state,
                        )
            next_day_keys(chain, chain)
    _finish(expanded, index, work, found)


@native
def mark_hybrid(keys: Words, count: int, index: Index, found: Flags) -> None:
    """Mark the hybrid seeds of which an identifier may be heard [KERNELS-1].

    Args:
        keys: 16 bytes each.
        count: identifiers of a window at least; up to 15 more are derived.
        index: what was heard.
        found: a flag for each seed, 0 before.
    """
    work = _work()
    words, shift = index.words, index.word_shift
    buffer, heads, owners, state = work
    taken, given = np.zeros(4 * LANES, np.uint32), np.zeros(8 * LANES, np.uint32)
    stream_keys, expanded = np.zeros(8 * LANES, np.uint32), np.zeros(30 * LANES, np.uint64)
    for first in range(0, len(found), LANES):
        lanes = min(LANES, len(found) - first)
        _spread(keys, first, lanes, 4, taken)
        window_stream_keys(taken, given)
        _gathered(given, 8, stream_keys)
        for lane in range(0, LANES, 4):
            schedule_256(stream_keys, lane, expanded)
        for lane in range(lanes):
            if state[QUEUED] + count + GROUP > QUEUE:
                _settle(index, work, found)
            _encrypted(
                counter_group,
                _counter,
                0,
                count,
                first + lane,
                expanded,
                lane,
                words,
                shift,
                buffer,
                heads,
                owners,
                state,
            )
    _finish(expanded, index, work, found)
