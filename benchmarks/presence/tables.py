"""The results of `benchmarks.presence` as tables for a terminal."""

from collections.abc import Iterator

from rich.table import Table

from benchmarks.presence.document import Document
from benchmarks.presence.paper import REFERENCE_DEVICE
from benchmarks.tables import result_table

_WORDS = {"", "peer"}
"""Columns that hold words."""


def tables(results: Document) -> Iterator[Table]:
    """Yield the operations and what each is, the paper's table, the days, and any peers."""
    yield _operations(results)
    yield _hows(results["operations"])
    yield _paper(results["paper"])
    yield _days(results)
    if "peers" in results:
        yield _peers(results["peers"])


def _operations(results: Document) -> Table:
    bare = ", ".join(f"{name} {value:.3f}" for name, value in results["bare_milliseconds"].items())
    table = result_table(
        "Operations",
        *("", "1/s", "ms", "bound", "of it", "spread", "paper"),
        words=_WORDS,
        caption="ms of the processor, median of rounds; bound: the bare calls of pymcl that it "
        f"needs ({bare}); paper: what it published for an {REFERENCE_DEVICE}",
    )
    for one in results["operations"]:
        low, high = one["of_bound_spread"]
        table.add_row(
            one["operation"],
            f"{one['per_second']:,.0f}",
            f"{one['milliseconds']:.3f}",
            f"{one['bound_milliseconds']:.3f}",
            f"{one['of_bound']:.2f}",
            f"{low:.2f}-{high:.2f}",
            _published(one["paper_milliseconds"]),
        )
    return table


def _hows(operations: list[Document]) -> Table:
    table = result_table("What is measured", "", "how", "bound", words={""})
    for column in table.columns:
        column.justify = "left"
    for one in operations:
        table.add_row(one["operation"], one["how"], ", ".join(one["bound"]))
    return table


def _paper(paper: Document) -> Table:
    columns = ("scan", "pre_trace", "verify_trace", "match_fails", "match_succeeds")
    table = result_table(
        paper["source"], "", *(name.replace("_", " ") for name in columns), words=_WORDS
    )
    for device, row in paper["milliseconds"].items():
        table.add_row(device, *(_published(row[name]) for name in columns))
    return table


def _days(results: Document) -> Table:
    start = results["start"]
    table = result_table(
        "A day's matching",
        *("", "records", "tries", "pairings", "s", "of it", "all, s", "speedup"),
        words=_WORDS,
        caption="tries without the day label, pairings with it; seconds on one core, as a part of "
        "the speed of bare pairings (of it), and on all cores; "
        f"before it: {start['library_seconds']} s to import the library, "
        f"{start['pairing_library_seconds']} s the pairing library, {start['pool_seconds']} s to "
        f"start {start['workers']} workers; the paper allows {results['paper']['day_seconds']} s",
    )
    for one in results["days"]:
        table.add_row(
            one["name"],
            f"{one['records']}",
            f"{one['tries']:,}",
            f"{one['pairings']:,}",
            f"{one['seconds']:.3f}",
            f"{one['of_bound']:.2f}",
            f"{one['parallel_seconds']:.3f}",
            f"{one['speedup']:.2f}",
        )
    return table


def _peers(peers: list[Document]) -> Table:
    missing = [f"{one['peer']}: {one['reason']}" for one in peers if "reason" in one]
    table = result_table(
        "A match that fails",
        *("peer", "version", "ms", "ours, ms", "speedup"),
        words=_WORDS,
        caption="; ".join(missing) or None,
    )
    for one in peers:
        if "reason" not in one:
            table.add_row(
                one["peer"],
                one["version"],
                f"{one['milliseconds']:.2f}",
                f"{one['our_milliseconds']:.3f}",
                f"{one['speedup']:.2f}",
            )
    return table


def _published(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
