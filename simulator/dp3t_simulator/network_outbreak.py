"""Isolation, tracing and secondary tracing on a network that does not change (Firth et al. 2020).

Nature Medicine 26:1616, and the programme of its authors, github.com/biouea/covidhm. A day at a
time: who is due goes into isolation or quarantine, or leaves it; people are infected from outside
and by contacts; contacts of those who fell ill since yesterday are traced. Many runs advance
together, one to a row; what happens in one depends on the seed and its number alone.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from math import inf, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.contacts.network import ContactNetwork
from dp3t_simulator.streams import Numbers, Stream

Times = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


class Policy(StrEnum):
    """What is done, each with all that stands before it."""

    NOTHING = "nothing"
    ISOLATION = "isolation"
    """Who falls ill isolates after a delay."""
    PRIMARY_TRACING = "primary-tracing"
    """Contacts of who falls ill go into quarantine."""
    SECONDARY_TRACING = "secondary-tracing"
    """So do contacts of these contacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A disease and how well measures work; what is not said otherwise is as in the paper.

    Attributes:
        days: how many are simulated; the first is the one on which the first person is infected.
        first_infected: how many are infected on it.
        outside_daily: probability of being infected from outside on a day.
        transmission: expected transmissions to a contact of weight 1 over the whole infection.
        asymptomatic_fraction: share who never have symptoms.
        asymptomatic_infectiousness: theirs, relative to that of the others.
        presymptomatic_fraction: share of transmissions that happen before symptoms.
        presymptomatic_sd_days: how widely these spread before the onset.
        symptomatic_sd_days: how widely the others spread after it.
        infectious_days: how long after the onset somebody can infect.
        incubation_shape, incubation_scale_days: Weibull distribution of the incubation period.
        delay_shape, delay_scale_days: Weibull distribution of the delay from symptoms to isolation,
            and from tracing to quarantine.
        traced_fraction: probability that a contact is found.
        stay_days: length of isolation and quarantine.
        quarantined_infect: whether infected people in quarantine still infect, until they isolate
            with symptoms. It is so in the authors' programme, whose quarantine keeps people from
            being infected, and not from infecting.

    Raises:
        ValueError: a value outside its range.
    """

    days: int = 70
    first_infected: int = 1
    outside_daily: float = 0.001
    transmission: float = 0.8
    asymptomatic_fraction: float = 0.4
    asymptomatic_infectiousness: float = 0.5
    presymptomatic_fraction: float = 0.2
    presymptomatic_sd_days: float = 3.0
    symptomatic_sd_days: float = 2.0
    infectious_days: float = 7.0
    incubation_shape: float = 2.322737
    incubation_scale_days: float = 6.492272
    delay_shape: float = 1.0
    delay_scale_days: float = 1.4
    traced_fraction: float = 0.9
    stay_days: float = 14.0
    quarantined_infect: bool = True

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name.endswith(("_fraction", "_daily")) and not 0 <= value <= 1:
                raise ValueError(f"{each.name} lies between 0 and 1")
            if each.name.endswith(("_shape", "_scale_days", "_sd_days")) and not 0 < value < inf:
                raise ValueError(f"{each.name} is a positive number")
            if not 0 <= value < inf:
                raise ValueError(f"{each.name} is a number of at least 0")
        if self.days < 1:
            raise ValueError("days is at least 1")


FIRTH_2020 = Setting()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outbreaks:
    """What many runs came to, as shares of the population, 0 to 1.

    Attributes:
        infected: share infected, for each run.
        ill: share with an onset, or what would be one without symptoms, up to the end of a day: a
            row for each day and a column for each run. The last row is what the paper counts.
        isolated: share in isolation, likewise.
        quarantined: share in quarantine, likewise.
    """

    infected: Times
    ill: Times
    isolated: Times
    quarantined: Times


def spread(
    network: ContactNetwork,
    policy: Policy,
    *,
    runs: int,
    seed: int,
    setting: Setting = FIRTH_2020,
) -> Outbreaks:
    """Return what becomes of a network under a policy [SIMULATOR-8] [SIMULATOR-9].

    Args:
        network: who meets whom.
        policy: what is done.
        runs: how many times it is tried; the first of many are what fewer would be. Memory grows
            with runs times pairs: 1,000 runs of a network of 1,257 pairs take some 20 MB.
        seed: of all runs. Under one seed two policies differ by what they do, not by luck.
        setting: disease and measures.

    Raises:
        ValueError: no run, more infected than people, or a seed outside 0 to 2⁶⁴ - 1.
    """
    if runs < 1 or setting.first_infected > network.people:
        raise ValueError("there is at least one run, and nobody is infected twice at the start")
    outbreak = _Outbreak(network, policy, runs, seed, setting)
    days = [outbreak.step(day) for day in range(setting.days)]
    return Outbreaks(
        infected=outbreak.infected.mean(axis=1),
        ill=np.array([(outbreak.onset < day + 1).mean(axis=1) for day in range(setting.days)]),
        isolated=np.array([isolated for isolated, _ in days]),
        quarantined=np.array([quarantined for _, quarantined in days]),
    )


class _Outbreak:
    """The state of all runs: a row for each, a column for each person. Times are days."""

    def __init__(
        self, network: ContactNetwork, policy: Policy, runs: int, seed: int, setting: Setting
    ) -> None:
        self._setting, self._seed = setting, seed
        self._isolating = policy is not Policy.NOTHING
        self._tracing = policy in (Policy.PRIMARY_TRACING, Policy.SECONDARY_TRACING)
        self._secondary = policy is Policy.SECONDARY_TRACING
        self._from = np.concatenate((network.first, network.second))
        self._to = np.concatenate((network.second, network.first))
        self._weight = np.concatenate((network.weight, network.weight))
        self._run = np.arange(runs)[:, np.newaxis]
        self._person = np.arange(network.people)[np.newaxis]
        shape = (runs, network.people)
        self._asymptomatic = self._happens(
            setting.asymptomatic_fraction, "asymptomatic", self._run, self._person
        )
        self.infected = np.zeros(shape, dtype=np.bool_)
        self._isolated, self._quarantined = self.infected.copy(), self.infected.copy()
        self.onset = np.full(shape, inf)
        self._isolates, self._quarantines, self._leaves = (self.onset.copy() for _ in range(3))

    def step(self, day: int) -> tuple[Times, Times]:
        """Live through a day; return the shares in isolation and in quarantine, by run."""
        if day == 0:
            self._infect(*self._first_infected(), day)
        else:
            self._move(day)
            recovered = self.infected & (day > self.onset + self._setting.infectious_days)
            self._infect(*self._from_outside(day), day)
            self._infect(*self._from_contacts(day, recovered), day)
            if self._tracing:
                self._trace(day, recovered)
        return self._isolated.mean(axis=1), self._quarantined.mean(axis=1)

    def _move(self, day: int) -> None:
        """Let people enter and leave isolation and quarantine."""
        self._isolated |= day > self._isolates
        self._quarantined |= day > self._quarantines
        leaving = day > self._leaves
        self._isolated &= ~leaving
        self._quarantined &= ~leaving
        for times in (self._isolates, self._quarantines, self._leaves):
            times[leaving] = inf

    def _first_infected(self) -> tuple[Places, Places]:
        draws = self._draw("first infected", self._run, self._person)
        person = np.argsort(draws, axis=1)[:, : self._setting.first_infected]
        return np.repeat(self._run[:, 0], person.shape[1]), person.ravel()

    def _from_outside(self, day: int) -> tuple[Places, Places]:
        chance = self._setting.outside_daily
        met = self._happens(chance, "outside", self._run, self._person, day=day)
        run, person = np.nonzero(met & self._open())
        return run, person

    def _open(self) -> Flags:
        """Return who can be infected."""
        return ~(self.infected | self._isolated | self._quarantined)

    def _from_contacts(self, day: int, recovered: Flags) -> tuple[Places, Places]:
        """Return whom contacts infect; some may stand there twice."""
        infecting = self.infected & ~recovered & ~self._isolated
        if not self._setting.quarantined_infect:
            infecting &= ~self._quarantined
        run, edge = np.nonzero(infecting[:, self._from] & self._open()[:, self._to])
        source = self._from[edge]
        relative = self._setting.asymptomatic_infectiousness
        strength = np.where(self._asymptomatic[run, source], relative, 1.0) * self._weight[edge]
        density = self._density(day, run, edge, self.onset[run, source])
        chance = -np.expm1(-density * self._setting.transmission * strength)
        caught = self._happens(chance, "transmission", run, edge, day=day)
        return run[caught], self._to[edge[caught]]

    def _density(self, day: int, run: Places, edge: Places, onset: Times) -> Times:
        """Return how infectious contacts are today, for each contact, as a density over days.

        It is drawn afresh whether a contact may infect before the onset or after it, and then the
        density is one half of a normal distribution. Before the onset its width is in proportion to
        the onset's day, the latest onset of the run having the whole width: so it is in the
        authors' programme.
        """
        chance = self._setting.presymptomatic_fraction
        before = self._happens(chance, "presymptomatic", run, edge, day=day)
        latest = np.zeros(len(self._run))
        np.maximum.at(latest, run[before], onset[before])
        width = np.full(len(run), self._setting.symptomatic_sd_days)
        whole = self._setting.presymptomatic_sd_days
        width[before] = whole * onset[before] / latest[run[before]]
        deviation = (day - onset) / width
        fits = np.where(before, deviation <= 0, deviation >= 0)
        density: Times = fits * sqrt(2 / pi) / width * np.exp(-(deviation**2) / 2)
        return density

    def _infect(self, run: Places, person: Places, day: int) -> None:
        setting = self._setting
        self.infected[run, person] = True
        self.onset[run, person] = day + self._weibull(
            setting.incubation_shape, setting.incubation_scale_days, "incubation", run, person
        )
        if self._isolating:
            ill = ~self._asymptomatic[run, person]
            run, person = run[ill], person[ill]
            isolates = self.onset[run, person] + self._delay("isolation delay", run, person)
            self._isolates[run, person] = isolates
            self._leaves[run, person] = isolates + setting.stay_days

    def _trace(self, day: int, recovered: Flags) -> None:
        """Send contacts of those who fell ill since yesterday into quarantine."""
        ill = self.infected & ~recovered & ~self._asymptomatic
        ill &= (self.onset < day) & (self.onset > day - 1)
        reachable = ~(recovered | self._isolated | self._quarantined)
        traced, contacts = self._found(ill, reachable, "primary tracing", day)
        if self._secondary:
            traced |= self._found(contacts, reachable, "secondary tracing", day)[0]
        run, person = np.nonzero(traced)
        delay = self._delay("quarantine delay", run, person, day=day)
        self._quarantines[run, person] = day + delay
        concerned = traced.any(axis=1)
        first_entered = np.minimum(self._isolates[concerned], self._quarantines[concerned])
        self._leaves[concerned] = first_entered + self._setting.stay_days

    def _found(self, of: Flags, reachable: Flags, name: str, day: int) -> tuple[Flags, Flags]:
        """Return the contacts of some people that are found, and all their contacts."""
        run, edge = np.nonzero(of[:, self._from])
        contacts = np.zeros_like(of)
        contacts[run, self._to[edge]] = True
        found = self._happens(self._setting.traced_fraction, name, run, edge, day=day)
        traced = np.zeros_like(of)
        traced[run[found], self._to[edge[found]]] = True
        return traced & reachable, contacts

    def _delay(self, name: str, run: Places, person: Places, *, day: int = 0) -> Times:
        shape, scale_days = self._setting.delay_shape, self._setting.delay_scale_days
        return self._weibull(shape, scale_days, name, run, person, day=day)

    def _weibull(
        self, shape: float, scale: float, name: str, run: Places, person: Places, *, day: int = 0
    ) -> Times:
        exponential = -np.log1p(-self._draw(name, run, person, day=day))
        drawn: Times = scale * exponential ** (1 / shape)
        return drawn

    def _happens(
        self, chance: float | Times, name: str, run: Numbers, which: Numbers, *, day: int = 0
    ) -> Flags:
        happens: Flags = self._draw(name, run, which, day=day) < chance
        return happens

    def _draw(self, name: str, run: Numbers, which: Numbers, *, day: int = 0) -> Times:
        """Return a uniform number for each run and person or edge, anew each day."""
        return Stream(self._seed, f"network_outbreak: {name}").at(day).uniform(run, which)
