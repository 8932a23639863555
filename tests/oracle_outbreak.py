"""A second witness for outbreaks on a network: one run, one person at a time, from the tables.

Numbers of edges are part of the scheme of draws: edge n of E leads from its first to its second
person, edge n + E back.
"""

from dataclasses import dataclass
from math import exp, inf, log1p, pi, sqrt

from oracle_stream import uniform

Edge = tuple[int, int, float]


@dataclass
class Person:
    """Somebody, with the days on which things happen to them."""

    asymptomatic: bool
    infected: bool = False
    onset: float = inf
    isolates: float = inf
    quarantines: float = inf
    leaves: float = inf
    isolated: bool = False
    quarantined: bool = False


class Run:
    """One run, in the setting of the paper."""

    def __init__(
        self, people: int, edges: list[Edge], policy: str, *, seed: int, run: int, outside: float
    ) -> None:
        self.seed, self.run, self.policy, self.outside = seed, run, policy, outside
        back = [(second, first, weight) for first, second, weight in edges]
        self.edges = list(enumerate(edges + back))
        self.people = [
            Person(self.uniform("asymptomatic", number) < 0.4) for number in range(people)
        ]
        draws = [self.uniform("first infected", number) for number in range(people)]
        self.infect(draws.index(min(draws)), 0)

    def uniform(self, name: str, which: int, day: int = 0) -> float:
        return uniform(self.seed, f"network_outbreak: {name}", [day, self.run, which])

    def delay(self, name: str, number: int, day: int = 0) -> float:
        return 1.4 * -log1p(-self.uniform(name, number, day))

    def infect(self, number: int, day: int) -> None:
        person = self.people[number]
        person.infected = True
        spread = -log1p(-self.uniform("incubation", number))
        person.onset = day + 6.492272 * spread ** (1 / 2.322737)
        if self.policy != "nothing" and not person.asymptomatic:
            person.isolates = person.onset + self.delay("isolation delay", number)
            person.leaves = person.isolates + 14

    def live(self, day: int) -> None:
        for person in self.people:
            self.move(person, day)
        gone = [each.infected and day > each.onset + 7 for each in self.people]
        for number in self.susceptible():
            if self.uniform("outside", number, day) < self.outside:
                self.infect(number, day)
        for number in self.caught(day, gone):
            self.infect(number, day)
        if self.policy.endswith("tracing"):
            self.trace(day, gone)

    def move(self, person: Person, day: int) -> None:
        person.isolated |= day > person.isolates
        person.quarantined |= day > person.quarantines
        if day > person.leaves:
            person.isolated = person.quarantined = False
            if person.leaves < max(person.isolates, person.quarantines) + 14:
                person.isolates = person.quarantines = person.leaves = inf

    def susceptible(self) -> list[int]:
        return [
            number
            for number, each in enumerate(self.people)
            if not (each.infected or each.isolated or each.quarantined)
        ]

    def caught(self, day: int, gone: list[bool]) -> set[int]:
        susceptible = set(self.susceptible())
        meetings = [
            (number, edge, self.uniform("presymptomatic", number, day) < 0.2)
            for number, edge in self.edges
            if self.people[edge[0]].infected
            and not gone[edge[0]]
            and not self.people[edge[0]].isolated
            and edge[1] in susceptible
        ]
        latest = max((self.people[e[0]].onset for _, e, before in meetings if before), default=0)
        found = set()
        for number, (source, target, weight), before in meetings:
            onset = self.people[source].onset
            width = 3 * onset / latest if before else 2
            on_side = day <= onset if before else day >= onset
            density = on_side * sqrt(2 / pi) / width * exp(-(((day - onset) / width) ** 2) / 2)
            relative = 0.5 if self.people[source].asymptomatic else 1
            chance = 1 - exp(-density * 0.8 * weight * relative)
            if self.uniform("transmission", number, day) < chance:
                found.add(target)
        return found

    def trace(self, day: int, gone: list[bool]) -> None:
        ill = {
            number
            for number, each in enumerate(self.people)
            if each.infected and not gone[number] and not each.asymptomatic
            and day - 1 < each.onset < day
        }  # fmt: skip
        contacts = {target for _, (source, target, _) in self.edges if source in ill}
        traced = self.found(ill, "primary tracing", day)
        if self.policy.startswith("secondary"):
            traced |= self.found(contacts, "secondary tracing", day)
        reached = {
            number
            for number in traced
            if not (gone[number] or self.people[number].isolated or self.people[number].quarantined)
        }
        for number in reached:
            self.people[number].quarantines = day + self.delay("quarantine delay", number, day)
        if reached:
            for person in self.people:
                person.leaves = min(person.isolates, person.quarantines) + 14

    def found(self, sources: set[int], name: str, day: int) -> set[int]:
        return {
            target
            for number, (source, target, _) in self.edges
            if source in sources and self.uniform(name, number, day) < 0.9
        }


def outbreak(
    people: int, edges: list[Edge], policy: str, *, seed: int, run: int, outside: float = 0.001
) -> list[int]:
    """Return how many are infected in the end, and the person-days in isolation and quarantine."""
    state = Run(people, edges, policy, seed=seed, run=run, outside=outside)
    isolated = quarantined = 0
    for day in range(1, 70):
        state.live(day)
        isolated += sum(each.isolated for each in state.people)
        quarantined += sum(each.quarantined for each in state.people)
    return [sum(each.infected for each in state.people), isolated, quarantined]
