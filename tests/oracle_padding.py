"""The second witness of padding: outlines by sorting, reports by arithmetic, draws one by one."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import oracle_seed
from oracle_seed import Draw

Attributes = tuple[int, ...]
Record = tuple[Attributes, bytes]

DAY = 86_400
KEY_BYTES = {"lowcost": 32, "unlinkable": 32, "hybrid": 16, "gaen": 16}


def step_seconds(design: str, given: Mapping[str, int]) -> int:
    """Return what the first attribute counts."""
    return {
        "lowcost": DAY,
        "unlinkable": 60 * given.get("epoch_minutes", 15),
        "hybrid": 60 * given.get("window_minutes", 240),
        "gaen": 600,
    }[design]


def _family(design: str, one: Attributes) -> tuple[int, ...]:
    if design == "lowcost":
        return one
    if design != "gaen":
        return ()
    return (one[2],) if one[3] == 127 else (one[2], one[0] // 144 - one[3])


def outlines(design: str, attributes: Iterable[Attributes]) -> list[list[Attributes]]:
    """Number the keys that begin together within their family, and gather by that number."""
    seen: Counter[tuple[tuple[int, ...], int]] = Counter()
    found: dict[tuple[tuple[int, ...], int], list[Attributes]] = {}
    for one in sorted(attributes):
        column = (_family(design, one), one[0])
        found.setdefault((column[0], seen[column]), []).append(one)
        seen[column] += 1
    return [found[place] for place in sorted(found)]


def moved(design: str, one: Attributes, days: int, given: Mapping[str, int]) -> Attributes:
    """Return the attributes so many days later."""
    step = step_seconds(design, given)
    return ((one[0] * step + days * DAY) // step, *one[1:])


def publishable(design: str, one: Attributes, release: int, given: Mapping[str, int]) -> bool:
    """Say whether a server may publish a key at a release."""
    step = step_seconds(design, given)
    start = one[0] * step
    end = start + step * (one[1] if design == "gaen" else 1)
    if design == "gaen" and not 1 <= one[1] <= 144:
        return False
    over = {"lowcost": start, "hybrid": start, "unlinkable": end, "gaen": end}[design]
    age = release // DAY - (end - 1) // DAY
    return over <= release and age <= 2 * given.get("retention_days", 14)


def made_up(design: str, release: int, draw: Draw, given: Mapping[str, int]) -> list[Attributes]:
    """Return the attributes of the report of a phone that does not exist."""
    reported = release - 1 - oracle_seed.below(7_200, draw)
    today = reported // DAY
    first = max(0, today - 1 - oracle_seed.below(given.get("retention_days", 14), draw))
    onset, step = min(first + 2, today), step_seconds(design, given)
    if design == "lowcost":
        return [(first,)]
    if design == "gaen":
        days = [(day * 144, 144, 1, day - onset) for day in range(first, today)]
        return [*days, (today * 144, reported % DAY // 600 + 1, 1, today - onset)]
    in_use = reported // step
    last = in_use if design == "hybrid" else in_use - 1
    return [(number,) for number in range(first * DAY // step, last + 1)]


def padded(
    design: str,
    accepted: Sequence[Record],
    earlier: tuple[int, Sequence[Record]] | None,
    *,
    minimum: int,
    release: int,
    draw: Draw,
    given: Mapping[str, int],
) -> list[Record]:
    """Return the records of a batch, ascending."""
    pool = outlines(design, (record[0] for record in accepted))
    if not accepted and earlier is not None:
        days = (release - earlier[0]) // DAY
        later = [moved(design, one, days, given) for one, _ in earlier[1]]
        pool = outlines(design, (one for one in later if publishable(design, one, release, given)))
    every = list(accepted)
    while len(every) < minimum:
        if pool:
            outline = pool[oracle_seed.below(len(pool), draw)]
        else:
            outline = made_up(design, release, draw, given)
        for one in outline:
            every.append((one, draw(KEY_BYTES[design])))
    return sorted(every)
