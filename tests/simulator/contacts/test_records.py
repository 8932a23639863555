"""Records and networks of contacts: what they promise, and how one becomes the other."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dp3t_simulator.contacts.network import ContactNetwork
from dp3t_simulator.contacts.records import ContactRecords, collect

DAY = 86_400


def column(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def measured(*rows: tuple[int, int, int, float]) -> ContactRecords:
    start, one, other, metres = zip(*rows, strict=True)
    return collect(
        column(*start),
        column(*one),
        column(*other),
        duration_seconds=300,
        distance_m=np.array(metres, dtype=np.float64),
    )


def test_days_together_count_each_day_once_and_only_near_contacts() -> None:
    found = measured(
        (0, 10, 20, 3.0),
        (300, 20, 10, 4.0),  # the same day
        (DAY - 1, 10, 20, 1.0),
        (DAY, 10, 20, 4.0),  # another
        (3 * DAY, 10, 20, 4.1),  # too far
        (DAY, 20, 30, 2.0),
        (DAY, 30, 40, 9.0),  # who is never near stays, without a contact
    ).days_together(within_m=4)
    assert found.people == 4
    assert (found.first.tolist(), found.second.tolist()) == ([0, 1], [1, 2])
    assert found.weight.tolist() == [2.0, 1.0]
    assert len(found) == 2


def test_nobody_near_is_a_network_without_pairs() -> None:
    found = measured((0, 1, 2, 30.0)).days_together(within_m=4)
    assert (found.people, len(found)) == (2, 0)


def test_days_together_need_distances() -> None:
    records = collect(column(0), column(1), column(2), duration_seconds=20)
    with pytest.raises(ValueError, match="no distances"):
        records.days_together(within_m=4)


def test_records_in_columns_of_several_lengths_or_out_of_order_are_refused() -> None:
    def records(*start: int, duration: int = 2) -> ContactRecords:
        return ContactRecords(
            start_seconds=column(*start),
            first=column(1, 1),
            second=column(2, 2),
            duration_seconds=column(*[20] * duration),
        )

    assert len(records(0, 1)) == 2
    with pytest.raises(ValueError, match="one length"):
        records(0, 1, duration=1)
    with pytest.raises(ValueError, match="in order"):
        records(1, 0)


@pytest.mark.parametrize(
    ("people", "first", "second", "weight", "fault"),
    [
        (3, [0], [1, 2], [1.0], "one length"),
        (3, [0, 0], [2, 1], [1.0, 1.0], "in order"),
        (3, [0, 0], [1, 1], [1.0, 1.0], "each once"),
        (3, [1], [1], [1.0], "its first below"),
        (3, [1], [3], [1.0], "numbered from 0"),
        (3, [-1], [1], [1.0], "numbered from 0"),
        (3, [0], [1], [0.0], "positive"),
        (3, [0], [1], [float("inf")], "positive"),
    ],
)
def test_a_network_that_is_none_is_refused(
    people: int, first: list[int], second: list[int], weight: list[float], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        ContactNetwork(
            people=people,
            first=column(*first),
            second=column(*second),
            weight=np.array(weight, dtype=np.float64),
        )
