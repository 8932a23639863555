"""What the authority has settled for the region: settings and checklists, with their days."""

from dataclasses import dataclass

from dp3t.facilities.checklist import Checklist
from dp3t.facilities.history import Versions
from dp3t.facilities.local_time import LocalDay, local_day_start
from dp3t.facilities.settings import Settings
from dp3t.facilities.state import InForce
from dp3t.params import LAST_INSTANT
from dp3t.timeline import Instant


@dataclass(frozen=True, slots=True)
class _Listed:
    received: Instant
    first_day: LocalDay
    in_force: InForce


class Rules:
    """The settings and checklists of a region in the order of receipt."""

    def __init__(self) -> None:
        self._settings: Versions[Settings] = Versions()
        self._lists: dict[str, list[_Listed]] = {}

    def settle(self, settings: Settings, received: Instant) -> None:
        """Add settings."""
        self._settings.add(received, settings)

    def publish(self, checklist: Checklist, received: Instant) -> None:
        """Add a checklist; nothing was asked before it was received [CHECKLIST-6]."""
        lists = self._lists.setdefault(checklist.facility_kind, [])
        first_day = max(checklist.valid_from, self.local_day(received) or checklist.valid_from)
        since = {each.task: first_day for each in checklist.tasks}
        for listed in lists:
            for task, day in listed.in_force.since.items():
                since[task] = min(day, since.get(task, day))
        lists.append(_Listed(received, first_day, InForce(checklist, since)))

    def settings(self, now: Instant) -> Settings | None:
        """Return the settings that the authority made last, by a moment."""
        return self._settings.newest(now)

    def local_day(self, now: Instant) -> LocalDay | None:
        """Return the local day of a moment; None before the first settings."""
        settings = self.settings(now)
        return None if settings is None else settings.day_of_place(now)

    def settings_on(self, day: LocalDay, now: Instant) -> Settings | None:
        """Return the settings that hold on a day, as known at a moment [STATE-2]."""
        newest = self.settings(now)
        if newest is None:
            return None
        start = local_day_start(day, utc_offset_minutes=newest.utc_offset_minutes)
        return self._settings.on_day(start, now)

    def is_in_time(self, day: LocalDay, received: Instant) -> bool:
        """Return whether an act was received before the deadline of a day [CHECKLIST-3]."""
        settings = self.settings_on(day, received)
        return settings is not None and received < settings.deadline_of(day)

    def in_force(self, kind: str, day: LocalDay, now: Instant) -> InForce | None:
        """Return the checklist that holds for a kind of facilities on a day [CHECKLIST-6]."""
        for listed in reversed(self._lists.get(kind, ())):
            if listed.received <= now and listed.first_day <= day:
                return listed.in_force
        return None

    def newest_list(self, kind: str) -> Checklist | None:
        """Return the checklist of a kind that was published last, whether or not it holds yet."""
        lists = self._lists.get(kind)
        return lists[-1].in_force.checklist if lists else None

    def checklists(self) -> tuple[Checklist, ...]:
        """Return all checklists, by kind and number."""
        kinds = sorted(self._lists)
        return tuple(each.in_force.checklist for kind in kinds for each in self._lists[kind])

    def next_change(self, now: Instant) -> Instant:
        """Return the next moment at which time alone changes states: a deadline or midnight."""
        today = self.local_day(now)
        if today is None:
            return Instant(LAST_INSTANT)
        moments = set[int]()
        for day in (today, LocalDay(today + 1)):
            settings = self.settings_on(day, now)
            if settings is not None:
                offset = settings.utc_offset_minutes
                moments |= {
                    settings.deadline_of(day),
                    local_day_start(day, utc_offset_minutes=offset),
                }
        return Instant(min((each for each in moments if each > now), default=LAST_INSTANT))
