"""The counts of a run, as tables for people and as a document for programs."""

from dataclasses import asdict
from typing import Any

from rich.table import Table

from benchmarks.faults.running import Result
from benchmarks.faults.selfcheck import Mutation


def document(results: list[Result], mutations: list[Mutation]) -> dict[str, Any]:
    """Return everything that was counted."""
    return {
        "self_check": [asdict(each) for each in mutations],
        "runs": [_run(result) for result in results],
        "held": all(each.seen for each in mutations)
        and not any(any(result.violations.values()) for result in results),
    }


def _run(result: Result) -> dict[str, Any]:
    return {
        "database": result.plan.database,
        "seed": result.plan.seed,
        "seconds": round(result.seconds, 1),
        "rounds": sum(result.rounds.values()),
        "rounds_by_kind": dict(sorted(result.rounds.items())),
        "disks": list(result.disks),
        "kills": sum(result.kills.values()),
        "kills_by_moment": dict(sorted(result.kills.items())),
        "slots_taken_over": result.taken_over,
        "batches_fetched": result.fetched,
        "accounts": asdict(result.accounts),
        "violations": result.violations,
        "messages": result.messages,
    }


def tables(printed: dict[str, Any]) -> list[Table]:
    """Return a table for each run of a document, and one of the self-check."""
    shown = [_table(run) for run in printed["runs"]]
    check = Table("altered on purpose", "counted as", "", title="self-check")
    for each in printed["self_check"]:
        check.add_row(each["what"], each["expected"], "seen" if each["seen"] else "NOT SEEN")
    return [check, *shown]


def _table(run: dict[str, Any]) -> Table:
    title = f"{run['database']}, {run['rounds']} rounds, seed {run['seed']}, {run['seconds']} s"
    table = Table("", "", "count", title=title)
    sections = {
        "rounds": run["rounds_by_kind"],
        "kills, while": run["kills_by_moment"],
        "counted": {
            **run["accounts"],
            "slots taken over": run["slots_taken_over"],
            "batches fetched": run["batches_fetched"],
        },
        "must be 0": run["violations"],
    }
    for name, counts in sections.items():
        shown = {key: value for key, value in counts.items() if _belongs(name, key, run)}
        for place, (key, value) in enumerate(shown.items()):
            last = place == len(shown) - 1
            table.add_row("" if place else name, key, f"{value:,}", end_section=last)
    return table


def _belongs(section: str, key: str, run: dict[str, Any]) -> bool:
    """Return whether a count is shown: a violation once."""
    return section != "counted" or key not in run["violations"]
