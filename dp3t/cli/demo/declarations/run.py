"""Play the stories: real devices, a real server process, and only what every app can use."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets

from dp3t.arrivals.recipients import RecipientKeys
from dp3t.arrivals_client import ArrivalsClient
from dp3t.cli.demo.declarations import family, plane, sample
from dp3t.cli.demo.declarations.authority import Authority
from dp3t.cli.demo.declarations.checks import Check, check
from dp3t.cli.demo.declarations.communes import Communes, judge
from dp3t.cli.demo.declarations.family import Family
from dp3t.cli.demo.declarations.gates import Gates
from dp3t.cli.demo.declarations.household import ASKS_AT
from dp3t.cli.demo.declarations.office import Office
from dp3t.cli.demo.declarations.outbreak import LAST, Country, settle
from dp3t.cli.demo.declarations.places import DA_NANG, EVERY_COMMUNE, HA_NOI, HUE, START, at
from dp3t.cli.demo.declarations.plane import Declared
from dp3t.cli.demo.declarations.sample import Sample
from dp3t.cli.demo.declarations.travellers import (
    DECLARED_AT,
    EXCHANGED_AT,
    LANDED_AT,
    Traveller,
    board,
    showings,
)
from dp3t.cli.demo.declarations.weeks import Weeks, report_for_weeks
from dp3t.cli.demo.server_process import UNPADDED, Server, running_server
from dp3t.declarations_client import DeclarationsClient
from dp3t.symptoms.survey import Survey
from dp3t.symptoms_client import SymptomsClient

REGION = "VN"
_REPORTS_AT = at(6, 12)
_PUBLISHED_AT = at(7, 4)
_SETTINGS = (
    UNPADDED
    + "declarations = true\nreports_per_minute = 0\ndeclarations_per_minute = 0\n"
    + "answer_milliseconds = 0\n"
)
"""All travellers and all phones share one address here, and nobody watches when answers leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What will happen, before any key exists.

    Attributes:
        seed: of everything that is drawn.
        travellers: of the plane.
        country: who is ill when.
    """

    seed: int
    travellers: tuple[Traveller, ...]
    country: Country


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of the stories.

    Attributes:
        plane: of the declarations.
        gates: of the receipts.
        family: of the diary and of the request for help.
        communes: of the survey.
        server: what the server's files were asked.
        seconds: how long it took.
    """

    plane: Declared
    gates: Gates
    family: Family
    communes: Communes
    server: list[Check] = field(default_factory=list)
    seconds: float = 0.0

    def checks(self) -> dict[str, list[Check]]:
        """Return everything that had to be so, by story."""
        return {
            "plane": self.plane.checks,
            "gates": list(self.gates.checks()),
            "family": self.family.checks,
            "communes": self.communes.checks,
            "server": self.server,
        }


def plan(*, seed: int, people: int) -> Scenario:
    """Return the scenario of a seed: who has which part is drawn from it."""
    random = Random(f"declarations {seed}")  # noqa: S311 - a story, not a secret
    return Scenario(seed=seed, travellers=board(random), country=settle(people, random))


async def demonstrate(scenario: Scenario, *, progress: Callable[[float], None]) -> Outcome:
    """Start the server, play the scenario and return what came of it."""
    began = time.monotonic()
    random = Random(f"devices {scenario.seed}")  # noqa: S311 - a demonstration's devices
    authority = Authority.create((DA_NANG, HUE, HA_NOI), EVERY_COMMUNE, rand=random.randbytes)
    settings = _SETTINGS + authority.settings()
    async with (
        running_server(start=START, settings=settings) as server,
        ArrivalsClient(server.url) as arrivals,
        SymptomsClient(server.url) as symptoms,
        DeclarationsClient(server.url, view=server.view) as tokens,
    ):
        demonstration = _Demonstration(
            scenario,
            authority=authority,
            server=server,
            arrivals=arrivals,
            symptoms=symptoms,
            tokens=tokens,
            random=random,
        )
        outcome = await demonstration.play(progress)
    outcome.seconds = time.monotonic() - began
    return outcome


@dataclass(slots=True, kw_only=True)
class _Opening:
    """What there is once the documents are installed and the weeks before are over."""

    weeks: Weeks
    survey: Survey
    recipients: RecipientKeys
    sample: Sample


class _Demonstration:
    def __init__(
        self,
        scenario: Scenario,
        *,
        authority: Authority,
        server: Server,
        arrivals: ArrivalsClient,
        symptoms: SymptomsClient,
        tokens: DeclarationsClient,
        random: Random,
    ) -> None:
        self._scenario = scenario
        self._authority = authority
        self._server = server
        self._office = Office(server)
        self._arrivals = arrivals
        self._symptoms = symptoms
        self._tokens = tokens
        self._random = random
        self._rand = random.randbytes

    async def play(self, progress: Callable[[float], None]) -> Outcome:
        """Let everything happen in order of time.

        Args:
            progress: told which part of the work is done.
        """
        opening = await self._open(lambda done: progress(0.4 * done))
        progress(0.5)
        declared, gates = await self._land(opening)
        progress(0.65)
        household = await self._fall_ill()
        progress(0.7)
        communes = await self._alarm(opening)
        outcome = Outcome(plane=declared, gates=gates, family=household, communes=communes)
        outcome.server += self._server_checks(outcome)
        return outcome

    async def _open(self, progress: Callable[[float], None]) -> _Opening:
        """Install the documents, play the weeks before, and hand codes out."""
        await self._server.set_clock(at(0, 2))
        await self._office.install_survey(self._authority)
        trusted = self._authority.trusted
        survey = (await self._symptoms.fetch_survey(trusted, now=at(0, 2))).survey
        played = asyncio.to_thread(
            report_for_weeks,
            self._scenario.country,
            survey,
            random=self._random,
            progress=progress,
        )
        weeks, _ = await asyncio.gather(played, self._office.install_others(self._authority))
        asked = await sample.ask_for_tokens(
            weeks.last,
            office=self._office,
            client=self._tokens,
            keys=await self._tokens.fetch_token_keys(now=at(0, 2)),
            rand=self._rand,
        )
        recipients = (await self._arrivals.fetch_keys(trusted)).keys
        return _Opening(weeks=weeks, survey=survey, recipients=recipients, sample=asked)

    async def _land(self, opening: _Opening) -> tuple[Declared, Gates]:
        keys = opening.recipients
        await self._server.set_clock(DECLARED_AT)
        declared = await plane.declare(
            self._scenario.travellers, client=self._arrivals, keys=keys, rand=self._rand
        )
        await plane.open_all(declared, office=self._office, authority=self._authority)
        await self._server.set_clock(LANDED_AT)
        gates = Gates(declared, keys=keys, authority=self._authority, rand=self._rand)
        withdrawn = await self._arrivals.fetch_withdrawn(keys.receipts(), now=LANDED_AT)
        gates.inform(withdrawn, now=LANDED_AT)
        exchanged = False
        for showing in showings(self._scenario.travellers):
            if showing.at >= EXCHANGED_AT and not exchanged:
                await self._server.set_clock(EXCHANGED_AT)
                await gates.exchange(self._office, now=EXCHANGED_AT)
                exchanged = True
            gates.admit(showing)
        return declared, gates

    async def _fall_ill(self) -> Family:
        trusted = self._authority.trusted
        table = await self._symptoms.fetch_rules(trusted, now=EXCHANGED_AT)
        household = family.keep_diary(table, rand=self._rand)
        await self._server.set_clock(ASKS_AT)
        await family.ask_for_help(
            household, client=self._symptoms, authority=self._authority, office=self._office
        )
        return household

    async def _alarm(self, opening: _Opening) -> Communes:
        await self._server.set_clock(_REPORTS_AT)
        country, weeks, survey = self._scenario.country, opening.weeks, opening.survey
        await sample.report(
            opening.sample, weeks.last, country=country, survey=survey, client=self._symptoms
        )
        await self._server.set_clock(_PUBLISHED_AT)
        published = await self._symptoms.fetch_estimates(
            LAST, trusted=self._tokens.view.trusted, region=REGION
        )
        found = judge(country, weeks, published, survey=survey, sent=opening.sample.sent)
        found.checks = [*opening.sample.checks, *found.checks]
        return found

    def _server_checks(self, outcome: Outcome) -> Iterator[Check]:
        """Yield whether a file of the server holds what none may hold."""
        files = self._server.files()

        def held(secrets: Iterator[tuple[str, bytes]]) -> list[str]:
            return sorted({name for name, each in secrets if any(each in file for file in files)})

        yield check(
            "What the server's files hold of travellers, the family and their illness",
            "Những gì tệp của máy chủ chứa về người đi máy bay, gia đình và bệnh của họ",
            due=[],
            came=list(held(_secrets(outcome))),
        )
        yield check(
            "Erased declarations of which the server's files still hold something",
            "Tờ khai đã xóa mà tệp của máy chủ còn giữ",
            due=[],
            came=list(held(outcome.plane.erased())),
        )


def _secrets(outcome: Outcome) -> Iterator[tuple[str, bytes]]:
    yield from outcome.plane.secrets()
    yield from outcome.family.secrets()
