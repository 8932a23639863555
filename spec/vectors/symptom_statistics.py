"""Cases of the survey, randomization, budget, estimate and alarm chapters."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dp3t.errors import ClockError, PolicyError, ReplayError
from dp3t.primitives import Rand, sha256
from dp3t.publication.signing import HEADER_BYTES, SigningKey
from dp3t.publication.tokens import Token
from dp3t.symptoms.alarm import readings
from dp3t.symptoms.budget import Budget
from dp3t.symptoms.estimate import Count, Estimates, published_from, share
from dp3t.symptoms.report import SymptomReport
from dp3t.symptoms.survey import Survey
from dp3t.symptoms.words import Texts
from dp3t.timeline import Day, Instant

Case = dict[str, object]

SEED = sha256(b"the authority")
_KEY = SigningKey(seed=SEED, valid_from=Instant(0), valid_until=Instant(2**32 - 1))
_TODAY = Day(18_813)
_SURVEY = Survey(
    number=3,
    valid_from=Instant(1_625_443_200),
    valid_until=Instant(1_627_862_400),
    question=Texts(vi="Hôm nay bạn có sốt hoặc ho không?", en="Fever or cough today?"),
    turned_per_mille=250,
    report_per_mille=150,
    most_reports=4,
    window_days=28,
    min_reports=50,
    communes=("19750", "20194"),
)
_TOKEN = Token(
    scope="symptoms",
    day=_TODAY,
    nonce=bytes(range(32)),
    prefix=bytes(range(32, 64)),
    signature=bytes(range(256)),
)
_REFUSALS = {ReplayError: "replay", ClockError: "clock", PolicyError: "policy"}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["SURVEY-1", "RANDOMIZATION-4", "BUDGET-7", "ESTIMATE-4", "ALARM-1"],
        "source": "ours; written from the chapters, re-derived by tests/oracle_statistics.py",
        "authority_seed": SEED.hex(),
        "cases": [
            *_surveys(),
            *_wrong_surveys(),
            *_reports(),
            *_wrong_reports(),
            *_budgets(),
            *_shares(),
            *_estimates(),
            *_wrong_estimates(),
            *_alarms(),
        ],
    }


def _surveys() -> Iterator[Case]:
    for name, changes in {
        "usual": {},
        "weekly": {"window_days": 7, "most_reports": 1},
        "too-curious": {"turned_per_mille": 249},
        "too-often": {"most_reports": 5},
        "of-too-few": {"min_reports": 19},
        "least-turned": {"turned_per_mille": 1},
        "most-turned": {"turned_per_mille": 499, "most_reports": 28},
    }.items():
        survey = replace(_SURVEY, **changes)  # type: ignore[arg-type]  # integers of this table
        signed = survey.sign(_KEY)
        yield {
            "id": f"survey-{name}",
            "comment": "signed; its cost in thousandths of epsilon; whether an app takes it",
            "spec": ["SURVEY-1", "SURVEY-2", "SURVEY-3"],
            "flags": [],
            "operation": "survey",
            "payload": signed[HEADER_BYTES:].decode(),
            "signed": signed.hex(),
            "epsilon_thousandths": survey.epsilon_thousandths,
            "window_epsilon_thousandths": survey.window_epsilon_thousandths,
            "result": "valid" if _is_tolerable(survey) else "policy",
        }


def _is_tolerable(survey: Survey) -> bool:
    try:
        survey.require_tolerable()
    except PolicyError:
        return False
    return True


def _wrong_surveys() -> Iterator[Case]:
    said = _SURVEY.sign(_KEY)[HEADER_BYTES:].decode()
    for name, old, new in (
        ("version", '"version":1', '"version":2'),
        ("chance-none", '"turned_per_mille":250', '"turned_per_mille":0'),
        ("chance-half", '"turned_per_mille":250', '"turned_per_mille":500'),
        ("reports-none", '"most_reports":4', '"most_reports":0'),
        ("window-long", '"window_days":28', '"window_days":29'),
        ("commune-short", '"19750"', '"1975"'),
        ("communes-twice", '"19750"', '"20194"'),
        ("ends-before", '"valid_until":1627862400', '"valid_until":1625443200'),
        ("more", '"number":3', '"more":1,"number":3'),
        ("spaced", '"number":3', '"number": 3'),
    ):
        payload = said.replace(old, new).encode()
        yield {
            "id": f"survey-{name}",
            "comment": "one fault in what is signed",
            "spec": ["SURVEY-1"],
            "flags": ["field"],
            "operation": "survey-refused",
            "signed": _KEY.sign(payload, context="dp3t symptom survey 1").hex(),
            "result": "malformed",
        }


def _reports() -> Iterator[Case]:
    for positive in (False, True):
        report = SymptomReport(survey=3, commune="19750", positive=positive, token=_TOKEN)
        yield {
            "id": f"report-{int(positive)}",
            "comment": "352 bytes, whatever the answer",
            "spec": ["RANDOMIZATION-4"],
            "flags": [],
            "operation": "report",
            "survey": 3,
            "commune": "19750",
            "positive": positive,
            "token": _TOKEN.encode().hex(),
            "report": report.encode().hex(),
            "result": "valid",
        }


def _wrong_reports() -> Iterator[Case]:
    good = SymptomReport(survey=3, commune="19750", positive=True, token=_TOKEN).encode()
    for name, data in {
        "short": good[:-1],
        "long": good + b"\0",
        "version": b"\2" + good[1:],
        "no-survey": good[:1] + bytes(4) + good[5:],
        "letter": good[:9] + b"x" + good[10:],
        "answer-two": good[:10] + b"\2" + good[11:],
        "token-version": good[:11] + b"\0" + good[12:],
    }.items():
        yield {
            "id": f"report-{name}",
            "comment": "one fault",
            "spec": ["RANDOMIZATION-4"],
            "flags": ["field"],
            "operation": "report-refused",
            "report": data.hex(),
            "result": "malformed",
        }


def _budgets() -> Iterator[Case]:
    kinds = {
        "usual": _SURVEY,
        "other": replace(_SURVEY, turned_per_mille=400, window_days=7, most_reports=2),
    }
    asked: list[tuple[int, str, int, int]] = [
        (1, "usual", 0, 0),
        (1, "usual", 0, 0),
        (1, "usual", -1, 0),
        (1, "usual", 1, 149),
        (1, "usual", 2, 150),
        (2, "usual", 2, 0),
        (1, "other", 3, 0),
        (1, "other", 4, 0),
        (1, "usual", 5, 0),
        (1, "other", 10, 0),
        (1, "usual", 28, 0),
        (1, "usual", 29, 0),
        (2, "other", 60, 999),
    ]
    agreed, declined = {12: 3, 2: 2**32 - 1, 7: 2}, {9: 1, 7: 3}
    budget, steps = Budget(), list[Mapping[str, object]]()
    for member, number in agreed.items():
        budget = budget.agree(member, replace(_SURVEY, number=number))
    for member, number in declined.items():
        budget = budget.decline(member, replace(_SURVEY, number=number))
    for member, kind, ahead, number in asked:
        result = "not-drawn"
        day = Day(_TODAY + ahead)
        try:
            reports, budget = budget.draw(member, kinds[kind], day, rand=_drawing(number))
            result = "drawn" if reports else result
        except PolicyError as error:
            result = _REFUSALS[type(error)]
        steps.append(
            {"member": member, "survey": kind, "day": day, "number": number, "result": result}
        )
    yield {
        "id": "budget",
        "comment": "draws of numbers below 1,000, one after the other; what is stored at last",
        "spec": ["BUDGET-1", "BUDGET-2", "BUDGET-3", "BUDGET-4", "BUDGET-5", "BUDGET-7"],
        "flags": [],
        "operation": "budget",
        "surveys": {
            name: {
                "turned_per_mille": survey.turned_per_mille,
                "report_per_mille": survey.report_per_mille,
                "window_days": survey.window_days,
                "most_reports": survey.most_reports,
            }
            for name, survey in kinds.items()
        },
        "steps": steps,
        "agreed": {str(member): number for member, number in agreed.items()},
        "declined": {str(member): number for member, number in declined.items()},
        "stored": budget.encode().hex(),
        "result": "valid",
    }


def _drawing(number: int) -> Rand:
    """Return what draws one number."""
    return lambda length: number.to_bytes(length, "big")


def _shares() -> Iterator[Case]:
    for reports, positives, turned in (
        *((400, yes, 250) for yes in (0, 99, 100, 101, 130, 300, 400)),
        *((3, yes, 250) for yes in range(4)),
        (64, 17, 250),
        (20, 7, 400),
        (2_000, 801, 400),
        (1_000_000, 499_500, 499),
        (7, 3, 1),
    ):
        found = share(reports, positives, turned_per_mille=turned)
        yield {
            "id": f"share-{positives}-of-{reports}-turned-{turned}",
            "comment": "parts of 100,000",
            "spec": ["ESTIMATE-1", "ESTIMATE-2"],
            "flags": [],
            "operation": "share",
            "reports": reports,
            "positives": positives,
            "turned_per_mille": turned,
            "low": found.low,
            "share": found.likely,
            "high": found.high,
            "result": "valid",
        }


_COUNTS = {"00001": Count(49, 20), "19750": Count(400, 130), "20194": Count(50, 0)}
_ESTIMATES = Estimates.of(
    _SURVEY, region="VN", day=_TODAY, issued=published_from(_TODAY), counts=_COUNTS.items()
)


def _estimates() -> Iterator[Case]:
    signed = _ESTIMATES.sign(_KEY)
    yield {
        "id": "estimates",
        "comment": "one commune has a report too few and is left out",
        "spec": ["ESTIMATE-3", "ESTIMATE-4"],
        "flags": [],
        "operation": "estimates",
        "region": "VN",
        "day": _TODAY,
        "issued": _ESTIMATES.issued,
        "survey": 3,
        "turned_per_mille": 250,
        "min_reports": 50,
        "counts": {commune: list(count) for commune, count in _COUNTS.items()},
        "payload": signed[HEADER_BYTES:].decode(),
        "signed": signed.hex(),
        "result": "valid",
    }


def _wrong_estimates() -> Iterator[Case]:
    said = _ESTIMATES.sign(_KEY)[HEADER_BYTES:].decode()
    for name, old, new in (
        ("too-few", '"min_reports":50', '"min_reports":51'),
        ("too-early", f'"issued":{_ESTIMATES.issued}', f'"issued":{_ESTIMATES.issued - 1}'),
        ("another-share", '"share":15000', '"share":15002'),
        ("another-low", '"low":6190', '"low":6000'),
        ("more-positives", '"positives":130', '"positives":401'),
        ("total", '"day":', '"all":450,"day":'),
        ("twice", '"20194"', '"19750"'),
    ):
        payload = said.replace(old, new).encode()
        yield {
            "id": f"estimates-{name}",
            "comment": "one fault in what is signed",
            "spec": ["ESTIMATE-4", "ESTIMATE-6"],
            "flags": ["field"],
            "operation": "estimates-refused",
            "signed": _KEY.sign(payload, context="dp3t symptom estimates 1").hex(),
            "result": "malformed",
        }


def _alarms() -> Iterator[Case]:
    steady = {day: Count(400, 100 + day * 7 % 13) for day in range(50)}
    missing = {day: count for day, count in steady.items() if not 38 <= day < 47}
    for name, counts in {
        "steady": steady,
        "rising": steady | {50 + n: Count(380, 110 + 9 * n) for n in range(8)},
        "falling": steady | {50 + n: Count(380, 100 - 9 * n) for n in range(8)},
        "wild-days": {day: Count(300, 60 + 40 * (day % 2)) for day in range(45)},
        "missing-days": missing | {50: Count(400, 160)},
        **{f"{silent}-days-without-residual": _silent(silent) for silent in (7, 8)},
        "few-days": {day: Count(400, 100) for day in range(20)} | {27: Count(400, 300)},
        "nothing-but-no": {day: Count(100, 0) for day in range(40)} | {40: Count(100, 90)},
    }.items():
        found = readings({Day(day): count for day, count in counts.items()})
        yield {
            "id": f"alarm-{name}",
            "comment": "averages in millionths, rounded; none without a residual",
            "spec": ["ALARM-1", "ALARM-2", "ALARM-3", "ALARM-4"],
            "flags": [],
            "operation": "alarm",
            "counts": [[day, *count] for day, count in sorted(counts.items())],
            "averages": [
                None if each.residual is None else round(1e6 * each.average) for each in found
            ],
            "alarms": [each.day for each in found if each.alarm],
            "result": "valid",
        }


def _silent(days: int) -> dict[int, Count]:
    """Return counts with so many days without a residual after day 35, all with counts."""
    known = (*range(days), *range(days + 1, 15), *range(29, 60))
    return {day: Count(400, 104 + day * 7 % 13) for day in known}
