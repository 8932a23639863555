"""The order in which people and authorities act on a day."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.draws import Lots, stream_key
from dp3t_simulator.interfaces import PRESENCE, Notices, Tallies, Uploads, VenueTraces, World
from dp3t_simulator.meetings.table import History
from dp3t_simulator.response.agenda import Agenda
from dp3t_simulator.response.confinement import Cause, Confinement
from dp3t_simulator.response.groups import Persons, distinct, household_members
from dp3t_simulator.response.interviews import Interviews
from dp3t_simulator.response.lockdown import locked
from dp3t_simulator.response.measures import Measures
from dp3t_simulator.response.symptoms import background
from dp3t_simulator.response.testing import Testing
from dp3t_simulator.response.uploads import Illnesses, UploadDecisions
from dp3t_simulator.response.vaccination import vaccination_days
from dp3t_simulator.response.venues import TracedVisits
from dp3t_simulator.state import NEVER, People, Stage

_ILL_OR_DEAD = np.isin(list(Stage), (Stage.SYMPTOMATIC, Stage.HOSPITAL, Stage.DEAD))


def of(world: World) -> "Response":
    """Return the response of a world, with its lockdown and its vaccinations written into it."""
    scenario = world.scenario
    world.meetings = locked(world.meetings, scenario.lockdown)
    world.state.vaccinated_day[:] = vaccination_days(
        scenario.vaccination, world.population.age, scenario.days, world.seed
    )
    return Response(world)


class Response:
    """What people and authorities do, day by day [RESPONSE-1].

    Args:
        world: it all happens in; of its state those arrays are written that say so, see `state`.
    """

    def __init__(self, world: World) -> None:
        scenario, state, seed = world.scenario, world.state, world.seed
        self._world, self._scenario, self._state = world, scenario, state
        self._history = History(home=state.home, absent=state.absent)
        self._illnesses = Illnesses(state.people)
        self._testing = Testing(scenario.testing, state, seed)
        self._threads = ThreadPoolExecutor(world.threads) if world.threads > 1 else None
        self._confinement = Confinement(scenario.quarantine, state, seed, self._threads)
        self._interviews = Interviews(
            scenario.manual_tracing,
            people=state.people,
            patience_days=scenario.quarantine.days,
            seed=seed,
            threads=self._threads,
        )
        self._uploads = UploadDecisions(scenario.app, state, self._illnesses, seed)
        self._visits = TracedVisits(scenario.presence, self._illnesses, seed)
        self._release_days = scenario.quarantine.release_test_day
        self._before_release, self._before_isolation = Agenda(1), Agenda(1)
        self._background = stream_key(seed, "response: symptoms of other illnesses")
        self._isolates = Lots(seed, "response: isolation on symptoms")
        self._isolates_positive = Lots(seed, "response: isolation on a positive result")
        self._tested = Lots(seed, "response: test on symptoms")
        self._tested_notice = Lots(seed, "response: test on a notice")
        self.measures = Measures()
        """What the day came to so far."""

    @property
    def positive_day(self) -> NDArray[np.int16]:
        """When the last positive result of each person came in; -1 never."""
        return self._testing.positive_day

    def morning(self, day: int, onsets: People) -> tuple[Uploads, VenueTraces]:
        """Begin a day: symptoms, samples, results, interviews, uploads, traces of visits.

        Args:
            day: which; days follow one another.
            onsets: whose symptoms begin today, in ascending order; their stage says so already.
        """
        self.measures = Measures()
        self._fall_ill(day, onsets)
        self._test(day)
        self._interview(day)
        traces = self._visits.due(day, self._world.meetings, self._history)
        return self._uploads.due(day), traces

    def react(self, day: int, notices: Notices) -> None:
        """Let people react to the warnings of the day; samples and results may follow at once."""
        if len(notices.person):
            self._warn(day, notices)
        self._test(day)

    def _warn(self, day: int, notices: Notices) -> None:
        """Let people stay at home or be tested whom the app has warned."""
        state, app = self._state, self._scenario.app
        warned = distinct(notices.person)
        state.notified_day[warned[state.notified_day[warned] == -1]] = day
        until = notices.exposed_day.astype(np.int64) + self._scenario.quarantine.days
        for kind in np.unique(notices.kind):
            cause = Cause.VENUE if kind == PRESENCE else Cause.APP
            told = notices.kind == kind
            self._quarantine(notices.person[told], until[told], day, cause, app.compliance)
        chance = self._scenario.testing.on_notice_probability
        tested = warned[self._tested_notice.uniform(warned, day) < chance]
        self._testing.order(tested, day + self._scenario.testing.delay_days)

    def write_history(self, day: int) -> None:
        """Write bit (day & 31) of `State.home` for everybody, after all decisions of the day."""
        self._confinement.write(day, self.measures)

    def tallies(self, day: int) -> Tallies:
        """Return what the table of days holds of `measures`; of the current day alone."""
        done = self.measures
        return Tallies(
            tests=done.tests,
            positives=done.positives,
            traced=done.traced,
            isolated=done.isolated,
            quarantined=done.quarantined,
        )

    def close(self) -> None:
        """End the threads."""
        if self._threads:
            self._threads.shutdown()

    def interview(self, people: People, since: People, day: int) -> None:
        """Have people asked, after the delay of tracing by hand, whom they met since a day of each.

        Called before `morning`, it is so on the same day where there is no delay.
        """
        look_back = self._scenario.manual_tracing.look_back_days
        self._interviews.invite(people, since + look_back, day)

    def _fall_ill(self, day: int, onsets: People) -> None:
        """Let people with symptoms of any illness isolate, and have samples taken."""
        state, testing = self._state, self._scenario.testing
        others = background(self._background, day, state.people, testing.background_daily)
        others = others[~_ILL_OR_DEAD[state.stage[others]]]
        ill = distinct(np.concatenate([onsets, others]))
        self._illnesses.fell_ill(ill, day)
        self._uploads.fell_ill(ill, day)
        isolation = self._scenario.isolation
        stay = ill[self._isolates.uniform(ill, day) < isolation.on_symptoms_probability]
        self._before_isolation.add(day + isolation.delay_days, stay)
        (stay,) = self._before_isolation.due(day)
        self._confinement.isolate(stay, day + isolation.days)
        if self._scenario.manual_tracing.on_symptoms:
            self._interviews.invite(ill.astype(np.int32), np.full(len(ill), day, np.int32), day)
        tested = ill[self._tested.uniform(ill, day) < testing.symptomatic_probability]
        self._testing.order(tested, day + testing.delay_days)

    def _test(self, day: int) -> None:
        """Take the samples that are due, and act on the results that are due."""
        self._test_for_release(day)
        self._testing.take(day, self.measures)
        (people, taken), (negative, free_on) = self._testing.results(day, self.measures)
        self._find(people, taken, day)
        self._release(negative, free_on, day)

    def _test_for_release(self, day: int) -> None:
        """Have samples taken of those who have been in quarantine for long enough to come out."""
        (people,) = self._before_release.due(day)
        inside = self._state.quarantined_until[people] > day
        long = day - self._state.quarantine_from[people] >= self._release_days
        self._testing.order(people[inside & long], day)

    def _find(self, people: People, taken: People, day: int) -> None:
        """Isolate new cases, quarantine their households, and see to all that comes of them."""
        if not len(people):
            return
        isolation, quarantine = self._scenario.isolation, self._scenario.quarantine
        chance = isolation.on_positive_probability
        stay = people[self._isolates_positive.uniform(people, day) < chance]
        self._confinement.isolate(stay, day + isolation.days)
        if quarantine.household:
            home = household_members(self._world.population, people)
            until = np.full(len(home), day + quarantine.days)
            self._quarantine(home, until, day, Cause.HOUSEHOLD, quarantine.compliance)
        told = np.zeros(len(people), dtype=np.bool_)
        if self._scenario.manual_tracing.on_symptoms:  # they were asked when they fell ill
            told = self._illnesses.onset(people, taken) != NEVER
        self._interviews.invite(people[~told], taken[~told], day)
        self._uploads.decide(people, taken, day)
        self._visits.decide(people, taken, day)

    def _interview(self, day: int) -> None:
        """Ask cases whom they met, and quarantine those they name."""
        quarantine = self._scenario.quarantine
        named, met = self._interviews.hold(day, self._world.meetings, self._history, self.measures)
        self.measures.traced = len(distinct(named))
        until = met.astype(np.int64) + quarantine.days
        self._quarantine(named, until, day, Cause.MANUAL, quarantine.compliance)

    def _quarantine(
        self,
        people: Persons,
        until: Persons,
        day: int,
        cause: Cause,
        share: float,
    ) -> None:
        """Ask people to stay at home who are not known to be infected, with a test to come out."""
        if not len(people):
            return
        free = ~self._testing.known(people, day)
        people, until = people[free], until[free]
        begin = self._confinement.quarantine(people, until, day, cause=cause, share=share)
        if self._release_days:
            self._before_release.add(day + self._release_days, begin)

    def _release(self, people: People, taken: People, day: int) -> None:
        """End the quarantines that a negative result ends."""
        if self._release_days:
            early = taken - self._state.quarantine_from[people] >= self._release_days
            self.measures.released_early += self._confinement.release(people[early], day)
