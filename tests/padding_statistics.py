"""Batches whose real keys are known, and what an observer could tell padding from them by.

Every figure takes a batch as its unit, because the keys of one report hang together. A detector
returns how many standard errors a figure lies from where it is if padding cannot be told.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, log, sqrt
from random import Random
from statistics import mean, stdev

from dp3t.params import Parameters
from dp3t.proximity.designs import design_named
from dp3t.proximity.padding import outlines, pad_records, publishable
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Instant
from oracle_padding import KEY_BYTES, reported, step_seconds

GIVEN = {"epoch_minutes": 120}
PARAMETERS = Parameters(**GIVEN)
MINIMUM = 256
DAY = 18_500
RELEASE = Instant(DAY * 86_400 + 50_400)

Pad = Callable[[str, list[KeyRecord], Random], Sequence[KeyRecord]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A published batch, in its order, and which of its keys are real."""

    design: str
    records: Sequence[KeyRecord]
    real: frozenset[bytes]

    def labels(self) -> list[bool]:
        return [one.key in self.real for one in self.records]


def padding(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Return what the library publishes."""
    return pad_records(
        records,
        minimum=MINIMUM,
        design=design_named(design),
        release=RELEASE,
        parameters=PARAMETERS,
        rand=dice.randbytes,
    )


def reports(design: str, count: int, dice: Random) -> list[KeyRecord]:
    """Return the keys of some phones: recent infections more often, two types, onsets or none."""
    records = []
    for _ in range(count):
        first = DAY - min(1 + int(dice.expovariate(0.25)), 14)
        outline = reported(design, first, RELEASE - 1 - dice.randrange(7_200), GIVEN)
        kind, shift = (1, 2)[dice.random() < 0.3], dice.choice([None, -1, 0, 1])
        for one in outline:
            if design == "gaen":
                one = (one[0], one[1], kind, 127 if shift is None else one[3] + shift)
            records.append(KeyRecord(one, dice.randbytes(KEY_BYTES[design])))
    return records


def samples(design: str, pad: Pad, *, phones: range, batches: int, seed: int) -> list[Sample]:
    """Return seeded batches with as many real reports as the dice say."""
    found = []
    for number in range(batches):
        dice = Random(f"{design} {seed} {number}")
        records = reports(design, dice.choice(phones), dice)
        real = frozenset(one.key for one in records)
        found.append(Sample(design, pad(design, records, dice), real))
    return found


def fields(sample: Sample) -> list[dict[str, Hashable]]:
    """Return what can be seen of each key by itself: its attributes and its bytes."""
    step = step_seconds(sample.design, GIVEN)
    described: list[dict[str, Hashable]] = []
    outlined: dict[tuple[int, ...], dict[str, Hashable]] = {}
    for record in sample.records:
        first, *others = record.attributes
        if record.attributes not in outlined:
            outlined[record.attributes] = {
                "attribute 0": RELEASE // step - first,
                **{f"attribute {column}": number for column, number in enumerate(others, 1)},
                "age in days": DAY - first * step // 86_400,
                "joint": (RELEASE // step - first, *others),
            }
        described.append(
            outlined[record.attributes]
            | {
                "first byte": record.key[0] // 16,
                "last byte": record.key[-1] // 16,
                "bits set": int.from_bytes(record.key, "big").bit_count() // 4,
            }
        )
    return described


def groups(sample: Sample) -> list[list[tuple[int, bool]]]:
    """Return for each combination of attributes the first 8 bytes and the label of its keys."""
    found = defaultdict[tuple[int, ...], list[tuple[int, bool]]](list)
    for one, real in zip(sample.records, sample.labels(), strict=True):
        found[one.attributes].append((int.from_bytes(one.key[:8], "big"), real))
    return list(found.values())


def ranks(found: Sequence[Sample]) -> float:
    """Return how far real keys stand before or after padding with the same attributes."""
    differences = []
    for sample in found:
        total = 0.0
        for group in groups(sample):
            middle = (len(group) - 1) / 2
            total += sum(rank - middle for rank, (_, real) in enumerate(group) if real)
        differences.append(total / len(sample.real))
    return standard_errors(differences)


def adjacency(found: Sequence[Sample]) -> float:
    """Return how far the way from the key before, of the same attributes, differs for real keys."""
    differences = []
    for sample in found:
        total = 0.0
        for group in groups(sample):
            ways = [(after[0] - before[0], after[1]) for before, after in pairwise(group)]
            if len(ways) > 1:
                usual = mean(way for way, _ in ways)
                total += sum(way / usual - 1 for way, real in ways if real)
        differences.append(total / len(sample.real))
    return standard_errors(differences)


def crowding(found: Sequence[Sample]) -> list[float]:
    """Return the AUC in each batch of "fewer keys have these attributes, so it is real"."""
    areas = []
    for sample in found:
        sizes = Counter(one.attributes for one in sample.records)
        areas.append(area([-sizes[one.attributes] for one in sample.records], sample.labels()))
    return areas


def standard_errors(values: Sequence[float]) -> float:
    """Return how far the mean of some values lies from 0."""
    spread = stdev(values) / sqrt(len(values))
    if not spread:
        return inf if values[0] else 0.0
    return abs(mean(values)) / spread


def shares(found: Sequence[Sample]) -> float:
    """Return the farthest that a value of a field is commoner in padding than in real keys.

    Where p of P keys of padding have a value and r of R real ones, p R - r P has mean 0 for each
    batch, also because padding ends with a whole report (Wald).
    """
    cells: defaultdict[tuple[str, Hashable], dict[int, list[int]]] = defaultdict(dict)
    totals = []
    for number, sample in enumerate(found):
        labels = sample.labels()
        totals.append((sum(labels), len(labels) - sum(labels)))
        for seen, real in zip(fields(sample), labels, strict=True):
            for cell in seen.items():
                cells[cell].setdefault(number, [0, 0])[not real] += 1
    scores = []
    for counts in cells.values():
        if len(counts) >= 20:
            differences = [0.0] * len(found)
            for number, (reals, padded) in counts.items():
                all_real, all_padded = totals[number]
                differences[number] = float(padded * all_real - reals * all_padded)
            scores.append(standard_errors(differences))
    return max(scores)


def classified(found: Sequence[Sample]) -> list[float]:
    """Return the AUC in each batch of a half, of a naive Bayes classifier trained on the other."""
    half = len(found) // 2
    counts: defaultdict[tuple[str, Hashable], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for sample in found[:half]:
        labels = sample.labels()
        weights = 1 / max(1, len(labels) - sum(labels)), 1 / max(1, sum(labels))
        for seen, real in zip(fields(sample), labels, strict=True):
            for cell in seen.items():
                counts[cell][real] += weights[real]
    evidence = {cell: log((real + 0.5) / (padded + 0.5)) for cell, (padded, real) in counts.items()}
    areas = []
    for sample in found[half:]:
        scores = [sum(evidence.get(cell, 0.0) for cell in seen.items()) for seen in fields(sample)]
        areas.append(area(scores, sample.labels()))
    return areas


def area(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Return how often a real key scores higher than one of padding, ties by halves (AUC)."""
    real = Counter(score for score, label in zip(scores, labels, strict=True) if label)
    padded = Counter(score for score, label in zip(scores, labels, strict=True) if not label)
    below, won = 0, 0.0
    for score in sorted(real | padded):
        won += real[score] * (below + padded[score] / 2)
        below += padded[score]
    return won / (real.total() * padded.total())


def classifier(found: Sequence[Sample]) -> float:
    """Return how far the mean AUC lies above 0.51.

    A hundredth is left to batches of few, long reports, of which the last that is drawn is as a
    rule a long one.
    """
    areas = classified(found)
    return standard_errors([one - 0.51 for one in areas]) if mean(areas) > 0.51 else 0.0


def key_bits(found: Sequence[Sample]) -> float:
    """Return the farthest of any bit, and of any byte's chi-square, from fair."""
    padded = [
        one.key
        for sample in found
        for one, real in zip(sample.records, sample.labels(), strict=True)
        if not real
    ]
    scores = []
    for place in range(len(padded[0])):
        counts = Counter(key[place] for key in padded)
        expected = len(padded) / 256
        chi_square = sum((counts[byte] - expected) ** 2 / expected for byte in range(256))
        scores.append(abs(chi_square - 255) / sqrt(2 * 255))
        for bit in range(8):
            ones = sum(number for byte, number in counts.items() if byte >> bit & 1)
            scores.append(abs(ones - len(padded) / 2) / sqrt(len(padded) / 4))
    return max(scores)


def repeats(found: Sequence[Sample]) -> float:
    """Return how many keys, or first eight bytes of keys, come twice, over all batches."""
    keys = [one.key for sample in found for one in sample.records]
    return float(len(keys) - len({key[:8] for key in keys}))


def disorder(found: Sequence[Sample]) -> float:
    """Return how many records stand after a greater one."""
    return float(sum(a > b for sample in found for a, b in pairwise(sample.records)))


def evenness(found: Sequence[Sample]) -> float:
    """Return how far the copies of one attribute vary otherwise than by independent draws.

    Only for designs of one key a report: with R real keys of which r have an attribute, p of P keys
    of padding having it has mean P r / R and variance P (r / R) (1 - r / R).
    """
    excess = []
    for sample in found:
        labels = sample.labels()
        all_real = sum(labels)
        drawn = len(labels) - all_real
        real, padded = Counter[tuple[int, ...]](), Counter[tuple[int, ...]]()
        for one, label in zip(sample.records, labels, strict=True):
            (real if label else padded)[one.attributes] += 1
        if len(real) > 1:
            variances = [drawn * r / all_real * (1 - r / all_real) for r in real.values()]
            squares = [(padded[a] - drawn * r / all_real) ** 2 for a, r in real.items()]
            excess.append(sum(squares) / sum(variances) - 1)
    return standard_errors(excess) if excess else 0.0


def lengths(found: Sequence[Sample]) -> float:
    """Return how far the reports that a batch falls into are shorter or longer than real ones.

    The keys of a report are of consecutive days; drawn one by one they would leave gaps.
    """
    differences = []
    for sample in found:
        design = design_named(sample.design)
        real = [one.attributes for one in sample.records if one.key in sample.real]
        whole = outlines((one.attributes for one in sample.records), design=design)
        differences.append(
            len(sample.records) / len(whole) - len(real) / len(outlines(real, design=design))
        )
    return standard_errors(differences)


def gaps(found: Sequence[Sample]) -> float:
    """Return how many reports of a batch have a hole between two days."""
    holes = 0
    for sample in found:
        stride = 144 if sample.design == "gaen" else 1
        whole = outlines(
            (one.attributes for one in sample.records), design=design_named(sample.design)
        )
        holes += sum(
            after[0] - before[0] != stride for one in whole for before, after in pairwise(one)
        )
    return float(holes)


def validity(found: Sequence[Sample]) -> float:
    """Return how many keys no server would publish then."""
    return float(
        sum(
            not publishable(
                one, design=design_named(sample.design), release=RELEASE, parameters=PARAMETERS
            )
            for sample in found
            for one in sample.records
        )
    )


DETECTORS: dict[str, Callable[[Sequence[Sample]], float]] = {
    "shares": shares,
    "classifier": classifier,
    "ranks": ranks,
    "adjacency": adjacency,
    "key bits": key_bits,
    "repeats": repeats,
    "disorder": disorder,
    "evenness": evenness,
    "lengths": lengths,
    "gaps": gaps,
    "validity": validity,
}
