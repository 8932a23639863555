"""Cases of the symptom-diary chapter: saved diaries."""

from collections.abc import Callable
from typing import Any

from dp3t.symptoms.diary import Diary, Member
from dp3t.symptoms.entry import Entry, TestResult
from dp3t.timeline import Day

Case = dict[str, object]

TODAY = Day(19_024)
KEY = bytes(range(32))
_NONCE = bytes(range(64, 88))

MEMBERS = (
    Member(number=1, name="Bà Nội", birth_year=1948, chronic=True),
    Member(number=2, name="Bé Na", birth_year=2019, birth_month=5),
)
ENTRIES: dict[tuple[int, int], Entry] = {
    (1, TODAY - 1): Entry(symptoms=frozenset({"fever", "cough"}), temperature_tenths=385),
    (1, TODAY): Entry(
        symptoms=frozenset({"breathlessness"}),
        spo2_percent=92,
        breaths_per_minute=24,
        pulse_per_minute=101,
        test=TestResult.POSITIVE,
    ),
    (2, TODAY - 28): Entry(exposed=True, test=TestResult.NEGATIVE),
}


def family() -> Diary:
    """Return a diary of two people."""
    diary = Diary()
    for member in MEMBERS:
        diary = diary.with_member(member)
    for (number, day), entry in ENTRIES.items():
        diary = diary.noted(number, Day(day), entry, today=TODAY)
    return diary


def _saved(diary: Diary, today: Day = TODAY) -> bytes:
    return diary.save(key=KEY, today=today, rand=lambda length: _NONCE[:length])


def _content(diary: Diary) -> dict[str, object]:
    return {
        "members": [member.to_value() for member in diary.members],
        "entries": [
            {"member": number, "day": day, "entry": entry.to_value()}
            for (number, day), entry in sorted(diary.entries.items())
        ],
    }


def _case(name: str, diary: Diary, today: Day = TODAY) -> Case:
    return {
        "id": name,
        "flags": [],
        "operation": "load",
        "key": KEY.hex(),
        "nonce": _NONCE.hex(),
        "today": today,
        "content": _content(diary.kept(today)),
        "saved": _saved(diary, today).hex(),
        "result": "valid",
    }


def _flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


_WRONG: dict[str, tuple[str, Callable[[bytes], bytes], dict[str, Any]]] = {
    "wrong-key": ("unauthentic", lambda data: data, {"key": bytes(32).hex()}),
    "nonce-altered": ("unauthentic", _flipped(20), {}),
    "content-altered": ("unauthentic", _flipped(100), {}),
    "truncated-in-the-content": ("unauthentic", lambda data: data[:100], {}),
    "truncated-in-the-nonce": ("malformed", lambda data: data[:30], {}),
    "other-magic": ("malformed", _flipped(0), {}),
    "version-0": ("malformed", _flipped(19), {}),
    "nothing": ("malformed", lambda data: b"", {}),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    small = _saved(Diary())
    wrong: list[Case] = [
        {
            "id": name,
            "flags": ["saved"],
            "operation": "load",
            "key": KEY.hex(),
            "today": TODAY,
            "saved": change(small).hex(),
            "spec": ["SYMPTOM-DIARY-7"],
            "result": result,
            **more,
        }
        for name, (result, change, more) in _WRONG.items()
    ]
    return {
        "spec": ["SYMPTOM-DIARY-6"],
        "source": "ours; opened and encoded again by tests/oracle_symptoms.py",
        "cases": [
            _case("nobody", Diary()),
            _case("family", family()),
            {**_case("a-day-later", family(), Day(TODAY + 1)), "spec": ["SYMPTOM-DIARY-4"]},
            *wrong,
        ],
    }
