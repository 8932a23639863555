"""The results as tables for a terminal."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from benchmarks.radio.document import Document
from benchmarks.tables import result_table

_WORDS = {"scenario", "of", ""}
"""Columns that hold words."""


def tables(results: Document) -> Iterator[Table | str]:
    """Yield for each experiment what is missing, and tables of phones, scenarios and thresholds."""
    for experiment in results["experiments"]:
        yield from _missing(experiment)
        if experiment["phones"]:
            yield _phones(experiment)
        if any(scenario["captures"] for scenario in experiment["scenarios"]):
            yield _captures(experiment)
        yield from _outcomes(experiment)
        if experiment["exposure_windows"]:
            yield _windows(experiment)
        if experiment["identifiers_under_several_addresses"]:
            yield _addresses(experiment)


def _missing(experiment: Document) -> Iterator[str]:
    missing = experiment["missing"]
    absent = {
        "logs of phones": [f"{phone:02}" for phone in missing["logs"]],
        "films of": missing["films"],
        "tables of": missing["tables"],
    }
    parts = [f"{what} {', '.join(names)}" for what, names in absent.items() if names]
    if parts:
        yield f"{experiment['experiment']}: missing are {'; '.join(parts)}"
    for file, why in experiment["unread"].items():
        yield f"{experiment['experiment']}: {file} is not read: {why}"


def _phones(experiment: Document) -> Table:
    table = result_table(
        f"{experiment['experiment']}: logs",
        "phone",
        "adverts heard",
        "identifiers heard",
        "identifiers set",
        "clock ahead, s",
        words=_WORDS,
    )
    for phone in experiment["phones"]:
        table.add_row(
            f"{phone['phone']:02}",
            f"{phone['adverts_received']:,}",
            f"{phone['distinct_received']:,}",
            f"{phone['distinct_broadcast']:,}",
            f"{phone['clock_ahead_of_tables_seconds']:+,}",
        )
    return table


def _captures(experiment: Document) -> Table:
    table = result_table(
        f"{experiment['experiment']}: found again in raw captures",
        "scenario",
        "rows",
        "found",
        "placed",
        "found",
        "off by, m",
        "heard",
        "as published",
        words=_WORDS,
        caption="rows: of the table, both phones with a log; placed: those with a distance\n"
        "off by: the largest difference to our distances, where there is a film\n"
        "heard: all sightings of the captures\n"
        "as published: less identifiers set before the scenario opened",
    )
    for scenario in experiment["scenarios"]:
        found = scenario["captures"]
        if found is not None:
            difference, compared = found["largest_difference_m"], found["found_with_distance"]
            table.add_row(
                scenario["scenario"],
                f"{found['rows_in_table']:,}",
                f"{found['found']:,}",
                f"{found['rows_in_table_with_distance']:,}",
                "-" if compared is None else f"{compared:,}",
                _difference(difference, compared=compared is not None),
                f"{found['sightings']:,}",
                f"{found['with_dropped_identifiers']['sightings']:,}",
            )
    return table


def _difference(largest_m: float | None, *, compared: bool) -> str:
    if not compared:
        return "not compared"
    return "-" if largest_m is None else f"{largest_m:.1e}"


def _outcomes(experiment: Document) -> Iterator[Table]:
    groups: dict[tuple[str, str], list[tuple[str, Document]]] = {}
    for scenario in experiment["scenarios"]:
        for outcome in scenario["outcomes"]:
            group = groups.setdefault((outcome["source"], outcome["radio"]), [])
            group.append((scenario["scenario"], outcome))
    for (source, radio), outcomes in groups.items():
        yield _outcomes_of(f"{experiment['experiment']}, {source}: {radio}", outcomes)


def _outcomes_of(title: str, outcomes: list[tuple[str, Document]]) -> Table:
    columns = ("scenario", "≤ dB", "≤ m", "n", "near", "tp", "fp", "precision", "recall")
    table = result_table(title, *columns, words=_WORDS)
    for scenario, outcome in outcomes:
        table.add_row(
            scenario,
            str(outcome["threshold_db"]),
            f"{outcome['distance_m']:g}",
            f"{outcome['n']:,}",
            f"{outcome['relevant']:,}",
            f"{outcome['tp']:,}",
            f"{outcome['fp']:,}",
            _share(outcome["precision"]),
            _share(outcome["recall"]),
        )
    return table


def _windows(experiment: Document) -> Table:
    table = result_table(
        f"{experiment['experiment']}: exposure windows, beside Google's",
        "phone",
        "of",
        "senders",
        "windows",
        "scans",
        "minutes",
        "ratio",
        "KS",
        "",
        words=_WORDS,
        caption="of: senders with a log, or all heard that are no iPhones, on which the\n"
        "verdict is while logs of senders are missing; KS: of the least attenuations\n"
        "ratio each: a sender's mean, of those with a log, to Google's mean",
    )
    for check in experiment["exposure_windows"]:
        google = (check["google_windows"], check["google_scans"], check["google_seconds"] // 60)
        table.add_row(f"{check['receiver']:02}", "Google", "", *(f"{count:,}" for count in google))
        for name in ("logged", "heard"):
            ours = check[name]
            table.add_row(
                "",
                name,
                f"{ours['senders']}",
                f"{ours['windows']:,}",
                f"{ours['scans']:,}",
                f"{ours['seconds'] // 60:,}",
                _ratio(ours["windows_ratio"]),
                f"{ours['ks']:.3f}",
                _verdict(ours) if name == check["basis"] else "",
            )
        if (shares := check["per_sender"]) is not None:
            ratios = (_ratio(shares[f"{what}_ratio"]) for what in ("windows", "scans", "seconds"))
            table.add_row(
                "", "ratio each", str(shares["senders"]), *ratios, "", "", _verdict(shares)
            )
    return table


def _ratio(ours_to_googles: float | None) -> str:
    return "-" if ours_to_googles is None else f"{ours_to_googles:.3f}"


def _verdict(compared: Document) -> str:
    return "agrees" if compared["agrees"] else "DIFFERS"


def _addresses(experiment: Document) -> Table:
    several = experiment["identifiers_under_several_addresses"]
    title = f"{len(several)} identifiers of {experiment['experiment']} outlived their address"
    table = result_table(title, "addresses", "identifiers", "heard for, min:s", words=_WORDS)
    for addresses in sorted({found["addresses"] for found in several}):
        lifetimes = [found["lifetime"] for found in several if found["addresses"] == addresses]
        table.add_row(str(addresses), str(len(lifetimes)), " ".join(lifetimes))
    return table


def _share(value: Any) -> str:
    return "-" if value is None else f"{value:.4f}"
