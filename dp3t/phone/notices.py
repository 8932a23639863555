"""What a person is told: in one view what happened, on which day, and what to do.

Encounters and visits stand side by side, a day at a time. The words are in Vietnamese and English;
what to do after a visit the health authority says itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType

from dp3t.presence.matching import PresenceMatch
from dp3t.proximity.exposure import Exposure
from dp3t.timeline import Day, Instant, day_of, day_start, day_to_date


class Language(StrEnum):
    """In which words a notice speaks."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened on one day, and what to do.

    Attributes:
        day: the UTC day.
        encounters: what was heard of people who later reported; None for nothing.
        visits: the stretches at exposed places, oldest first, as far as they lie in the day.
    """

    day: Day
    encounters: Exposure | None = None
    visits: tuple[PresenceMatch, ...] = ()

    def what_happened(self, language: Language) -> tuple[str, ...]:
        """Return a sentence for each kind of exposure, without times of day [PHONE-39]."""
        words, date = _WORDS[language], day_to_date(self.day)
        said = list[str]()
        if self.encounters is not None:
            minutes = _minutes(self.encounters.seconds)
            said.append(words["encounters"].format(date=f"{date:%d/%m/%Y}", minutes=minutes))
        if self.visits:
            minutes = _minutes(_seconds_together(self.visits))
            said.append(words["visits"].format(date=f"{date:%d/%m/%Y}", minutes=minutes))
        return tuple(said)

    def what_to_do(self, language: Language) -> tuple[str, ...]:
        """Return the authority's messages, each once, and advice for encounters [PHONE-39]."""
        messages = list(dict.fromkeys(visit.message for visit in self.visits))
        if self.encounters is not None:
            messages.append(_WORDS[language]["advice"])
        return tuple(messages)


def notices(encounters: Iterable[Exposure], visits: Iterable[PresenceMatch]) -> tuple[Notice, ...]:
    """Return a notice for each day with an exposure of either kind, the newest first."""
    heard = {exposure.day: exposure for exposure in encounters}
    stayed: dict[Day, list[PresenceMatch]] = {}
    for visit in visits:
        for part in _parts(visit):
            stayed.setdefault(part.day, []).append(part)
    return tuple(
        Notice(day=day, encounters=heard.get(day), visits=tuple(stayed.get(day, ())))
        for day in sorted(heard.keys() | stayed.keys(), reverse=True)
    )


def _parts(visit: PresenceMatch) -> Iterator[PresenceMatch]:
    """Yield the part of a visit in each UTC day."""
    for day in range(day_of(visit.start), day_of(Instant(visit.end - 1)) + 1):
        start, end = day_start(Day(day)), day_start(Day(day + 1))
        yield replace(visit, start=max(visit.start, start), end=min(visit.end, end))


def _seconds_together(visits: Iterable[PresenceMatch]) -> int:
    """Return how long some visits took; time at two places at once counts once."""
    seconds = until = 0
    for visit in sorted(visits, key=attrgetter("start")):
        seconds += max(0, visit.end - max(visit.start, until))
        until = max(until, visit.end)
    return seconds


def _minutes(seconds: int) -> int:
    """Return whole minutes, one at least."""
    return max(1, round(seconds / 60))


_WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        Language.ENGLISH: {
            "encounters": "On {date} your phone was near one or more people who have since "
            "reported an infection, for about {minutes} min in all.",
            "visits": "On {date} you were at a place with a risk of infection, for about "
            "{minutes} min.",
            "advice": "Keep away from others, watch for symptoms, and ask the health authority "
            "for a test.",
        },
        Language.VIETNAMESE: {
            "encounters": "Ngày {date}, điện thoại của bạn đã ở gần một hoặc nhiều người mà sau "
            "đó báo là đã nhiễm bệnh, tổng cộng khoảng {minutes} phút.",
            "visits": "Ngày {date}, bạn đã có mặt tại một địa điểm có nguy cơ lây nhiễm, khoảng "
            "{minutes} phút.",
            "advice": "Hãy hạn chế tiếp xúc với người khác, theo dõi triệu chứng và liên hệ cơ "
            "quan y tế để được xét nghiệm.",
        },
    }
)
