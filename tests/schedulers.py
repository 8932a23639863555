"""Schedulers of dummies, honest and spoiled, as logs of a hundred test phones over thirty days."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from random import Random

from dp3t.publication.dummy import MEAN_DELAY_SECONDS, DummySchedule, exponential_delay
from dp3t.publication.request_log import Request
from dp3t.timeline import Instant

DAY = 86_400
START = 18_500 * DAY + 30_000
PHONES = 100
DAYS = 30
END = START + DAYS * DAY
Log = list[Request]
Scheduler = Callable[[Random], Log]


def honest(dice: Random, *, phones: int = PHONES, days: int = DAYS) -> Log:
    """Run the library's own schedule on phones that are always on."""
    log = []
    for phone in range(phones):
        now = Instant(START + dice.randrange(DAY))
        schedule = DummySchedule.first(now=now, rand=dice.randbytes)
        while (now := schedule.next_due) < START + days * DAY:
            log.append(Request(phone=str(phone), at=now))
            schedule = schedule.after(now=now, rand=dice.randbytes)
    return log


def moved(where: Callable[[int, Random], int]) -> Scheduler:
    """Return a scheduler that sends each dummy at another time than it was due."""

    def scheduler(dice: Random) -> Log:
        return [
            Request(phone=each.phone, at=Instant(where(each.at, dice))) for each in honest(dice)
        ]

    return scheduler


def delayed(delay: Callable[[Random], int]) -> Scheduler:
    """Return a scheduler whose delays follow another law."""

    def scheduler(dice: Random) -> Log:
        log = []
        for phone in range(PHONES):
            now = START + dice.randrange(DAY)
            while (now := now + delay(dice)) < END:
                log.append(Request(phone=str(phone), at=Instant(now)))
        return log

    return scheduler


def when_the_app_is_opened(dice: Random) -> Log:
    """Catch up in bursts: each phone sends only when its user opens the app, every other day."""
    openings = dict[str, list[int]]()
    log = []
    for number, each in enumerate(honest(dice)):
        if each.phone not in openings:
            openings[each.phone] = list(_poisson(dice, mean_seconds=2 * DAY))
        at = _next(openings[each.phone], each.at) + number % 5
        log.append(Request(phone=each.phone, at=Instant(at)))
    return log


def when_the_server_pushes(dice: Random) -> Log:
    """Wake all phones at once, at moments that follow no clock."""
    pushes = list(_poisson(dice, mean_seconds=2 * 3600))
    return [
        Request(phone=each.phone, at=Instant(_next(pushes, each.at) + dice.randrange(30)))
        for each in honest(dice)
    ]


def _poisson(dice: Random, *, mean_seconds: int) -> Iterator[int]:
    at = START
    while at < END + 30 * DAY:
        at += exponential_delay(mean_seconds=mean_seconds, rand=dice.randbytes)
        yield at


def _next(moments: list[int], at: int) -> int:
    return moments[bisect_right(moments, at)]


def on_the_minute(at: int, _dice: Random) -> int:
    return at - at % 60


def in_hourly_windows(at: int, dice: Random) -> int:
    return at - at % 3600 + 3600 + dice.randrange(300)


def in_quarter_hourly_windows(at: int, dice: Random) -> int:
    return at - at % 900 + 900 + dice.randrange(PHONES)


def by_night(at: int, dice: Random) -> int:
    return at if at % DAY < 5 * 3600 else at - at % DAY + DAY + dice.randrange(5 * 3600)


SPOILED: dict[str, tuple[Scheduler, set[str]]] = {
    "all at second 0 of a minute": (moved(on_the_minute), {"minute"}),
    "hourly maintenance windows": (moved(in_hourly_windows), {"hour"}),
    "quarter-hourly windows": (moved(in_quarter_hourly_windows), {"quarter-hour"}),
    "at night, while charging": (moved(by_night), {"day"}),
    "when the app is opened": (when_the_app_is_opened, {"gaps"}),
    "when the server pushes": (when_the_server_pushes, {"neighbouring-minutes"}),
    "uniform delays": (delayed(lambda dice: dice.randrange(2 * MEAN_DELAY_SECONDS)), {"gaps"}),
    "equal delays": (delayed(lambda _dice: MEAN_DELAY_SECONDS), {"gaps"}),
    "every second dummy left out": (
        delayed(
            lambda dice: sum(exponential_delay(rand=dice.randbytes) for _ in range(2)),
        ),
        {"gaps"},
    ),
}
"""What must be called clumped, and tests that say so each time."""


def reporting(rule: str) -> Scheduler:
    """Return phones that report as often as they send dummies, and what that does by a rule.

    The rules: "apart" (nothing), "anew" (a fresh exponential delay), "instead" (the next dummy
    falls away), "pause" (three days of rest) and "silence" (no dummy any more).
    """

    def scheduler(dice: Random) -> Log:
        return [each for phone in range(PHONES) for each in _life(str(phone), rule, dice)]

    return scheduler


def _life(phone: str, rule: str, dice: Random) -> Iterator[Request]:
    reports = [at for at in _poisson(dice, mean_seconds=MEAN_DELAY_SECONDS) if at < END]
    yield from (Request(phone=phone, at=Instant(at), report=True) for at in reports)
    now, heeded = START, [] if rule == "apart" else reports
    due = now + exponential_delay(rand=dice.randbytes)
    while True:
        now = min([due, *(at for at in heeded if at > now)])
        if now >= END or (now != due and rule == "silence"):
            return
        if now == due:
            yield Request(phone=phone, at=Instant(now))
        if now == due or rule == "instead":
            due += exponential_delay(rand=dice.randbytes)
        else:
            rest = 3 * DAY if rule == "pause" else 0
            due = now + rest + exponential_delay(rand=dice.randbytes)
