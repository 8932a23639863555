"""What is measured: our speed at several sizes, beside others, at full fidelity, from the shell."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.simulation.peers import PEERS, NoPeerError, command_of
from benchmarks.simulation.running import ChildError, Ran, ours, ran, spread
from benchmarks.simulation.scenarios import everything

Document = dict[str, Any]
Tell = Callable[[str], None]

SHELL_PEOPLE = 20_000
DESIGNS = ("lowcost", "unlinkable", "hybrid", "gaen")


def measure_speed(people: int, days: int, *, rounds: int, tell: Tell) -> Document:
    """Run everything on one thread and on two, in turn.

    Raises:
        AssertionError: another number of threads gives another result.
    """
    toml = everything(people, days)
    found: dict[int, list[Ran]] = {1: [], 2: []}
    for number in range(rounds):
        for threads in (1, 2) if number % 2 else (2, 1):
            tell(f"{people} people, {threads} threads, round {number + 1} of {rounds}")
            found[threads].append(ours(toml, people=people, days=days, threads=threads))
    digests = {run.others["digest"] for runs in found.values() for run in runs}
    if len(digests) != 1:
        raise AssertionError(f"{people} people: results depend on the number of threads")
    return speed_document(people, days, found)


def speed_document(people: int, days: int, found: Mapping[int, Sequence[Ran]]) -> Document:
    """Return what the runs of one size say, by number of threads."""
    first = found[2][0]
    return {
        "people": people,
        "days": days,
        "attack_rate": first.infected / people,
        "infected": first.infected,
        "uploads": first.others["uploads"],
        "notified": first.others["notified"],
        "same_on_one_and_two_threads": True,
        "threads": {str(threads): _threads_document(runs) for threads, runs in found.items()},
        "speedup_of_two_threads": asdict(
            spread([one.seconds / two.seconds for one, two in zip(found[1], found[2], strict=True)])
        ),
    }


def _threads_document(runs: Sequence[Ran]) -> Document:
    return {
        "seconds": asdict(spread([run.seconds for run in runs])),
        "person_days_per_second": asdict(spread([run.speed for run in runs])),
        "building_seconds": asdict(spread([run.building_seconds for run in runs])),
        "microseconds_per_infected": asdict(
            spread([run.microseconds_per_infected for run in runs])
        ),
        "peak_rss_mb": asdict(spread([run.peak_rss_mb for run in runs])),
    }


def measure_peers(
    people: int,
    days: int,
    *,
    rounds: int,
    environments: Path,
    openabm: str,
    tell: Tell,
) -> Document:
    """Run others and ours in turn, at the same size; who cannot be installed is named."""
    commands, skipped = dict[str, list[str]](), dict[str, str]()
    for name, peer in PEERS.items():
        tell(f"installing {name}")
        try:
            words = [*command_of(peer, environments, openabm=openabm), str(people), str(days)]
            commands[name] = [*words, *peer.words]
        except NoPeerError as error:
            skipped[name] = str(error)
    runs: dict[str, list[Ran]] = {name: [] for name in commands}
    own = list[tuple[Ran, Ran]]()
    toml = everything(people, days)
    for number in range(rounds):
        tell(f"ours beside others, round {number + 1} of {rounds}")
        one, two = (ours(toml, people=people, days=days, threads=each) for each in (1, 2))
        own.append((one, two))
        for name in [each for each in commands if each not in skipped]:
            tell(f"{name}, round {number + 1} of {rounds}")
            try:
                runs[name].append(ran(commands[name], people=people, days=days))
            except ChildError as error:
                skipped[name] = str(error)
    compared = [
        _peer_document(name, found, own) for name, found in runs.items() if name not in skipped
    ]
    return {"people": people, "days": days, "rounds": rounds, "peers": compared, "skipped": skipped}


def _peer_document(name: str, found: Sequence[Ran], own: Sequence[tuple[Ran, Ran]]) -> Document:
    pairs = list(zip(found, own, strict=True))
    return {
        "name": name,
        "version": found[0].others["version"],
        "seconds": asdict(spread([run.seconds for run in found])),
        "person_days_per_second": asdict(spread([run.speed for run in found])),
        "attack_rate": found[0].infected / found[0].people,
        "microseconds_per_infected": asdict(
            spread([run.microseconds_per_infected for run in found])
        ),
        "peak_rss_mb": asdict(spread([run.peak_rss_mb for run in found])),
        "ours_on_one_thread": asdict(
            spread([run.seconds / one.seconds for run, (one, _) in pairs])
        ),
        "ours_on_two_threads": asdict(
            spread([run.seconds / two.seconds for run, (_, two) in pairs])
        ),
        "ours_per_infected": asdict(
            spread(
                [
                    run.microseconds_per_infected / two.microseconds_per_infected
                    for run, (_, two) in pairs
                ]
            )
        ),
    }


def measure_protocol(people: int, days: int, *, rounds: int, tell: Tell) -> Document:
    """Run every design with the library's bytes on every phone, and the same by the fast loops."""
    designs = []
    for design in DESIGNS:
        tell(f"protocol, {design}")
        tomls = {
            fidelity: everything(people, days, fidelity=fidelity, design=design, share=0.02)
            for fidelity in ("protocol", "fast")
        }
        real, fast = (
            [ours(toml, people=people, days=days, threads=1) for _ in range(rounds)]
            for toml in tomls.values()
        )
        phone_days = real[0].others["app_users"] * days
        designs.append(
            {
                "design": design,
                "phones": real[0].others["app_users"],
                "seconds": asdict(spread([run.seconds for run in real])),
                "microseconds_per_phone_day": asdict(
                    spread([1e6 * run.seconds / phone_days for run in real])
                ),
                "times_fast": asdict(
                    spread([a.seconds / b.seconds for a, b in zip(real, fast, strict=True)])
                ),
                "peak_rss_mb": asdict(spread([run.peak_rss_mb for run in real])),
                "same_as_fast": real[0].others["luck"] == fast[0].others["luck"],
            }
        )
    return {"people": people, "days": days, "rounds": rounds, "designs": designs}


def measure_shell(days: int, *, rounds: int, tell: Tell) -> Document:
    """Time `dp3t-sim run` from the shell, once everything is compiled, with the run without app."""
    tell("dp3t-sim run from the shell")
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "everything.toml"
        scenario.write_text(everything(SHELL_PEOPLE, days), encoding="utf-8")
        command = [sys.executable, "-m", "dp3t_simulator", "run", str(scenario), "--json"]
        _seconds_of(command)
        whole = [_seconds_of(command) for _ in range(rounds)]
        alone = [_seconds_of([*command, "--no-baseline"]) for _ in range(rounds)]
        empty = [_seconds_of([*command[:3], "--help"]) for _ in range(rounds)]
    return {
        "people": SHELL_PEOPLE,
        "days": days,
        "seconds": asdict(spread(whole)),
        "seconds_without_baseline": asdict(spread(alone)),
        "seconds_of_help": asdict(spread(empty)),
    }


def _seconds_of(command: Sequence[str]) -> float:
    start = perf_counter()
    subprocess.run(  # noqa: S603 - a program of ours
        command, check=True, capture_output=True, env=os.environ | {"DP3T_LANG": "en"}
    )
    return perf_counter() - start
