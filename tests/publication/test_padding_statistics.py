"""spec/publication/padding.md: what tells padding from real keys, and what does not.

Each detector is shown paddings with a fault that it has to find.
"""

from collections.abc import Sequence
from random import Random
from statistics import mean, stdev

import pytest

from dp3t.publication.records import KeyRecord
from oracle_padding import KEY_BYTES
from padding_statistics import (
    DAY,
    DETECTORS,
    MINIMUM,
    RELEASE,
    Pad,
    Sample,
    area,
    classified,
    crowding,
    padding,
    samples,
)

PHONES = {
    "lowcost": range(4, 200),
    "gaen": range(1, 17),
    "hybrid": range(1, 7),
    "unlinkable": range(1, 4),
}
LIMIT = 5.0
"""Standard errors; one figure in two million is farther off by chance, and some 2,000 are looked at
with dice that always fall alike."""


def batches(design: str, pad: Pad = padding, *, count: int = 200, seed: int = 1) -> list[Sample]:
    found = samples(design, pad, phones=PHONES[design], batches=count, seed=seed)
    return [one for one in found if len(one.real) < len(one.records)]


@pytest.mark.spec("PADDING-5", "PADDING-7", "PADDING-9")
@pytest.mark.parametrize("design", PHONES)
def test_nothing_that_is_looked_at_tells_padding_from_real_keys(design: str) -> None:
    found = batches(design)
    assert len(found) > 150
    scores = {name: detect(found) for name, detect in DETECTORS.items()}
    if design != "lowcost":
        del scores["evenness"]
    assert {name: score for name, score in scores.items() if score > LIMIT} == {}


@pytest.mark.parametrize("design", PHONES)
def test_a_classifier_guesses_as_well_as_a_coin(design: str) -> None:
    """AUC within two hundredths of one half, by its 99 % interval over batches."""
    areas = classified(batches(design, count=600, seed=2))
    half_width = 2.58 * stdev(areas) / len(areas) ** 0.5
    assert half_width < 0.02
    assert abs(mean(areas) - 0.5) < 0.02 + half_width


def _with(design: str, attributes: tuple[int, ...], dice: Random) -> KeyRecord:
    return KeyRecord(attributes, dice.randbytes(KEY_BYTES[design]))


def evenly(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Days drawn evenly from all that are kept, whatever is real."""
    missing = max(0, MINIMUM - len(records))
    return sorted(
        [*records, *(_with(design, (DAY - dice.randrange(1, 15),), dice) for _ in range(missing))]
    )


def one_by_one(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Each key of padding drawn on its own."""
    missing = max(0, MINIMUM - len(records))
    drawn = [dice.choice(records).attributes for _ in range(missing)]
    return sorted([*records, *(_with(design, one, dice) for one in drawn)])


def multiplied(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """As many false keys for each real one, as long as they are too few."""
    copies = -(-MINIMUM // len(records)) - 1
    return sorted(
        [*records, *(_with(design, one.attributes, dice) for one in records for _ in range(copies))]
    )


def _altered(design: str, records: list[KeyRecord], dice: Random) -> list[KeyRecord]:
    kept = {one.key for one in records}
    return [one for one in padding(design, records, dice) if one.key not in kept]


def low_byte(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Keys of padding that end in a zero byte."""
    drawn = _altered(design, records, dice)
    return sorted([*records, *(KeyRecord(one.attributes, one.key[:-1] + b"\0") for one in drawn)])


def one_bit(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Keys of padding of which one bit is set a little too often."""
    drawn = [
        KeyRecord(
            one.attributes, bytes([one.key[0] | (8 if dice.random() < 0.1 else 0)]) + one.key[1:]
        )
        for one in _altered(design, records, dice)
    ]
    return sorted([*records, *drawn])


def appended(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Padding after what is real."""
    return [*sorted(records), *sorted(_altered(design, records, dice))]


def counted(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Keys of padding that follow one another in number."""
    first = int.from_bytes(dice.randbytes(8), "big") >> 1
    drawn = [
        KeyRecord(one.attributes, (first + place).to_bytes(8, "big") + one.key[8:])
        for place, one in enumerate(_altered(design, records, dice))
    ]
    return sorted([*records, *drawn])


def repeated(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """The same padding in every batch."""
    drawn = [
        KeyRecord(one.attributes, key.key)
        for one, key in zip(
            _altered(design, records, dice), _altered(design, records[:1], Random(1)), strict=False
        )
    ]
    return sorted([*records, *drawn])


def one_type(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Padding that says "confirmed test" always."""
    drawn = [
        KeyRecord((*one.attributes[:2], 1, one.attributes[3]), one.key)
        for one in _altered(design, records, dice)
    ]
    return sorted([*records, *drawn])


def whole_days(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Padding whose keys all last for a day, that of the report too."""
    drawn = [
        KeyRecord((one.attributes[0], 144, *one.attributes[2:]), one.key)
        for one in _altered(design, records, dice)
    ]
    return sorted([*records, *drawn])


def no_onset(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Padding that knows no onset."""
    drawn = [
        KeyRecord((*one.attributes[:3], 127), one.key) for one in _altered(design, records, dice)
    ]
    return sorted([*records, *drawn])


def in_use(design: str, records: list[KeyRecord], dice: Random) -> Sequence[KeyRecord]:
    """Padding with a window that has not begun."""
    window = RELEASE // 14_400 + 1
    return sorted([*padding(design, records, dice), _with(design, (window,), dice)])


@pytest.mark.spec("PADDING-3", "PADDING-5", "PADDING-7", "PADDING-9")
@pytest.mark.parametrize(
    ("design", "fault", "by"),
    [
        ("lowcost", evenly, {"shares", "classifier"}),
        ("lowcost", multiplied, {"evenness"}),
        ("lowcost", low_byte, {"shares", "classifier", "key bits"}),
        ("gaen", low_byte, {"shares", "classifier", "key bits"}),
        ("gaen", one_bit, {"key bits"}),
        ("gaen", appended, {"disorder"}),
        ("lowcost", counted, {"ranks", "adjacency", "key bits"}),
        ("hybrid", repeated, {"repeats"}),
        ("gaen", one_type, {"shares", "classifier"}),
        ("gaen", whole_days, {"shares", "classifier", "validity"}),
        ("gaen", no_onset, {"shares", "classifier"}),
        ("gaen", one_by_one, {"lengths", "gaps"}),
        ("hybrid", one_by_one, {"lengths"}),
        ("hybrid", in_use, {"validity"}),
    ],
)
def test_each_detector_finds_the_padding_that_it_is_for(
    design: str, fault: Pad, by: set[str]
) -> None:
    found = batches(design, fault)
    scores = {name: DETECTORS[name](found) for name in by}
    assert {name: score for name, score in scores.items() if score <= LIMIT} == {}


@pytest.mark.spec("PADDING-5")
@pytest.mark.parametrize(
    ("design", "phones", "figure"),
    [
        ("lowcost", range(4, 64), 0.51),
        ("lowcost", range(64, 200), 0.51),
        ("hybrid", range(1, 7), 0.51),
        ("gaen", range(1, 6), 0.53),
        ("gaen", range(6, 12), 0.58),
        ("gaen", range(12, 17), 0.6),
        ("gaen", range(17, 24), 0.62),
    ],
)
def test_how_few_share_its_attributes_tells_what_the_chapter_says(
    design: str, phones: range, figure: float
) -> None:
    found = samples(design, padding, phones=phones, batches=300, seed=3)
    areas = crowding([one for one in found if len(one.real) < len(one.records)])
    assert abs(mean(areas) - figure) < 0.02


def test_a_real_key_that_always_scores_higher_has_an_area_of_one() -> None:
    assert area([2, 1, 0], [True, False, False]) == 1.0
    assert area([0, 1, 2], [True, False, False]) == 0.0
    assert area([1, 1, 1], [True, False, True]) == 0.5
