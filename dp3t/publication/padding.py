"""Padding: keys that nobody drew, so that a small batch does not tell how few have reported.

A key of padding is random, and its attributes are those of a key that a phone did report. What one
phone reports hangs together, so padding comes in whole reports, as far as attributes tell them.
"""

from collections.abc import Callable, Collection, Iterable

from dp3t.primitives import Rand, random_below
from dp3t.publication.records import KeyRecord

Attributes = tuple[int, ...]
"""What stands beside a key in a batch."""

Outline = tuple[Attributes, ...]
"""The attributes of one report, ascending."""


def outlines_of(
    attributes: Iterable[Attributes], *, kin: Callable[[Attributes], Attributes]
) -> list[Outline]:
    """Divide the attributes of a batch into reports, as far as they tell [PADDING-4].

    Args:
        attributes: of each key of a batch; the first says when the key begins, and no report has
            two keys that begin together.
        kin: what the keys of one report have in common.
    """
    families: dict[Attributes, dict[int, list[Attributes]]] = {}
    for one in sorted(attributes):
        families.setdefault(kin(one), {}).setdefault(one[0], []).append(one)
    outlines = list[Outline]()
    for _, beginnings in sorted(families.items()):
        columns = beginnings.values()
        for place in range(max(map(len, columns))):
            outlines.append(tuple(column[place] for column in columns if place < len(column)))
    return outlines


def padded(
    records: Collection[KeyRecord],
    *,
    minimum: int,
    key_bytes: int,
    kin: Callable[[Attributes], Attributes],
    stand_in: Callable[[Rand], Outline],
    rand: Rand,
) -> tuple[KeyRecord, ...]:
    """Return the records, and padding as far as they are fewer than a minimum, in ascending order.

    Args:
        records: all that are real, of one design.
        minimum: how many there are to be; padding ends with the report that reaches it [PADDING-2].
        key_bytes: the length of the design's keys.
        kin: what the attributes of one report have in common; see `outlines_of`.
        stand_in: draws the outline of a report, at least one key, where no record is real.
        rand: the stream of the slot's seed for padding [SEED-3].
    """
    outlines = outlines_of((record.attributes for record in records), kin=kin)
    every = list(records)
    while len(every) < minimum:
        drawn = outlines[random_below(len(outlines), rand=rand)] if outlines else stand_in(rand)
        every += (KeyRecord(attributes, rand(key_bytes)) for attributes in drawn)
    return tuple(sorted(every))
