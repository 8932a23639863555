"""The demonstration of declarations: real devices, a real server process, a known truth."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dp3t.arrivals.verdict import Verdict
from dp3t.cli.demo.declarations.travellers import TRAVELLERS, Fate
from once import once
from terminal import Ran, dp3t, fault

FIELDS = {"seed", "right", "plane", "gates", "family", "communes", "checks", "seconds"}
REFUSED = {
    Fate.ALTERED: Verdict.ALTERED,
    Fate.BORROWED: Verdict.OTHER_TRAVELLER,
    Fate.FORGED: Verdict.UNKNOWN_KEY,
    Fate.WITHDRAWN: Verdict.WITHDRAWN,
    Fate.ELSEWHERE: Verdict.OTHER_POINT,
    Fate.LATE: Verdict.EXPIRED,
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    """Play it once for all workers, which takes some twenty seconds of a processor."""

    def play(folder: Path) -> None:
        given = ("--declarations", "--seed", "2", "--json", "--out", str(folder / "out"))
        (folder / "ran").write_text(json.dumps(asdict(dp3t("demo", *given))))

    folder = once(tmp_path_factory, "declarations", play)
    return Ran(**json.loads((folder / "ran").read_text())), folder / "out"


@pytest.fixture(scope="module")
def found(played: tuple[Ran, Path]) -> Any:
    ran, _ = played
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout[-2_000:]
    return json.loads(ran.stdout)


@pytest.mark.spec("TERMINAL-2", "TERMINAL-4", "TERMINAL-64")
def test_everything_is_as_the_known_truth_says(found: Any) -> None:
    assert found.keys() == FIELDS
    assert found["right"] is True
    checks = [check for story in found["checks"].values() for check in story]
    assert len(checks) > 40
    assert all(check["right"] and check["due"] == check["came"] for check in checks)


def test_each_desk_opens_its_declarations(found: Any) -> None:
    desks = found["plane"]["desks"]
    assert found["plane"]["declarations"] == TRAVELLERS < found["plane"]["people"]
    assert desks["border"] == TRAVELLERS - 1, "one was withdrawn"
    assert desks["46"] > 0
    assert desks["48"] > 0
    assert desks["01"] == 0
    assert desks["46"] + desks["48"] == desks["border"]


def test_each_receipt_that_is_not_good_is_refused_by_its_name(found: Any) -> None:
    verdicts: dict[str, list[str]] = {}
    for each in found["gates"]:
        verdicts.setdefault(each["receipt"], []).append(each["verdict"])
    assert set(verdicts.pop("good")) == {"valid"}
    assert verdicts.pop("twice") == ["valid", "used"]
    assert verdicts.pop("corrected") == ["withdrawn", "valid"]
    assert verdicts == {fate: [verdict] for fate, verdict in REFUSED.items()}
    assert [each["used_at"] for each in found["gates"] if each["used_at"]] == [["GATE-1"]]


def test_the_family_is_advised_and_only_its_station_reads_what_it_asks(found: Any) -> None:
    advice = found["family"]["advice"]
    assert [each["outcome"] for each in advice] == ["stay", "test", "stay", "test", "call"]
    assert (advice[-1]["rules"], advice[-1]["facts"]) == (["oxygen-low"], ["SpO2 93%"])
    assert found["family"]["opened_by"] == ["90022"]


def test_one_commune_alarms_and_of_the_small_one_nothing_is_published(found: Any) -> None:
    communes = found["communes"]
    assert 200 < communes["through_server"] < communes["reports"] / 10
    for commune, alarms in communes["alarms"].items():
        assert bool(alarms) is (commune == communes["stricken"])
    assert min(communes["alarms"][communes["stricken"]]) >= communes["outbreak"]
    small = communes["days"].pop("90055")
    assert {(day["reports"], day["estimate"], day["alarm"]) for day in small} == {
        (None, None, False)
    }
    assert all(len(days) == 35 for days in communes["days"].values())


@pytest.mark.spec("TERMINAL-65")
def test_the_page_needs_nothing_else_and_stays_where_it_is(played: tuple[Ran, Path]) -> None:
    _, folder = played
    page, picture = folder / "declarations.html", folder / "communes.png"
    written = page.read_bytes()
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    words = re.sub(r'src="data:[^"]*"|xmlns="[^"]*"', "", written.decode())
    assert not re.search(r"src=|href=|url\(|@import|<script", words)
    assert "spent-token" in words, "as what the second vote is refused"
    assert "exists and stays as it is" in fault("demo", "--declarations", "--out", str(folder))
    assert page.read_bytes() == written


@pytest.mark.parametrize(
    "arguments",
    [
        ("--declarations", "--presence"),
        ("--declarations", "--phones", "20"),
        ("--people", "3000"),
        ("--out", "somewhere"),
        ("--declarations", "--people", "10"),
    ],
)
def test_options_of_another_story_are_refused(arguments: tuple[str, ...]) -> None:
    assert fault("demo", *arguments)
