"""The HTTP side of symptoms: fetch what the authority signs, report, ask for help, read estimates.

Each request has a connection of its own and no cookie, so that nothing but its address says that
two are one person's or one family's [CLIENT-8] [SYMPTOMS-SERVER-13].
"""

from typing import NamedTuple

from dp3t.canonical_json import read_json
from dp3t.codec import Fields, integers
from dp3t.connection import Connected, Connection
from dp3t.errors import MalformedError, TransportError
from dp3t.params import LAST_DAY
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.signing import TrustedKeys
from dp3t.symptoms.estimate import MAX_ESTIMATES_BYTES, Estimates
from dp3t.symptoms.help import check_help_answer
from dp3t.symptoms.report import SymptomReport, check_symptom_answer
from dp3t.symptoms.rules import MAX_RULES_BYTES, RuleTable
from dp3t.symptoms.stations import MAX_STATION_KEYS_BYTES, StationKeys
from dp3t.symptoms.survey import MAX_SURVEY_BYTES, Survey
from dp3t.timeline import Day, Instant

__all__ = ["FetchedSurvey", "SymptomsClient"]

_MAX_LIST_BYTES = 2**14


class FetchedSurvey(NamedTuple):
    """A survey as it was signed, and what it says."""

    signed: bytes
    survey: Survey


class SymptomsClient(Connected):
    """Requests to a server that counts reports; use it as an asynchronous context manager.

    Every method raises TransportError where the server does not answer as the protocol says.
    """

    def __init__(self, base_url: str) -> None:
        """Prepare requests.

        Args:
            base_url: scheme, host and port, and a path prefix if the server has one.
        """
        super().__init__(Connection(base_url, apart=True))

    async def fetch_survey(
        self, authority: TrustedKeys, *, now: Instant, newest: int = 0
    ) -> FetchedSurvey:
        """Return the survey that is held now, if an app takes it [SURVEY-3] [SURVEY-4].

        Args:
            authority: the authority's keys, from the app's own package.
            now: the present.
            newest: the highest number seen before.

        Raises:
            Dp3tError: what `Survey.open` and `Survey.require_tolerable` raise.
        """
        signed = await self._get("survey", MAX_SURVEY_BYTES)
        survey = Survey.open(signed, trusted=authority, now=now, newest=newest)
        survey.require_tolerable()
        return FetchedSurvey(signed, survey)

    async def fetch_rules(
        self, authority: TrustedKeys, *, now: Instant, newest: int = 0
    ) -> RuleTable:
        """Return the table of rules; raises what `RuleTable.open` raises."""
        signed = await self._get("rules", MAX_RULES_BYTES)
        return RuleTable.open(signed, trusted=authority, now=now, newest=newest)

    async def fetch_stations(
        self, authority: TrustedKeys, *, now: Instant, newest: int = 0
    ) -> StationKeys:
        """Return the whole list of stations [HELP-2]; raises what `StationKeys.open` raises."""
        signed = await self._get("stations", MAX_STATION_KEYS_BYTES)
        return StationKeys.open(signed, trusted=authority, now=now, newest=newest)

    async def report(self, report: SymptomReport) -> None:
        """Send a report, once: where the answer is lost the day is lost [RANDOMIZATION-2].

        Raises:
            PolicyError: the server refuses it, with the error of the refusal.
        """
        check_symptom_answer(await self._post("reports", report.encode()))

    async def ask_for_help(self, sealed: bytes) -> None:
        """Send a sealed request for help; the same bytes can be sent again [HELP-11].

        Raises:
            PolicyError: the server refuses it, with the error of the refusal.
        """
        check_help_answer(await self._post("help", sealed))

    async def estimate_days(self) -> list[Day]:
        """Return the days of which the server has estimates, ascending [SYMPTOMS-SERVER-8]."""
        body = await self._get("estimates", _MAX_LIST_BYTES)
        try:
            fields = Fields(read_json(body, limit_bytes=_MAX_LIST_BYTES), what="the list")
            days = integers(fields.value("days"), lowest=0, highest=LAST_DAY, what="days")
            fields.done()
        except MalformedError as error:
            raise TransportError("the server's list of days is not understood") from error
        return [Day(day) for day in days]

    async def fetch_estimates(self, day: Day, *, trusted: TrustedKeys, region: str) -> Estimates:
        """Return the estimates of a day; raises what `Estimates.open` raises [ESTIMATE-6]."""
        signed = await self._get(f"estimates/{day}", MAX_ESTIMATES_BYTES)
        return Estimates.open(signed, trusted=trusted, region=region, day=day)

    async def _get(self, name: str, limit: int) -> bytes:
        _, data = await self._connection.request("GET", f"/v1/symptoms/{name}", limit=limit)
        return data

    async def _post(self, name: str, body: bytes) -> bytes:
        path = f"/v1/symptoms/{name}"
        _, data = await self._connection.request("POST", path, limit=ANSWER_BYTES, body=body)
        return data
