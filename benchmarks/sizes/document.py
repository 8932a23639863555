"""The results as one JSON document."""

from collections.abc import Sequence

from benchmarks.sizes.batches import BOUND_KEYS, PerPatient, Published
from benchmarks.sizes.measuring import Plan, Results, batches_of
from benchmarks.sizes.patients import BATCHES_PER_DAY, CHOICES, SEED, Choice
from benchmarks.sizes.tables import Document
from benchmarks.sizes.white_paper import (
    CONTAGIOUS_DAYS,
    FORMULA_BYTES,
    MIB,
    REDACTED_BYTES,
    Row,
    recomputed,
)


def document(plan: Plan, results: Results) -> Document:
    """Return the results as one JSON document; sizes in bytes unless a name says otherwise."""
    bounds = [_bound(choice, results) for choice in CHOICES]
    return {
        "seed": SEED,
        "batches_per_day": BATCHES_PER_DAY,
        "contagious_days": CONTAGIOUS_DAYS,
        "mib": MIB,
        "patients": [_patient(choice, results["patient", choice.label]) for choice in CHOICES],
        "rows": [
            {
                "country": row.country,
                "period": row.period,
                "cases": row.cases,
                "designs": [
                    _cell(choice, row, results["row", choice.label, row.country, row.period])
                    for choice in CHOICES
                ],
            }
            for row in plan.rows
        ],
        "bounds": bounds,
        "held": all(bound["held"] for bound in bounds),
    }


def _cell(choice: Choice, row: Row, built: Sequence[Published]) -> Document:
    """Return one field of the table: a day's signed files beside the formula."""
    batches = batches_of(row.cases)
    day_bytes = sum(batch.file_bytes * batches[batch.patients] for batch in built)
    formula_bytes = row.cases * FORMULA_BYTES[choice.label]
    printed = row.printed.get(choice.label)
    return {
        "design": choice.label,
        "bytes_per_user_per_day": day_bytes,
        "bytes_per_patient": day_bytes / row.cases,
        "formula_bytes_per_user_per_day": formula_bytes,
        "formula_bytes_per_patient": FORMULA_BYTES[choice.label],
        "difference_bytes": day_bytes - formula_bytes,
        "ratio": day_bytes / formula_bytes,
        "mib_per_user_per_day": day_bytes / MIB,
        "formula_mib_per_user_per_day": formula_bytes / MIB,
        "paper_printed_mib": printed,
        "paper_recomputed_mib": None if printed is None else recomputed(row, choice.label),
        "batches": [
            {
                "batches": batches[batch.patients],
                "patients": batch.patients,
                "keys": batch.keys,
                "file_bytes": batch.file_bytes,
                "tries": batch.tries,
            }
            for batch in built
        ],
    }


def _patient(choice: Choice, measured: PerPatient) -> Document:
    """Return what a patient costs by what the report holds."""
    five, today, redacted = measured.five_days, measured.with_today, measured.redacted
    formula_bytes = FORMULA_BYTES[choice.label]
    today_bytes = sum(batch.file_bytes / batch.patients for batch in today) / len(today)
    return {
        "design": choice.label,
        "patients_per_batch": five.patients,
        "formula_bytes": formula_bytes,
        "keys": five.keys / five.patients,
        "bytes": five.file_bytes / five.patients,
        "difference_bytes": five.file_bytes / five.patients - formula_bytes,
        "ratio": five.file_bytes / five.patients / formula_bytes,
        "keys_with_today": sum(batch.keys / batch.patients for batch in today) / len(today),
        "bytes_with_today": today_bytes,
        "ratio_with_today": today_bytes / formula_bytes,
        "formula_bytes_redacted": REDACTED_BYTES.get(choice.label),
        "bytes_redacted": redacted and redacted.file_bytes / redacted.patients,
        "index_bytes_per_user_per_day": measured.index_bytes,
    }


def _bound(choice: Choice, results: Results) -> Document:
    """Return the batch of 1,000 or more keys that comes nearest to its bound."""
    patient: PerPatient = results["patient", choice.label]
    batches = [patient.five_days, *patient.with_today, *results["bound", choice.label]]
    for name, built in results.items():
        if name[:2] == ("row", choice.label):
            batches += built
    judged = [batch for batch in batches if batch.keys >= BOUND_KEYS]
    worst = max(judged, key=lambda batch: batch.overhead(choice))
    return {
        "design": choice.label,
        "bytes_per_key": choice.key_bytes,
        "limit": choice.limit,
        "worst": worst.overhead(choice),
        "worst_keys": worst.keys,
        "batches": len(judged),
        "held": worst.overhead(choice) <= choice.limit,
    }
