"""The results as one JSON document."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from benchmarks.radio.checks import (
    KS_TOLERANCE,
    PER_SENDER_TOLERANCE,
    SCANS_TOLERANCE,
    WINDOWS_TOLERANCE,
    Agreement,
    Check,
    PerSender,
    Ratios,
)
from benchmarks.radio.measuring import Judged, Measured, Question, Scenario
from benchmarks.radio.rebuilding import Rebuilt
from dp3t.cli.capture import iso_utc

Document = dict[str, Any]
"""A JSON object."""


def document(question: Question, measured: Iterable[Measured]) -> Document:
    """Return the results as one JSON document; shares are rounded to four decimals."""
    return {
        "reproduced": sorted(question.reproduced),
        "experiments": [_experiment(each) for each in measured],
    }


def _experiment(each: Measured) -> Document:
    return {
        "experiment": each.experiment.name,
        "phones": [
            {
                "phone": phone,
                "adverts_received": log.summary.adverts_received,
                "distinct_received": log.summary.distinct_received,
                "distinct_broadcast": log.summary.distinct_broadcast,
                "packets_skipped": log.summary.packets_skipped,
                "clock_ahead_of_tables_seconds": log.ahead_seconds,
            }
            for phone, log in each.logs.items()
        ],
        "missing": {
            "logs": list(each.missing.logs),
            "films": list(each.missing.films),
            "tables": list(each.missing.tables),
        },
        "unread": dict(each.experiment.unread),
        "scenarios": [_scenario(scenario) for scenario in each.scenarios],
        "exposure_windows": [_check(check) for check in each.checks],
        "identifiers_under_several_addresses": [
            {
                "addresses": found.addresses,
                "lifetime": minutes_seconds(found.lifetime_seconds),
                "lifetime_seconds": found.lifetime_seconds,
            }
            for found in each.outlived
        ],
    }


def minutes_seconds(seconds: float) -> str:
    """Return a duration as full minutes and full seconds: 13:06."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02}:{rest:02}"


def _scenario(scenario: Scenario) -> Document:
    return {
        "scenario": scenario.name,
        "rows": len(scenario.table),
        "rows_with_distance": sum(each.distance_m is not None for each in scenario.table),
        "captures": None if scenario.rebuilt is None else _rebuilt(scenario.rebuilt),
        "outcomes": [_outcome(judged) for judged in scenario.judged],
    }


def _rebuilt(rebuilt: Rebuilt) -> Document:
    return {
        "opens": iso_utc(rebuilt.opens_us),
        "closes": iso_utc(rebuilt.closes_us),
        "truth": rebuilt.truth,
        "sightings": len(rebuilt.complete),
        "rows_in_table": rebuilt.rows_in_table,
        "rows_in_table_with_distance": rebuilt.rows_with_distance,
        "found": rebuilt.found,
        "found_with_distance": rebuilt.found_with_distance,
        "unequal_distances": rebuilt.unequal_distances,
        "largest_difference_m": rebuilt.largest_difference_m,
        "with_dropped_identifiers": {
            "sightings": len(rebuilt.published),
            "found": rebuilt.published_found,
        },
    }


def _outcome(judged: Judged) -> Document:
    outcome, for_all = judged.outcome, judged.radio.for_all
    return {
        "source": judged.source,
        "radio": judged.radio.name,
        "tx_power_dbm": None if for_all is None else for_all.tx_power_dbm,
        "rx_correction_db": None if for_all is None else for_all.rx_correction_db,
        **asdict(outcome),
        "precision": _rounded(outcome.precision),
        "recall": _rounded(outcome.recall),
    }


def _check(check: Check) -> Document:
    return {
        "receiver": check.receiver,
        "google_windows": check.google.windows,
        "google_scans": check.google.scans,
        "google_seconds": check.google.seconds,
        "missing_logs": list(check.missing_logs),
        "logged": _agreement(check.logged),
        "heard": _agreement(check.heard),
        "per_sender": None if check.per_sender is None else _per_sender(check.per_sender),
        "basis": check.basis,
        "windows_tolerance": WINDOWS_TOLERANCE,
        "scans_tolerance": SCANS_TOLERANCE,
        "per_sender_tolerance": PER_SENDER_TOLERANCE,
        "ks_tolerance": KS_TOLERANCE,
        "agrees": check.agrees,
    }


def _agreement(agreement: Agreement) -> Document:
    return {
        "senders": agreement.ours.senders,
        "windows": agreement.ours.windows,
        "scans": agreement.ours.scans,
        "seconds": agreement.ours.seconds,
        **_ratios(agreement.ratios),
        "ks": round(agreement.ks, 4),
        "agrees": agreement.agrees,
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _per_sender(shares: PerSender) -> Document:
    return {
        "senders": shares.senders,
        "google_senders": shares.google_senders,
        **_ratios(shares.ratios),
        "agrees": shares.agrees,
    }


def _ratios(ratios: Ratios) -> Document:
    return {
        f"{name}_ratio": round(ratio, 4) if math.isfinite(ratio) else None
        for name, ratio in asdict(ratios).items()
    }
