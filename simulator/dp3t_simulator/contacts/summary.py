"""What a data set of contacts holds, in the numbers that decide whether contacts count."""

from dataclasses import dataclass

import numpy as np

from dp3t_simulator.contacts.records import DAY_SECONDS, ContactRecords, Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSummary:
    """Counts, and means over the days on which a person had a contact.

    Attributes:
        contacts: how many records there are.
        people: how many people had one.
        days: on how many days there was one.
        pairs: how many pairs met.
        partners_a_day: whom a person meets in a day, on average.
        partners_a_day_for_5_minutes: of these, those with whom it is five minutes altogether.
        partners_a_day_for_15_minutes: likewise fifteen.
        median_seconds_a_day: how long a pair that meets is together in a day, the median.
    """

    contacts: int
    people: int
    days: int
    pairs: int
    partners_a_day: float
    partners_a_day_for_5_minutes: float
    partners_a_day_for_15_minutes: float
    median_seconds_a_day: float


def summarize(records: ContactRecords) -> ContactSummary:
    """Return the summary of contacts; means of nothing are 0."""
    day = records.start_seconds // DAY_SECONDS
    pair_days, seconds = _sums((day, records.first, records.second), records.duration_seconds)
    days, first, second = pair_days
    ends = (np.concatenate((days, days)), np.concatenate((first, second)))
    person_days = len(_sums(ends, np.zeros(len(ends[0]), dtype=np.int64))[1]) or 1
    return ContactSummary(
        contacts=len(records),
        people=len(records.people()),
        days=len(np.unique(days)),
        pairs=len(_sums((first, second), seconds)[1]),
        partners_a_day=2 * len(seconds) / person_days,
        partners_a_day_for_5_minutes=2 * int((seconds >= 300).sum()) / person_days,
        partners_a_day_for_15_minutes=2 * int((seconds >= 900).sum()) / person_days,
        median_seconds_a_day=float(np.median(seconds)) if len(seconds) else 0.0,
    )


def _sums(keys: tuple[Integers, ...], values: Integers) -> tuple[list[Integers], Integers]:
    """Return each distinct row of some columns, and the sum of the values that stand beside it."""
    order = np.lexsort(keys[::-1])
    columns = [each[order] for each in keys]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = np.any([each[1:] != each[:-1] for each in columns], axis=0)
    starts = np.flatnonzero(new)
    sums = np.add.reduceat(values[order], starts) if len(starts) else values[:0]
    return [each[starts] for each in columns], sums
