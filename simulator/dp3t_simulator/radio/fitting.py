"""Parameters from captures: the law of distance and hearing, then who adds what to its spread."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from dp3t import MalformedError
from dp3t_simulator.radio.captures import Captures, Scans
from dp3t_simulator.radio.parameters import TX_POWER_DBM, Phone, RadioParameters
from dp3t_simulator.radio.simplex import least

FITTED = ("lunch", "train")
"""The scenarios of the fit: those that were filmed, so that it is known who was not heard."""
NEAREST_M, FARTHEST_M = 0.3, 5.0
STRENGTHS_DBM = np.arange(-127, -19)
MODELS = {
    **dict.fromkeys((1, 2, 7, 9, 11, 12), "Galaxy S10"),
    **dict.fromkeys((3, 4), "Galaxy S10e"),
    **dict.fromkeys((5, 13, 14, 15, 16, 17, 18, 19, 20), "Galaxy A40"),
    6: "Galaxy S20",
    8: "Galaxy A90",
    10: "Galaxy A51",
}
"""The experiment's phones by number, from its README; the database names the receiver's twice."""

_CELL_M = 0.05
_COMPONENT_WITHIN_M = 2.0
_PHONES_WITHIN_M = 3.0
_SHRUNK_BY = 8.0
"""As many scans without any effect are added to each phone's, so that few scans say little."""
_BEGIN = np.array([55.0, 2.0, 7.0, -97.0, 1.5, 0.05])
_STEPS = np.array([5.0, 0.5, 2.0, 3.0, 0.5, 0.03])


class Law:
    """How strongly scans are heard at a distance: six numbers that the likelihood is a function of.

    Args:
        numbers: loss at 1 m, exponent, standard deviation, sensitivity, its width, lost scans.
    """

    def __init__(self, numbers: NDArray[np.float64]) -> None:
        self.loss, self.exponent, self.sd, self.sensitivity, self.width, self.lost = map(
            float, numbers
        )

    @property
    def possible(self) -> bool:
        """Whether the numbers make sense."""
        return self.sd > 1 and self.width > 0.2 and 0 <= self.lost < 0.3 and self.exponent > 0

    def strengths(self, distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each of `STRENGTHS_DBM`, a row for each distance."""
        mean = TX_POWER_DBM - self.loss - 10 * self.exponent * np.log10(distance_m)
        density = np.exp(-(((STRENGTHS_DBM - mean[:, None]) / self.sd) ** 2) / 2)
        rows: NDArray[np.float64] = density / density.sum(axis=1, keepdims=True)
        return rows

    def heard(self) -> NDArray[np.float64]:
        """Return the probability that a scan of each of `STRENGTHS_DBM` is heard."""
        above = np.clip((STRENGTHS_DBM - self.sensitivity) / self.width, -50, 50)
        share: NDArray[np.float64] = (1 - self.lost) / (1 + np.exp(-above))
        return share


def fit(captures: Captures) -> RadioParameters:
    """Return the parameters of recordings, rounded to what they are worth [RADIO-8].

    The law is fitted to `FITTED` alone; what a table changes is read from the office with it.

    Raises:
        MalformedError: the recordings make no sense as those of phones.
    """
    try:
        return _fit(captures)
    except ValueError as error:
        raise MalformedError(f"these recordings give no fit: {error}") from None


def _fit(captures: Captures) -> RadioParameters:
    scenarios = {each.name: each.scans.within(NEAREST_M, FARTHEST_M) for each in captures.scenarios}
    fitted = [scenarios[name] for name in FITTED]
    law = fit_law(fitted)
    sent, received, body, pair, fading = components(fitted, law)
    period = round(float(captures.gaps_seconds.mean()))
    early, late = np.quantile(captures.gaps_seconds, (0.05, 0.95))
    return RadioParameters(
        loss_at_1_m_db=round(law.loss, 1),
        exponent=round(law.exponent, 2),
        shortest_cm=round(100 * NEAREST_M),
        table_db=round(-float(_above(scenarios["office"], law).mean()) / 2, 1),
        body_sd_db=round(math.sqrt(body), 1),
        pair_sd_db=round(math.sqrt(pair), 1),
        fading_sd_db=round(math.sqrt(fading), 1),
        sensitivity_dbm=round(law.sensitivity, 1),
        sensitivity_width_db=round(law.width, 1),
        scan_loss=round(law.lost, 2),
        scan_period_seconds=period,
        scan_spread_seconds=round(float(late - early) / 1.8),
        phones=phones(fitted, law, sent_db2=sent, received_db2=received),
    )


def fit_law(fitted: Sequence[Scans]) -> Law:
    """Return the law under which what was heard and what was not is likeliest."""
    distances, heard, silent = _counts(fitted)

    def unlikely(numbers: NDArray[np.float64]) -> float:
        law = Law(numbers)
        if not law.possible:
            return math.inf
        strengths, share = law.strengths(distances), law.heard()
        both = np.log(np.maximum(strengths * share, 1e-300))
        neither = np.log(np.maximum(1 - strengths @ share, 1e-300))
        return -float((heard * both).sum() + (silent * neither).sum())

    return Law(least(unlikely, _BEGIN, _STEPS))


def _counts(
    fitted: Sequence[Scans],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return cells of distance, and in each how many scans heard each strength, and nothing."""
    cells = round((FARTHEST_M - NEAREST_M) / _CELL_M)
    heard, silent = np.zeros((cells, len(STRENGTHS_DBM))), np.zeros(cells)
    for scans in fitted:
        cell = np.minimum(((scans.distance_m - NEAREST_M) / _CELL_M).astype(int), cells - 1)
        np.add.at(heard, (cell[scans.heard], _index(scans)), 1)
        np.add.at(silent, cell[~scans.heard], 1)
    middles = NEAREST_M + _CELL_M * (np.arange(cells, dtype=np.float64) + 0.5)
    return middles, heard, silent


def _index(scans: Scans) -> NDArray[np.int64]:
    strengths = np.rint(scans.rssi_dbm[scans.heard]).astype(np.int64)
    index: NDArray[np.int64] = np.clip(strengths - STRENGTHS_DBM[0], 0, len(STRENGTHS_DBM) - 1)
    return index


def _above(scans: Scans, law: Law) -> NDArray[np.float64]:
    """Return how much stronger scans were heard than the law has it on average for those heard."""
    shares = law.strengths(scans.distance_m[scans.heard]) * law.heard()
    expected: NDArray[np.float64] = shares @ STRENGTHS_DBM / shares.sum(axis=1)
    return scans.rssi_dbm[scans.heard] - expected


def _scores(scans: Scans, law: Law) -> NDArray[np.float64]:
    """Return the same as normal deviates in dB: as if nothing too weak had gone unheard."""
    shares = law.strengths(scans.distance_m[scans.heard]) * law.heard()
    shares /= shares.sum(axis=1, keepdims=True)
    middle = np.take_along_axis(shares.cumsum(axis=1) - shares / 2, _index(scans)[:, None], axis=1)
    normal = NormalDist()
    return np.array([law.sd * normal.inv_cdf(min(0.9999, max(1e-4, x))) for x in middle.flat])


def components(fitted: Sequence[Scans], law: Law) -> NDArray[np.float64]:
    """Return the variances in dB² of senders, receivers, bodies, pairs and fading.

    They are those that explain best how alike two scans are that share phones, of one half hour or
    of two; their sum is the law's variance: sender + receiver + 2 bodies + pair + fading.
    """
    near = _near(fitted, _COMPONENT_WITHIN_M)
    score = np.concatenate([_scores(each, law) for each in near])
    alike = np.outer(score - score.mean(), score - score.mean())
    strangers, kinds = _kinds(near)
    base = alike[strangers].mean()
    found = np.array([alike[kind].mean() - base for kind, _ in kinds])
    shares = np.array([share for _, share in kinds], dtype=float)
    slow = np.maximum(np.linalg.lstsq(shares, found, rcond=None)[0][:4], 0)
    explained = slow @ (1, 1, 2, 1)
    total = alike.diagonal().mean() - base
    parts = np.append(slow, max(0.0, total - explained))
    scaled: NDArray[np.float64] = parts * law.sd**2 / max(total, explained)
    return scaled


def _near(fitted: Sequence[Scans], within_m: float) -> list[Scans]:
    """Return what was heard of near phones, where little is too weak to be heard."""
    near = (each.within(NEAREST_M, within_m) for each in fitted)
    return [each.chosen(each.heard) for each in near]


def _kinds(
    near: Sequence[Scans],
) -> tuple[NDArray[np.bool_], list[tuple[NDArray[np.bool_], tuple[int, int, int, int, int]]]]:
    """Return which two scans share nobody, and by kind which ones share whom.

    With a kind stands how often two such scans share a sender's phone, a receiver's phone, a body,
    a pair, and a phone that sends in one and receives in the other, so that what it adds to either
    counts as alike. Bodies and pairs change from one half hour to another, phones do not.
    """
    receiver = np.concatenate([each.receiver for each in near])
    sender = np.concatenate([each.sender for each in near])
    occasion = np.repeat(np.arange(len(near)), [len(each.receiver) for each in near])
    same_receiver, same_sender = _same(receiver, receiver), _same(sender, sender)
    turned_one, turned_other = _same(receiver, sender), _same(sender, receiver)
    others = ~np.eye(len(sender), dtype=bool)
    kinds = []
    for which, once, later in (
        (same_receiver & same_sender & others, (1, 1, 2, 1, 0), (1, 1, 0, 0, 0)),
        (turned_one & turned_other, (0, 0, 2, 1, 2), (0, 0, 0, 0, 2)),
        (same_receiver & ~same_sender, (0, 1, 1, 0, 0), (0, 1, 0, 0, 0)),
        (same_sender & ~same_receiver, (1, 0, 1, 0, 0), (1, 0, 0, 0, 0)),
        (turned_one ^ turned_other, (0, 0, 1, 0, 1), (0, 0, 0, 0, 1)),
    ):
        at_once = _same(occasion, occasion)
        kinds += [(which & at_once, once), (which & ~at_once, later)]
    return ~(same_receiver | same_sender | turned_one | turned_other), kinds


def _same(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    equal: NDArray[np.bool_] = one[:, None] == other[None, :]
    return equal


def phones(
    fitted: Sequence[Scans], law: Law, *, sent_db2: float, received_db2: float
) -> tuple[Phone, ...]:
    """Return the experiment's phones with what each adds to the loss.

    Args:
        fitted: the scenarios of the fit.
        law: of distance.
        sent_db2: the variance that what phones add as senders is given.
        received_db2: the same for receivers.
    """
    near = _near(fitted, _PHONES_WITHIN_M)
    score = np.concatenate([_scores(each, law) for each in near])
    sender = np.concatenate([each.sender for each in near])
    receiver = np.concatenate([each.receiver for each in near])
    known = np.intersect1d(sender, receiver)
    design = np.hstack([sender[:, None] == known, receiver[:, None] == known]).astype(float)
    normal = design.T @ design + _SHRUNK_BY * np.eye(2 * len(known))
    added = -np.linalg.solve(normal, design.T @ (score - score.mean()))
    sent, got = (
        _scaled(part, variance)
        for part, variance in zip(np.split(added, 2), (sent_db2, received_db2), strict=True)
    )
    return tuple(
        Phone(
            model=MODELS.get(int(number), "unknown"),
            sent_db=round(float(sent[index]), 1),
            received_db=round(float(got[index]), 1),
        )
        for index, number in enumerate(known)
    )


def _scaled(values: NDArray[np.float64], variance: float) -> NDArray[np.float64]:
    centred = values - values.mean()
    scaled: NDArray[np.float64] = centred * math.sqrt(variance) / centred.std()
    return scaled
