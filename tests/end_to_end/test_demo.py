"""The demonstration: real phones, a real server process, a known truth."""

import asyncio
import functools
from typing import Any

import pytest

from dp3t.cli.demo.run import demonstrate
from dp3t.cli.demo.scenario import plan
from dp3t.proximity import matching, unlinkable
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.designs import DESIGN_NAMES
from dp3t.proximity.interface import Expansion
from dp3t.proximity.observations import Observation
from forked_programs import forking
from terminal import document, document_here

FIELDS = {
    "design",
    "phones",
    "infected",
    "exposed_truth",
    "notified",
    "missed",
    "false_alarms",
    "batches",
    "bytes_published",
    "bytes_downloaded_per_phone",
    "seconds",
}


@functools.cache
def usual(design: str) -> dict[str, Any]:
    """Return what one run says to which others are compared."""
    return demo("--design", design, "--seed", "3")


def demo(*arguments: str) -> dict[str, Any]:
    return document_here("demo", *arguments)


@pytest.mark.spec("TERMINAL-2", "TERMINAL-4", "MATCHING-1", "MATCHING-2", "PHONE-5")
@pytest.mark.parametrize("design", DESIGN_NAMES)
def test_exactly_the_right_phones_are_warned(design: str) -> None:
    found = usual(design)
    assert found.keys() == FIELDS
    assert (found["design"], found["phones"]) == (design, 24)
    assert (found["missed"], found["false_alarms"]) == ([], [])
    assert found["notified"] == found["exposed_truth"]
    assert 0 < len(found["notified"]) < 24
    assert len(found["infected"]) >= 2
    assert found["batches"] >= 2
    assert found["bytes_published"] > 72 * found["batches"]
    assert found["bytes_downloaded_per_phone"] > found["bytes_published"]


@pytest.mark.parametrize(
    ("design", "phones", "seed"),
    [("lowcost", 60, 1), ("gaen", 20, 7), ("unlinkable", 30, 0), ("hybrid", 20, 2)],
)
def test_other_sizes_and_stories_come_out_right_too(design: str, phones: int, seed: int) -> None:
    found = demo("--design", design, "--phones", str(phones), "--seed", str(seed))
    assert (found["missed"], found["false_alarms"]) == ([], [])
    assert found["notified"]


@pytest.mark.spec("TERMINAL-5")
def test_the_same_seed_gives_the_same_lists() -> None:
    """The second time in a process of its own, which starts its server anew."""
    lists = ["infected", "exposed_truth", "notified", "missed", "false_alarms"]
    again = document("demo", "--design", "lowcost", "--seed", "3")
    assert [again[name] for name in lists] == [usual("lowcost")[name] for name in lists]


def outcome_of(design: str) -> set[tuple[int, int]]:
    """Play a story in which no recorded window of a hybrid phone is one that it skips."""
    scenario = plan(phones=24, seed=5)
    with forking():
        outcome = asyncio.run(demonstrate(scenario, design=design, seed=5, progress=lambda _: None))
    return outcome.notified ^ scenario.truth()


@pytest.mark.parametrize("design", DESIGN_NAMES)
def test_the_demonstration_notices_a_matcher_that_ignores_the_day(
    design: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invalid: a replay of what was recorded the day before counts."""

    def careless(observation: Observation, expansion: Expansion, place: int) -> Observation:
        return observation

    def forgetful(identifier: EphID, *, epoch: int) -> bytes:
        return identifier + identifier

    monkeypatch.setattr(matching, "_counted", careless)
    monkeypatch.setattr(unlinkable, "hashed_observation", forgetful)
    assert outcome_of(design)


@pytest.mark.parametrize("design", ["lowcost", "hybrid", "gaen"])
def test_the_demonstration_notices_a_matcher_that_ignores_publication(
    design: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invalid: identifiers derived from a published key count. Of unlinkable none is left to."""
    monkeypatch.setattr(matching, "heard_before", lambda observation, release: True)
    assert outcome_of(design)
