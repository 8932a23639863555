"""Whose keys are uploaded when, from which day on, and which day is held back."""

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.draws import Lots
from dp3t_simulator.interfaces import Uploads, no_uploads
from dp3t_simulator.response.agenda import Agenda, Column
from dp3t_simulator.scenario.settings import AppSettings
from dp3t_simulator.state import NEVER, Stage, State

BEFORE_DAYS = 2
"""For so long before the first symptoms, or before the sample, a case is taken for infectious."""

SYMPTOMS_KNOWN_DAYS = 14
"""Symptoms that began longer before the sample have nothing to do with it."""


class Illnesses:
    """When each person last fell ill, of whatever illness."""

    def __init__(self, people: int) -> None:
        self._day = np.full(people, NEVER, dtype=np.int16)

    def fell_ill(self, people: NDArray[np.integer], day: int) -> None:
        """Write down whose symptoms begin."""
        self._day[people] = day

    def onset(self, people: Column, taken: Column) -> Column:
        """Return when symptoms that go with a sample began; -1 without any."""
        onset = self._day[people].astype(np.int32)
        return np.where(onset >= taken - SYMPTOMS_KNOWN_DAYS, onset, NEVER)

    def infectious_from(self, people: Column, taken: Column) -> Column:
        """Return from which day on cases are taken for infectious; it may lie before day 0."""
        onset = self.onset(people, taken)
        return np.where(onset == NEVER, taken, onset) - BEFORE_DAYS


class UploadDecisions:
    """What owners of phones decide once they are positive, or fall ill [RESPONSE-9].

    Args:
        settings: of the app.
        state: of everybody; `uploaded_day` is written here.
        illnesses: when people fell ill.
        seed: of all draws.
    """

    def __init__(
        self, settings: AppSettings, state: State, illnesses: Illnesses, seed: int
    ) -> None:
        self._settings, self._state, self._illnesses = settings, state, illnesses
        self._agenda = Agenda(2)
        self._consent = Lots(seed, "response: consent to an upload")
        self._redaction = Lots(seed, "response: holding a day back")
        self._held = Lots(seed, "response: which day is held back")

    def fell_ill(self, people: NDArray[np.integer], day: int) -> None:
        """Let people whose symptoms begin consent or not, where symptoms are enough."""
        if self._settings.upload_on == "symptoms":
            taken = np.full(len(people), day, dtype=np.int32)
            self._decide(people.astype(np.int32), taken, day)

    def decide(self, people: Column, taken: Column, day: int) -> None:
        """Let people whose positive result came in today consent or not, where it takes one."""
        if self._settings.upload_on == "test":
            self._decide(people, taken, day)

    def _decide(self, people: Column, taken: Column, day: int) -> None:
        if not len(people):
            return
        agreed = self._consent.uniform(people, day) < self._settings.upload_consent
        agreed &= self._state.app[people] == 1
        due = day + self._settings.upload_delay_days
        self._agenda.add(due, people[agreed], taken[agreed])

    def due(self, day: int) -> Uploads:
        """Return who uploads today, in ascending order of person."""
        people, taken = self._agenda.due(day)
        if not len(people):
            return no_uploads()
        order = np.argsort(people, kind="stable")
        people, taken = people[order], taken[order]
        onset = self._illnesses.onset(people, taken)
        earliest = max(0, day - self._settings.retention_days)
        since = np.maximum(self._illnesses.infectious_from(people, taken), earliest)
        since, redacted, something = self._held_back(people, since, day)
        possible = something & (self._state.uploaded_day[people] == NEVER)
        possible &= self._state.stage[people] != Stage.DEAD
        columns = (each[possible] for each in (since, onset, redacted))
        self._state.uploaded_day[people[possible]] = day
        return Uploads(people[possible], *(each.astype(np.int16) for each in columns))

    def _held_back(
        self, people: Column, since: Column, day: int
    ) -> tuple[Column, Column, NDArray[np.bool_]]:
        """Return the first day uploaded, the day held back, and whether any day is left."""
        length = np.maximum(day - since, 1)
        holds = self._redaction.uniform(people, day) < self._settings.redaction
        held = since + (self._held.uniform(people, day) * length).astype(np.int32)
        if self._settings.design == "lowcost":  # its keys follow from one another: no gap
            since = np.where(holds, held + 1, since)
            return since, np.full_like(since, NEVER), since < day
        return since, np.where(holds, held, NEVER), since + holds < day
