"""Cases of the padding chapter: outlines, moving by days, padded batches, what may be published."""

from collections.abc import Iterator, Sequence

from dp3t.params import Parameters
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.proximity.padding import moved, outlines, pad_records, publishable
from dp3t.publication.batch import BatchName
from dp3t.publication.records import KeyRecord
from dp3t.publication.seed import slot_random
from dp3t.timeline import Instant

Case = dict[str, object]

_DAY = 18_500
_RELEASE = Instant(_DAY * 86_400 + 36_000)
_SEED = bytes(range(32))
_GIVEN = {"epoch_minutes": 120, "retention_days": 3}
_PARAMETERS = Parameters(**_GIVEN)
_NIGHT = _DAY * 144
_ATTRIBUTES: dict[str, list[tuple[int, ...]]] = {
    "lowcost": [(_DAY - 2,), (_DAY - 1,), (_DAY - 1,)],
    "unlinkable": [(_DAY * 12 + n,) for n in (-1, 0, 0, 1, 1, 2, 2)],
    "hybrid": [(_DAY * 6 + n,) for n in (0, 0, 0, 1, 1, 1, 2, 2)],
    "gaen": [
        (_NIGHT - 288, 144, 1, 0),
        (_NIGHT - 144, 144, 1, 1),
        (_NIGHT - 144, 144, 1, 1),
        (_NIGHT, 60, 1, 2),
        (_NIGHT, 55, 1, 2),
        (_NIGHT - 144, 144, 2, 1),
        (_NIGHT - 144, 144, 1, 127),
        (_NIGHT, 57, 1, 127),
        (_NIGHT - 144, 144, 1, 0),
    ],
}
_MOVES = {
    "moved-a-day": ("lowcost", (_DAY,), 1, {}),
    "moved-no-day": ("lowcost", (_DAY,), 0, {}),
    "moved-windows-of-four-hours": ("hybrid", (_DAY * 6 + 1,), 2, {}),
    "moved-windows-of-seven-hours": (
        "hybrid",
        (_DAY * 24 // 7,),
        1,
        {"window_minutes": 420, "epoch_minutes": 60},
    ),
    "moved-epochs": ("unlinkable", (_DAY * 96 + 5,), 3, {"epoch_minutes": 15}),
    "moved-gaen-key-keeps-the-rest": ("gaen", (_NIGHT, 57, 1, -2), 14, {}),
}
_PUBLISHABLE: dict[str, tuple[str, tuple[int, ...], bool]] = {
    "lowcost-today": ("lowcost", (_DAY,), True),
    "lowcost-tomorrow": ("lowcost", (_DAY + 1,), False),
    "lowcost-oldest": ("lowcost", (_DAY - 6,), True),
    "lowcost-too-old": ("lowcost", (_DAY - 7,), False),
    "gaen-ends-at-the-release": ("gaen", (_NIGHT, 60, 1, 0), True),
    "gaen-ends-later": ("gaen", (_NIGHT, 61, 1, 0), False),
    "gaen-period-of-no-key": ("gaen", (_NIGHT - 144, 145, 1, 0), False),
    "unlinkable-epoch-over": ("unlinkable", (_DAY * 12 + 4,), True),
    "unlinkable-epoch-in-use": ("unlinkable", (_DAY * 12 + 5,), False),
    "hybrid-window-begun": ("hybrid", (_DAY * 6 + 2,), True),
    "hybrid-window-to-come": ("hybrid", (_DAY * 6 + 3,), False),
}


def build() -> dict[str, object]:
    """Return the cases."""
    return {
        "spec": ["PADDING-4"],
        "source": "ours; derived again by tests/oracle_padding.py",
        "cases": [*_outlines(), *_moved(), *_publishable(), *_padded()],
    }


def _outlines() -> Iterator[Case]:
    for name, attributes in _ATTRIBUTES.items():
        yield {
            "id": f"outlines-{name}",
            "operation": "outlines",
            "design": name,
            "attributes": [list(one) for one in attributes],
            "outlines": [
                [list(one) for one in outline]
                for outline in outlines(attributes, design=design_named(name))
            ],
            "result": "valid",
        }


def _moved() -> Iterator[Case]:
    for name, (design, attributes, days, given) in _MOVES.items():
        later = moved(
            attributes, days=days, design=design_named(design), parameters=Parameters(**given)
        )
        yield {
            "id": name,
            "operation": "moved",
            "design": design,
            "attributes": list(attributes),
            "days": days,
            "moved": list(later),
            "result": "valid",
            "spec": ["PADDING-6"],
            **given,
        }


def _publishable() -> Iterator[Case]:
    for name, (design, attributes, expected) in _PUBLISHABLE.items():
        chosen = design_named(design)
        record = KeyRecord(attributes, bytes(16 if design in ("gaen", "hybrid") else 32))
        if expected != publishable(record, design=chosen, release=_RELEASE, parameters=_PARAMETERS):
            raise ValueError(name)
        yield {
            "id": name,
            "operation": "publishable",
            "design": design,
            "attributes": list(attributes),
            "key": record.key.hex(),
            "release": _RELEASE,
            "result": "valid" if expected else "policy",
            "spec": ["PADDING-3"],
            **_GIVEN,
        }


def _records(design: str, *, days: int = 0) -> list[KeyRecord]:
    chosen = design_named(design)
    length = 16 if design in ("gaen", "hybrid") else 32
    return sorted(
        KeyRecord(
            moved(attributes, days=days, design=chosen, parameters=_PARAMETERS),
            bytes([number]) * length,
        )
        for number, attributes in enumerate(_ATTRIBUTES[design])
    )


def _padded() -> Iterator[Case]:
    for design in DESIGN_NAMES:
        present = _records(design)
        earlier = (Instant(_RELEASE - 2 * 86_400 - 7_200), _records(design, days=-2))
        yield _case(f"{design}-copies", design, present, 20, spec=["PADDING-5", "PADDING-7"])
        yield _case(f"{design}-moves", design, [], 12, earlier=earlier, spec=["PADDING-6"])
        yield _case(f"{design}-makes-up", design, [], 12, spec=["PADDING-8"])
    enough = _records("gaen")
    yield _case("as-many-as-the-minimum", "gaen", enough, len(enough), spec=["PADDING-2"])
    yield _case("one-fewer-than-the-minimum", "gaen", enough, len(enough) + 1, spec=["PADDING-2"])
    yield _case("turned-off", "gaen", [], 0, spec=["PADDING-2"])
    old = (Instant(_RELEASE - 20 * 86_400), [KeyRecord((_DAY - 30,), bytes(32))])
    yield _case("nothing-left-to-move", "lowcost", [], 3, earlier=old, spec=["PADDING-8"])


def _case(
    name: str,
    design: str,
    records: Sequence[KeyRecord],
    minimum: int,
    *,
    earlier: tuple[Instant, Sequence[KeyRecord]] | None = None,
    spec: list[str],
) -> Case:
    batch = BatchName(design=design, region="VN", release=_RELEASE)
    padded = pad_records(
        records,
        minimum=minimum,
        design=design_named(design),
        release=_RELEASE,
        earlier=earlier and (earlier[0], [one.attributes for one in earlier[1]]),
        parameters=_PARAMETERS,
        rand=slot_random(_SEED, purpose="padding", name=batch),
    )
    case: Case = {
        "id": f"padded-{name}",
        "operation": "padded",
        "seed": _SEED.hex(),
        "design": design,
        "region": "VN",
        "release": _RELEASE,
        "minimum": minimum,
        "records": _values(records),
        "padded": _values(padded),
        "result": "valid",
        "spec": [*spec, "PADDING-9"],
        **_GIVEN,
    }
    if earlier is not None:
        case |= {"earlier_release": earlier[0], "earlier_records": _values(earlier[1])}
    return case


def _values(records: Sequence[KeyRecord]) -> list[object]:
    return [{"attributes": list(one.attributes), "key": one.key.hex()} for one in records]
