"""What padding has to know of each design, and reports of phones that do not exist.

The attributes of padding are those of real keys of the same batch; where there is none, of an
earlier batch, as many whole days later; where there is none either, of phones that are made up.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from dp3t.errors import MalformedError, PolicyError
from dp3t.params import DAY_SECONDS, INTERVAL_SECONDS, RELEASE_SLOT_SECONDS, Parameters
from dp3t.primitives import Rand, random_below
from dp3t.proximity import gaen, hybrid, lowcost, unlinkable
from dp3t.proximity.interface import Design
from dp3t.proximity.periods import Periods
from dp3t.publication.padding import Attributes, Outline, outlines_of, padded
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, day_of, day_start

FIRST_PADDED_RELEASE = Instant(2 * DAY_SECONDS)
"""Earlier releases are not padded: no phone can have reported a day and a night before."""

_ONSET_AFTER_DAYS = 2
"""A made-up patient's symptoms begin two days after the first contagious day [PADDING-8]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """The keys of a design as padding sees them.

    Attributes:
        key_bytes: their length.
        step_seconds: what the first attribute counts from 1970 on.
        kin: what the keys of one report have in common [PADDING-4].
    """

    key_bytes: int
    step_seconds: Callable[[Parameters], int]
    kin: Callable[[Attributes], Attributes]


def _alone(attributes: Attributes) -> Attributes:
    return attributes


def _together(attributes: Attributes) -> Attributes:
    return ()


def _of_one_onset(attributes: Attributes) -> Attributes:
    """Return the report type, and the day of onset where the keys tell it."""
    start, _, report_type, onset = attributes
    if onset == gaen.ONSET_UNKNOWN:
        return (report_type,)
    return (report_type, start * INTERVAL_SECONDS // DAY_SECONDS - onset)


_FORMS = {
    "lowcost": _Form(
        key_bytes=lowcost.DAY_KEY_BYTES, step_seconds=lambda _: DAY_SECONDS, kin=_alone
    ),
    "unlinkable": _Form(
        key_bytes=unlinkable.SEED_BYTES,
        step_seconds=lambda parameters: parameters.epoch_seconds,
        kin=_together,
    ),
    "hybrid": _Form(
        key_bytes=hybrid.SEED_BYTES,
        step_seconds=lambda parameters: parameters.window_seconds,
        kin=_together,
    ),
    "gaen": _Form(
        key_bytes=gaen.TEK_BYTES, step_seconds=lambda _: INTERVAL_SECONDS, kin=_of_one_onset
    ),
}


def outlines(attributes: Iterable[Attributes], *, design: Design) -> list[Outline]:
    """Divide the attributes of a batch into reports, as far as they tell [PADDING-4]."""
    return outlines_of(attributes, kin=_FORMS[design.name].kin)


def moved(
    attributes: Attributes, *, days: int, design: Design, parameters: Parameters
) -> Attributes:
    """Return the attributes of a key that begins so many whole days later [PADDING-6]."""
    steps = Periods(_FORMS[design.name].step_seconds(parameters))
    start, *others = attributes
    later = steps.stretch(start).start + days * DAY_SECONDS
    return (steps.of(Instant(later)), *others)


def pad_records(
    records: Collection[KeyRecord],
    *,
    minimum: int,
    design: Design,
    release: Instant,
    earlier: tuple[Instant, Iterable[Attributes]] | None = None,
    parameters: Parameters,
    rand: Rand,
) -> tuple[KeyRecord, ...]:
    """Return what one batch publishes: the accepted records, and padding [PADDING-1].

    Args:
        records: those that are due; all are the design's.
        minimum: fewer than so many are filled up; 0 for no padding [PADDING-2].
        design: the batch's.
        release: the batch's release time.
        earlier: the release of an earlier batch of the design that had accepted records, and the
            attributes of each of its keys, padding included; looked at only where `records` is
            empty.
        parameters: the region's.
        rand: the stream of the slot's seed for padding [SEED-3].

    Raises:
        ValueError: a negative minimum, or a release in the first two days of 1970, when no phone
            can have reported.
    """
    if minimum < 0:
        raise ValueError("a minimum of keys is not negative")
    if release < FIRST_PADDED_RELEASE:
        raise ValueError("no batch of the first two days of 1970 is padded")
    form = _FORMS[design.name]
    former = list[Outline]()
    if not records and earlier is not None:
        kept = _moved_to(release, earlier, design=design, parameters=parameters)
        former = outlines(kept, design=design)

    def stand_in(rand: Rand) -> Outline:
        if former:
            return former[random_below(len(former), rand=rand)]
        return made_up(design=design, release=release, parameters=parameters, rand=rand)

    return padded(
        records,
        minimum=minimum,
        key_bytes=form.key_bytes,
        kin=form.kin,
        stand_in=stand_in,
        rand=rand,
    )


def _moved_to(
    release: Instant,
    earlier: tuple[Instant, Iterable[Attributes]],
    *,
    design: Design,
    parameters: Parameters,
) -> Iterator[Attributes]:
    """Yield the attributes of an earlier batch, moved, that may be published now [PADDING-6].

    What holds for one key holds for all with its attributes: there can be a million, few differ.
    """
    days = (release - earlier[0]) // DAY_SECONDS
    any_key = bytes(_FORMS[design.name].key_bytes)
    known: dict[Attributes, tuple[Attributes, bool]] = {}
    for attributes in earlier[1]:
        if attributes not in known:
            later = moved(attributes, days=days, design=design, parameters=parameters)
            record = KeyRecord(later, any_key)
            good = publishable(record, design=design, release=release, parameters=parameters)
            known[attributes] = later, good
        later, good = known[attributes]
        if good:
            yield later


def publishable(
    record: KeyRecord, *, design: Design, release: Instant, parameters: Parameters
) -> bool:
    """Return whether a server may publish a key at a release [PADDING-3]."""
    try:
        key = design.tracing_key(record)
        key.require_publishable(now=release, parameters=parameters)
    except (MalformedError, PolicyError):
        return False
    return key.releasable_from(parameters) <= release


def made_up(*, design: Design, release: Instant, parameters: Parameters, rand: Rand) -> Outline:
    """Return the outline of the report of a phone that does not exist [PADDING-8].

    It was contagious since one of the last `retention_days` days and reported in the two hours
    before the release; the design's own ring says with which keys. That follows from the two
    moments alone, so the ring needs no randomness.
    """
    now = Instant(release - 1 - random_below(RELEASE_SLOT_SECONDS, rand=rand))
    today = day_of(now)
    since = Day(max(0, today - 1 - random_below(parameters.retention_days, rand=rand)))
    ring = design.generate(now=day_start(since), parameters=parameters, rand=bytes)
    for moment in (*range(day_start(since), now, design.epoch_seconds(parameters)), now):
        ring = ring.rotated(now=Instant(moment), parameters=parameters, rand=bytes)
    onset = Day(min(since + _ONSET_AFTER_DAYS, today))
    keys, _ = ring.released(since=since, onset=onset, now=now, parameters=parameters, rand=bytes)
    return tuple(
        record.attributes
        for record in sorted(key.record() for key in keys)
        if publishable(record, design=design, release=release, parameters=parameters)
    )
