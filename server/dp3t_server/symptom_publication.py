"""Publishing estimates: once for each day that is over, signed, and never changed after.

They go out with the first publication two hours after the day or later: until then a process whose
clock is behind may still count a report of that day.
"""

from collections.abc import Mapping
from functools import lru_cache

from dp3t import Day, Instant, day_of, day_start
from dp3t.symptoms import ESTIMATES_AFTER_SECONDS, Estimates, Survey
from dp3t_server.config import Config
from dp3t_server.keys import Secrets
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction
from dp3t_server.symptom_store import Kind


@lru_cache(maxsize=8)
def survey_in(data: bytes) -> Survey:
    """Return the survey in an installed document; it was checked when it was installed."""
    return Survey.read(data)


async def publish_estimates(
    transaction: Transaction, secrets: Secrets, config: Config, *, release: Instant
) -> None:
    """Publish what was counted on days that are over [SYMPTOMS-SERVER-6] [SYMPTOMS-SERVER-7].

    The day before has estimates also where nobody reported, if a survey held. What was counted
    for a survey that another replaced on that day, or that is not there any more, is discarded:
    so erase no survey before.
    Where reports are no longer taken, what was counted is published all the same.

    Args:
        transaction: the publication's.
        secrets: with the key that signs.
        config: the region's settings.
        release: when they are issued.
    """
    goes_on = config.declarations and await transaction.index.sunset() is None
    await transaction.alone_with(Lock.SYMPTOMS)
    symptoms = transaction.symptoms
    today = day_of(Instant(max(0, release - ESTIMATES_AFTER_SECONDS)))
    surveys = await symptoms.documents(Kind.SURVEY)
    counted = await symptoms.counted_days(before=today)
    for day, number in _due(counted, surveys if goes_on else {}, today=today).items():
        if number not in surveys or await symptoms.is_published(day):
            await symptoms.discard([day])
            continue
        survey = survey_in(surveys[number])
        estimates = Estimates.of(
            survey,
            region=config.region,
            day=day,
            issued=release,
            counts=await symptoms.counts(day, survey=number),
        )
        await symptoms.publish(day, estimates.sign(secrets.signing_key_at(release)))


def _due(counted: Mapping[Day, int], surveys: Mapping[int, bytes], *, today: Day) -> dict[Day, int]:
    """Return the days to publish, ascending, each with the number of its survey."""
    due = dict(counted)
    if surveys and today > 0:
        number, yesterday = max(surveys), Day(today - 1)
        newest = survey_in(surveys[number])
        if newest.valid_from < day_start(today) and newest.valid_until > day_start(yesterday):
            due.setdefault(yesterday, number)
    return dict(sorted(due.items()))
