"""The counts of a run, as tables for people and as a document for programs."""

from dataclasses import asdict
from typing import Any

from rich.table import Table

from benchmarks.faults.running import Result
from benchmarks.faults.selfcheck import Mutation


def document(result: Result, mutations: list[Mutation]) -> dict[str, Any]:
    """Return everything that was counted."""
    return {
        "database": result.plan.database,
        "seed": result.plan.seed,
        "seconds": round(result.seconds, 1),
        "rounds": sum(result.rounds.values()),
        "rounds_by_kind": dict(sorted(result.rounds.items())),
        "disks": list(result.disks),
        "kills": sum(result.kills.values()),
        "kills_by_moment": dict(sorted(result.kills.items())),
        "refusals_by_reason": dict(sorted(result.refusals.items())),
        "slots_taken_over": len(result.taken_over),
        "seen": result.seen,
        "accounts": asdict(result.accounts) if result.accounts else {},
        "violations": result.violations,
        "messages": result.messages,
        "self_check": [asdict(each) for each in mutations],
        "held": all(each.seen for each in mutations) and not any(result.violations.values()),
    }


def tables(printed: dict[str, Any]) -> list[Table]:
    """Return the tables of a document: of the self-check, and of the run."""
    check = Table("altered on purpose", "counted as", "", title="self-check")
    for each in printed["self_check"]:
        check.add_row(each["what"], each["expected"], "seen" if each["seen"] else "NOT SEEN")
    return [check, _table(printed)]


def _table(run: dict[str, Any]) -> Table:
    title = f"{run['database']}, {run['rounds']} rounds, seed {run['seed']}, {run['seconds']} s"
    table = Table("", "", "count", title=title)
    sections = {
        "rounds": run["rounds_by_kind"],
        "kills, while": run["kills_by_moment"],
        "refused, as": run["refusals_by_reason"],
        "counted": {
            **run["accounts"],
            "slots taken over": run["slots_taken_over"],
            **run["seen"],
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
