"""What the demonstration of presence reports of outcomes, right ones and wrong ones."""

import json
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import typer
from rich.console import Console

from dp3t.cli.boundary import NotInstalledError
from dp3t.cli.demo import command
from dp3t.cli.demo.presence import report, run
from dp3t.cli.demo.presence.run import Outcome
from dp3t.cli.demo.presence.scenario import PATIENT, Scenario, plan
from dp3t.phone import Notice
from dp3t.presence.matching import PresenceMatch
from dp3t.timeline import Day, Instant, Stretch, day_of
from terminal import fault

SCENARIO = plan(seed=4)
TRUTH = SCENARIO.truth()
WITH_PHONE = [person for person in TRUTH if person not in SCENARIO.without_phone]
(CALLED,) = TRUTH.keys() & SCENARIO.without_phone
BYSTANDER = next(
    person
    for person in range(1, len(SCENARIO.names))
    if person not in TRUTH.keys() | SCENARIO.without_phone
)


def outcome() -> Outcome:
    """Return what a run without a fault finds."""
    stretches = {
        person: tuple(overlap.stretch for overlap in overlaps) for person, overlaps in TRUTH.items()
    }
    return Outcome(
        warned={
            person: stretches.get(person, ())
            for person in range(len(SCENARIO.names))
            if person not in SCENARIO.without_phone
        }
        | {PATIENT: tuple(SCENARIO.traced().values())},
        met={person: (day,) for person, day in SCENARIO.walked().items()},
        called={CALLED: stretches[CALLED]},
        notices={person: (notice(stretches[person][0]),) for person in WITH_PHONE},
        held=[16_384, 16_384],
        left=3,
        sizes={"lowcost-1": 200, "presence-1": 8_000},
        bytes_downloaded=1_100,
        seconds=7.5,
    )


def notice(stretch: Stretch) -> Notice:
    match = PresenceMatch(
        start=stretch.start, end=stretch.end, message="Call 1234.", release=Instant(1_625_486_400)
    )
    return Notice(day=match.day, visits=(match,))


def result(came: Outcome) -> Any:
    return report.result(SCENARIO, came, design="gaen", seed=4)


def names(people: list[int]) -> list[str]:
    return [SCENARIO.names[person] for person in sorted(people)]


def test_a_right_outcome_has_every_field_and_no_fault() -> None:
    found = result(outcome())
    assert not report.failed(found)
    assert (found["design"], found["seed"]) == ("gaen", 4)
    assert found["infected"] == names([PATIENT])
    assert found["exposed_truth"] == names(list(TRUTH))
    assert found["notified"] == names(WITH_PHONE)
    assert found["called"] == names([CALLED])
    assert (found["missed"], found["false_alarms"]) == ([], [])
    assert [one["name"] for one in found["people"]] == list(SCENARIO.names)
    assert sum(len(one["visits"]) for one in found["people"]) == len(SCENARIO.visits)
    (forgotten,) = [
        one["name"]
        for one in found["people"]
        if not all(visit["checks_out"] for visit in one["visits"])
    ]
    assert forgotten == next(
        SCENARIO.names[visit.person] for visit in SCENARIO.visits if visit.forgets
    )
    one = found["people"][WITH_PHONE[0]]
    exposed = [{key: each[key] for key in ("start", "end")} for each in one["exposed"]]
    assert one["warned"] == exposed
    assert one["says"][-1] == "Call 1234."
    assert [each["name"] for each in found["people"] if each["encounters"] == ["2021-07-05"]] == (
        names([SCENARIO.companion])
    )
    assert [each["name"] for each in found["people"] if not each["phone"]] == names(
        list(SCENARIO.without_phone)
    )
    assert found["server"] == {
        "bytes_of_trace_uploads": [16_384, 16_384],
        "trace_uploads_left": 3,
        "batches": 2,
        "bytes_published": 8_200,
        "batches_of_traces": 1,
        "bytes_of_traces": 8_000,
        "told": [],
    }
    assert found["bytes_downloaded_per_phone"] == 100
    assert found["seconds"] == 7.5


def silent(came: Outcome) -> int:
    came.warned[WITH_PHONE[0]] = ()
    return WITH_PHONE[0]


def not_called(came: Outcome) -> int:
    came.called = {}
    return CALLED


def not_met(came: Outcome) -> int:
    came.met = {}
    return SCENARIO.companion


@pytest.mark.spec("TERMINAL-40")
@pytest.mark.parametrize("spoil", [silent, not_called, not_met])
def test_who_is_not_told_of_everything_is_missed(spoil: Callable[[Outcome], int]) -> None:
    came = outcome()
    person = spoil(came)
    found = result(came)
    assert (found["missed"], found["false_alarms"]) == (names([person]), [])
    assert report.failed(found)


def bystander(came: Outcome) -> int:
    came.warned[BYSTANDER] = (Stretch(Instant(SCENARIO.interview), Instant(2**31)),)
    return BYSTANDER


def stranger_called(came: Outcome) -> int:
    (late,) = SCENARIO.without_phone - {CALLED}
    came.called[late] = (SCENARIO.walk,)
    return late


def other_day_met(came: Outcome) -> int:
    came.met[SCENARIO.companion] = (day_of(SCENARIO.walk.start), Day(1))
    return SCENARIO.companion


@pytest.mark.spec("TERMINAL-40")
@pytest.mark.parametrize("spoil", [bystander, stranger_called, other_day_met])
def test_who_is_told_of_more_is_a_false_alarm(spoil: Callable[[Outcome], int]) -> None:
    came = outcome()
    person = spoil(came)
    found = result(came)
    assert (found["missed"], found["false_alarms"]) == ([], names([person]))
    assert report.failed(found)


@pytest.mark.spec("TERMINAL-40")
def test_who_is_told_of_another_stretch_is_missed_and_a_false_alarm() -> None:
    came = outcome()
    start, end = came.warned[WITH_PHONE[0]][0]
    longer = Stretch(start, Instant(end + 1))
    came.warned[WITH_PHONE[0]] = (longer, *came.warned[WITH_PHONE[0]][1:])
    found = result(came)
    assert found["missed"] == found["false_alarms"] == names([WITH_PHONE[0]])


@pytest.mark.spec("TERMINAL-40")
def test_a_server_that_knows_a_place_is_a_fault() -> None:
    came = outcome()
    came.told = {"market: name"}
    found = result(came)
    assert found["server"]["told"] == ["market: name"]
    assert report.failed(found)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_tables_say_who_was_where_and_what_the_phones_say(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    came = outcome()
    came.warned[BYSTANDER] = (SCENARIO.walk,)
    came.called = {}
    console = Console(width=160, record=True, file=StringIO())
    for each in report.tables(SCENARIO, came):
        console.print(each)
    shown = console.export_text()
    for name in SCENARIO.names:
        assert name in shown
    words = {
        "en": ("forgot to check out", "false alarm", "missed", "knows", "(card)", "nothing"),
        "vi": ("quên báo rời đi", "báo nhầm", "bỏ sót", "đã biết", "(thẻ giấy)", "không có gì"),
    }
    for word in (*words[language], "16,384" if language == "en" else "16.384", "Call 1234."):
        assert word in shown
    assert "market" in shown if language == "en" else "chợ" in shown


@pytest.mark.spec("TERMINAL-40", "TERMINAL-2")
@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("right", [True, False])
def test_the_exit_status_is_1_if_anybody_is_warned_wrongly(
    right: bool,
    as_json: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    came = outcome()
    if not right:
        silent(came)

    async def demonstrate(scenario: Scenario, **options: Any) -> Outcome:
        assert (scenario, options["design"]) == (SCENARIO, "gaen")
        options["progress"](0.5)
        return came

    monkeypatch.setattr(run, "demonstrate", demonstrate)
    status = 0
    try:
        command.demo(design="gaen", seed=4, presence=True, as_json=as_json)
    except typer.Exit as exit_:
        status = exit_.exit_code
    assert status == (0 if right else 1)
    shown = capsys.readouterr().out
    if as_json:
        assert json.loads(shown)["missed"] == ([] if right else names([WITH_PHONE[0]]))
    else:
        assert SCENARIO.names[PATIENT] in shown


def test_who_forgets_to_check_out_is_not_checked_out() -> None:
    """The phone ends that visit by itself, which no outcome would show otherwise."""
    nothing: Any = None
    demonstration = run.Demonstration(
        SCENARIO, design="lowcost", seed=4, server=nothing, client=lambda: nothing
    )
    events = [getattr(event, "func", event) for _, event in demonstration._timeline()]
    visits = [each for each in SCENARIO.visits if each.person not in SCENARIO.without_phone]
    assert events.count(demonstration._arrive) == len(visits)
    assert events.count(demonstration._leave) == len(visits) - 1
    assert events.count(demonstration._show_card) == len(SCENARIO.visits) - len(visits)


@pytest.mark.spec("TERMINAL-1")
def test_without_the_pairing_library_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Invalid: the server would not start, and say less clearly why."""
    monkeypatch.setitem(sys.modules, "pymcl", None)
    with pytest.raises(NotInstalledError, match=r"dp3t\[presence\]"):
        command.demo(presence=True)


@pytest.mark.spec("TERMINAL-1")
def test_the_story_of_presence_has_its_own_people() -> None:
    """Invalid: nobody says what a number of phones would mean."""
    assert "--phones" in fault("demo", "--presence", "--phones", "24")
