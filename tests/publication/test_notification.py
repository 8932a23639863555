"""spec/publication/notification.md."""

import math
import traceback
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_notification
from dp3t.errors import MalformedError, PolicyError, TooEarlyError, VerificationError
from dp3t.params import LAST_INSTANT
from dp3t.publication.notification import (
    check_notification_code,
    display_notification_code,
    notification_code,
)
from dp3t.timeline import Day, Instant, day_of
from vectors import Case, vector_cases

TWEAK = bytes(range(32))
DAY = Day(18_500)
NOW = Instant(18_503 * 86_400 + 43_200)
FAULTS = {"malformed": MalformedError, "unauthentic": VerificationError, "policy": PolicyError}
moments = st.integers(0, LAST_INSTANT)


def accepted(text: str, *, day: Day = DAY, now: int = NOW, tweak: bytes = TWEAK) -> bool:
    try:
        check_notification_code(text, tweak, exposure_day=day, now=Instant(now))
    except VerificationError:
        return False
    return True


@pytest.mark.parametrize("case", vector_cases("notification", operation="code", result="valid"))
def test_a_code_is_derived_by_both_witnesses(case: Case) -> None:
    tweak, day, now = bytes.fromhex(case["tweak"]), case["exposure_day"], case["now"]
    assert notification_code(tweak, exposure_day=Day(day), now=Instant(now)) == case["code"]
    assert oracle_notification.notification_code(tweak, day, now) == case["code"]


@pytest.mark.parametrize("case", vector_cases("notification", operation="code", result="policy"))
def test_an_app_shows_no_code_for_a_day_of_the_future(case: Case) -> None:
    with pytest.raises(TooEarlyError):
        notification_code(
            bytes.fromhex(case["tweak"]),
            exposure_day=Day(case["exposure_day"]),
            now=Instant(case["now"]),
        )


@pytest.mark.parametrize("case", vector_cases("notification", operation="check"))
def test_a_hotline_accepts_or_refuses_as_the_vector_says(case: Case) -> None:
    tweak, day, now = bytes.fromhex(case["tweak"]), Day(case["exposure_day"]), Instant(case["now"])
    digits = case["text"].replace(" ", "").replace("-", "")
    if case["result"] == "valid":
        check_notification_code(case["text"], tweak, exposure_day=day, now=now)
        assert digits in oracle_notification.accepted(tweak, day, now)
    else:
        with pytest.raises(FAULTS[case["result"]]):
            check_notification_code(case["text"], tweak, exposure_day=day, now=now)
        if case["result"] == "unauthentic":
            assert digits not in oracle_notification.accepted(tweak, day, now)


class TestCode:
    """Six digits of a day and a five-minute step."""

    @pytest.mark.spec("NOTIFICATION-1")
    @given(tweak=st.binary(min_size=32, max_size=32), now=moments, data=st.data())
    def test_any_code_is_what_the_second_witness_says(
        self, tweak: bytes, now: int, data: st.DataObject
    ) -> None:
        day = data.draw(st.integers(0, day_of(Instant(now))))
        code = notification_code(tweak, exposure_day=Day(day), now=Instant(now))
        assert code == oracle_notification.notification_code(tweak, day, now)
        assert len(code) == 6

    @pytest.mark.spec("NOTIFICATION-1")
    def test_codes_spread_over_all_digits(self) -> None:
        codes = [
            notification_code(TWEAK, exposure_day=DAY, now=Instant(NOW + 300 * step))
            for step in range(3_000)
        ]
        for place in range(6):
            seen = Counter(code[place] for code in codes)
            chi_squared = sum((seen[digit] - 300) ** 2 / 300 for digit in "0123456789")
            assert chi_squared < 33.7, place  # one in 10,000 with nine degrees of freedom
        assert len(set(codes)) > 2_980

    @pytest.mark.spec("NOTIFICATION-1")
    def test_the_remainder_favours_no_code_noticeably(self) -> None:
        assert math.ceil(2**128 / 10**6) / (2**128 // 10**6) - 1 < 1e-32

    @pytest.mark.spec("NOTIFICATION-5")
    def test_a_code_is_shown_in_two_groups_and_read_back(self) -> None:
        code = notification_code(TWEAK, exposure_day=DAY, now=NOW)
        shown = display_notification_code(code)
        assert shown.split(" ") == [code[:3], code[3:]]
        assert accepted(shown)

    @pytest.mark.parametrize("length", [0, 16, 31, 33])
    def test_a_tweak_of_another_length_is_a_mistake_of_the_program(self, length: int) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            notification_code(bytes(length), exposure_day=DAY, now=NOW)
        with pytest.raises(ValueError, match="32 bytes"):
            check_notification_code("000000", bytes(length), exposure_day=DAY, now=NOW)

    def test_so_is_a_day_before_1970(self) -> None:
        with pytest.raises(ValueError, match="1970"):
            notification_code(TWEAK, exposure_day=Day(-1), now=NOW)


class TestHalfHour:
    """Which six steps count."""

    @pytest.mark.spec("NOTIFICATION-3")
    @given(shown=st.integers(0, 299), later=st.integers(-900, 2_700))
    def test_a_code_lives_from_its_step_on_for_25_to_30_minutes(
        self, shown: int, later: int
    ) -> None:
        code = notification_code(TWEAK, exposure_day=DAY, now=Instant(NOW + shown))
        alive = accepted(code, now=NOW + shown + later)
        assert alive is (0 <= shown + later < 1_800)
        assert alive or not 0 <= later <= 1_500

    @pytest.mark.spec("NOTIFICATION-3")
    def test_a_phone_that_is_ahead_waits_as_long_as_it_is_ahead(self) -> None:
        code = notification_code(TWEAK, exposure_day=DAY, now=Instant(NOW + 2))
        assert not accepted(code, now=NOW - 3)
        assert accepted(code, now=NOW)

    @pytest.mark.spec("NOTIFICATION-3")
    @pytest.mark.parametrize("now", [0, 299, 300, 1_499])
    def test_the_first_half_hour_of_all_has_fewer_steps(self, now: int) -> None:
        code = notification_code(TWEAK, exposure_day=Day(0), now=Instant(0))
        assert accepted(code, day=Day(0), now=now)

    @pytest.mark.spec("NOTIFICATION-3")
    @given(text=st.text(max_size=10) | st.text("0123456789 -", min_size=5, max_size=9))
    def test_any_text_is_malformed_unauthentic_or_one_of_six(self, text: str) -> None:
        codes = oracle_notification.accepted(TWEAK, DAY, NOW)
        assert len(codes) == 6
        try:
            good = accepted(text)
        except MalformedError:
            good = False
        assert good is (text.replace(" ", "").replace("-", "") in codes)

    @pytest.mark.spec("NOTIFICATION-2")
    def test_a_day_of_the_future_is_too_early_whatever_is_read(self) -> None:
        with pytest.raises(TooEarlyError):
            check_notification_code("000000", TWEAK, exposure_day=Day(18_504), now=NOW)

    @pytest.mark.spec("NOTIFICATION-4")
    def test_a_refusal_tells_nothing_of_any_code(self) -> None:
        """Invalid: an error that holds what was read or what would have been right."""
        right = oracle_notification.accepted(TWEAK, DAY, NOW)
        wrong = next(f"{n:06d}" for n in range(424_242, 424_250) if f"{n:06d}" not in right)
        with pytest.raises(VerificationError) as refusal:
            check_notification_code(wrong, TWEAK, exposure_day=DAY, now=NOW)
        with pytest.raises(MalformedError) as malformed:
            check_notification_code(wrong + "7", TWEAK, exposure_day=DAY, now=NOW)
        for error in (refusal.value, malformed.value):
            message = "".join(traceback.format_exception_only(error))
            assert not any(
                code[at : at + 3] in message for code in [wrong, *right] for at in (0, 3)
            )
            assert error.__cause__ is error.__context__ is None


class TestNotProtected:
    """What the chapter says the code does not do, it does not do."""

    def test_whoever_knows_the_public_tweak_forges_a_code_for_any_day(self) -> None:
        """Valid, alas: computed by a program that has met nobody and shares no code with ours."""
        for day in range(DAY - 14, DAY + 1):
            forged = oracle_notification.notification_code(TWEAK, day, NOW)
            assert accepted(forged, day=Day(day))

    def test_two_phones_with_the_same_day_show_the_same_code(self) -> None:
        one = notification_code(TWEAK, exposure_day=DAY, now=NOW)
        other = notification_code(TWEAK, exposure_day=DAY, now=Instant(NOW + 200))
        assert one == other

    def test_a_code_is_good_for_somebody_else_and_more_than_once(self) -> None:
        code = notification_code(TWEAK, exposure_day=DAY, now=NOW)
        assert [accepted(code, now=NOW + later) for later in (0, 0, 60, 1_500)] == [True] * 4

    @pytest.mark.spec("NOTIFICATION-3")
    def test_a_machine_that_may_guess_a_million_times_gets_in(self) -> None:
        codes = set(oracle_notification.accepted(TWEAK, DAY, NOW))
        assert 0 < len(codes) / 10**6 <= 6e-6
        around = {f"{(int(code) + step) % 10**6:06d}" for code in codes for step in range(-20, 21)}
        assert {guess for guess in around if accepted(guess)} == codes

    def test_the_operator_has_to_be_told_the_day(self) -> None:
        code = notification_code(TWEAK, exposure_day=DAY, now=NOW)
        assert accepted(code)
        assert not any(accepted(code, day=Day(day)) for day in (DAY - 1, DAY + 1, DAY + 2))
