"""What a setting means: its unit, its range and its meaning, beside its type."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """One setting of a scenario, for messages, reports and documentation.

    Attributes:
        unit: what the number counts; empty for words and switches.
        lowest: the least number allowed.
        highest: the greatest number allowed.
        choices: the words allowed; empty where any text is.
        length: how many numbers there are, where it is a list of them.
        en: the meaning in English, in one line.
        vi: the meaning in Vietnamese, in one line.
    """

    en: str
    vi: str
    unit: str = ""
    lowest: float | None = None
    highest: float | None = None
    choices: tuple[str, ...] = ()
    length: int | None = None


def share(en: str, vi: str) -> About:
    """Return what a number from 0 to 1 means."""
    return About(en=en, vi=vi, unit="share", lowest=0, highest=1)


def whole_days(en: str, vi: str, *, lowest: int = 0, highest: int = 60) -> About:
    """Return what a whole number of days means."""
    return About(en=en, vi=vi, unit="days", lowest=lowest, highest=highest)


def factor(en: str, vi: str, *, highest: float = 10) -> About:
    """Return what a number means that something else is multiplied with."""
    return About(en=en, vi=vi, unit="times", lowest=0, highest=highest)


def switch(en: str, vi: str) -> About:
    """Return what being true means."""
    return About(en=en, vi=vi)


def choice(en: str, vi: str, *choices: str) -> About:
    """Return what a word out of several means."""
    return About(en=en, vi=vi, choices=choices)
