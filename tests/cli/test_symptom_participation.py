"""`dp3t symptoms report`: who takes part is asked once; on later days the draw comes first."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dp3t.cli.commands import app
from dp3t.symptoms.budget import Agreed, Budget, Declined
from dp3t.symptoms.report import SymptomReport
from dp3t.timeline import Instant, day_of
from surveys import AUTHORITY, HUE, NOW, survey, token
from terminal import Terminal

DAY = 86_400


@dataclass
class Morning:
    """A person at the terminal, what they are asked, and what leaves it.

    Attributes:
        drawn: the next draw, of 1,000.
        says: what the person answers to everything.
    """

    terminal: Terminal
    folder: Path
    drawn: int = 0
    says: bool = True
    asked: list[str] = field(default_factory=list)
    sent: list[SymptomReport] = field(default_factory=list)

    def report(self, ahead: int, *more: object, number: int = 3) -> tuple[int, str, str]:
        """Run the command some days ahead; return its status and what it printed."""
        held = survey(number=number, report_per_mille=500)
        (self.folder / "survey").write_bytes(held.sign(AUTHORITY))
        return self.terminal.run(
            app,
            *("symptoms", "report", "--survey", self.folder / "survey", "--authority"),
            *(AUTHORITY.public().public.hex(), "--server", "http://127.0.0.1:1"),
            *("--tokens", self.folder / "tokens", "--budget", self.folder / "budget"),
            *("--commune", HUE, "--now", NOW + ahead * DAY, *more),
        )

    def budget(self) -> Budget:
        """Return what is stored."""
        return Budget.decode((self.folder / "budget").read_bytes())


@pytest.fixture
def morning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Morning:
    found = Morning(Terminal(monkeypatch, capsys), tmp_path)
    reporting = "dp3t.cli.symptoms.reporting"

    def confirm(question: str) -> bool:
        found.asked.append(question)
        return found.says

    async def send(_server: str, made: SymptomReport) -> None:
        found.sent.append(made)

    def take(_path: Path, *, now: Instant, **_: Any) -> object:
        return token(day=day_of(now))

    monkeypatch.setenv("DP3T_LANG", "en")
    monkeypatch.setattr("typer.confirm", confirm)
    monkeypatch.setattr(f"{reporting}._send", send)
    monkeypatch.setattr(f"{reporting}.take_token", take)
    monkeypatch.setattr(f"{reporting}.random_from_os", lambda n: found.drawn.to_bytes(n, "big"))
    return found


@pytest.mark.spec("SURVEY-5", "RANDOMIZATION-6", "TERMINAL-62")
def test_a_person_is_asked_once_and_then_only_on_days_that_are_drawn(morning: Morning) -> None:
    status, shown, _ = morning.report(0)
    assert (status, "at most 81 times" in " ".join(shown.split())) == (0, True)
    assert [words[:9] for words in morning.asked] == ["Take part", "Fever or "]
    assert morning.budget().agreed == (Agreed(1, 3),)
    morning.drawn = 999
    status, shown, _ = morning.report(1)
    assert (status, "81 times" in shown, len(morning.asked)) == (0, False, 2)
    morning.drawn = 0
    assert morning.report(2)[0] == 0
    assert morning.asked[2:] == ["Fever or cough today?"]
    assert [each.token.day - day_of(NOW) for each in morning.sent] == [0, 2]
    assert len(morning.budget().spent) == 2


@pytest.mark.spec("SURVEY-5")
def test_another_survey_and_another_member_are_asked_anew(morning: Morning) -> None:
    morning.drawn = 999
    for ahead, more, number in ((0, (), 3), (1, (), 4), (1, ("--member", 2), 4)):
        assert morning.report(ahead, *more, number=number)[0] == 0
    assert [words[:9] for words in morning.asked] == ["Take part"] * 3
    assert morning.budget().agreed == (Agreed(1, 4), Agreed(2, 4))


@pytest.mark.spec("SURVEY-5", "RANDOMIZATION-6")
def test_who_does_not_take_part_is_never_drawn_and_asked_no_more(morning: Morning) -> None:
    """Negative: nor is a program asked, whose answer is given with the command."""
    morning.says = False
    status, _, err = morning.report(0)
    assert (status, "nothing was drawn or sent" in err) == (2, True)
    assert (morning.sent, morning.budget()) == ([], Budget(declined=(Declined(1, 3),)))
    assert len(morning.asked) == 1
    status, shown, err = morning.report(1)
    assert (status, shown, "--join" in err) == (2, "", True)
    assert (morning.sent, morning.budget().drawn, len(morning.asked)) == ([], (), 1)
    assert morning.report(1, "--answer", "no", "--json")[0] == 0
    assert (len(morning.asked), morning.budget().agreed) == (1, ())


@pytest.mark.spec("SURVEY-5")
def test_who_said_no_joins_where_they_ask_for_it_and_in_another_survey_is_asked(
    morning: Morning,
) -> None:
    morning.says = False
    morning.report(0)
    assert morning.report(1, "--join")[0] == 2
    assert (len(morning.asked), morning.budget().declined) == (2, (Declined(1, 3),))
    morning.says, morning.drawn = True, 999
    assert morning.report(1, "--join")[0] == 0
    assert (len(morning.asked), morning.budget().declined) == (3, ())
    assert morning.budget().agreed == (Agreed(1, 3),)
    assert morning.report(2)[0] == 0
    morning.says = False
    assert morning.report(3, number=4)[0] == 2
    assert (len(morning.asked), morning.budget().declined) == (4, (Declined(1, 4),))


@pytest.mark.spec("SURVEY-5")
def test_whoever_is_to_be_asked_again_gives_no_answer_beforehand(morning: Morning) -> None:
    status, _, err = morning.report(0, "--join", "--answer", "yes")
    assert (status, "give one of them" in err, morning.asked) == (2, True, [])
    assert not (morning.folder / "budget").exists()


@pytest.mark.spec("SURVEY-5")
def test_who_said_no_is_told_in_vietnamese_how_to_join(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", "vi")
    morning.says = False
    morning.report(0)
    assert "không tham gia khảo sát này" in " ".join(morning.report(1)[2].split())


@pytest.mark.spec("RANDOMIZATION-6")
def test_on_a_day_that_is_drawn_a_no_is_sent_as_a_yes_is(morning: Morning) -> None:
    morning.report(0)
    morning.says = False
    assert morning.report(1)[0] == 0
    assert len(morning.sent) == 2
