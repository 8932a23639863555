"""The stories of the demonstration of declarations, without a server: it notices what is wrong."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import cast

import pytest
import typer

from dp3t.arrivals import binding
from dp3t.arrivals.recipients import RecipientKeys
from dp3t.arrivals.sealing import Envelope, require_withdrawable
from dp3t.arrivals.submission import Withdrawal, entry_receipt_for
from dp3t.arrivals.withdrawn import WithdrawnReceipts
from dp3t.arrivals_client import ArrivalsClient, FetchedWithdrawn
from dp3t.cli.boundary import NotInstalledError
from dp3t.cli.demo import command
from dp3t.cli.demo.declarations import desks, page, plane, report, run, weeks
from dp3t.cli.demo.declarations.authority import SINCE, UNTIL, Authority, survey
from dp3t.cli.demo.declarations.checks import Check, all_right, check, refusal
from dp3t.cli.demo.declarations.communes import Communes, judge
from dp3t.cli.demo.declarations.family import keep_diary
from dp3t.cli.demo.declarations.figure import picture
from dp3t.cli.demo.declarations.gates import Gates
from dp3t.cli.demo.declarations.office import Office
from dp3t.cli.demo.declarations.outbreak import DAYS, LAST, PEOPLE
from dp3t.cli.demo.declarations.places import (
    COMMUNES,
    DA_NANG,
    EVERY_COMMUNE,
    HA_NOI,
    HUE,
    ISLE,
)
from dp3t.cli.demo.declarations.plane import Declared
from dp3t.cli.demo.declarations.run import Outcome, Scenario, plan
from dp3t.cli.demo.declarations.travellers import EXCHANGED_AT, LANDED_AT, ODD, showings
from dp3t.cli.demo.declarations.weeks import Weeks, report_for_weeks
from dp3t.errors import ReplayError, UnauthorizedError, VerificationError
from dp3t.publication.signing import SigningKey
from dp3t.symptoms.built_in import built_in_rules
from dp3t.symptoms.estimate import Count, Estimates, published_from
from dp3t.symptoms.survey import Survey
from dp3t.timeline import Day, day_of

SCENARIO = plan(seed=3, people=PEOPLE)
RAND = Random("stories").randbytes
AUTHORITY = Authority.create((DA_NANG, HUE, HA_NOI), EVERY_COMMUNE, rand=RAND)
RECEIPTS = SigningKey.generate(valid_from=SINCE, valid_until=UNTIL, rand=RAND)
KEYS = RecipientKeys.open(
    AUTHORITY.recipient_keys((RECEIPTS.public(),)), authority=AUTHORITY.trusted
)
SURVEY = survey(EVERY_COMMUNE)


class Desk:
    """A server of declarations in memory, also as officials see it; gates exchange marks there."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Envelope] = {}
        self.withdrawn: dict[bytes, Day] = {}
        self.marks_kept: list[bytes] = []
        self.gates = self

    async def declare(
        self, envelope: Envelope, *, keys: object, corrects: Withdrawal | None = None
    ) -> str:
        if corrects is not None:
            await self.withdraw(corrects)
        self.kept[envelope.declaration_id] = envelope
        return entry_receipt_for(envelope, opens_hours=19, closes_hours=41).sign(RECEIPTS)

    async def withdraw(self, withdrawal: Withdrawal) -> None:
        envelope = self.kept[withdrawal.declaration_id]
        try:
            require_withdrawable(envelope.header, withdrawal.secret)
        except VerificationError:
            raise UnauthorizedError("the server refused: unknown-declaration") from None
        del self.kept[withdrawal.declaration_id]
        self.withdrawn[withdrawal.declaration_id[:16]] = Day(day_of(LANDED_AT) + 3)

    async def fetch(self, _: object) -> dict[str, bytes]:
        return {each.hex(): envelope.encode() for each, envelope in self.kept.items()}

    async def erase(self, _: object, name: str) -> None:
        del self.kept[bytes.fromhex(name)]

    async def send_marks(self, marks: list[bytes]) -> None:
        self.marks_kept += marks

    async def marks(self) -> list[bytes]:
        return self.marks_kept


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def declared(desk: Desk) -> Iterator[Declared]:
    """Declare, with bindings that take no time, and let the desks read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binding, "ITERATIONS", 1)
        found = asyncio.run(
            plane.declare(
                SCENARIO.travellers, client=cast(ArrivalsClient, desk), keys=KEYS, rand=RAND
            )
        )
        asyncio.run(plane.open_all(found, office=cast(Office, desk), authority=AUTHORITY))
        yield found


def passed(
    declared: Declared, desk: Desk, *, informed: bool = True, exchanging: bool = True
) -> Gates:
    """Let everybody come to the gates."""
    gates, desk.marks_kept = Gates(declared, keys=KEYS, authority=AUTHORITY, rand=RAND), []
    if informed:
        withdrawn = WithdrawnReceipts(LANDED_AT, desk.withdrawn)
        gates.inform(FetchedWithdrawn(b"", withdrawn), now=LANDED_AT)
    for showing in showings(SCENARIO.travellers):
        if exchanging and showing.later:
            asyncio.run(gates.exchange(cast(Office, desk), now=EXCHANGED_AT))
        gates.admit(showing)
    return gates


@cache
def reported() -> Weeks:
    """Play the weeks, with answers that are turned round the same way each time."""
    dice = Random("turned")

    def randomized(answer: bool, held: Survey) -> bool:
        return answer is not (dice.random() < held.turned_per_mille / 1_000)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weeks, "randomize_with_os_randomness", randomized)
        return report_for_weeks(
            SCENARIO.country, SURVEY, random=Random("draws"), progress=lambda done: None
        )


def sent() -> dict[str, Count]:
    """Return the last day's counts: a quarter of the answers is turned round, exactly."""
    found = dict[str, Count]()
    for commune in EVERY_COMMUNE:
        mine = [SCENARIO.country.people[each] for each in reported().last]
        ill = [LAST in each.ill for each in mine if each.commune == commune]
        positives = (len(ill) + 2 * sum(ill)) // 4
        found[commune.code] = Count(len(ill), positives)
    return found


def judged(
    *, held: Survey = SURVEY, scenario: Scenario = SCENARIO, counts: dict[str, Count] | None = None
) -> Communes:
    """Compare the weeks with what is true, or with what is not."""
    published = Estimates.of(
        held,
        region="VN",
        day=LAST,
        issued=published_from(LAST),
        counts=(counts or sent()).items(),
    )
    return judge(scenario.country, reported(), published, survey=SURVEY, sent=sent())


def wrong(checks: list[Check]) -> list[str]:
    return [each.what.en for each in checks if not each.right]


def test_the_fates_are_each_there_and_a_seed_gives_one_story() -> None:
    fates = [each.fate for each in SCENARIO.travellers]
    assert {fate: fates.count(fate) for fate in ODD} == dict.fromkeys(ODD, 1)
    assert plan(seed=3, people=PEOPLE) == SCENARIO
    assert plan(seed=4, people=PEOPLE) != SCENARIO


def test_declarations_and_gates_are_right_without_a_fault(declared: Declared, desk: Desk) -> None:
    assert wrong(declared.checks) == []
    assert wrong(list(passed(declared, desk).checks())) == []


@pytest.mark.spec("TERMINAL-64")
def test_gates_that_know_of_no_withdrawal_are_noticed(declared: Declared, desk: Desk) -> None:
    checks = list(passed(declared, desk, informed=False).checks())
    assert wrong(checks) == [each.what.en for each in checks if each.due == "withdrawn"], (
        "of the withdrawn declaration and of the corrected one"
    )
    assert len(wrong(checks)) == 2


@pytest.mark.spec("TERMINAL-64")
def test_gates_that_exchange_nothing_are_noticed(declared: Declared, desk: Desk) -> None:
    checks = list(passed(declared, desk, exchanging=False).checks())
    assert wrong(checks) == [
        "The same receipt at a second gate, once the gates have exchanged marks",
        "Where the second gate says that the receipt was used",
    ]


@pytest.mark.spec("TERMINAL-64")
def test_a_province_with_the_key_of_another_is_noticed(desk: Desk, declared: Declared) -> None:
    """Invalid: one desk has another's key, and so opens what is not for it."""
    mixed = replace(
        AUTHORITY, provinces={**AUTHORITY.provinces, HA_NOI: AUTHORITY.provinces[DA_NANG]}
    )
    envelopes = [each.envelope for each in (*declared.handed, *declared.corrected.values())]
    kept = [each for each in envelopes if each.declaration_id in declared.expected()]
    found = list(desks.checks(desks.read(kept, mixed), declared.expected()))
    assert wrong(found) == [
        "Hà Nội opens the parts for it, reads what was answered, and opens no others"
    ]


def test_a_desk_that_reads_another_answer_is_noticed(declared: Declared) -> None:
    envelope = declared.handed[0].envelope
    expected = dict(declared.expected())
    kept = [each.envelope for each in declared.handed if each.envelope.declaration_id in expected]
    read = desks.read(kept, AUTHORITY)
    assert envelope.declaration_id in expected
    expected[envelope.declaration_id] = {
        **expected[envelope.declaration_id],
        "surname": "Another",
    }
    faithful = {each.place: each.faithful(expected) for each in read}
    assert faithful["border"] == len(kept) - 1


def test_the_survey_is_right_without_a_fault() -> None:
    found = judged()
    assert wrong(found.checks) == []
    assert found.through_server == len(reported().last)
    assert reported().refused > 0, "some have reported as often as the survey allows"


@pytest.mark.spec("TERMINAL-64")
def test_a_server_that_publishes_the_small_commune_is_noticed() -> None:
    found = judged(held=replace(SURVEY, min_reports=1))
    assert wrong(found.checks) == [
        "What the server published of the last day is what the phones had sent",
        "Whether the small commune is among them",
        "Estimates of the small commune on any day",
    ]


def test_a_server_that_counts_a_report_twice_is_noticed() -> None:
    counts = sent()
    first = COMMUNES[0].code
    counts[first] = Count(counts[first].reports + 1, counts[first].positives)
    assert wrong(judged(counts=counts).checks) == [
        "What the server published of the last day is what the phones had sent"
    ]


@pytest.mark.spec("TERMINAL-64")
def test_an_alarm_in_another_commune_than_the_outbreak_is_noticed() -> None:
    """Invalid: by this truth the outbreak is where none of the reports say so."""
    elsewhere = next(each for each in COMMUNES if each != SCENARIO.country.stricken)
    scenario = replace(SCENARIO, country=replace(SCENARIO.country, stricken=elsewhere))
    found = judged(scenario=scenario)
    assert f"The alarm rises in {elsewhere.name} once the outbreak has begun, and not before" in (
        wrong(found.checks)
    )
    assert "Other communes with an alarm" in wrong(found.checks)


def test_intervals_that_miss_the_truth_are_noticed() -> None:
    """Invalid: by this truth everybody is ill all the time."""
    everybody = tuple(replace(each, ill=frozenset(DAYS)) for each in SCENARIO.country.people)
    scenario = replace(SCENARIO, country=replace(SCENARIO.country, people=everybody))
    assert any(each.startswith("Intervals") for each in wrong(judged(scenario=scenario).checks))


def test_a_refusal_is_called_by_the_word_of_the_server_or_by_its_error() -> None:
    assert refusal(ReplayError("the server refused the report: spent-token")) == "spent-token"
    assert refusal(VerificationError("the diary does not open: wrong key")) == "VerificationError"


def mistaken(declared: Declared, desk: Desk) -> Outcome:
    """Return what comes of the stories where a file of the server has a name."""
    family = keep_diary(built_in_rules(), rand=RAND)
    assert all_right(family.checks)
    return Outcome(
        plane=declared,
        gates=passed(declared, desk),
        family=family,
        communes=judged(),
        server=[check("Nothing <b>", "Không gì <b>", due=[], came=["a name"])],
    )


@pytest.mark.spec("TERMINAL-64")
def test_the_status_is_1_where_one_thing_is_not_as_the_truth_says(
    declared: Declared, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outcome = mistaken(declared, desk)

    async def demonstrate(scenario: Scenario, *, progress: Callable[[float], None]) -> Outcome:
        progress(1.0)
        return outcome

    monkeypatch.setattr(run, "demonstrate", demonstrate)
    with pytest.raises(typer.Exit) as ended:
        command.demo(declarations=True, seed=3, out=tmp_path / "out", as_json=True)
    assert ended.value.exit_code == 1
    assert (tmp_path / "out" / "declarations.html").exists()


@pytest.mark.parametrize("package", ["opendp", "segno"])
def test_a_package_that_is_missing_is_named_before_anything_is_played(
    package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotInstalledError, match=package):
        command.demo(declarations=True, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("language", ["en", "vi"])
def test_what_is_wrong_is_said_in_tables_and_on_the_page(
    declared: Declared, desk: Desk, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    outcome = mistaken(declared, desk)
    assert report.result(SCENARIO, outcome)["right"] is False
    assert len(list(report.tables(SCENARIO, outcome))) == 6
    written = page.page(SCENARIO, outcome, chart=picture(outcome.communes))
    assert f'<html lang="{language}">' in written
    assert 'class="banner bad"' in written
    assert "&lt;b&gt;" in written
    assert "<b></td>" not in written
    assert ISLE.name in written
