"""The results of `benchmarks.simulation` as tables for a terminal."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from benchmarks.simulation.measuring import Document
from benchmarks.tables import result_table

_WORDS = {"", "design"}


def tables(results: Document) -> Iterator[Table]:
    """Yield what there is: sizes, others, full fidelity, the shell."""
    if results["sizes"]:
        yield _sizes(results["sizes"])
    if "beside" in results:
        yield _beside(results["beside"])
    if "protocol" in results:
        yield _protocol(results["protocol"])
    if "shell" in results:
        yield _shell(results["shell"])


def _sizes(sizes: list[Document]) -> Table:
    columns = ("people", "days", "on", "attack", "s", "M/s", "spread")
    table = result_table(
        "Everything on",
        *(*columns, "µs/inf.", "built, s", "MB"),
        words=_WORDS,
        caption="on: threads, which change no event; s: the days by the clock, median of rounds; "
        "M/s: million person-days a second; µs/inf.: per infected; MB: the most memory",
    )
    for size in sizes:
        for threads, one in size["threads"].items():
            speed = one["person_days_per_second"]
            table.add_row(
                f"{size['people']:,}",
                str(size["days"]),
                threads,
                f"{size['attack_rate']:.0%}",
                f"{one['seconds']['median']:.2f}",
                f"{speed['median'] / 1e6:.1f}",
                f"{speed['low'] / 1e6:.1f}-{speed['high'] / 1e6:.1f}",
                f"{one['microseconds_per_infected']['median']:.2f}",
                f"{one['building_seconds']['median']:.1f}",
                f"{one['peak_rss_mb']['median']:,.0f}",
            )
    return table


def _beside(beside: Document) -> Table:
    table = result_table(
        f"Beside others, {beside['people']:,} people, {beside['days']} days",
        *(
            "",
            "M/s",
            "attack",
            "µs/inf.",
            "MB",
            "ours on 1",
            "on 2",
            "spread",
            "each",
        ),
        words=_WORDS,
        caption="ours on 1, on 2: how many times as fast ours is on one and two threads, median "
        "and spread of rounds; each: how many times less one infected costs, on two"
        + "".join(f"\n{name}: {why}" for name, why in beside["skipped"].items()),
    )
    for peer in beside["peers"]:
        table.add_row(
            peer["name"],
            f"{peer['person_days_per_second']['median'] / 1e6:.2f}",
            f"{peer['attack_rate']:.0%}",
            f"{peer['microseconds_per_infected']['median']:,.0f}",
            f"{peer['peak_rss_mb']['median']:,.0f}",
            f"{peer['ours_on_one_thread']['median']:.1f}",
            *_times(peer["ours_on_two_threads"]),
            f"{peer['ours_per_infected']['median']:.0f}",
        )
    return table


def _protocol(protocol: Document) -> Table:
    table = result_table(
        f"Every phone runs the protocol, {protocol['people']:,} people, {protocol['days']} days",
        *("design", "phones", "s", "µs/phone-day", "times fast", "spread", "MB", "same"),
        words=_WORDS,
    )
    for one in protocol["designs"]:
        table.add_row(
            one["design"],
            f"{one['phones']:,}",
            f"{one['seconds']['median']:.2f}",
            f"{one['microseconds_per_phone_day']['median']:,.0f}",
            *_times(one["times_fast"]),
            f"{one['peak_rss_mb']['median']:,.0f}",
            "yes" if one["same_as_fast"] else "NO",
        )
    return table


def _shell(shell: Document) -> Table:
    table = result_table(
        f"dp3t-sim run from the shell, {shell['people']:,} people, {shell['days']} days",
        *("", "s", "spread"),
        words=_WORDS,
    )
    for name, shown in (
        ("seconds", "with the run without the app"),
        ("seconds_without_baseline", "--no-baseline"),
        ("seconds_of_help", "--help"),
    ):
        one = shell[name]
        table.add_row(shown, f"{one['median']:.2f}", f"{one['low']:.2f}-{one['high']:.2f}")
    return table


def _times(one: dict[str, Any]) -> tuple[str, str]:
    return f"{one['median']:.1f}", f"{one['low']:.1f}-{one['high']:.1f}"
