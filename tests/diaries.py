"""A family's diary."""

from typing import Any

from dp3t.primitives import sha256
from dp3t.symptoms.diary import Diary, Member
from dp3t.symptoms.entry import Entry, TestResult
from dp3t.timeline import Day

TODAY = Day(19_024)  # 1 February 2022
KEY = sha256(b"a key store")
GRANDMOTHER = Member(number=1, name="Bà Nội", birth_year=1948, chronic=True)
CHILD = Member(number=2, name="Bé Na", birth_year=2019, birth_month=5)
FEVERISH = Entry(
    symptoms=frozenset({"fever", "cough"}), temperature_tenths=385, test=TestResult.POSITIVE
)


def nonce(length: int) -> bytes:
    return b"n" * length


def family() -> Diary:
    diary = Diary().with_member(GRANDMOTHER).with_member(CHILD)
    diary = diary.noted(1, TODAY, FEVERISH, today=TODAY)
    return diary.noted(2, Day(TODAY - 3), Entry(exposed=True), today=TODAY)


def saved(diary: Diary | None = None, **changes: Any) -> bytes:
    options: dict[str, Any] = {"key": KEY, "today": TODAY, "rand": nonce, **changes}
    return (diary or family()).save(**options)


def loaded(data: bytes, **changes: Any) -> Diary:
    options: dict[str, Any] = {"key": KEY, "today": TODAY, **changes}
    return Diary.load(data, **options)
