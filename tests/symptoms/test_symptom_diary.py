"""spec/symptoms/symptom-diary.md."""

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diaries import CHILD, FEVERISH, GRANDMOTHER, KEY, TODAY, family, loaded, nonce, saved
from dp3t.codec import Value, decode, encode, pad
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.primitives import seal, unseal
from dp3t.symptoms.diary import Diary, Member
from dp3t.symptoms.entry import MEASURES, SYMPTOMS, Entry, TestResult
from dp3t.timeline import Day, date_to_day, day_to_date

HEADER = b"dp3t symptom diary\0\1"
SECRET = "Nguyễn Thị Bí Mật"


def content(diary: Diary) -> Any:
    padded = unseal(KEY, saved(diary)[20:], header=HEADER)
    return decode(padded.rstrip(b"\0")[:-1], limit_bytes=2**20)


def sealed(value: Value) -> bytes:
    encoded = encode(value)
    padded = pad(encoded, to_bytes=(len(encoded) // 4096 + 1) * 4096)
    return HEADER + seal(KEY, padded, header=HEADER, rand=nonce)


@pytest.mark.spec("SYMPTOM-DIARY-6")
def test_a_diary_is_loaded_as_it_was_saved() -> None:
    assert loaded(saved()) == family()
    assert loaded(saved(Diary())) == Diary()
    assert saved(loaded(saved())) == saved()


@pytest.mark.spec("SYMPTOM-DIARY-6")
def test_its_length_tells_steps_of_4096_bytes() -> None:
    diary, lengths = family(), set[int]()
    for at in range(28):
        diary = diary.noted(1, Day(TODAY - at), FEVERISH, today=TODAY)
        lengths.add(len(saved(diary)))
    assert lengths == {20 + 40 + 4_096, 20 + 40 + 8_192}
    assert saved()[:20] == HEADER


@pytest.mark.spec("SYMPTOM-DIARY-1")
@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 0}, {"number": 256}, {"name": ""}, {"name": "x" * 61}, {"name": "a\nb"},
        {"birth_year": 1879}, {"birth_year": 2107}, {"birth_month": 13}, {"birth_month": -1},
    ],
)  # fmt: skip
def test_a_member_that_nobody_is_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        Member(**{"number": 1, "name": SECRET, "birth_year": 1980, **wrong})


@pytest.mark.spec("SYMPTOM-DIARY-1")
def test_a_diary_holds_sixteen_members() -> None:
    diary = Diary()
    for number in range(1, 17):
        diary = diary.with_member(Member(number=number, name="x", birth_year=1980))
    assert len(diary.with_member(CHILD).members) == 16
    with pytest.raises(LimitError):
        diary.with_member(Member(number=17, name="x", birth_year=1980))


@pytest.mark.spec("SYMPTOM-DIARY-1")
@pytest.mark.parametrize(
    ("year", "month", "date", "ages"),
    [
        (2019, 5, (2022, 2, 1), (32, 33)),
        (2019, 0, (2022, 2, 1), (25, 37)),
        (2022, 2, (2022, 2, 28), (0, 0)),
        (2021, 2, (2022, 2, 28), (11, 12)),
        (2030, 1, (2022, 2, 1), (0, 0)),
    ],
)
def test_an_age_lies_between_two(
    year: int, month: int, date: tuple[int, int, int], ages: tuple[int, int]
) -> None:
    born = Member(number=1, name="x", birth_year=year, birth_month=month)
    day = date_to_day(day_to_date(TODAY).replace(year=date[0], month=date[1], day=date[2]))
    assert born.age_months(day) == ages


@pytest.mark.spec("SYMPTOM-DIARY-2")
def test_a_note_of_another_kind_is_refused() -> None:
    with pytest.raises(MalformedError, match="not in the list"):
        Entry(symptoms=frozenset({"Fever"}))
    for name, (lowest, highest) in MEASURES.items():
        for value in (lowest, highest):
            Entry(**{name: value})  # type: ignore[arg-type]  # whichever measure it is
        for value in (lowest - 1, highest + 1, 0):
            with pytest.raises(MalformedError, match=name):
                Entry(**{name: value})  # type: ignore[arg-type]  # whichever measure it is


@pytest.mark.spec("SYMPTOM-DIARY-3")
def test_a_later_note_is_added() -> None:
    morning = Entry(symptoms=frozenset({"cough"}), spo2_percent=93, exposed=True)
    evening = Entry(symptoms=frozenset({"fever"}), spo2_percent=97, pulse_per_minute=80)
    both = Diary().with_member(CHILD).noted(2, TODAY, morning, today=TODAY)
    day = both.noted(2, TODAY, evening, today=TODAY).days_of(2)[TODAY]
    assert day == Entry(
        symptoms=frozenset({"cough", "fever"}), spo2_percent=97, pulse_per_minute=80, exposed=True
    )
    tested = Entry(test=TestResult.NEGATIVE)
    assert tested.followed_by(evening).test is TestResult.NEGATIVE
    assert tested.followed_by(FEVERISH).test is TestResult.POSITIVE
    alone = both.noted(2, TODAY, evening, today=TODAY, instead=True)
    assert alone.days_of(2) == {TODAY: evening}


@pytest.mark.spec("SYMPTOM-DIARY-3")
def test_days_ahead_and_days_too_old_cannot_be_noted() -> None:
    family().noted(1, Day(TODAY - 28), FEVERISH, today=TODAY)
    with pytest.raises(ExpiredError, match="28 days"):
        family().noted(1, Day(TODAY - 29), FEVERISH, today=TODAY)
    with pytest.raises(TooEarlyError):
        family().noted(1, Day(TODAY + 1), FEVERISH, today=TODAY)
    with pytest.raises(PolicyError, match="no such member"):
        family().noted(3, TODAY, FEVERISH, today=TODAY)


@pytest.mark.spec("SYMPTOM-DIARY-4")
def test_what_is_older_than_28_days_is_erased_when_noting_saving_and_loading() -> None:
    later = Day(TODAY + 25)  # the child was noted on TODAY - 3
    assert family().kept(later).days_of(2)
    for old in (
        family().noted(1, Day(later + 1), FEVERISH, today=Day(later + 1)),
        family().kept(Day(later + 1)),
        loaded(saved(), today=Day(later + 1)),
    ):
        assert old.days_of(2) == {}
        assert old.members == family().members
    assert [each["member"] for each in content(family())["entries"]] == [1, 2]
    padded = unseal(KEY, saved(today=Day(later + 1))[20:], header=HEADER)
    left: Any = decode(padded.rstrip(b"\0")[:-1], limit_bytes=2**20)
    assert [each["member"] for each in left["entries"]] == [1]


@pytest.mark.spec("SYMPTOM-DIARY-5")
def test_what_is_erased_is_not_saved() -> None:
    without = family().without_member(1)
    assert content(without)["members"] == [CHILD.to_value()]
    assert [each["member"] for each in content(without)["entries"]] == [2]
    assert content(family().without_entry(2, Day(TODAY - 3)))["entries"][0]["member"] == 1
    with pytest.raises(PolicyError):
        without.without_member(1)


@pytest.mark.spec("SYMPTOM-DIARY-7")
@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda data: b"", MalformedError, "not a saved diary"),
        (lambda data: data[:17], MalformedError, "not a saved diary"),
        (lambda data: b"x" + data[1:], MalformedError, "not a saved diary"),
        (lambda data: data[:20], MalformedError, "truncated"),
        (lambda data: data[:59], MalformedError, "truncated"),
        (lambda data: data[:-1], VerificationError, "truncated bytes"),
        (lambda data: data[:60], VerificationError, "truncated bytes"),
        (lambda data: data + b"\0", VerificationError, "altered"),
        (lambda data: data[:19] + b"\2" + data[20:], UnsupportedVersionError, "version 2"),
        (lambda data: data[:20] + bytes(24) + data[44:], VerificationError, "altered"),
        (lambda data: data.ljust(2**20 + 1), LimitError, "at most 1048576 bytes"),
    ],
)
def test_a_damaged_diary_is_refused_by_name(
    change: Callable[[bytes], bytes], error: type[Dp3tError], words: str
) -> None:
    with pytest.raises(error, match=words) as refusal:
        loaded(change(saved()))
    assert type(refusal.value) is error


@pytest.mark.spec("SYMPTOM-DIARY-7")
def test_every_flipped_bit_is_noticed() -> None:
    data = saved()
    for at in (*range(24), 43, 44, 100, 2_000, len(data) - 1):
        damaged = bytearray(data)
        damaged[at] ^= 1
        with pytest.raises((MalformedError, VerificationError)):
            loaded(bytes(damaged))


@pytest.mark.spec("SYMPTOM-DIARY-7")
def test_a_wrong_key_is_refused() -> None:
    with pytest.raises(VerificationError, match="wrong key"):
        loaded(saved(), key=bytes(32))
    for length in (0, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            loaded(saved(), key=bytes(length))
        with pytest.raises(ValueError, match="32 bytes"):
            saved(key=bytes(length))


def wrong_contents() -> Iterator[Value]:
    good = content(family())
    first, second = good["entries"]
    entry = first["entry"]
    yield from (7, [], {}, {**good, "more": 1}, {**good, "entries": [second, first]})
    yield {**good, "entries": [first, first]}
    yield {**good, "members": good["members"][::-1]}
    yield {**good, "members": good["members"][:1]}
    yield {**good, "members": [{**good["members"][0], "name": f"{SECRET}\n"}]}
    for name, wrong in (
        ("symptoms", ["fever", "cough"]), ("symptoms", ["cough", "cough"]), ("symptoms", [SECRET]),
        ("symptoms", [1]), ("test", SECRET), ("test", "maybe"), ("spo2_percent", 1),
        ("spo2_percent", 101), ("exposed", 1), ("more", 1),
    ):  # fmt: skip
        yield {**good, "entries": [{**first, "entry": {**entry, name: wrong}}, second]}


@pytest.mark.spec("SYMPTOM-DIARY-7", "SYMPTOM-DIARY-9")
@pytest.mark.parametrize("value", list(wrong_contents()))
def test_what_no_release_writes_is_refused_without_a_word_of_it(value: Value) -> None:
    with pytest.raises(MalformedError, match="no release writes") as refusal:
        loaded(sealed(value))
    assert refusal.value.__context__ is None


@pytest.mark.spec("SYMPTOM-DIARY-6", "SYMPTOM-DIARY-7")
@pytest.mark.parametrize("length", [4_095, 4_097, 8_192])
def test_a_diary_filled_up_to_another_length_is_refused(length: int) -> None:
    padded = pad(encode(content(family())), to_bytes=length)
    with pytest.raises(MalformedError, match="no release writes"):
        loaded(HEADER + seal(KEY, padded, header=HEADER, rand=nonce))


@pytest.mark.spec("SYMPTOM-DIARY-9")
def test_reprs_hide_everything() -> None:
    shown = [repr(each) for each in (family(), CHILD, GRANDMOTHER, FEVERISH)]
    assert shown == ["Diary(hidden)", "Member(hidden)", "Member(hidden)", "Entry(hidden)"]


def told(error: BaseException | None) -> Iterator[str]:
    """Yield all that an exception and those behind it say, as a crash report prints them."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args))
        yield "".join(traceback.format_exception(error))
        error = error.__cause__ or error.__context__


def attempts(
    member: Member, entry: Entry, damage: bytes, at: int
) -> Iterator[Callable[[], object]]:
    """Yield what can go wrong with a diary that holds a secret."""
    diary = Diary().with_member(member).noted(member.number, TODAY, entry, today=TODAY)
    data = saved(diary)
    value: Any = content(diary)
    yield lambda: loaded(data[:at] + damage + data[at + len(damage) :])
    yield lambda: loaded(data[:at])
    yield lambda: loaded(data, key=bytes(32))
    yield lambda: loaded(sealed({**value, SECRET: SECRET}))
    yield lambda: loaded(sealed({**value, "members": [SECRET]}))
    yield lambda: loaded(sealed({**value, "entries": value["entries"] * 2}))
    inside = encode(value)
    broken = pad(inside[:at] + damage + inside[at:], to_bytes=8_192)
    yield lambda: loaded(HEADER + seal(KEY, broken, header=HEADER, rand=nonce))
    yield lambda: diary.noted(member.number, Day(TODAY + 9), entry, today=TODAY)
    yield lambda: diary.noted(member.number, Day(TODAY - 99), entry, today=TODAY)
    yield lambda: diary.noted(member.number ^ 1, TODAY, entry, today=TODAY)
    yield lambda: Member(number=1, name=member.name + "\n", birth_year=1980)
    yield lambda: Entry(symptoms=entry.symptoms | {SECRET})


@pytest.mark.spec("SYMPTOM-DIARY-9")
@given(
    st.builds(Entry, symptoms=st.frozensets(st.sampled_from(SYMPTOMS), min_size=1)),
    st.binary(min_size=1, max_size=9),
    st.integers(0, 300),
)
def test_no_exception_tells_what_was_noted(entry: Entry, damage: bytes, at: int) -> None:
    member = Member(number=2, name=SECRET, birth_year=1980)
    words = {SECRET, "Bí Mật", *SYMPTOMS} - {"fever"}
    failed = 0
    for attempt in attempts(member, entry, damage, at):
        try:
            attempt()
        except Dp3tError as error:
            failed += 1
            said = "\n".join(line for text in told(error) for line in text.split("\n"))
            said = "\n".join(line for line in said.split("\n") if not line.startswith("    "))
            assert not [word for word in words if word in said]
    assert failed >= 9
