"""The demonstration of presence: real venues, phones and codes, a real server, a known truth."""

import asyncio
import json
from typing import Any

import pytest

from dp3t.cli.demo.presence import report
from dp3t.cli.demo.presence.run import demonstrate
from dp3t.cli.demo.presence.scenario import plan
from dp3t.cli.demo.server_process import Server
from dp3t.params import LAST_INSTANT
from dp3t.presence.pretrace import PRE_TRACE_BYTES
from dp3t.presence.trace import TRACE_BYTES, Message, Trace
from dp3t.timeline import Instant, Stretch
from forked_programs import forking
from terminal import dp3t

SEED = 2
FIELDS = {
    "design",
    "seed",
    "infected",
    "exposed_truth",
    "notified",
    "called",
    "missed",
    "false_alarms",
    "people",
    "server",
    "bytes_downloaded_per_phone",
    "seconds",
}


def demo(*arguments: str) -> dict[str, Any]:
    ran = dp3t("demo", "--presence", "--json", *arguments)
    assert (ran.returncode, ran.stderr) == (0, "")
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


@pytest.mark.spec("TERMINAL-2", "TERMINAL-4", "TERMINAL-40", "OVERLAP-4")
@pytest.mark.parametrize(("design", "seed"), [("lowcost", 0), ("gaen", 3)])
def test_exactly_those_who_shared_a_place_with_the_patient_are_warned(
    design: str, seed: int
) -> None:
    found = demo("--design", design, "--seed", str(seed))
    assert found.keys() == FIELDS
    assert (found["missed"], found["false_alarms"]) == ([], [])
    assert sorted(found["notified"] + found["called"]) == sorted(found["exposed_truth"])
    assert (len(found["notified"]), len(found["called"]), len(found["people"])) == (4, 1, 13)
    server = found["server"]
    assert server["bytes_of_trace_uploads"] == 2 * [PRE_TRACE_BYTES]
    assert (server["trace_uploads_left"], server["told"]) == (0, [])
    padded = 16 * TRACE_BYTES
    assert server["bytes_of_traces"] > padded * server["batches_of_traces"]
    assert server["bytes_published"] > server["bytes_of_traces"]
    (both,) = [each for each in found["people"] if each["encounters"]]
    assert len(both["says"]) >= 4, "one view has what happened and what to do, of both kinds"


@pytest.mark.spec("TERMINAL-40")
def test_the_demonstration_notices_a_matcher_that_forgets_the_overlap_and_a_server_that_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Invalid: whoever was there in the patient's hour is warned.

    A file names one place while the uploads are there, and another in the end.
    """
    opened, files, kept = Trace.open, Server.files, set[bytes]()
    named = iter(["Chợ Trung Tâm", "Trường Tiểu học Hoa Sen"])

    def whenever(self: Trace, notification_key: bytes) -> Message:
        always = Stretch(Instant(0), Instant(LAST_INSTANT))
        return Message(opened(self, notification_key).text, always)

    def indiscreet(self: Server) -> list[bytes]:
        kept.update(files(self))
        return [*kept, next(named).encode()]

    monkeypatch.setattr(Trace, "open", whenever)
    monkeypatch.setattr(Server, "files", indiscreet)
    scenario = plan(seed=SEED)
    with forking():
        came = asyncio.run(
            demonstrate(scenario, design="lowcost", seed=SEED, progress=lambda done: None)
        )
    found = report.result(scenario, came, design="lowcost", seed=SEED)
    false_alarms = found["false_alarms"]
    assert isinstance(false_alarms, list)
    assert len(false_alarms) > 3
    assert report.told_of(found) == ["market: name", "school: name"]
    assert any(file.startswith(b"SQLite format 3") for file in kept)
