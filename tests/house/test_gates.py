"""The gates themselves: every stage of .ci/run is there, and the lock is one."""

import os
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from project import ROOT

STAGES = [
    "locked-tools",
    "newcomer",
    "development-tools",
    "compiled",
    "collected",
    "types",
    "format",
    "lint",
    "imports",
    "vectors",
    "postgresql",
    "beside-the-tests",
    "chromium",
    "proxies",
    "readme-tests",
]
COMMANDS = ("pip install -e '.[all]' && dp3t demo", "pip install -e '.[all,dev]' && pytest")
RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
LOCK = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins() -> dict[str, str]:
    """Return the locked version of each distribution."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE))


def requirements() -> list[Requirement]:
    """Return every direct requirement, for running, developing and building."""
    project = PROJECT["project"]
    texts = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        texts += extra
    found = [Requirement(text) for text in texts]
    return [requirement for requirement in found if requirement.name != project["name"]]


def test_every_stage_is_run_and_none_is_commented_out() -> None:
    assert re.findall(r"^ *stage ([a-z-]+)", RUN, re.MULTILINE) == STAGES


def test_the_run_stops_at_the_first_failure_and_is_executable() -> None:
    assert RUN.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in RUN
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readmes_commands_are_run_word_for_word(command: str) -> None:
    assert f"    {command}\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert command in RUN


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_the_lock_holds_every_requirement_at_an_allowed_version(requirement: Requirement) -> None:
    version = pins().get(canonicalize_name(requirement.name))
    assert version, "run the command in CONTRIBUTING.md that writes the lock"
    assert requirement.specifier.contains(version, prereleases=True)


def test_every_locked_distribution_has_a_hash() -> None:
    for entry in re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry, entry.partition("\n")[0]


def test_extras_hold_together() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    everything = [Requirement(text) for text in extras["all"]]
    assert {extra for each in everything for extra in each.extras} == set(extras) - {"all", "dev"}
    guarded = {extra for each in everything if each.marker for extra in each.extras}
    assert guarded == {"presence"}  # pymcl has no wheels elsewhere
