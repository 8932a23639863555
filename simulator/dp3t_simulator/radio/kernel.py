"""What one phone hears of another during one contact, compiled.

All losses are whole numbers of 1/256 dB, looked up in tables that `tables.model` has made: no
logarithm is taken here, and every machine and thread comes to the same bytes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import uncounted
from dp3t_simulator.draws import absorb, pair
from dp3t_simulator.radio.parameters import RANGES, TX_POWER_DBM

BLOCK_SECONDS = 3600
"""How long a phone stays where it is: in the same pocket or on the same table."""
SHORTEST_GAP_SECONDS = int(RANGES["scan_gap_seconds"][0])
"""No two scans of a phone are nearer than this."""
STEPS_PER_DB = 256
FINE = 1024
"""Entries of a table of quantiles; the lowest ten bits of a draw choose one."""

_FINE_BITS = np.uint64(FINE - 1)
_HALF_WORD = np.uint64(32)


class RadioModel(NamedTuple):
    """Tables and keys: everything that depends on the fit and on the seed.

    Attributes:
        scan_key, phone_key, body_key, pair_key, fading_key: states of streams.
        period: seconds from scan to scan on average.
        spread: seconds by which that can be shorter or longer.
        path: i32[centimetres], loss between phones without bodies; the last entry stands for
            whatever is farther.
        sent, received: i32[FINE], what a phone's hardware adds to the loss, by draw.
        body: i32[layers, FINE], what a person adds who carries a phone, by layer and draw.
        pair: i32[FINE], what a pair adds for a while, by draw.
        fading: i32[FINE], what a single scan adds, by draw.
        heard: u64[128] by -RSSI, of 2³² scans how many are heard.
    """

    scan_key: np.uint64
    phone_key: np.uint64
    body_key: np.uint64
    pair_key: np.uint64
    fading_key: np.uint64
    period: int
    spread: int
    path: NDArray[np.int32]
    sent: NDArray[np.int32]
    received: NDArray[np.int32]
    body: NDArray[np.int32]
    pair: NDArray[np.int32]
    fading: NDArray[np.int32]
    heard: NDArray[np.uint64]


def room(duration: int) -> int:
    """Return how many sightings a contact of so many seconds gives at most."""
    return duration // SHORTEST_GAP_SECONDS + 2


@uncounted
def sightings(
    model: RadioModel,
    sender: int,
    receiver: int,
    day: int,
    start: int,
    duration: int,
    distance_cm: int,
    layer: int,
    out_time: NDArray[np.int32],
    out_rssi: NDArray[np.int16],
    at: int,
) -> int:
    """Append what a receiver hears of a sender during one contact [RADIO-1, 3].

    The receiver's scans are numbered through the day, and two contacts with it share them: a pair
    that meets twice at once hears the same scan twice, at the strength of either distance.

    Args:
        model: of the run.
        sender: a person, from 0.
        receiver: another one.
        day: of the run, from 0.
        start: second of the day, true time.
        duration: seconds; scans from `start` to before `start + duration` count.
        distance_cm: from 0.
        layer: of the contact, 0 to 5.
        out_time: gets the second of the day of each scan that heard, ascending.
        out_rssi: gets the RSSI in dBm, -127 to 0.
        at: where the first goes; both need `room(duration)` places from there.

    Returns:
        The place after the last one.
    """
    scans = absorb(absorb(model.scan_key, day), receiver)
    fades = absorb(absorb(absorb(model.fading_key, day), sender), receiver)
    phase = _share(scans, model.period)
    end = start + duration
    number = max(0, (start - phase + model.spread) // model.period)
    block, slow = -1, 0
    while phase + number * model.period - model.spread < end:
        time = phase + number * model.period
        if number & 1:
            time += _share(absorb(scans, number), 2 * model.spread + 1) - model.spread
        if start <= time < end:
            if time // BLOCK_SECONDS != block:
                block = time // BLOCK_SECONDS
                slow = _slow(model, sender, receiver, day, block, distance_cm, layer)
            bits = absorb(fades, number)
            loss = slow + model.fading[bits & _FINE_BITS]
            rssi = TX_POWER_DBM - ((loss + STEPS_PER_DB // 2) // STEPS_PER_DB)
            rssi = min(0, max(-127, rssi))
            if (bits >> _HALF_WORD) < model.heard[-rssi]:
                out_time[at] = time
                out_rssi[at] = rssi
                at += 1
        number += 1
    return at


@uncounted
def _slow(
    model: RadioModel,
    sender: int,
    receiver: int,
    day: int,
    block: int,
    distance_cm: int,
    layer: int,
) -> int:
    """Return the loss that stays for a while, all but fading [RADIO-4]."""
    bodies = absorb(absorb(model.body_key, day), block)
    between = absorb(absorb(model.pair_key, day), block)
    return int(
        model.path[min(distance_cm, len(model.path) - 1)]
        + model.sent[absorb(model.phone_key, sender) & _FINE_BITS]
        + model.received[absorb(model.phone_key, receiver) & _FINE_BITS]
        + model.body[layer, absorb(bodies, sender) & _FINE_BITS]
        + model.body[layer, absorb(bodies, receiver) & _FINE_BITS]
        + model.pair[pair(between, sender, receiver) & _FINE_BITS]
    )


@uncounted
def _share(bits: np.uint64, count: int) -> int:
    """Return a whole number, uniform from 0 to below a count of at most 2³² [RADIO-2]."""
    return int(((bits >> _HALF_WORD) * np.uint64(count)) >> _HALF_WORD)
