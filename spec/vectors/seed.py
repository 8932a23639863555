"""Cases of the seed chapter: streams, the labels of batches, numbers below a bound."""

from collections.abc import Iterator
from typing import Literal

from dp3t.primitives import random_below, seeded_random
from dp3t.publication.batch import BatchName
from dp3t.publication.seed import slot_random
from dp3t.timeline import Instant

Case = dict[str, object]

_SEED = bytes(range(32))
_RELEASE = Instant(18_500 * 86_400)
_STREAMS = {
    "stream-one-draw": (_SEED, b"", [64]),
    "stream-draws-that-end-within-blocks": (_SEED, b"", [0, 1, 15, 16, 17, 0, 15]),
    "stream-other-label": (_SEED, b"a", [32]),
    "stream-other-seed": (bytes(32), b"a", [32]),
    "stream-label-of-200-bytes": (_SEED, bytes(range(200)), [32]),
}
_NAMES: dict[str, tuple[Literal["batch", "padding"], str, str, Instant]] = {
    "batch-of-unlinkable": ("batch", "unlinkable", "VN", _RELEASE),
    "padding-of-unlinkable": ("padding", "unlinkable", "VN", _RELEASE),
    "padding-of-gaen": ("padding", "gaen", "VN", _RELEASE),
    "padding-of-another-region": ("padding", "gaen", "VN-HN", _RELEASE),
    "padding-of-the-next-slot": ("padding", "gaen", "VN", Instant(_RELEASE + 7_200)),
}
_BOUNDS = {
    "below-one": 1,
    "below-six": 6,
    "below-256": 256,
    "below-257": 257,
    "below-a-million": 10**6,
}


def build() -> dict[str, object]:
    """Return the cases."""
    return {
        "spec": ["SEED-2"],
        "source": "ours; derived again by tests/oracle_seed.py",
        "cases": [*_streams(), *_batches(), *_numbers()],
    }


def _streams() -> Iterator[Case]:
    for name, (seed, label, lengths) in _STREAMS.items():
        rand = seeded_random(seed, label=label)
        yield {
            "id": name,
            "operation": "stream",
            "seed": seed.hex(),
            "label": label.hex(),
            "lengths": lengths,
            "draws": [rand(length).hex() for length in lengths],
            "result": "valid",
        }


def _batches() -> Iterator[Case]:
    for name, (purpose, design, region, release) in _NAMES.items():
        batch = BatchName(design=design, region=region, release=release)
        yield {
            "id": name,
            "operation": "batch",
            "seed": _SEED.hex(),
            "purpose": purpose,
            "design": design,
            "region": region,
            "release": release,
            "first": slot_random(_SEED, purpose=purpose, name=batch)(32).hex(),
            "result": "valid",
            "spec": ["SEED-2", "SEED-3"],
        }


def _numbers() -> Iterator[Case]:
    for name, bound in _BOUNDS.items():
        rand = seeded_random(_SEED, label=b"numbers")
        yield {
            "id": name,
            "operation": "below",
            "seed": _SEED.hex(),
            "label": b"numbers".hex(),
            "bound": bound,
            "numbers": [random_below(bound, rand=rand) for _ in range(12)],
            "result": "valid",
            "spec": ["SEED-4"],
        }
