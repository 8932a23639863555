"""spec/publication/padding.md: how many keys, which, and that they can be drawn again."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_padding
import oracle_seed
from dp3t.params import STANDARD, Parameters
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.proximity.padding import made_up, moved, outlines, pad_records, publishable
from dp3t.publication.batch import BatchName
from dp3t.publication.padding import padded
from dp3t.publication.records import KeyRecord
from dp3t.publication.seed import slot_random
from dp3t.timeline import Instant
from vectors import Case, vector_cases

RELEASE = Instant(18_500 * 86_400 + 36_000)
EVERY_DESIGN = pytest.mark.parametrize("name", DESIGN_NAMES)


def given_of(case: Case) -> dict[str, int]:
    names = ("epoch_minutes", "window_minutes", "retention_days")
    return {name: case[name] for name in names if name in case}


def records_of(values: list[Case]) -> list[KeyRecord]:
    return [KeyRecord(tuple(one["attributes"]), bytes.fromhex(one["key"])) for one in values]


def earlier_of(case: Case) -> tuple[Instant, list[KeyRecord]] | None:
    if "earlier_release" not in case:
        return None
    return Instant(case["earlier_release"]), records_of(case["earlier_records"])


def filled(name: str, *, minimum: int = 256, seed: int = 1, at: int = RELEASE) -> list[KeyRecord]:
    """Return a batch of padding alone."""
    found = pad_records(
        [],
        minimum=minimum,
        design=design_named(name),
        release=Instant(at),
        parameters=STANDARD,
        rand=Random(seed).randbytes,
    )
    return list(found)


@pytest.mark.parametrize("case", vector_cases("padding", operation="outlines"))
def test_a_batch_divides_into_these_reports(case: Case) -> None:
    attributes = [tuple(one) for one in case["attributes"]]
    for order in (attributes, attributes[::-1]):
        found = outlines(order, design=design_named(case["design"]))
        assert [list(map(list, one)) for one in found] == case["outlines"]
    theirs = oracle_padding.outlines(case["design"], attributes)
    assert [list(map(list, one)) for one in theirs] == case["outlines"]


@pytest.mark.parametrize("case", vector_cases("padding", operation="moved"))
def test_a_key_some_days_later_begins_then(case: Case) -> None:
    parameters, one = Parameters(**given_of(case)), tuple(case["attributes"])
    design = design_named(case["design"])
    later = moved(one, days=case["days"], design=design, parameters=parameters)
    theirs = oracle_padding.moved(case["design"], one, case["days"], given_of(case))
    assert list(later) == list(theirs) == case["moved"]


@pytest.mark.parametrize("case", vector_cases("padding", operation="publishable"))
def test_what_may_be_published_at_a_release(case: Case) -> None:
    (record,), release = records_of([case]), Instant(case["release"])
    design, parameters = design_named(case["design"]), Parameters(**given_of(case))
    allowed = publishable(record, design=design, release=release, parameters=parameters)
    theirs = oracle_padding.publishable(case["design"], record.attributes, release, given_of(case))
    assert allowed == theirs == (case["result"] == "valid")


@pytest.mark.parametrize("case", vector_cases("padding", operation="padded"))
def test_a_seed_gives_this_batch_and_both_witnesses_draw_it(case: Case) -> None:
    seed, release = bytes.fromhex(case["seed"]), Instant(case["release"])
    name = BatchName(design=case["design"], region=case["region"], release=release)
    records, earlier = records_of(case["records"]), earlier_of(case)
    found = pad_records(
        records,
        minimum=case["minimum"],
        design=design_named(case["design"]),
        release=release,
        earlier=earlier and (earlier[0], [one.attributes for one in earlier[1]]),
        parameters=Parameters(**given_of(case)),
        rand=slot_random(seed, purpose="padding", name=name),
    )
    assert list(found) == records_of(case["padded"])
    label = oracle_seed.label_of("padding", case["design"], case["region"], release)
    theirs = oracle_padding.padded(
        case["design"],
        [(one.attributes, one.key) for one in records],
        None if earlier is None else (earlier[0], [(r.attributes, r.key) for r in earlier[1]]),
        minimum=case["minimum"],
        release=release,
        draw=oracle_seed.stream(seed, label),
        given=given_of(case),
    )
    assert [KeyRecord(*one) for one in theirs] == list(found)


@EVERY_DESIGN
@pytest.mark.spec("PADDING-1")
def test_a_batch_without_accepted_records_has_padding(name: str) -> None:
    """What a release without a report publishes is no empty batch."""
    assert len(filled(name)) >= 256


@EVERY_DESIGN
@pytest.mark.spec("PADDING-2")
@pytest.mark.parametrize("minimum", [0, 1, 255, 256, 257])
def test_padding_ends_with_the_report_that_reaches_the_minimum(name: str, minimum: int) -> None:
    accepted = filled(name)[:256]
    batch = pad_records(
        accepted,
        minimum=minimum,
        design=design_named(name),
        release=RELEASE,
        parameters=STANDARD,
        rand=Random(2).randbytes,
    )
    longest = max(
        map(len, outlines((one.attributes for one in accepted), design=design_named(name)))
    )
    assert set(accepted) <= set(batch)
    if minimum <= 256:
        assert list(batch) == sorted(accepted)
    else:
        assert minimum <= len(batch) < minimum + longest


@EVERY_DESIGN
@pytest.mark.spec("PADDING-3", "PADDING-8")
@pytest.mark.parametrize("hour", range(0, 24, 6))
def test_padding_that_is_made_up_or_moved_may_be_published(name: str, hour: int) -> None:
    """Never a key in use, of the future, too old, or none of the design's."""
    design, release = design_named(name), Instant(18_500 * 86_400 + 3_600 * hour)
    before = Instant(release - 86_400 * 3 - 7_200 * 5)
    batches = [filled(name, at=release, seed=seed) for seed in range(4)]
    batches += [
        list(
            pad_records(
                [],
                minimum=256,
                design=design,
                release=release,
                earlier=(before, [one.attributes for one in filled(name, at=before)]),
                parameters=STANDARD,
                rand=Random(hour).randbytes,
            )
        )
    ]
    for record in (record for batch in batches for record in batch):
        assert publishable(record, design=design, release=release, parameters=STANDARD)


@EVERY_DESIGN
@pytest.mark.spec("PADDING-3", "PADDING-8")
@pytest.mark.parametrize("days", [-60, 9, 60])
def test_what_no_release_may_publish_is_not_copied(name: str, days: int) -> None:
    """Too old, or in part or all of it not over; where nothing is left, phones are made up."""
    design = design_named(name)
    shifted = [
        moved(one.attributes, days=days, design=design, parameters=STANDARD) for one in filled(name)
    ]
    batch = pad_records(
        [],
        minimum=256,
        design=design,
        release=RELEASE,
        earlier=(RELEASE, shifted),
        parameters=STANDARD,
        rand=Random(1).randbytes,
    )
    for one in batch:
        assert publishable(one, design=design, release=RELEASE, parameters=STANDARD)
    if abs(days) == 60:
        assert list(batch) == filled(name)


@given(data=st.data(), name=st.sampled_from(DESIGN_NAMES))
@pytest.mark.spec("PADDING-4")
def test_every_attribute_of_a_batch_is_in_one_report_as_often_as_it_is_there(
    data: st.DataObject, name: str
) -> None:
    width = 4 if name == "gaen" else 1
    small = st.tuples(*(st.integers(0, 300 if at == 0 else 3) for at in range(width)))
    attributes = data.draw(st.lists(small, max_size=30))
    found = outlines(attributes, design=design_named(name))
    assert Counter(one for outline in found for one in outline) == Counter(attributes)
    for outline in found:
        assert len({one[0] for one in outline}) == len(outline)
        assert list(outline) == sorted(outline)


@pytest.mark.spec("PADDING-5")
def test_padding_has_the_attributes_of_accepted_keys_and_no_others() -> None:
    accepted = filled("gaen", minimum=40)
    design = design_named("gaen")
    batch = pad_records(
        accepted,
        minimum=400,
        design=design,
        release=RELEASE,
        earlier=(RELEASE, [one.attributes for one in filled("gaen", seed=9)]),
        parameters=STANDARD,
        rand=Random(2).randbytes,
    )
    assert {one.attributes for one in batch} == {one.attributes for one in accepted}


@EVERY_DESIGN
@pytest.mark.spec("PADDING-9")
def test_another_seed_draws_other_padding_and_the_same_seed_the_same(name: str) -> None:
    one, same, other = filled(name), filled(name), filled(name, seed=2)
    assert one == same
    assert not {record.key for record in one} & {record.key for record in other}


@EVERY_DESIGN
@pytest.mark.spec("PADDING-9")
def test_a_batch_is_ascending_whatever_is_accepted(name: str) -> None:
    accepted = filled(name, minimum=1)
    Random(3).shuffle(accepted)
    batch = pad_records(
        accepted,
        minimum=len(accepted) + 100,
        design=design_named(name),
        release=RELEASE,
        parameters=STANDARD,
        rand=Random(4).randbytes,
    )
    assert list(batch) == sorted(batch)


def test_a_minimum_below_nothing_and_the_first_days_of_1970_are_mistakes() -> None:
    with pytest.raises(ValueError, match="not negative"):
        filled("gaen", minimum=-1)
    with pytest.raises(ValueError, match="1970"):
        filled("gaen", at=2 * 86_400 - 7_200)


@EVERY_DESIGN
def test_the_earliest_release_that_can_be_padded_is(name: str) -> None:
    assert filled(name, at=2 * 86_400, minimum=30)


def test_a_phone_that_is_made_up_reports_what_the_oracle_says() -> None:
    for name in DESIGN_NAMES:
        for seed in range(20):
            drawn = made_up(
                design=design_named(name),
                release=RELEASE,
                parameters=STANDARD,
                rand=Random(seed).randbytes,
            )
            theirs = oracle_padding.made_up(name, RELEASE, Random(seed).randbytes, {})
            assert list(drawn) == theirs


def test_no_draw_is_made_where_nothing_is_missing() -> None:
    def refuse(length: int) -> bytes:
        raise AssertionError(f"{length} bytes drawn")

    records = [KeyRecord((1,), bytes(16))]
    same = padded(
        records, minimum=1, key_bytes=16, kin=lambda one: one, stand_in=lambda _: (), rand=refuse
    )
    assert list(same) == records
