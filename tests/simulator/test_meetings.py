from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from dp3t_simulator.meetings.contacts import contacts_of, no_contacts
from dp3t_simulator.meetings.kernels import (
    NOBODY,
    describe,
    slot,
    slots,
    venues,
    visit_of,
    visitors_of,
)
from dp3t_simulator.meetings.layers import FIRST_SECOND, LAST_SECOND, Layer, templates
from dp3t_simulator.meetings.table import (
    MAX_CONTACTS,
    History,
    Meetings,
    everybody_out,
    meetings_of,
)
from dp3t_simulator.population.building import build
from dp3t_simulator.response.lockdown import locked
from dp3t_simulator.scenario.settings import LockdownStep, PopulationSettings

PEOPLE = 3000
DAY = 3
Contact = tuple[int, int, int, int, int, int]
"""Person, partner, layer, start, duration, distance."""


@pytest.fixture(scope="module")
def meetings() -> Meetings:
    return of()


def of(seed: int = 1, days: int = 12, **settings: float) -> Meetings:
    chosen = PopulationSettings(**settings)  # type: ignore[arg-type]  # fields of several types
    return meetings_of(build(chosen, PEOPLE, 1), chosen, days=days, seed=seed)


def everything(
    meetings: Meetings, day: int = DAY, history: History | None = None
) -> Counter[Contact]:
    """Return every contact of a day, from both sides."""
    history, out = history or everybody_out(PEOPLE), no_contacts()
    found = Counter[Contact]()
    for person in range(PEOPLE):
        count = contacts_of(meetings, history, person, day, out)
        columns = (column[:count].tolist() for column in out[:-1])  # bits are workings
        found.update((person, *row) for row in zip(*columns, strict=True))
    return found


def turned(contacts: Counter[Contact]) -> Counter[Contact]:
    return Counter({(one[1], one[0], *one[2:]): count for one, count in contacts.items()})


@pytest.mark.spec("MEETINGS-1")
def test_contacts_are_the_same_from_both_sides_and_again(meetings: Meetings) -> None:
    found = everything(meetings)
    assert found == turned(found)
    assert found == everything(of())
    assert found != everything(of(seed=2))
    assert found != everything(meetings, DAY + 1)


@pytest.mark.spec("MEETINGS-1")
def test_nobody_meets_himself_and_each_layer_has_its_people(meetings: Meetings) -> None:
    found = everything(meetings)
    assert {one[2] for one in found} == set(range(Layer.MEASURED))
    for person, partner, layer, *_ in found:
        assert person != partner
        if layer == Layer.HOUSEHOLD:
            assert meetings.household[person] == meetings.household[partner]
        if layer in (Layer.SCHOOL, Layer.WORK):
            assert meetings.group[person] == meetings.group[partner] >= 0
            assert meetings.group_kind[meetings.group[person]] == layer - Layer.SCHOOL


@pytest.mark.spec("MEETINGS-1")
def test_households_meet_whole_and_groups_as_often_as_asked(meetings: Meetings) -> None:
    found = everything(meetings)
    households = np.diff(meetings.household_first).astype(np.int64)
    by_layer = Counter(one[2] for one in found)
    assert by_layer[Layer.HOUSEHOLD] == (households * (households - 1)).sum()
    sizes = np.diff(meetings.group_first).astype(np.int64)
    settings = PopulationSettings()
    for layer, chance in ((1, settings.school_contact), (2, settings.work_contact)):
        of_kind = sizes[meetings.group_kind == layer - 1]
        pairs = (of_kind * (of_kind - 1)).sum() / 2
        spread = 2 * 5 * (pairs * chance * (1 - chance)) ** 0.5
        assert by_layer[layer] == pytest.approx(2 * pairs * chance, abs=spread)


@pytest.mark.spec("MEETINGS-2")
def test_each_half_edge_meets_one_other_anew_each_day(meetings: Meetings) -> None:
    edges = len(meetings.edge_owner)
    partners = []
    for day in range(2):
        found = everything(meetings, day)
        met = [one for one in found if one[2] == Layer.OCCASIONAL]
        assert edges * 0.98 < sum(found[one] for one in met) <= edges
        partners.append({one[:2] for one in met})
    assert len(partners[0] & partners[1]) < 0.02 * edges


@pytest.mark.spec("MEETINGS-2")
def test_a_permutation_is_the_specified_one() -> None:
    """Four rounds by hand, in whole numbers of Python."""
    from dp3t_simulator.meetings import permutation
    from dp3t_simulator.streams import Stream

    stream, size = Stream(9, "meetings: venue permutation"), 1000
    bits = permutation.bits_of(size)
    assert bits == 10
    key = np.array(permutation.key_of(stream, 5, bits=bits), dtype=np.uint64)
    drawn = [int(stream.bits(5, word)) % 1024 for word in range(8)]
    seen = []
    for number in range(size):
        value = number
        while True:
            for turn in range(4):
                value = (value ^ drawn[turn]) * (drawn[4 + turn] | 1) % 1024
                value ^= value >> 5
            if value < size:
                break
        assert permutation.forth(key, 0, bits, size, number) == value
        assert permutation.back(key, 0, bits, size, value) == number
        seen.append(value)
    assert sorted(seen) == list(range(size))
    images = np.arange(size, dtype=np.uint64)
    permutation.all_forth(key, 0, bits, size, images)
    assert images.tolist() == seen
    permutation.all_back(key, 0, bits, size, images)
    assert images.tolist() == list(range(size))


@pytest.mark.spec("MEETINGS-2")
def test_partners_are_as_far_apart_as_in_a_shuffle() -> None:
    """Distances between half-edges that meet, in 64 equal classes: a chi-square of 64 classes."""
    from dp3t_simulator.meetings import permutation
    from dp3t_simulator.streams import Stream

    size, stream = 2**10 - 6, Stream(4, "test: shuffles")
    bits, counts = permutation.bits_of(size), np.zeros(64)
    for day in range(60):
        key = np.array(permutation.key_of(stream, day, bits=bits), dtype=np.uint64)
        images = [permutation.forth(key, 0, bits, size, one) for one in range(size)]
        where = np.argsort(images)
        distance = np.abs(where[0::2] - where[1::2])
        counts += np.bincount((64 * distance) // size, minlength=64)
    edges = np.arange(65) / 64  # the distance of two points of a line has density 2 (1 - x)
    expected = counts.sum() * np.diff(2 * edges - edges**2)
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 63 + 5 * (2 * 63) ** 0.5


@pytest.mark.spec("MEETINGS-3")
def test_durations_distances_and_hours_are_those_of_the_layer(meetings: Meetings) -> None:
    shapes = templates()
    found = everything(meetings)
    for layer in (Layer.HOUSEHOLD, Layer.SCHOOL, Layer.WORK, Layer.OCCASIONAL):
        ones = [one for one in found if one[2] == layer]
        kinds = Counter((one[4], one[5]) for one in ones)
        duration, distance_cm = shapes.duration[layer].tolist(), shapes.distance_cm[layer].tolist()
        assert set(kinds) <= set(zip(duration, distance_cm, strict=True))
        assert np.mean([one[4] for one in ones]) == pytest.approx(np.mean(duration), rel=0.1)
        assert np.mean([one[5] for one in ones]) == pytest.approx(np.mean(distance_cm), rel=0.1)
        assert min(one[3] for one in ones) >= shapes.opens[layer]
        assert max(one[3] + one[4] for one in ones) <= shapes.closes[layer]
    assert min(one[3] for one in found) >= FIRST_SECOND
    assert max(one[3] + one[4] for one in found) <= LAST_SECOND


@pytest.mark.spec("MEETINGS-3")
def test_two_at_a_venue_are_in_contact_while_both_are_there(meetings: Meetings) -> None:
    history = everybody_out(PEOPLE)
    visits = [visit_of(meetings, history, person, DAY) for person in range(PEOPLE)]
    found = {one[:2]: one[3:5] for one in everything(meetings) if one[2] == Layer.VENUE}
    expected = {}
    by_venue: dict[int, list[int]] = {}
    for person, visit in enumerate(visits):
        by_venue.setdefault(visit[0], []).append(person)
    by_venue.pop(NOBODY)
    for there in by_venue.values():
        for one in there:
            for other in there:
                start = max(visits[one][1], visits[other][1])
                end = min(visits[one][2], visits[other][2])
                if one != other and start < end:
                    expected[one, other] = (start, end - start)
    assert found == expected


@pytest.mark.spec("MEETINGS-4")
def test_who_is_at_home_meets_the_household_and_who_is_absent_nobody(meetings: Meetings) -> None:
    history = everybody_out(PEOPLE)
    at_home, absent = set(range(300)), set(range(300, 600))
    history.home[list(at_home)] = np.uint32(1 << DAY)
    history.absent[list(absent)] = np.uint32(1 << DAY)

    def remains(one: Contact) -> bool:
        if {one[0], one[1]} & absent:
            return False
        return one[2] == Layer.HOUSEHOLD or not {one[0], one[1]} & at_home

    whole = everything(meetings)
    found = everything(meetings, history=history)
    assert found == Counter({one: count for one, count in whole.items() if remains(one)})
    assert found < whole
    assert everything(meetings, DAY + 1, history) == everything(meetings, DAY + 1)
    assert visit_of(meetings, history, 5, DAY) == (NOBODY, 0, 0)


@pytest.mark.spec("MEETINGS-5")
def test_a_stricter_lockdown_leaves_part_of_what_a_looser_one_leaves(meetings: Meetings) -> None:
    left = []
    for share in (1.0, 0.6, 0.2, 0.0):
        step = LockdownStep(
            from_day=0, to_day=9, school=share, work=share, occasional=share, venue=share
        )
        left.append(everything(locked(meetings, [step])))
    assert left[0] == everything(meetings)
    for looser, stricter in pairwise(left):
        assert stricter < looser
    assert {one[2] for one in left[-1]} == {Layer.HOUSEHOLD}
    occasional = [sum(one[2] == Layer.OCCASIONAL for one in each) for each in left]
    assert occasional[1] == pytest.approx(0.6 * occasional[0], rel=0.1)


@pytest.mark.spec("MEETINGS-6", "MEETINGS-7")
def test_a_venue_has_the_visitors_whose_visit_it_is(meetings: Meetings) -> None:
    history, out = everybody_out(PEOPLE), np.zeros(meetings.capacity, dtype=np.int32)
    found: dict[int, int] = {}
    for venue in range(venues(meetings)):
        count = visitors_of(meetings, history, venue, DAY, out)
        assert count <= meetings.capacity
        found |= dict.fromkeys(out[:count].tolist(), venue)
    visits = {person: visit_of(meetings, history, person, DAY)[0] for person in range(PEOPLE)}
    assert found == {person: venue for person, venue in visits.items() if venue != NOBODY}
    asked = PopulationSettings().visits_daily * np.mean(meetings.age >= 5)
    assert len(found) / PEOPLE == pytest.approx(asked, abs=5 * (0.25 / PEOPLE) ** 0.5)
    assert all(meetings.age[person] >= 5 for person in found)


def test_slots_and_their_descriptions_are_the_contacts(meetings: Meetings) -> None:
    found = Counter[Contact]()
    for person in range(0, PEOPLE, 7):
        for layer in Layer:
            for place in range(slots(meetings, person, layer, DAY)):
                partner, bits = slot(meetings, person, layer, place, DAY)
                if partner != NOBODY:
                    told = describe(meetings, layer, np.uint64(bits))
                    found[person, partner, layer, *told] += 1
    whole = everything(meetings)
    assert found == Counter({one: n for one, n in whole.items() if one[0] % 7 == 0})


def test_more_contacts_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(ValueError, match=f"more than {MAX_CONTACTS} contacts"):
        of(venue_capacity=MAX_CONTACTS)
